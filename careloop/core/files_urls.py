from django.urls import path

from careloop.core import files_views

app_name = "files"
urlpatterns = [
    path("<uuid:key>/", files_views.show, name="show"),
    path("<uuid:key>/small/", files_views.small, name="small"),
]

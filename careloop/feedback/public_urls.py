from django.urls import path

from careloop.feedback import public_views

app_name = "feedback_public"
urlpatterns = [
    path("<str:token>/", public_views.form, name="form"),
    path("<str:token>/save/", public_views.save, name="save"),
]

from django.urls import path

from careloop.insight import views

app_name = "insight"
urlpatterns = [
    path("satisfaction/", views.satisfaction, name="satisfaction"),
]

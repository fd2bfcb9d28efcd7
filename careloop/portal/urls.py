from django.urls import path

from careloop.portal import requests, views

app_name = "portal"
urlpatterns = [
    path("request/<str:token>/", requests.request_page, name="request"),
    path("<str:token>/", views.order, name="order"),
    path("<str:token>/decide/", views.decide, name="decide"),
    path("<str:token>/code/", views.code, name="code"),
    path("<str:token>/photo/<uuid:key>/", views.photo, name="photo"),
    path("<str:token>/papers/<slug:paper>.pdf", views.paper, name="paper"),
]

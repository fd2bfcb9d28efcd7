from django.urls import path

from careloop.inventory import views

app_name = "inventory"
urlpatterns = [
    path("", views.stock_list, name="list"),
    path("count/", views.count, name="count"),
]

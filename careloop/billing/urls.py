from django.urls import path

from careloop.billing import views

app_name = "billing"
urlpatterns = [
    path("", views.bill_list, name="list"),
    path("<slug:number>/", views.detail, name="detail"),
    path("<slug:number>/payments/<int:pk>/reverse/", views.reverse_payment, name="reverse"),
    path("<slug:number>/write-off/", views.write_off, name="write-off"),
    path("<slug:number>/settle-dispute/", views.settle_dispute, name="settle-dispute"),
]

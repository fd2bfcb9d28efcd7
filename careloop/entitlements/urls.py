from django.urls import path

from careloop.entitlements import views

app_name = "entitlements"
urlpatterns = [
    path("", views.standard_list, name="standards"),
    path("new/", views.standard_create, name="create"),
    path("guarantee/", views.guarantee_create, name="guarantee"),
    path("<slug:code>/", views.standard_detail, name="detail"),
    path("<slug:code>/<int:pk>/change/", views.standard_change, name="change"),
    path("<slug:code>/<int:pk>/do/<slug:action>/", views.standard_step, name="step"),
]

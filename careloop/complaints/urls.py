from django.urls import path

from careloop.complaints import views

app_name = "complaints"
urlpatterns = [
    path("", views.complaint_list, name="list"),
    path("new/", views.create, name="create"),
    path("tasks/<int:pk>/", views.task, name="task"),
    path("<str:number>/", views.detail, name="detail"),
    path("<str:number>/do/<slug:action>/", views.step, name="step"),
]

from django.urls import path

from careloop.staff import views

app_name = "staff"

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/new/", views.person_add, name="person-add"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/edit/", views.person_edit, name="person-edit"),
    path("departments/", views.departments, name="departments"),
    path("departments/new/", views.department_add, name="department-add"),
    path("departments/<int:pk>/", views.department_edit, name="department-edit"),
    path("stations/new/", views.station_add, name="station-add"),
    path("stations/<slug:code>/", views.station_edit, name="station-edit"),
    path("calendars/new/", views.calendar_add, name="calendar-add"),
    path("calendars/<int:pk>/", views.calendar_edit, name="calendar-edit"),
]

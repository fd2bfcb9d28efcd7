"""Pages that show several apps."""

from django.conf import settings
from django.urls import path

from careloop.web import views_me, views_search, views_today

app_name = "web"
urlpatterns = [
    path("", views_today.today_page, name="today"),
    path("search/", views_search.search_page, name="search"),
    path("palette/", views_search.palette, name="palette"),
    path("me/", views_me.settings_page, name="settings"),
    path("me/preferences/", views_me.set_preferences, name="preferences"),
    path("me/role/", views_me.switch_role, name="role"),
    path("me/station/", views_me.switch_station, name="station"),
    path("me/tokens/", views_me.issue_token, name="token-issue"),
    path("me/tokens/<int:pk>/revoke/", views_me.revoke_token, name="token-revoke"),
    path("audit/", views_me.audit, name="audit"),
    path("health/", views_me.health, name="health"),
]

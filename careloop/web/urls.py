"""Pages that show several apps."""

from django.urls import path

from careloop.web import views_frame, views_me, views_saved, views_search, views_today

app_name = "web"
urlpatterns = [
    path("", views_today.today_page, name="today"),
    path("today/rail/", views_today.rail, name="today-rail"),
    path("search/", views_search.search_page, name="search"),
    path("palette/", views_search.palette, name="palette"),
    path("me/", views_me.settings_page, name="settings"),
    path("me/preferences/", views_me.set_preferences, name="preferences"),
    path("me/role/", views_me.switch_role, name="role"),
    path("me/station/", views_me.switch_station, name="station"),
    path("me/tokens/", views_me.issue_token, name="token-issue"),
    path("me/tokens/<int:pk>/revoke/", views_me.revoke_token, name="token-revoke"),
    path("audit/", views_me.audit, name="audit"),
    path("language/", views_frame.set_language, name="language"),
    path("views/", views_saved.views, name="views"),
    path("views/<int:pk>/remove/", views_saved.remove, name="view-remove"),
    path("counts/", views_frame.counts, name="counts"),
    path("styleguide/", views_frame.styleguide, name="styleguide"),
    path("styleguide/step/", views_frame.styleguide_step, name="styleguide-step"),
    path("styleguide/print/", views_frame.styleguide_print, name="styleguide-print"),
    path("styleguide/public/", views_frame.styleguide_public, name="styleguide-public"),
    path("health/", views_me.health, name="health"),
]

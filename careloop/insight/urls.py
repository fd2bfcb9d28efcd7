from django.urls import path

from careloop.insight import views, views_more

app_name = "insight"
urlpatterns = [
    path("satisfaction/", views.satisfaction, name="satisfaction"),
    path("reasons/", views_more.reasons, name="reasons"),
    path("audit-pack/", views_more.audit_pack, name="audit-pack"),
]

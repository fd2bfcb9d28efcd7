from django.urls import path

from careloop.assets.views import files, lists, quality, record
from careloop.customers import urls  # noqa: F401  # reason: registers the converter of record codes

app_name = "assets"

urlpatterns = [
    path("", lists.asset_list, name="list"),
    path("new/", files.create, name="create"),
    path("quality/", quality.quality, name="quality"),
    path("blank-form/", files.blank, name="blank"),
    path("export.<slug:form>", lists.asset_export, name="export"),
    path("of/<customer:code>/", lists.of_customer, name="of_customer"),
    path("<customer:code>/", record.detail, name="detail"),
    path("<customer:code>/timeline/", record.timeline_page, name="timeline"),
    path("<customer:code>/edit/", files.edit, name="edit"),
    path("<customer:code>/sheet/", files.sheet, name="sheet"),
    path("<customer:code>/sheet.<slug:form>", files.sheet_export, name="sheet-export"),
    path("<customer:code>/confirm/", record.confirm, name="confirm"),
    path("<customer:code>/meter/", record.meter, name="meter"),
    path("<customer:code>/do/<slug:action>/", record.step, name="step"),
]

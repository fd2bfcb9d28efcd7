from django.urls import path

from careloop.cases.views import levels, lists, record, register, report

app_name = "cases"
urlpatterns = [
    path("", lists.case_list, name="list"),
    path("new/", register.create, name="create"),
    path("new/lookup/", register.lookup, name="lookup"),
    path("assign/", lists.assign_many, name="assign-many"),
    path("report/", report.report, name="report"),
    path("levels/", levels.level_list, name="levels"),
    path("levels/new/", levels.level_add, name="level-add"),
    path("levels/<int:number>/", levels.level_edit, name="level-edit"),
    path("levels/<int:number>/remove/", levels.level_remove, name="level-remove"),
    path("form/", record.blank, name="blank"),
    path("export.<str:form>", lists.export, name="export"),
    path("of-customer/<str:code>/", lists.customer_panel, name="customer-panel"),
    path("of-machine/<str:code>/", lists.asset_panel, name="asset-panel"),
    path("<str:number>/", record.detail, name="detail"),
    path("<str:number>/say/", record.say, name="say"),
    path("<str:number>/files/", record.file_add, name="file-add"),
    path("<str:number>/print/", record.printed, name="print"),
    path("<str:number>/sheet.<slug:form>", record.sheet_export, name="sheet-export"),
    path("<str:number>/promise/", record.promise_create, name="promise"),
    path("<str:number>/promise/<int:pk>/<slug:action>/", record.promise_step, name="promise-step"),
    path("<str:number>/do/<slug:action>/", record.step, name="step"),
]

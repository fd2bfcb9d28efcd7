from django.urls import path

from careloop.workorders.views import desk, lists, order, pages, papers, report

app_name = "workorders"
urlpatterns = [
    path("", lists.order_list, name="list"),
    path("board/", lists.board, name="board"),
    path("export/", lists.export, name="export"),
    path("export/xlsx/", lists.export, {"form": "xlsx"}, name="export-xlsx"),
    path("steps/", report.steps, name="steps"),
    path("new/", desk.create, name="create"),
    path("book/", desk.book, name="book"),
    path("slots/", desk.slots, name="slots"),
    path("of-customer/<slug:code>/", lists.customer_panel, name="customer-panel"),
    path("of-machine/<slug:code>/", lists.asset_panel, name="asset-panel"),
    path("<slug:number>/", order.detail, name="detail"),
    path("<slug:number>/do/<slug:action>/", order.step, name="step"),
    path("<slug:number>/receive/", desk.receive, name="receive"),
    path("<slug:number>/come-back/", desk.come_back, name="come-back"),
    path("<slug:number>/consent/", pages.consent, name="consent"),
    path("<slug:number>/inspect/", pages.inspect, name="inspect"),
    path("<slug:number>/stop/", pages.stop, name="stop"),
    path("<slug:number>/settle/", pages.settle, name="settle"),
    path("<slug:number>/deliver/", pages.deliver, name="deliver"),
    path("<slug:number>/items/", order.add_item, name="add-item"),
    path("<slug:number>/items/<int:pk>/change/", order.change_item, name="change-item"),
    path("<slug:number>/items/<int:pk>/done/", order.item_done, name="item-done"),
    path("<slug:number>/reading/", order.reading, name="reading"),
    path("<slug:number>/advise/", order.advise, name="advise"),
    path("<slug:number>/log-time/", order.log_time, name="log-time"),
    path("<slug:number>/promise/", order.promise, name="promise"),
    path("<slug:number>/verify/", order.verify, name="verify"),
    path("<slug:number>/link/", order.link, name="link"),
    path("<slug:number>/papers/", papers.choose, name="papers"),
    path("<slug:number>/papers/<slug:paper>/", papers.show, name="paper"),
    path("<slug:number>/papers/<slug:paper>.pdf", papers.pdf, name="pdf"),
]

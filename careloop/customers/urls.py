from django.urls import path, register_converter

from careloop.customers.views import contacts, files, lists, quality, record

app_name = "customers"


class CustomerCode:
    """`KH-000123`, or the number that an older system gave."""

    regex = r"[0-9A-Za-z][0-9A-Za-z._-]{1,19}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CustomerCode, "customer")

urlpatterns = [
    path("", lists.customer_list, name="list"),
    path("new/", files.create, name="create"),
    path("quality/", quality.quality, name="quality"),
    path("blank-form/", files.blank, name="blank"),
    path("export.<slug:form>", lists.customer_export, name="export"),
    path("<customer:code>/", record.detail, name="detail"),
    path("<customer:code>/timeline/", record.timeline_page, name="timeline"),
    path("<customer:code>/edit/", files.edit, name="edit"),
    path("<customer:code>/sheet/", files.sheet, name="sheet"),
    path("<customer:code>/sheet.<slug:form>", files.sheet_export, name="sheet-export"),
    path("<customer:code>/note/", record.note, name="note"),
    path("<customer:code>/confirm/", record.confirm, name="confirm"),
    path("<customer:code>/close/", record.close, name="close"),
    path("<customer:code>/reopen/", record.reopen, name="reopen"),
    path("<customer:code>/sites/new/", record.site_add, name="site-add"),
    path("<customer:code>/contacts/new/", contacts.add, name="contact-add"),
    path("<customer:code>/contacts/<int:pk>/", contacts.edit, name="contact-edit"),
    path("<customer:code>/contacts/<int:pk>/left/", contacts.leave, name="contact-leave"),
    path("<customer:code>/contacts/<int:pk>/channels/", contacts.channel_add, name="channel-add"),
    path("<customer:code>/contacts/<int:pk>/consents/", contacts.consent_give, name="consent-give"),
    path(
        "<customer:code>/contacts/<int:pk>/consents/<slug:purpose>/withdraw/",
        contacts.consent_withdraw,
        name="consent-withdraw",
    ),
    path("<customer:code>/channels/<int:pk>/show/", contacts.reveal, name="channel-reveal"),
    path("<customer:code>/channels/<int:pk>/<slug:what>/", contacts.channel_step, name="channel-step"),
]

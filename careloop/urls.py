"""Mounts the apps, nothing else."""

from importlib.util import find_spec

from django.urls import include, path

PAGES = {
    "careloop.web.urls": "",
    "allauth.account.urls": "accounts/",
    "careloop.accounts.urls": "me/",
    "careloop.core.files_urls": "files/",
    "careloop.api.urls": "api/v1/",
    "careloop.customers.urls": "customers/",
    "careloop.assets.urls": "machines/",
    "careloop.cases.urls": "cases/",
    "careloop.workorders.urls": "work-orders/",
    "careloop.inventory.urls": "parts/",
    "careloop.billing.urls": "bills/",
    "careloop.feedback.urls": "follow-up/",
    "careloop.complaints.urls": "complaints/",
    "careloop.insight.urls": "insight/",
    "careloop.entitlements.urls": "standards/",
    "careloop.staff.urls": "staff/",
    "careloop.portal.urls": "s/",
    "careloop.feedback.public_urls": "a/",
}


def is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


urlpatterns = [path(prefix, include(module)) for module, prefix in PAGES.items() if is_there(module)]

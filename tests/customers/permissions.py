from typing import Any

from tests.factories import ConsentFactory, ContactChannelFactory, ContactFactory, CustomerFactory
from tests.permission_rows import Row

VIEW = frozenset({"customers.view_customer"})


def customer() -> dict[str, Any]:
    return {"code": CustomerFactory().code}


def csv() -> dict[str, Any]:
    return {**customer(), "form": "csv"}


def contact() -> dict[str, Any]:
    row = ContactFactory()
    return {"code": row.customer.code, "pk": row.pk}


def channel(**more: Any) -> dict[str, Any]:
    row = ContactChannelFactory(verified_at=None)
    return {"code": row.contact.customer.code, "pk": row.pk, **more}


def verifying() -> dict[str, Any]:
    return channel(what="verify")


def consent() -> dict[str, Any]:
    row = ConsentFactory()
    return {"code": row.contact.customer.code, "pk": row.contact_id, "purpose": row.purpose}


PERMISSIONS = [
    Row("customers:list", "customers.view_customer"),
    Row("customers:quality", "customers.view_customer"),
    Row("customers:blank", "customers.view_customer"),
    Row("customers:create", "customers.change_customer"),
    Row("customers:export", "customers.export_customer", {"form": "csv"}, also=VIEW),
    Row("customers:detail", "customers.view_customer", customer),
    Row("customers:timeline", "customers.view_customer", customer),
    Row("customers:sheet-export", "customers.export_customer", csv, also=VIEW),
    Row("customers:sheet", "customers.view_customer", customer),
    Row("customers:note", "customers.view_customer", customer, method="post"),
    Row("customers:edit", "customers.change_customer", customer, also=VIEW),
    Row("customers:confirm", "customers.change_customer", customer, also=VIEW),
    Row("customers:close", "customers.change_customer", customer, also=VIEW),
    Row("customers:reopen", "customers.change_customer", customer, also=VIEW),
    Row("customers:site-add", "customers.change_customer", customer, also=VIEW),
    Row("customers:contact-add", "customers.change_customer", customer, also=VIEW),
    Row("customers:contact-edit", "customers.change_customer", contact, also=VIEW),
    Row("customers:contact-leave", "customers.change_customer", contact, also=VIEW),
    Row("customers:channel-add", "customers.change_customer", contact, also=VIEW),
    Row("customers:consent-give", "customers.change_customer", contact, also=VIEW),
    Row("customers:consent-withdraw", "customers.view_customer", consent, method="post"),
    Row("customers:channel-reveal", "customers.view_customer", channel, method="post"),
    Row("customers:channel-step", "customers.verify_contact", verifying, method="post", also=VIEW),
]

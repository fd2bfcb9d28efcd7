"""Changes of customers and their contact persons. One public function is one transaction."""

from careloop.customers.services.base import cleaned, values_of
from careloop.customers.services.bulk import CustomerRow, create_many
from careloop.customers.services.contacts import (
    ContactData,
    add_channel,
    add_contact,
    add_site,
    give_consent,
    leave_contact,
    mark_wrong,
    read_contact,
    remove_channel,
    reveal_channel,
    update_contact,
    verify_channel,
    withdraw_consent,
)
from careloop.customers.services.customers import (
    DuplicateWarning,
    add_note,
    close_customer,
    confirm_fields,
    count_assets,
    create_customer,
    ensure_defaults,
    reopen_customer,
    update_customer,
)

__all__ = [
    "ContactData",
    "CustomerRow",
    "DuplicateWarning",
    "add_channel",
    "add_contact",
    "add_note",
    "add_site",
    "cleaned",
    "close_customer",
    "count_assets",
    "confirm_fields",
    "create_customer",
    "create_many",
    "ensure_defaults",
    "give_consent",
    "leave_contact",
    "mark_wrong",
    "read_contact",
    "remove_channel",
    "reopen_customer",
    "reveal_channel",
    "update_contact",
    "update_customer",
    "values_of",
    "verify_channel",
    "withdraw_consent",
]

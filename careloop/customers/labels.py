"""Words for fields and values of the customer file: timeline, lists, sheets and exports use the same."""

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core.bulk import field_of
from careloop.customers import rules
from careloop.customers.models import Customer
from careloop.staff.models import Person, Station

NOTE_KINDS = {
    "contact": _l("Contact with the customer"),
    "need": _l("Need"),
    "complaint": _l("Complaint: goes to the complaint queue"),
    "competitor": _l("Competitor"),
    "other": _l("Remark"),
}

ORIGINS = {
    "first": _l("first record"),
    "edit": _l("changed in the file"),
    "asked": _l("asked again"),
    "reached": _l("reached there"),
    "import": _l("taken over"),
}
"""How a value came into the file; anything else is somebody's own words."""

TONES_OF_TIER = {"A": "ok", "B": "ok", "C": "warn", "D": "bad", "new": "idle"}


def field_label(name: str) -> str:
    if name == "contacts":
        return _("Numbers and addresses")
    return capfirst(str(field_of(Customer, name).verbose_name))


def shown_value(name: str, value: Any) -> str:
    """A value of the file in words; related records by their name (one query each, for single values only)."""
    if rules.is_blank(value):
        return ""
    field = field_of(Customer, name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if name == "region":
        return rules.region_name(str(value)) or str(value)
    if name == "competitor_equipment":
        return " · ".join(equipment_line(row) for row in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.is_relation:
        return _related(field.related_model, value)
    return str(value)


def _related(model: Any, value: Any) -> str:
    if not isinstance(value, int):
        return str(value)
    if model not in (Person, Station, Customer):
        return str(value)
    found = model.objects.filter(pk=value).values_list("name", flat=True).first()
    return str(found or value)


def equipment_line(row: dict[str, Any]) -> str:
    """`{brand, model, count, remark}` → `海川 HC-80 ×3（2027 年换新）`."""
    count = f"×{row['count']}" if row.get("count") else ""
    remark = f"（{row['remark']}）" if row.get("remark") else ""
    return " ".join(part for part in (row.get("brand", ""), row.get("model", ""), count) if part) + remark

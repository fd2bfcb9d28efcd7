"""The data of an event in words: names of fields and values as the forms and records name them."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Field
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core import flow
from careloop.core.words import clauses, is_chinese, listed
from careloop.customers.models import Purpose
from careloop.feedback.models import Answer, ServiceType
from careloop.feedback.states import TaskState, WaiveReason

STATE_KEYS = ("from", "to")
HIDDEN = frozenset({"id", "file", "seen", *STATE_KEYS})
LONGEST = 240

# What is said in events and is no field of a record.
NAMES: dict[str, Any] = {
    "before": _l("before"),
    "after": _l("after"),
    "minutes": _l("minutes"),
    "items": _l("items"),
    "item": _l("item"),
    "photos": _l("photos"),
    "accepted": _l("agreed items"),
    "declined": _l("items not wanted"),
    "promise": _l("promise"),
    "version": _l("version"),
    "fields": _l("fields"),
    "changes": _l("changes"),
    "counter": _l("counter"),
    "contact": _l("contact"),
    "standards": _l("standards"),
    "damage": _l("damage"),
    "person": _l("person"),
    "bill": _l("bill"),
    "answer": _l("answer sheet"),
    "department": _l("department"),
    "attempt": _l("attempt"),
    "by": _l("by whom"),
    "confirmed": _l("confirmed by the customer"),
    "consents": _l("consents"),
    "done": _l("done"),
    "eta": _l("expected to arrive"),
    "extra": _l("further wishes"),
    "extra_text": _l("in words"),
    "fee": _l("fee"),
    "first": _l("first answer"),
    "friendly": _l("friendly"),
    "in_time": _l("in time"),
    "is_done": _l("done"),
    "justified": _l("justified"),
    "kept": _l("promise kept"),
    "knowledge": _l("knowledge"),
    "labour": _l("labour"),
    "label": _l("period"),
    "late_minutes": _l("minutes late"),
    "material": _l("material"),
    "mileage": _l("mileage"),
    "name": _l("name"),
    "note": _l("note"),
    "order": _l("work order"),
    "order_kind": _l("kind of order"),
    "promised_before": _l("promised before"),
    "reasons": _l("reasons"),
    "respected": _l("taken seriously"),
    "service": _l("kind of service"),
    "solved": _l("solved"),
    "technician": _l("technician"),
    "told": _l("what the customer was told"),
    "total": _l("total"),
    "value": _l("value"),
    "warranty": _l("warranty"),
    "weights": _l("weights"),
    "why": _l("why"),
}
# Values that are no choice of a field of that name.
VALUES: dict[str, Mapping[str, Any]] = {
    "by": {"customer": _l("customer"), "station": _l("station")},
    "consents": dict(Purpose.choices),
    "contact": {"verified": _l("verified"), "unverified": _l("not verified")},
    "extra": {"none": _l("none")},
    "knowledge": {"none": _l("none")},
    "order_kind": {"workorder": _l("work order")},
    "outcome": dict(TaskState.choices),
    "purpose": {
        "case": _l("request"), "consent": _l("consent"), "damage": _l("damage"), "delivery": _l("at delivery"),
        "finding": _l("finding"), "manual": _l("manual"), "reception": _l("at reception"), "stop": _l("stop"),
    },
    "service": dict(ServiceType.choices),
    "warranty": {"in": _l("in warranty"), "out": _l("out of warranty"), "unknown": _l("not known")},
    "why": dict(WaiveReason.choices),
}  # fmt: skip
EXPECTATION = ("after", "before", "state")
ENTRANCES: dict[str, Any] = {
    "page": _l("pages"),
    "api": _l("program (API)"),
    "system": _l("by itself"),
    "import": _l("import"),
    "link": _l("customer's link"),
    "console": _l("command line"),
}


def entrance(code: str) -> str:
    return str(ENTRANCES.get(code, code))


def change(kind: str, data: Mapping[str, Any]) -> str:
    """`open → closed; reason: …`; values that say nothing are left out."""
    entity = kind.partition(".")[0]
    parts = [_state(entity, data)] if data.get("to") else []
    colon = "：" if is_chinese() else ": "
    parts += [f"{label(key)}{colon}{said(key, value)}" for key, value in data.items() if key not in HIDDEN and value]
    return clauses(part for part in parts if part)[:LONGEST]


def _state(entity: str, data: Mapping[str, Any]) -> str:
    table = next((table for table in flow.REGISTRY if table.entity == entity), None)
    if table is None or data.get("from") == data["to"]:
        return ""
    names = [str(choice("state", str(data[key]), entity)) for key in STATE_KEYS if data.get(key)]
    return " → ".join(names)


def label(key: str) -> str:
    if key in NAMES:
        return str(NAMES[key])
    found = _fields().get(key, ())
    return capfirst(str(found[0].verbose_name)) if found else key


def said(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes")
    if isinstance(value, list | tuple):
        return listed(said(key, one) for one in value)
    if isinstance(value, Mapping):
        return listed(f"{label(str(k))} {said(str(k), v)}" for k, v in value.items() if v)
    if isinstance(value, str) and len(value) > 18 and (moment := _moment(value)):
        return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
    if key == "fields":
        return label(str(value))
    return str(choice(key, value))


def _moment(text: str) -> dt.datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None


def choice(key: str, value: Any, entity: str = "") -> Any:
    """The word for a value of a field with choices; the value itself where no record knows it."""
    known = VALUES.get(key, {})
    if (own := str(value).partition("-")[0] if key == "purpose" else value) in known:
        return known[own]
    if key in EXPECTATION and value in Answer.Expectation.values:
        return Answer.Expectation(value).label
    rows = sorted(_fields().get(key, ()), key=lambda field: field.model._meta.model_name != entity)
    return next((dict(f.flatchoices)[value] for f in rows if f.choices and value in dict(f.flatchoices)), value)


@cache
def _fields() -> dict[str, tuple["Field[Any, Any]", ...]]:
    """Name → fields of that name in the records of this product."""
    found: dict[str, tuple[Field[Any, Any], ...]] = {}
    for model in apps.get_models():
        if model.__module__.startswith("careloop."):
            for field in model._meta.fields:
                found[field.name] = (*found.get(field.name, ()), field)
    return found

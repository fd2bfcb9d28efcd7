"""Events of work orders in words."""

from collections.abc import Callable
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from careloop.billing.models import Payment
from careloop.core.models import Event
from careloop.workorders.forms.desk import REMIND_BY
from careloop.workorders.models import EstimateConsent
from careloop.workorders.queries.show import when
from careloop.workorders.states import FLOW, OldPart, ReworkReason, StopSafety

Entry = dict[str, Any]

KINDS = {
    "workorder.line_add": _l("Item entered"),
    "workorder.line_change": _l("Item changed"),
    "workorder.line_withdraw": _l("Item withdrawn"),
    "workorder.line_record": _l("Item recorded"),
    "workorder.estimate_void": _l("Estimate void"),
    "workorder.log_time": _l("Working time entered"),
    "workorder.reading": _l("Reading taken"),
    "workorder.advise": _l("Advice for the customer"),
    "workorder.promise": _l("Promise changed"),
    "workorder.link": _l("Link to the customer's page made"),
    "workorder.link_open": _l("Customer opened his page"),
    "workorder.code": _l("Code shown to the customer"),
    "workorder.rework_of": _l("Rework order opened"),
    "bill.issue": _l("Bill issued"),
}
TONES = {
    "book": "act", "miss": "warn", "cancel": "warn", "receive": "act", "estimate": "act", "consent": "ok",
    "refuse": "bad", "revise": "warn", "find": "warn", "ask_added": "warn", "consent_added": "ok", "go_on": "warn",
    "stop": "bad", "finish": "act", "pass": "ok", "fail": "bad", "settle": "act", "unsettle": "warn", "pay": "ok",
    "dispute": "bad", "deliver": "ok", "undo_delivery": "warn", "wait_part": "wait", "consent_bill": "ok",
    "come_back": "bad", "correct_bill": "warn", "resume": "act", "part_here": "act", "assign": "act",
    "start_rework": "act", "archive": "",
}  # fmt: skip
ITEM_FIELDS = {
    "name": _l("Item"), "quantity": _l("Quantity"), "unit": _l("Unit"), "unit_price": _l("Unit price"),
    "amount": _l("Amount"), "payer": _l("Borne by"), "part_origin": _l("Part class"), "part_no": _l("Part number"),
    "brand": _l("Brand"),
}  # fmt: skip


def _time(event: Event, name: str) -> str:
    value = parse_datetime(str(event.data.get(name) or ""))
    return when(value, event.at) if value else ""


def _words(choices: Any, value: Any) -> str:
    return str(dict(choices).get(value, value or ""))


def _money(event: Event, name: str) -> str:
    value = event.data.get(name)
    return f"¥{value}" if value not in (None, "") else ""


def booked(event: Event) -> Entry:
    return {"text": _("for %(time)s") % {"time": _time(event, "booked_for")}, "quote": event.text}


def moved(event: Event) -> Entry:
    return {
        "text": event.data.get("reason", ""),
        "changes": [
            {"label": _("Appointment"), "before": _time(event, "booked_before"), "after": _time(event, "booked_for")}
        ],
    }


def reminded(event: Event) -> Entry:
    return {"text": _words(REMIND_BY, event.data.get("channel"))}


def received(event: Event) -> Entry:
    data = event.data
    meta = []
    if data.get("walk_in_reason"):
        meta.append(_("without appointment: %(why)s") % {"why": data["walk_in_reason"]})
    if data.get("late_minutes", 0) > 0:
        meta.append(_("%(n)d min after the appointment") % {"n": data["late_minutes"]})
    if data.get("damage"):
        meta.append(ngettext("%(n)d damage mark", "%(n)d damage marks", data["damage"]) % {"n": data["damage"]})
    return {"quote": event.text, "meta": meta}


def estimated(event: Event) -> Entry:
    return {"text": _("Version %(n)s") % {"n": event.data.get("version")}}


def asked(event: Event) -> Entry:
    return {
        "text": _("Version %(n)s: %(items)s. Promised %(time)s.")
        % {
            "n": event.data.get("version"),
            "items": "、".join(event.data.get("items", [])),
            "time": _time(event, "promised_at"),
        }
    }


def consented(event: Event) -> Entry:
    data = event.data
    meta = [
        _words(EstimateConsent.Method.choices, data.get("method")),
        _("version %(n)s") % {"n": data.get("version")},
        _money(event, "amount"),
    ]
    if data.get("declined"):
        meta.append(_("declined: %(items)s") % {"items": "、".join(data["declined"])})
    return {"text": str(data.get("given_by", "")), "quote": event.text, "meta": [part for part in meta if part]}


def assigned(event: Event) -> Entry:
    bay = event.data.get("bay")
    return {"text": str(event.data.get("technician", "")), "meta": [_("bay %(bay)s") % {"bay": bay}] if bay else []}


def waiting(event: Event) -> Entry:
    data = event.data
    return {
        "text": _("%(part)s, expected %(eta)s. Told: %(told)s.")
        % {"part": data.get("part"), "eta": _time(event, "eta"), "told": data.get("told")}
    }


def found(event: Event) -> Entry:
    return {
        "text": f"{event.data.get('item', '')} {_money(event, 'amount')}".strip(),
        "quote": event.text,
        "meta": [
            ngettext("%(n)d photo", "%(n)d photos", event.data.get("photos", 0)) % {"n": event.data.get("photos", 0)}
        ],
    }


def stopped(event: Event) -> Entry:
    return {"text": event.data.get("reason", ""), "meta": [_words(StopSafety.choices, event.data.get("safety"))]}


def finished(event: Event) -> Entry:
    minutes = event.data.get("minutes") or 0
    return {"text": _("%(hours)s h worked") % {"hours": round(minutes / 60, 1)}}


def passed(event: Event) -> Entry:
    number = event.data.get("certificate_no")
    return {"text": _("Certificate %(number)s") % {"number": number} if number else ""}


def failed(event: Event) -> Entry:
    return {
        "text": event.data.get("reason", ""),
        "meta": [
            _words(ReworkReason.choices, event.data.get("reason_code")),
            _("loop %(n)s") % {"n": event.data.get("rework_count")},
        ],
    }


def settled(event: Event) -> Entry:
    data = event.data
    return {
        "text": _("%(bill)s, %(total)s: labour %(labour)s, material %(material)s")
        % {
            "bill": data.get("bill"),
            "total": _money(event, "total"),
            "labour": _money(event, "labour"),
            "material": _money(event, "material"),
        }
    }


def paid(event: Event) -> Entry:
    return {"text": _money(event, "amount"), "meta": [_words(Payment.Method.choices, event.data.get("method"))]}


def delivered(event: Event) -> Entry:
    return {"text": str(event.data.get("bill", "")), "quote": event.text}


def item_added(event: Event) -> Entry:
    data = event.data
    return {
        "text": f"{data.get('name', '')} {_money(event, 'amount')}".strip(),
        "quote": data.get("reason", ""),
        "icon": "list-details",
        "tone": "warn" if data.get("is_added") else "",
    }


def item_changed(event: Event) -> Entry:
    changes = [
        {"label": str(ITEM_FIELDS[key]), "before": value["before"], "after": value["after"]}
        for key, value in event.data.get("changes", {}).items()
        if key in ITEM_FIELDS and key != "unit_price"
    ]
    meta = [_("asks the customer again")] if event.data.get("asks_again") else []
    return {
        "text": str(event.data.get("item", "")),
        "changes": changes,
        "meta": meta,
        "icon": "pencil",
        "tone": "warn" if meta else "",
    }


def item_withdrawn(event: Event) -> Entry:
    return {"text": f"{event.data.get('item', '')}: {event.data.get('reason', '')}", "icon": "x"}


def item_recorded(event: Event) -> Entry:
    data = event.data
    meta = [_("done")] if data.get("is_done") else []
    if data.get("old_part"):
        meta.append(_("old part: %(result)s") % {"result": _words(OldPart.choices, data["old_part"])})
    return {"text": str(data.get("item", "")), "meta": meta, "icon": "check", "tone": "ok" if meta else ""}


def voided(event: Event) -> Entry:
    text = _("Version %(n)s no longer counts.") % {"n": event.data.get("version")}
    return {"text": text, "icon": "ban", "tone": "warn" if event.data.get("had_consent") else ""}


def timed(event: Event) -> Entry:
    return {
        "text": _("%(name)s, %(n)s min") % {"name": event.data.get("person"), "n": event.data.get("minutes")},
        "icon": "clock",
    }


def reading(event: Event) -> Entry:
    return {"text": f"{event.data.get('name')}: {event.data.get('value')} {event.data.get('unit')}", "icon": "gauge"}


def promised(event: Event) -> Entry:
    meta = [_("told: %(who)s") % {"who": event.data.get("told")}]
    if not event.data.get("in_time"):
        meta.append(_("told too late"))
    return {
        "text": event.data.get("reason", ""),
        "icon": "clock",
        "tone": "warn",
        "meta": meta,
        "changes": [
            {
                "label": _("Promised time"),
                "before": _time(event, "promised_before"),
                "after": _time(event, "promised_at"),
            }
        ],
    }


def advised(event: Event) -> Entry:
    return {"quote": event.text, "icon": "bulb", "tone": "warn" if event.data.get("is_safety") else ""}


def linked(event: Event) -> Entry:
    return {"text": str(event.data.get("sent_to") or ""), "icon": "link"}


def bill_issued(event: Event) -> Entry:
    return {"text": _money(event, "total"), "icon": "receipt-yuan"}


OWN: dict[str, Callable[[Event], Entry]] = {
    "book": booked, "move": moved, "remind": reminded, "receive": received, "estimate": estimated,
    "ask_added": asked, "ask_bill": asked, "consent": consented, "consent_added": consented,
    "consent_bill": consented, "refuse": consented, "assign": assigned, "wait_part": waiting, "find": found,
    "stop": stopped, "finish": finished, "pass": passed, "fail": failed, "settle": settled, "pay": paid,
    "deliver": delivered,
}  # fmt: skip


def _step(action: str, icon: str) -> Callable[[Event], Entry]:
    """Sign and tone of the step from the state table, words from its own renderer."""
    own = OWN.get(action)

    def render(event: Event) -> Entry:
        return {"icon": icon or "point", "tone": TONES.get(action, ""), **(own(event) if own else {})}

    return render


RENDER: dict[str, Callable[[Event], Entry]] = {
    **{f"workorder.{row.action}": _step(row.action, row.icon) for row in FLOW.transitions},
    "workorder.line_add": item_added,
    "workorder.line_change": item_changed,
    "workorder.line_withdraw": item_withdrawn,
    "workorder.line_record": item_recorded,
    "workorder.estimate_void": voided,
    "workorder.log_time": timed,
    "workorder.reading": reading,
    "workorder.promise": promised,
    "workorder.advise": advised,
    "workorder.link": linked,
    "workorder.link_open": lambda event: {"icon": "eye", "tone": "ok"},
    "workorder.code": linked,
    "workorder.rework_of": lambda event: {"text": str(event.data.get("number", "")), "icon": "rotate", "tone": "warn"},
    "bill.issue": bill_issued,
}

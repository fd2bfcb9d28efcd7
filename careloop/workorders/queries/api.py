"""Orders as programs read them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from careloop.billing.models import Bill
from careloop.core.actor import Actor
from careloop.inventory.queries import held_for
from careloop.staff.models import Station
from careloop.workorders.queries.detail import Whole


def stations_of(actor: Actor) -> list[Station]:
    return list(Station.objects.visible_to(actor).filter(is_active=True).select_related("calendar").order_by("pk"))


def no_machine() -> str:
    return _("There is no such vehicle or machine, or it is not yours to see.")


def no_such_kind() -> str:
    return _("Send “receive” for a customer at the counter, or “book” for an appointment.")


def row_out(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "number": row["number"],
        "state": row["state"],
        "outcome": row["outcome"],
        "work_class": row["work_class"],
        "customer": row["customer__code"],
        "customer_name": row["customer__name"],
        "machine": row["asset__code"],
        "plate": row["asset__plate"],
        "adviser": row["adviser__name"],
        "technician": row["technician__name"],
        "booked_for": row["booked_for"],
        "received_at": row["received_at"],
        "promised_at": row["promised_at"],
        "delivered_at": row["delivered_at"],
    }


def whole_out(w: Whole) -> dict[str, Any]:
    order = w.order
    names = ("id", "number", "state", "outcome", "work_class", "booked_for", "received_at", "promised_at",
             "delivered_at", "customer_words", "mileage_in", "fuel", "valuables", "damage", "estimate_version",
             "consented_version", "consented_amount", "billed_amount", "rework_count", "repair_until",
             "next_service_on", "next_service_meter")  # fmt: skip
    return {
        **{name: getattr(order, name) for name in names},
        "customer": order.customer.code,
        "customer_name": order.customer.name,
        "machine": order.asset.code,
        "plate": order.asset.plate,
        "contact": order.contact.name,
        "case": order.case.number if order.case else None,
        "parts": [{"number": row.number, "wanted": row.wanted, "held": row.held} for row in held_for(order.number)],
        "rework_of": order.rework_of.number if order.rework_of else None,
        "repair_limit": order.repair_km,
        "adviser": order.adviser.name if order.adviser else None,
        "technician": order.technician.name if order.technician else None,
        "inspector": order.inspector.name if order.inspector else None,
        "lines": [line_out(line) for line in w.lines],
        "stamps": [
            {
                "step": s.step,
                "started_at": s.started_at,
                "done_at": s.done_at,
                "person": s.person.name if s.person else None,
                "is_skipped": s.is_skipped,
                "skipped_reason": s.skipped_reason,
            }
            for s in w.stamps
        ],
        "estimates": [estimate_out(e) for e in w.estimates],
        "bill": bill_out(order.bill) if order.bill else None,
        "advice": [row["a"] for row in w.notes.get("advice", []) if row["ref"] is None],
    }


def line_out(line: Any) -> dict[str, Any]:
    names = ("kind", "name", "part_no", "brand", "part_origin", "quantity", "unit", "unit_price", "amount", "payer",
             "consent", "consented_version", "is_added", "reason", "done_at", "old_part")  # fmt: skip
    return {"id": line.pk, **{name: getattr(line, name) for name in names}, "photos": line.photo_count}


def estimate_out(estimate: Any) -> dict[str, Any]:
    names = ("version", "amount", "free_amount", "discount_amount", "diagnosis_limit", "promised_at", "created_at",
             "void_at")  # fmt: skip
    given = getattr(estimate, "consent", None)
    return {
        **{name: getattr(estimate, name) for name in names},
        "consent": None
        if given is None
        else {
            "method": given.method,
            "given_at": given.given_at.isoformat(),
            "given_by": given.given_by,
            "is_refused": given.is_refused,
            "accepted": given.line_ids,
            "declined": given.declined_ids,
            "amount": str(given.amount),
        },
    }


def bill_out(bill: Bill) -> dict[str, Any]:
    names = ("number", "kind", "state", "labour_amount", "material_amount", "other_amount", "discount_amount",
             "tax_amount", "rounding_amount", "total_amount", "paid_amount", "issued_at")  # fmt: skip
    return {name: getattr(bill, name) for name in names}

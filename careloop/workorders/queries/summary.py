"""What the follow-up caller sees of an order (R67): the service, nothing of the rest of the workshop."""

from typing import Any

from careloop.billing.queries import yuan
from careloop.core import words
from careloop.workorders.models import Advice, WorkOrder
from careloop.workorders.queries import show
from careloop.workorders.states import LineConsent, OldPart


def service_summary(order: WorkOrder) -> dict[str, Any]:
    """Customer, vehicle, items, parts, people, advice, promise and bill of one order, ready to read.

    Three queries; `order` should bring customer, contact, asset__model, adviser, technician, inspector and bill.
    """
    lines = [line for line in order.lines.all() if line.consent == LineConsent.CONSENTED]
    declined = [line for line in order.lines.all() if line.consent == LineConsent.DECLINED]
    technicians = sorted({row.person.name for row in order.people.select_related("person") if row.role == "technician"})
    return {
        "number": order.number,
        "customer": order.customer.name,
        "contact": order.contact.name,
        "asset": show.asset_words(order.asset),
        "plate": show.plate(order.asset.plate),
        "meter": show.meter(order.mileage_in, order.asset.meter_unit),
        "customer_words": order.customer_words,
        "work_class": str(order.get_work_class_display()),
        "items": [
            {
                "name": line.name,
                "amount": yuan(line.amount),
                "payer": str(line.get_payer_display()),
                "is_added": line.is_added,
            }
            for line in lines
            if line.kind != "material"
        ],
        "parts": [
            {
                "name": line.name,
                "part_no": line.part_no,
                "origin": str(line.get_part_origin_display()),
                "quantity": words.plain(line.quantity),
                "old_part": str(OldPart(line.old_part).label) if line.old_part else "",
            }
            for line in lines
            if line.kind == "material"
        ],
        "declined": [line.name for line in declined],
        "technicians": technicians,
        "adviser": order.adviser.name if order.adviser else "",
        "inspector": order.inspector.name if order.inspector else "",
        "advice": [
            {"text": row.text, "is_safety": row.is_safety} for row in Advice.objects.filter(order=order, done_in=None)
        ],
        "promised_at": order.promised_at,
        "delivered_at": order.delivered_at,
        "on_time": None
        if order.promised_at is None or order.delivered_at is None
        else order.delivered_at <= order.promised_at,
        "rework_count": order.rework_count,
        "total": yuan(order.bill.total_amount) if order.bill else "",
        "repair_until": order.repair_until,
        "repair_limit": show.meter(order.repair_km, order.asset.meter_unit),
        "next_service_on": order.next_service_on,
        "next_service_meter": show.meter(order.next_service_meter, order.asset.meter_unit),
    }

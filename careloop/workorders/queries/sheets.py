"""Papers of an order: repair contract with estimate, settlement sheet, delivery note; values for screen and PDF."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.billing.models import Bill, BillLine, Payment
from careloop.billing.queries import yuan
from careloop.core import files, words
from careloop.core.errors import NotFound
from careloop.core.models import StoredFile
from careloop.core.pdf import Pair, Part, Sheet, Signature
from careloop.core.phones import show as show_phone
from careloop.workorders.models import EstimateConsent, OrderLine, WorkOrder
from careloop.workorders.queries import show
from careloop.workorders.queries.detail import Whole
from careloop.workorders.states import OldPart, Outcome, PartOrigin

FORMS = {"contract": "KHFW-WX-01", "settlement": "KHFW-WX-02", "delivery": "KHFW-WX-03"}
VERSION = "1"


def paper_names() -> dict[str, str]:
    return {
        "contract": _("Repair contract with estimate"),
        "settlement": _("Settlement sheet of repair fees"),
        "delivery": _("Delivery note"),
    }


def missing(paper: str, order: WorkOrder) -> str:
    """Why a paper cannot be printed yet; empty: it can."""
    if paper == "contract" and not order.estimate_version:
        return _("after the first estimate")
    if paper == "settlement" and order.bill_id is None:
        return _("after the settlement")
    if paper == "delivery" and order.delivered_at is None:
        return _("after the delivery")
    return ""


def sheet_of(paper: str, w: Whole, *, url: str, now: dt.datetime) -> Sheet:
    maker = {"contract": contract, "settlement": settlement, "delivery": delivery}[paper]
    return maker(w, url, now)


# --- shared parts ---------------------------------------------------------------------------------------------------


def _base(w: Whole, paper: str, number: str, url: str, now: dt.datetime, **more: Any) -> Sheet:
    station = w.order.station
    lines = [
        station.address,
        station.phone,
        _("Unified social credit code %(code)s") % {"code": station.credit_code} if station.credit_code else "",
    ]
    return Sheet(
        form_name=paper_names()[paper],
        number=number,
        firm=settings.COMPANY,
        station=station.name,
        station_lines=[line for line in lines if line],
        url=url,
        head=[
            (_("Form"), FORMS[paper]),
            (_("Version"), VERSION),
            (_("Number"), number),
            (_("Printed"), _full(now)),
        ],
        **more,
    )


def _parties(order: Any) -> list[Pair]:
    asset = order.asset
    return [
        Pair(_("Ordering party"), order.customer.name),
        Pair(_("Brought by"), order.received_from or order.contact.name),
        Pair(_("Telephone"), show_phone(getattr(order, "phone", "") or getattr(order, "other_phone", "") or "")),
        Pair(_("Order"), order.number),
        Pair(_("Brand and model"), show.asset_words(asset)),
        Pair(_("Plate"), show.plate(asset.plate) or asset.serial_no),
        Pair(_("VIN"), asset.vin or asset.serial_no),
        Pair(_("Engine number"), asset.engine_no),
        Pair(
            _("Vehicle type"),
            str(asset.get_vehicle_class_display()) if asset.vehicle_class else str(asset.get_kind_display()),
        ),
        Pair(_("Meter at reception"), show.meter(order.mileage_in, asset.meter_unit)),
        Pair(_("Time of reception"), _full(order.received_at)),
        Pair(_("Class of work"), str(order.get_work_class_display())),
    ]


def _full(moment: dt.datetime | None) -> str:
    """Date with year and time."""
    return f"{show.day(timezone.localtime(moment).date())} {show.clock_time(moment)}" if moment else ""


def _signature(label: str, file: StoredFile | None, name: str, at: dt.datetime | None) -> Signature:
    image = b""
    if file is not None and file.content_type == "image/png":
        try:
            with files.open_file(file) as content:
                image = content.read()
        except NotFound:
            image = b""
    return Signature(label, f"{name} {_full(at)}".strip(), image)


def _labour(rows: Sequence[OrderLine | BillLine], remark: Any) -> Part:
    return Part(
        "table",
        _("Labour fees"),
        rows=[
            [
                row.name,
                f"{words.plain(row.quantity)} {words.unit(row.unit)}".strip(),
                yuan(row.unit_price),
                yuan(row.amount),
                remark(row),
            ]
            for row in rows
        ],
        head=[_("Item"), _("Hours"), _("Rate"), _("Amount"), _("Remark")],
        numeric=[1, 2, 3],
        widths=["1fr", "", "", "", "26mm"],
    )


def _material(rows: Sequence[OrderLine | BillLine], remark: Any) -> Part:
    return Part(
        "table",
        _("Material fees"),
        rows=[
            [
                row.name,
                row.part_no,
                row.brand,
                f"{words.plain(row.quantity)} {words.unit(row.unit)}".strip(),
                yuan(row.unit_price),
                yuan(row.amount),
                _origin(row.part_origin),
                _("yes") if row.part_origin == "customer" else _("no"),
                remark(row),
            ]
            for row in rows
        ],
        head=[
            _("Part"),
            _("Part number"),
            _("Brand"),
            _("Quantity"),
            _("Price"),
            _("Amount"),
            _("Part class"),
            _("Customer's own"),
            _("Remark"),
        ],
        numeric=[3, 4, 5],
        widths=["1fr", "", "", "", "", "", "", "14mm", "20mm"],
    )


def _origin(value: str) -> str:
    return str(PartOrigin(value).label) if value else ""


def _payer(row: Any) -> str:
    return "" if row.payer == "customer" else str(row.get_payer_display())


def _guarantee(order: WorkOrder) -> str:
    limit = show.meter(order.repair_km, order.asset.meter_unit)
    if order.repair_until is None:
        return ""
    if not limit:
        return _("until %(date)s") % {"date": show.day(order.repair_until)}
    return _("until %(date)s or %(limit)s after leaving, whichever comes first") % {
        "date": show.day(order.repair_until),
        "limit": limit,
    }


def _next_service(order: WorkOrder) -> str:
    parts = [show.day(order.next_service_on), show.meter(order.next_service_meter, order.asset.meter_unit)]
    return " / ".join(part for part in parts if part)


# --- repair contract ------------------------------------------------------------------------------------------------


def contract(w: Whole, url: str, now: dt.datetime) -> Sheet:
    """Parties, date, vehicle, items, charge standard, how an excess is settled, hand-over, guarantee period."""
    order = w.order
    estimate = order.standing_estimate or (w.estimates[-1] if w.estimates else None)
    given: EstimateConsent | None = getattr(estimate, "consent", None)
    rows: list[dict[str, Any]] = estimate.lines if estimate else []
    parts = [
        Part("pairs", rows=[*_parties(order), *_reception(order)]),
        Part(
            "table",
            _("Items and estimate, version %(n)d") % {"n": estimate.version if estimate else 0},
            rows=[
                [
                    row["name"],
                    f"{row['quantity']} {words.unit(row['unit'])}".strip(),
                    f"¥{row['unit_price']}",
                    f"¥{row['amount']}",
                    _origin(row["part_origin"]),
                    _decided(row["id"], given),
                ]
                for row in rows
            ],
            head=[_("Item"), _("Quantity"), _("Unit price"), _("Amount"), _("Part class"), _("Customer")],
            numeric=[1, 2, 3],
            widths=["1fr", "", "", "", "", ""],
            foot=_estimate_foot(estimate, given),
        ),
        Part(
            "pairs",
            rows=[
                Pair(_("Promised"), _full(estimate.promised_at if estimate else None)),
                Pair(_("Hand-over"), _("at the station, to the owner or whoever he names")),
            ],
        ),
        Part("list", _("Terms"), rows=_terms()),
    ]
    return _base(
        w,
        "contract",
        order.number,
        url,
        now,
        parts=parts,
        note=_two_copies(),
        signatures=[
            _signature(
                _("Customer"),
                given.file if given else None,
                given.given_by if given else "",
                given.given_at if given else None,
            ),
            Signature(_("Service adviser"), order.adviser.name if order.adviser else ""),
        ],
    )


def _reception(order: WorkOrder) -> list[Pair]:
    return [
        Pair(_("Fuel"), f"{order.fuel}/8" if order.fuel is not None else ""),
        Pair(_("Old parts"), str(order.get_old_part_wish_display()) if order.old_part_wish else ""),
        Pair(_("Customer's own words"), order.customer_words, wide=True),
        Pair(_("Damage seen"), show.damage(order) or _("none"), wide=True),
        Pair(_("Valuables"), order.valuables, wide=True),
    ]


def _decided(line_id: int, given: EstimateConsent | None) -> str:
    if given is None:
        return ""
    return _("agreed") if line_id in given.line_ids else _("declined")


def _estimate_foot(estimate: Any, given: EstimateConsent | None) -> list[tuple[str, str]]:
    if estimate is None:
        return []
    found = []
    if estimate.discount_amount:
        found.append((_("Discount"), yuan(estimate.discount_amount)))
    if estimate.diagnosis_limit is not None:
        found.append((_("Diagnosis only, at most"), yuan(estimate.diagnosis_limit)))
    else:
        found.append((_("Estimate"), yuan(estimate.amount)))
    if given is not None:
        found.append((_("Agreed"), yuan(given.amount)))
    return found


def _terms() -> list[str]:
    return [
        _("Fees follow the published hours and prices of the station; labour and material are billed apart."),
        _("Items or prices beyond this estimate need the customer's consent before the work; a message is enough."),
        _("Replaced parts are registered and offered back. Used or refurbished parts are fitted only with consent."),
        _(
            "The repair carries the statutory quality guarantee of its class, from the day of leaving; the settlement "
            "sheet shows its end. There is none for parts the customer brings."
        ),
    ]


def _two_copies() -> str:
    return _("Two copies, one for the customer. Valid after signature. Confidential between the parties.")


# --- settlement sheet -----------------------------------------------------------------------------------------------


def settlement(w: Whole, url: str, now: dt.datetime) -> Sheet:
    """The statutory sheet: labour and material apart, other fees, sums, old parts, guarantee, next service."""
    order, bill = w.order, w.order.bill
    assert bill is not None  # `missing` is asked first
    lines = list(bill.lines.all())
    kinds = {kind: [line for line in lines if line.kind == kind] for kind in ("labour", "material", "other")}
    parts = [
        Part(
            "pairs",
            rows=[
                *_parties(order),
                Pair(_("Settled at"), _full(bill.issued_at)),
                Pair(_("Settled by"), bill.issued_by.name if bill.issued_by else ""),
            ],
        )
    ]
    if kinds["labour"]:
        parts.append(_labour(kinds["labour"], _payer))
    if kinds["material"]:
        parts.append(_material(kinds["material"], _payer))
    if kinds["other"]:
        other = _labour(kinds["other"], _payer)
        parts.append(Part("table", _("Other fees"), other.rows, other.head, other.numeric, other.widths))
    parts += [
        Part("pairs", _("Sum"), rows=_amounts(bill)),
        Part(
            "pairs",
            rows=[
                Pair(_("Old parts"), _old_parts(kinds["material"]), wide=True),
                Pair(_("Repair guarantee"), _guarantee(order), wide=True),
                Pair(_("Next service"), _next_service(order), wide=True),
                *([Pair(_("Remark"), bill.note, wide=True)] if bill.note else []),
            ],
        ),
        Part("text", rows=[_("There is no guarantee for parts that the customer brings.")]),
    ]
    return _base(
        w,
        "settlement",
        bill.number,
        url,
        now,
        parts=parts,
        note=_two_copies(),
        signatures=[
            _signature(_("Customer"), order.delivery_signature, order.delivered_to, order.delivered_at),
            Signature(_("Service adviser"), order.adviser.name if order.adviser else ""),
            Signature(_("Seal of the station")),
        ],
    )


def _amounts(bill: Bill) -> list[Pair]:
    payments = list(Payment.objects.filter(bill=bill).order_by("pk"))
    taken = [row for row in payments if row.reverses_id is None]
    ways = "、".join(sorted({str(row.get_method_display()) for row in taken}))
    return [
        Pair(_("Labour fee"), yuan(bill.labour_amount)),
        Pair(_("Material fee"), yuan(bill.material_amount)),
        Pair(_("Other fees"), yuan(bill.other_amount)),
        Pair(_("Tax"), yuan(bill.tax_amount)),
        Pair(_("Discount"), yuan(bill.discount_amount)),
        Pair(_("Rounding"), yuan(bill.rounding_amount)),
        Pair(_("Total"), yuan(bill.total_amount)),
        Pair(_("Free of charge"), yuan(bill.free_amount)),
        Pair(_("Prepaid"), yuan(bill.total_amount * 0)),
        Pair(_("Amount received"), " ".join(part for part in (yuan(bill.paid_amount), ways) if part)),
    ]


def _old_parts(lines: Sequence[BillLine]) -> str:
    found = [f"{line.name}: {OldPart(line.old_part).label}" for line in lines if line.old_part]
    return "；".join(found) or _("none replaced")


# --- delivery note --------------------------------------------------------------------------------------------------


def delivery(w: Whole, url: str, now: dt.datetime) -> Sheet:
    """What the customer takes with him: work done, papers, guarantee, advice, gate pass."""
    order = w.order
    notes = [row for row in w.notes.get("advice", []) if row["ref"] is None]
    inspections = [row for row in w.notes.get("inspection", []) if row["flag"]]
    last = max(inspections, key=lambda row: row["at"]) if inspections else None
    parts = [
        Part(
            "pairs",
            rows=[
                *_parties(order),
                Pair(_("Delivered"), _full(order.delivered_at)),
                Pair(_("Handed over to"), order.delivered_to),
                Pair(_("Inspected by"), last["a"] if last else ""),
                Pair(_("Certificate"), last["d"] if last else ""),
                Pair(_("Settlement"), order.bill.number if order.bill else "—"),
                Pair(_("Total"), yuan(order.bill.total_amount) if order.bill else yuan(order.announced_fee * 0)),
            ],
        ),
    ]
    if order.outcome != Outcome.TAKEN_BACK:
        parts.append(Part("list", _("Work done"), rows=[line.name for line in order.open_lines] or [_("none")]))
    parts.append(
        Part(
            "pairs",
            rows=[
                Pair(_("Repair guarantee"), _guarantee(order), wide=True),
                Pair(_("Next service"), _next_service(order), wide=True),
                *([Pair(_("Condition"), str(order.get_stop_safety_display()), wide=True)] if order.stop_safety else []),
                *([Pair(_("Explained"), order.explained, wide=True)] if order.explained else []),
            ],
        )
    )
    if notes:
        parts.append(
            Part(
                "list",
                _("Advice"),
                rows=[_("Safety: %(text)s") % {"text": row["a"]} if row["flag"] else row["a"] for row in notes],
            )
        )
    return _base(
        w,
        "delivery",
        order.number,
        url,
        now,
        parts=parts,
        note=_two_copies(),
        signatures=[
            _signature(_("Customer"), order.delivery_signature, order.delivered_to, order.delivered_at),
            Signature(_("Handed over by"), order.delivered_by.name if order.delivered_by else ""),
        ],
    )

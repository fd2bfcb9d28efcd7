from typing import Any

from careloop.cases import services
from careloop.core.actor import Actor
from careloop.staff.models import Station
from tests.factories import T0, AssetFactory, ContactFactory, CustomerFactory, StationFactory
from tests.permission_rows import Row

VIEW, WORK = "cases.view_case", "cases.work_case"


def a_case() -> dict[str, Any]:
    """An accepted request with its promise."""
    station = Station.objects.first() or StationFactory()
    customer = CustomerFactory(station=station)
    case = services.accept_case(
        actor=Actor.system(),
        at=T0,
        station_id=station.pk,
        customer_id=customer.pk,
        contact_id=ContactFactory(customer=customer).pk,
        is_asset_unknown=True,
        channel="phone",
        kind="question",
        verbatim="怎么换水？",
    )
    return {"number": case.number}


def a_promise() -> dict[str, Any]:
    from careloop.cases.models import Promise

    number = a_case()["number"]
    return {"number": number, "pk": Promise.objects.get(case__number=number).pk, "action": "renew"}


def a_customer() -> dict[str, Any]:
    return {"code": CustomerFactory().code}


def a_machine() -> dict[str, Any]:
    return {"code": AssetFactory().code}


def step(action: str) -> Any:
    return lambda: {**a_case(), "action": action}


PERMISSIONS = [
    Row("cases:list", VIEW),
    Row("cases:create", "cases.create_case"),
    Row("cases:lookup", "cases.create_case"),
    Row("cases:assign-many", "cases.assign_case", method="post"),
    Row("cases:report", "insight.view_reports", also=frozenset({VIEW})),
    Row("cases:blank", VIEW),
    Row("cases:levels", VIEW),
    Row("cases:level-add", "entitlements.change_standard"),
    Row("cases:level-edit", "entitlements.change_standard", kwargs={"number": 2}),
    Row("cases:level-remove", "entitlements.change_standard", kwargs={"number": 4}, method="post"),
    Row("cases:export", "cases.export_case", kwargs={"form": "csv"}, also=frozenset({VIEW})),
    Row("cases:export", "cases.export_case", kwargs={"form": "xlsx"}, also=frozenset({VIEW})),
    Row("cases:customer-panel", VIEW, kwargs=a_customer),
    Row("cases:asset-panel", VIEW, kwargs=a_machine),
    Row("cases:detail", VIEW, kwargs=a_case),
    Row("cases:say", "cases.add_note", kwargs=a_case, method="post", also=frozenset({VIEW})),
    Row("cases:file-add", "core.upload_file", kwargs=a_case, method="post", also=frozenset({VIEW})),
    Row("cases:print", VIEW, kwargs=a_case),
    Row("cases:sheet-export", "cases.export_case", kwargs=lambda: {**a_case(), "form": "csv"}, also=frozenset({VIEW})),
    Row("cases:promise", "cases.create_case", kwargs=a_case, also=frozenset({VIEW})),
    Row("cases:promise-step", WORK, kwargs=a_promise, also=frozenset({VIEW})),
    Row("cases:step", WORK, kwargs=step("solve"), also=frozenset({VIEW})),
    Row("cases:step", WORK, kwargs=step("wait"), method="post", also=frozenset({VIEW})),
    Row("cases:step", "cases.assign_case", kwargs=step("assign"), also=frozenset({VIEW})),
    Row("cases:step", "cases.merge_case", kwargs=step("merge"), also=frozenset({VIEW})),
    Row("cases:step", "cases.add_note", kwargs=step("note"), also=frozenset({VIEW})),
]

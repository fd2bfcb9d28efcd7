"""What was written down as a note or as a request stands in the complaint queue, with its clock (R12)."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from careloop.accounts.roles import DEFAULTS
from careloop.cases import services as cases
from careloop.cases.models import Case
from careloop.complaints import services
from careloop.complaints.models import Complaint
from careloop.core import events
from careloop.core.models import Delivery, Event
from careloop.customers.forms import NoteForm
from tests.cases.factories import Desk
from tests.complaints.factories import officer
from tests.factories import T0, CustomerFactory, StationFactory, client_of
from tests.workorders.factories import Api, user_as

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
WORDS = "水泵送错了两次，没人道歉"


def queue(station: Any) -> str:
    reader = user_as("complaint_officer", name="沈清和", stations=[station])
    page = client_of(reader).get(reverse("complaints:list")).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.req("R12")
def test_a_warehouse_account_notes_a_contact_and_a_complaint_reaches_the_queue_with_its_clock() -> None:
    customer = CustomerFactory()
    keeper = user_as("parts_clerk", name="仓管老周", stations=[customer.station])
    client = client_of(keeper)
    url = reverse("customers:note", args=[customer.code])
    assert sum(field.required for field in NoteForm().fields.values()) <= 3

    with time_machine.travel(T0, tick=False):
        assert client.post(url, {"kind": "need", "text": "想要第二台备用泵"}).status_code == 302
        assert client.post(url, {"kind": "complaint", "text": WORDS}).status_code == 302
    with time_machine.travel(T0 + 5 * MINUTE, tick=False):
        for _twice in range(2):
            events.deliver_due(now=T0 + 5 * MINUTE)
        page = client.get(reverse("customers:detail", args=[customer.code])).content.decode()
        listed = queue(customer.station)

    assert "想要第二台备用泵" in page and WORDS in page and "仓管老周" in page
    row = Complaint.objects.get()
    assert (row.words, row.source, row.registered_by, row.registered_at) == (WORDS, "staff", "仓管老周", T0)
    assert row.ack_due_at - T0 == dt.timedelta(hours=24)
    assert f"{row.number} {WORDS} 一般 已登记 确认收到，剩 23 时 55 分" in listed and "想要第二台备用泵" not in listed
    assert not Delivery.objects.filter(done_at=None).exists()

    # the same for a program with his token
    made = Api(keeper).post(f"/customers/{customer.code}/notes", {"kind": "complaint", "text": "又送错了"})
    assert made.status_code in (200, 201), made.content
    events.deliver_due(now=dt.datetime.now(dt.UTC) + MINUTE)
    assert sorted(Complaint.objects.values_list("words", flat=True)) == sorted([WORDS, "又送错了"])


@pytest.mark.req("R12")
def test_whatever_his_role_a_colleague_writes_down_what_a_customer_says() -> None:
    customer = CustomerFactory()
    url = reverse("customers:note", args=[customer.code])
    for default in DEFAULTS:
        client = client_of(user_as(default.code, name=f"同事 {default.code}", stations=[customer.station]))
        assert client.post(url, {"kind": "contact", "text": "改天再来"}).status_code == 302, default.code
    page = client.get(reverse("customers:detail", args=[customer.code])).content.decode()
    assert all(f"同事 {default.code}" in page for default in DEFAULTS)


def test_a_request_of_the_kind_complaint_opens_one_complaint_and_waits_for_it() -> None:
    desk = Desk()
    case = desk.accept(kind="complaint", verbatim=WORDS)
    for _twice in range(2):
        events.deliver_due(now=T0 + MINUTE)

    row = Complaint.objects.get()
    case.refresh_from_db()
    assert (row.case_id, row.words, row.source, row.contact_id, row.asset_id) == (
        case.pk, case.verbatim, case.channel, case.contact_id, case.asset_id)  # fmt: skip
    assert (row.registered_at, row.registered_by, row.is_open) == (case.received_at, desk.actor.name, True)
    assert (case.state, case.open_child_count) == ("converted", 1)

    by = officer()
    services.settle_at_once(
        row.pk, facts="送错", cause="拣货", kind="apology", cost=0, answer="致歉", execution="已换货", actor=by,
        at=T0 + HOUR,
    )  # fmt: skip
    rater = officer("complaints.rerate", name="回访员")
    services.record_rerating(row.pk, rating=5, is_solved=True, actor=rater, at=T0 + 2 * HOUR)
    for _twice in range(2):
        events.deliver_due(now=T0 + 3 * HOUR)
    case.refresh_from_db()
    assert (case.open_child_count, case.finished_child_count, case.resolved_at is not None) == (0, 1, True)


def test_a_complaint_that_was_none_gives_the_request_back() -> None:
    desk = Desk()
    case = desk.accept(kind="complaint", verbatim=WORDS)
    events.deliver_due(now=T0 + MINUTE)
    row = Complaint.objects.get()
    services.withdraw_complaint(row.pk, reason="客户撤回", actor=officer(), at=T0 + HOUR)
    events.deliver_due(now=T0 + 2 * HOUR)

    case.refresh_from_db()
    assert (case.state, case.open_child_count) == ("accepted", 0)


def test_another_kind_opens_none_and_a_change_to_complaint_does() -> None:
    desk = Desk()
    case = desk.accept()
    events.deliver_due(now=T0 + MINUTE)
    assert not Complaint.objects.exists()

    cases.edit_case(case.pk, kind="complaint", actor=desk.actor, at=T0 + HOUR)
    events.deliver_due(now=T0 + HOUR + MINUTE)
    assert Complaint.objects.get().registered_at == case.received_at


def test_a_cancelled_request_opens_no_complaint_any_more() -> None:
    desk = Desk()
    case = desk.accept(kind="complaint", verbatim=WORDS)
    cases.cancel_case(case.pk, reason="客户撤回", actor=desk.actor, at=T0 + MINUTE)
    events.deliver_due(now=T0 + 2 * MINUTE)

    assert (Complaint.objects.count(), Case.objects.get().state) == (0, "cancelled")
    assert Event.objects.filter(kind="case.complain").count() == 1


def test_a_note_of_another_station_reaches_no_other_queue() -> None:
    customer = CustomerFactory()
    keeper = user_as("parts_clerk", name="仓管", stations=[StationFactory()])

    response = client_of(keeper).post(
        reverse("customers:note", args=[customer.code]), {"kind": "complaint", "text": WORDS}
    )

    assert (response.status_code, Event.objects.count()) == (404, 0)

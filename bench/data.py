"""The benchmark's firm: one station, a token, customers with a contact each, cases with two messages each."""

import datetime as dt
from typing import Any

from bench.texts import CASES_PER_CUSTOMER, Text, texts
from careloop.accounts import services as accounts
from careloop.accounts.models import User
from careloop.cases.models import Case
from careloop.cases.services.bulk import BulkCase, BulkEvent, bulk_accept
from careloop.core.actor import Actor
from careloop.customers.models import Contact, Customer
from careloop.customers.services.bulk import CustomerRow, create_many
from careloop.customers.services.contacts import ChannelData, ContactData
from careloop.entitlements import services as entitlements
from careloop.staff.models import Department, Person, Station, WorkCalendar

SYSTEM = Actor.system("bench")
START = dt.datetime(2024, 1, 2, 1, 0, tzinfo=dt.UTC)
PASSWORD = "benchmark only 1"
PORTION = 2000


def firm() -> Station:
    accounts.ensure_default_roles()
    calendar, _ = WorkCalendar.objects.get_or_create(
        code="office", defaults={"name": "办公", "days": "workday", "hours": [["08:30", "12:00"], ["13:00", "17:30"]]}
    )
    station, _ = Station.objects.get_or_create(code="bench", defaults={"name": "测试站", "calendar": calendar})
    entitlements.ensure_defaults(actor=SYSTEM, at=START)
    if not User.objects.filter(username="bench").exists():
        user = accounts.create_user(
            "bench",
            PASSWORD,
            display_name="测试员",
            roles=["front_desk", "service_manager"],
            actor=SYSTEM,
            language="en",
        )
        department, _ = Department.objects.get_or_create(name="服务部", defaults={"kind": "service"})
        Person.objects.create(user=user, name="测试员", department=department).stations.add(station)
    return station


def case_count() -> int:
    return Case.objects.count()


def fill(station: Station, count: int, *, at: dt.datetime) -> None:
    customers(station, -(-count // CASES_PER_CUSTOMER), at=at)
    keys = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    contacts = dict(Contact.objects.values_list("customer_id", "pk"))
    rows = (case(n, text, station, keys[n // CASES_PER_CUSTOMER], contacts) for n, text in enumerate(texts(count)))
    bulk_accept(rows, actor=SYSTEM, at=at, size=PORTION)


def customers(station: Station, count: int, *, at: dt.datetime) -> None:
    for first in range(0, count, PORTION):
        create_many([customer(n, station) for n in range(first, min(count, first + PORTION))], actor=SYSTEM, at=at)


def customer(number: int, station: Station) -> CustomerRow:
    phone = ChannelData("mobile", f"+86138{number:08d}", is_verified=True)
    values = {
        "name": f"测试客户{number:06d}有限公司", "type": "company", "station": station.pk, "region": "320571",
        "address": f"星湖街 {number} 号", "source": "import",
    }  # fmt: skip
    contact = ContactData(fields={"name": f"联系人{number:06d}", "role": "equipment"}, channels=(phone,))
    return CustomerRow(values, (contact,), START)


def case(number: int, text: Text, station: Station, customer_id: int, contacts: dict[int, int]) -> BulkCase:
    """Spread over two years; two of a hundred are open."""
    received = START + dt.timedelta(minutes=number % 1_000_000)
    fields: dict[str, Any] = {
        "station_id": station.pk, "customer_id": customer_id, "contact_id": contacts[customer_id],
        "received_at": received, "title": text.title, "verbatim": text.body, "is_asset_unknown": True,
    }  # fmt: skip
    if number % 50:
        done = received + dt.timedelta(hours=5)
        fields |= {
            "state": "closed", "responded_at": received + dt.timedelta(minutes=20), "resolved_at": done,
            "resolution": text.notes[1], "closed_at": done, "result": "repaired", "cause_code": "wear",
            "follow_up": "not_needed", "follow_up_reason": "bench",
        }  # fmt: skip
    notes = tuple(
        BulkEvent("case.history", received + dt.timedelta(minutes=20 * (i + 1)), "测试员", note)
        for i, note in enumerate(text.notes)
    )
    return BulkCase(fields, notes)


def client(station: Station, count: int) -> dict[str, Any]:
    """What the measured calls need: a fresh token, a session, a case in the middle, a customer with contact."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    user = User.objects.get(username="bench")
    _token, key = accounts.issue_token(user.pk, name="bench", actor=SYSTEM, at=timezone.now())
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "careloop.accounts.backend.SignIn"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    middle = Case.objects.order_by("pk").values_list("pk", flat=True)[count // 2]
    row = Case.objects.select_related("customer").get(pk=middle)
    return {
        "token": key,
        "session": session.session_key,
        "case": row.number,
        "customer": row.customer.code if row.customer else "",
        "contact": row.contact_id,
        "station": station.code,
    }

"""Finished answers in numbers, for what reports make of them. They are written as the services leave them."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from careloop.feedback import services
from careloop.feedback.models import Answer, AnswerItem, FollowUpTask, QuestionnaireVersion
from careloop.staff.models import Person, Station
from tests.factories import T0, ContactFactory, CustomerFactory, StationFactory, VehicleFactory
from tests.feedback.factories import SYSTEM, technician

DAY = dt.timedelta(days=1)
SCORES = {1: 0, 2: 25, 3: 50, 4: 75, 5: 100}
_numbers = itertools.count(1)


def version_of(code: str = "service", number: int | None = None) -> QuestionnaireVersion:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    rows = QuestionnaireVersion.objects.filter(questionnaire__code=code).order_by("-version")
    return rows.filter(version=number).get() if number else rows.exclude(state="draft").first()


def answered(
    levels: dict[str, int | None] | int = 5,
    *,
    customer: Any = None,
    station: Station | None = None,
    worker: Person | None = None,
    asset: Any = None,
    version: QuestionnaireVersion | None = None,
    at: dt.datetime = T0,
    words: str = "",
    **fields: Any,
) -> Answer:
    """One service at `at`, asked about a day later and answered; `levels` for every rated question, or by key."""
    version = version or version_of()
    if customer is None:
        customer = CustomerFactory(station=station or StationFactory())
    place = station or customer.station
    worker = worker or technician(place)
    asset = asset or VehicleFactory(customer=customer, station=place)
    contact = customer.contacts.first() or ContactFactory(customer=customer)
    scored = [item for item in version.active_items if item.is_scored]
    given = levels if isinstance(levels, dict) else {item.key: levels for item in scored}
    low = any(level is not None and level <= version.dissatisfied_from for level in given.values())
    task = FollowUpTask.objects.create(
        number=f"HF-R{next(_numbers):05d}", service_type="repair", station=place, customer=customer, contact=contact,
        asset=asset, technician=worker, version=version, state="done_remarks", service_done_at=at, not_before=at + DAY,
        due_at=at + 3 * DAY, asked_at=at + DAY, first_tried_at=at + DAY, ended_at=at + DAY,
    )  # fmt: skip
    answer = Answer.objects.create(
        task=task, version=version, station=place, customer=customer, contact=contact, asset=asset, technician=worker,
        channel="phone", answered_at=at + DAY, overall=given.get("overall"), verbatim=words, finished_at=None,
        locked_at=None, is_dissatisfied=low, **fields,
    )  # fmt: skip
    AnswerItem.objects.bulk_create(
        AnswerItem(
            answer=answer, item=item, raw=given[item.key], asked_at=at + DAY,
            score=None if given[item.key] is None else Decimal(str(version.scale_map[str(given[item.key])])),
            is_deviation=given[item.key] is not None and given[item.key] <= version.dissatisfied_from, step="",
        )
        for item in scored
        if item.key in given
    )  # fmt: skip
    Answer.objects.filter(pk=answer.pk).update(is_dissatisfied=False, finished_at=at + DAY, locked_at=at + 2 * DAY)
    answer.refresh_from_db()
    return answer

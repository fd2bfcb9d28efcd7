"""Accounts, departments, stations, persons, standards, questionnaires and earlier results of the demonstration."""

import datetime as dt
from decimal import Decimal

from careloop.accounts import services as accounts
from careloop.accounts.models import User
from careloop.assets import services as assets
from careloop.complaints import services as complaints
from careloop.core.actor import Actor
from careloop.customers import services as customers
from careloop.entitlements import services as entitlements
from careloop.feedback import services as feedback
from careloop.feedback.models import QuestionnaireVersion
from careloop.management.demo import people, things
from careloop.staff.models import Department, Person, Station, WorkCalendar

SYSTEM = Actor.system("演示公司")

# Item means of the seed years: with the weights .30 .25 .20 .15 .10 they give 75.8 and 79.2.
EARLIER = (
    ("2001", (78, 74, 76, 70, 82), (8, 7, 7, 6, 7, 5, 5), Decimal("9.0"), 12, 20),
    ("2002", (81, 78, 80, 74, 83), (9, 8, 7, 7, 6, 5, 4), Decimal("8.0"), 15, 22),
)
# A year ago reception and explanation got a larger share of the index.
NEW_WEIGHTS = {"overall": Decimal("0.30"), "reception": Decimal("0.20"), "settlement": Decimal("0.15")}
ITEM_FIELDS = (
    "key", "role", "label_zh", "label_en", "text_zh", "text_en", "weight", "step", "standard_id", "norm", "is_active",
)  # fmt: skip


def build(at: dt.datetime) -> None:
    accounts.ensure_default_roles()
    customers.ensure_defaults()
    entitlements.ensure_defaults(actor=SYSTEM, at=at)
    complaints.ensure_limits()
    _stations()
    _departments()
    _people()
    feedback.ensure_defaults(actor=SYSTEM, at=at)
    _history(at)
    _products()


def _stations() -> None:
    calendars = {
        code: WorkCalendar.objects.get_or_create(
            code=code, defaults={"name": name, "days": days, "hours": [list(span) for span in hours]}
        )[0]
        for code, name, days, hours in people.CALENDARS
    }
    for code, name, address, phone, calendar, bays in people.STATIONS:
        Station.objects.get_or_create(
            code=code,
            defaults={"name": name, "address": address, "phone": phone, "calendar": calendars[calendar], "bays": bays},
        )


def _departments() -> None:
    for name, kind, parent in people.DEPARTMENTS:
        above = Department.objects.get(name=parent) if parent else None
        Department.objects.get_or_create(name=name, defaults={"kind": kind, "parent": above})


def _people() -> None:
    first: User | None = None
    for row in people.PEOPLE:
        user = accounts.create_user(
            row.username, people.PASSWORD, display_name=row.name, roles=row.roles, actor=SYSTEM, like=first
        )
        first = first or user
        person = Person.objects.create(
            user=user,
            name=row.name,
            department=Department.objects.get(name=row.department),
            title=row.title,
            joined_on=dt.date(2021, 3, 1),
        )
        person.stations.set(Station.objects.filter(code__in=row.stations))


def _history(at: dt.datetime) -> None:
    """Results of the yearly survey from before the program, with value received and cost paid beside the index."""
    first = QuestionnaireVersion.objects.get(questionnaire__kind="survey", state="published")
    version = feedback.new_version(
        first.questionnaire_id,
        actor=SYSTEM,
        at=at,
        valid_from=at.date(),
        note="增加价值与成本七问，只算价值比，不进指数。",
    )
    feedback.add_value_questions(version.pk, actor=SYSTEM, at=at)
    feedback.publish(version.pk, actor=SYSTEM, at=at)
    rated = [item.key for item in version.active_items if item.is_scored]
    rating = [item.key for item in version.active_items if item.is_rating]
    for label, means, ratings, sd, n, population in EARLIER:
        feedback.enter_history(
            version.pk,
            actor=SYSTEM,
            at=at,
            label=label,
            period_from=dt.date(int(label), 1, 1),
            period_to=dt.date(int(label), 12, 31),
            item_means=dict(zip(rated, map(Decimal, means), strict=True)),
            rating_means=dict(zip(rating, map(Decimal, ratings), strict=True)),
            sd=sd,
            n=n,
            population=population,
            source="年度满意度调查汇总表",
        )


def _products() -> None:
    families = {name: assets.save_family(name, kind, **templates) for name, kind, templates in things.FAMILIES}
    for family, brand, name in things.MODELS:
        assets.save_model(families[family], name, brand=brand)


def change_method(at: dt.datetime) -> None:
    """A year ago the questions after a service were weighted anew: the line of the figures breaks there (R178)."""
    version = QuestionnaireVersion.objects.get(questionnaire__code="service", state="published")
    draft = feedback.new_version(
        version.questionnaire_id,
        actor=SYSTEM,
        at=at,
        valid_from=at.date(),
        note="接待响应和解释清楚占比提高；旧版结果不与新版混算。",
    )
    feedback.set_items(
        draft.pk,
        [
            {**{name: getattr(item, name) for name in ITEM_FIELDS}, "weight": NEW_WEIGHTS.get(item.key, item.weight)}
            for item in draft.items.all()
        ],
        actor=SYSTEM,
        at=at,
    )
    feedback.publish(draft.pk, actor=SYSTEM, at=at)

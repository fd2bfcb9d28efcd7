"""Versions, weights, goal and earlier results: what the index rests on."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from careloop.accounts import services as accounts
from careloop.accounts.models import User
from careloop.api import auth
from careloop.core.errors import Conflict, DomainError, TransitionRefused
from careloop.core.models import Event
from careloop.feedback import queries, services
from careloop.feedback.models import HistoricalResult, QualityGoal, QuestionItem, Questionnaire, QuestionnaireVersion
from careloop.staff.actors import actor_for
from tests.factories import T0, client_of
from tests.feedback.factories import SYSTEM, head

pytestmark = pytest.mark.django_db
NEXT_YEAR = dt.date(2027, 1, 1)


@pytest.fixture(autouse=True)
def seeded() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)


def user() -> User:
    return User.objects.get(person=head().person_id)


def yearly() -> QuestionnaireVersion:
    return QuestionnaireVersion.objects.get(questionnaire__code="yearly", version=1)


def draft(code: str = "service", note: str = "响应更重要") -> QuestionnaireVersion:
    return services.new_version(
        Questionnaire.objects.get(code=code).pk, actor=head(), at=T0, valid_from=NEXT_YEAR, note=note
    )


def rows_of(version: QuestionnaireVersion, **changes: Any) -> list[dict[str, Any]]:
    names = ("key", "role", "label_zh", "label_en", "text_zh", "text_en", "weight", "step", "norm")
    return [{**{n: getattr(item, n) for n in names}, **changes} for item in version.items.all()]


def test_the_defaults_are_complete_and_seeding_again_makes_nothing() -> None:
    weights = {item.key: str(item.weight.normalize()) for item in yearly().items.all()}

    assert weights == {"quality": "0.3", "response": "0.25", "skill": "0.2", "parts": "0.15", "attitude": "0.1"}
    assert [v.publishing_problems() for v in QuestionnaireVersion.objects.all()] == [[], [], []]
    assert services.ensure_defaults(actor=SYSTEM, at=T0) == 0


def test_the_goal_75_stands_with_definition_reason_and_period() -> None:
    goal = queries.goal_on("yearly", dt.date(2026, 1, 1))
    page = client_of(user()).get(reverse("feedback:questionnaires")).content.decode()

    assert (goal.value, bool(goal.definition), bool(goal.reason), goal.valid_from) == (
        Decimal(75),
        True,
        True,
        dt.date(2000, 1, 1),
    )
    assert goal.definition in page
    assert goal.reason in page


def test_a_new_goal_leaves_the_old_one_in_its_time() -> None:
    row = Questionnaire.objects.get(code="service")
    services.set_goal(
        row.pk, actor=head(), at=T0, value=Decimal(80), definition="指数", reason="三年达标", valid_from=NEXT_YEAR
    )

    assert [queries.goal_on("service", day).value for day in (dt.date(2026, 12, 31), NEXT_YEAR)] == [75, 80]
    with pytest.raises(DomainError):
        services.set_goal(
            row.pk, actor=head(), at=T0, value=Decimal(80), definition=" ", reason="x", valid_from=NEXT_YEAR
        )
    assert QualityGoal.objects.filter(questionnaire=row).count() == 2


def test_a_goal_begins_at_midnight_of_the_firm_not_of_london() -> None:
    row = Questionnaire.objects.get(code="service")
    services.set_goal(
        row.pk, actor=head(), at=T0, value=Decimal(80), definition="指数", reason="三年达标", valid_from=NEXT_YEAR
    )
    half_past_midnight = dt.datetime(2026, 12, 31, 16, 30, tzinfo=dt.UTC)

    with time_machine.travel(half_past_midnight, tick=False):
        form = client_of(user()).get(reverse("feedback:goal", args=["service"])).context["form"]

    assert (form["value"].value(), form["valid_from"].value()) == ("80.00", "2027-01-01")


# --- versions ----------------------------------------------------------------------------------------------------


def test_a_published_version_does_not_change() -> None:
    published = yearly()

    with pytest.raises(Conflict):
        services.set_items(published.pk, rows_of(published), actor=head(), at=T0)
    with pytest.raises(Conflict):
        services.change_draft(published.pk, actor=head(), at=T0, dissatisfied_from=1)
    response = client_of(user()).post(reverse("feedback:version-edit", args=["yearly", 1]), {"dissatisfied_from": 1})

    published.refresh_from_db()
    assert (response.status_code, published.dissatisfied_from) == (302, 2)


def test_a_new_version_needs_a_note_and_a_later_day_and_there_is_one_draft() -> None:
    row = Questionnaire.objects.get(code="service")
    with pytest.raises(DomainError) as refused:
        services.new_version(row.pk, actor=head(), at=T0, valid_from=NEXT_YEAR, note=" ")
    assert refused.value.field == "note"
    with pytest.raises(DomainError):
        services.new_version(row.pk, actor=head(), at=T0, valid_from=dt.date(1999, 1, 1), note="x")

    assert draft().version == 2

    with pytest.raises(Conflict):
        draft()


def test_a_changed_weight_makes_a_new_version_and_any_unit_of_weight_sums_to_one() -> None:
    version = draft("yearly")
    items = rows_of(version)
    for item, weight in zip(items, (24, 21, 21, 18, 17), strict=True):
        item["weight"] = Decimal(weight)

    services.set_items(version.pk, items, actor=head(), at=T0)
    services.publish(version.pk, actor=head(), at=T0)

    found = list(QuestionnaireVersion.objects.get(pk=version.pk).items.values_list("weight", flat=True))
    assert (sum(found), found[0]) == (Decimal(1), Decimal("0.237623"))
    assert [(v.version, v.state) for v in queries.versions_for_trend("yearly")] == [(1, "retired"), (2, "published")]
    assert queries.versions_for_trend("yearly")[1].note == "响应更重要"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"scale_map": {"5": 100}}, "rising scores"),
        ({"scale_map": {"1": 100, "2": 50}}, "rising scores"),
        ({"dissatisfied_from": 5}, "below its top"),
        ({"expectation_mode": "none"}, "asks overall"),
        ({"step_items": 4}, "At most three"),
        ({"intro_en": "Ask about our special offer"}, "special offer"),
        ({"closing_zh": "回馈老客户，到店有礼品赠送"}, "礼品"),
    ],
)
def test_what_keeps_a_draft_from_being_published(change: dict[str, Any], text: str) -> None:
    version = draft()
    services.change_draft(version.pk, actor=head(), at=T0, **change)

    with pytest.raises(TransitionRefused) as refused:
        services.publish(version.pk, actor=head(), at=T0)

    assert text in str(refused.value.message)
    assert QuestionnaireVersion.objects.get(pk=version.pk).state == "draft"
    assert QuestionnaireVersion.objects.published().get(questionnaire__code="service").version == 1


def test_a_step_question_without_step_and_a_weight_of_zero_are_refused() -> None:
    version = draft()
    QuestionItem.objects.filter(version=version, key="reception").update(step="")
    with pytest.raises(TransitionRefused):
        services.publish(version.pk, actor=head(), at=T0)

    items = rows_of(version)
    items[0]["weight"] = Decimal(0)
    with pytest.raises(DomainError) as refused:
        services.set_items(version.pk, items, actor=head(), at=T0)

    assert refused.value.field == "weight"


def test_the_draft_is_changed_on_the_page_and_compared_with_the_version_before() -> None:
    client, version = client_of(user()), draft("yearly")
    columns = ("key", "role", "label_zh", "label_en", "text_zh", "text_en", "step", "norm")
    data: dict[str, Any] = {f"item_{name}": [row[name] for row in rows_of(version)] for name in columns}
    data |= {
        "item_weight": ["0.20", "0.35", "0.20", "0.15", "0.10"],
        "valid_from": "2027-01-01",
        "note": "响应更重要",
        "scale": "5=100 4=75 3=50 2=25 1=0",
        "dissatisfied_from": "2",
        "method": "item_mean",
        "company_average": "on",
        "expectation_mode": "pair10",
        "step_items": "3",
    }

    response = client.post(reverse("feedback:version-edit", args=["yearly", 2]), data)

    assert response.status_code == 302
    page = client.get(reverse("feedback:version", args=["yearly", 2]) + "?with=1").content.decode()
    assert ("0.35" in page, "0.25" in page) == (True, True)
    bad = client.post(reverse("feedback:version-edit", args=["yearly", 2]), {**data, "scale": "gut=100"})
    assert bad.status_code == 422


# --- history -----------------------------------------------------------------------------------------------------

MEANS = {
    "2001": {"quality": 78, "response": 74, "skill": 76, "parts": 70, "attitude": 82},
    "2002": {"quality": 81, "response": 78, "skill": 80, "parts": 74, "attitude": 83},
}


def entry(year: str, **more: Any) -> dict[str, Any]:
    return {"label": year, "period_from": f"{year}-01-01", "period_to": f"{year}-12-31", **more}


def test_2001_and_2002_come_out_of_their_item_means_by_page_and_by_api() -> None:
    who = user()
    client = client_of(who)
    page = reverse("feedback:history", args=["yearly"])
    means = {f"mean_{key}": value for key, value in MEANS["2001"].items()}
    assert client.post(page, {**entry("2001", n=12, population=20, sd="9.0"), **means}).status_code == 302
    auth.forget()
    _token, key = accounts.issue_token(who.pk, name="试", actor=actor_for(who), at=T0)
    response = Client().post(
        "/api/v1/follow-ups/history/yearly",
        data=json.dumps({**entry("2002", n=15, population=22, sd=8.0), "item_means": MEANS["2002"]}),
        content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {key}",
    )  # fmt: skip

    assert (response.status_code, response.json()["shown"]) == (201, "79.2")
    assert [(row.label, f"{row.index:.1f}") for row in queries.history("yearly")] == [
        ("2001", "75.8"),
        ("2002", "79.2"),
    ]
    body = client.get(page).content.decode()
    assert ("75.8" in body, "79.2" in body) == (True, True)


def test_entering_a_period_again_replaces_it_and_keeps_what_stood_there() -> None:
    arguments = {
        "actor": head(),
        "at": T0,
        "label": "2001",
        "period_from": dt.date(2001, 1, 1),
        "period_to": dt.date(2001, 12, 31),
    }
    services.enter_history(yearly().pk, item_means=MEANS["2001"], **arguments)

    services.enter_history(yearly().pk, item_means=MEANS["2002"], **arguments)

    assert [f"{row.index:.1f}" for row in HistoricalResult.objects.all()] == ["79.2"]
    assert Event.objects.filter(kind="history.enter").last().data["before"] == "75.8000"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item_means": {"quality": 101}}, "mean_quality"),
        ({"item_means": {"speed": 80}}, "item_means"),
        ({"item_means": {}}, "item_means"),
        ({"period_to": dt.date(2000, 1, 1)}, "period_to"),
        ({"n": 30, "population": 20}, "population"),
    ],
)
def test_impossible_results_are_refused(changes: dict[str, Any], field: str) -> None:
    arguments: dict[str, Any] = {
        "label": "2001", "period_from": dt.date(2001, 1, 1), "period_to": dt.date(2001, 12, 31),
        "item_means": MEANS["2001"], **changes,
    }  # fmt: skip

    with pytest.raises(DomainError) as refused:
        services.enter_history(yearly().pk, actor=head(), at=T0, **arguments)

    assert (refused.value.field, HistoricalResult.objects.count()) == (field, 0)

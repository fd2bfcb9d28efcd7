"""The value ratio (F10): total value to total cost, from the questions to its own card and chart."""

import csv
import datetime as dt
import io
import json
import re
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from careloop.accounts.models import User
from careloop.core.errors import DomainError
from careloop.feedback import services
from careloop.feedback.models import Answer, AnswerItem, QuestionnaireVersion
from careloop.insight.figures import VALUE_RATIO
from careloop.measures.survey_scores import value_ratio_interval
from tests.factories import T0, client_of
from tests.feedback.factories import DAY, SYSTEM, answers, caller, due, head, planned
from tests.insight.factories import answered, version_of
from tests.insight.test_report_requirements import chart, page, reader, report
from tests.workorders.factories import Api

pytestmark = pytest.mark.django_db
VALUES = {"value_product": (9, 8), "value_service": (8, 8), "value_staff": (7, 9), "value_image": (7, 7)}
COSTS = {"cost_money": (6, 6), "cost_time": (4, 6), "cost_effort": (4, 4)}


def rating_version(client: Client, code: str = "service") -> QuestionnaireVersion:
    """Version 2 of a questionnaire with the seven questions, made and released through the pages."""
    services.ensure_defaults(actor=SYSTEM, at=T0)
    new = {"valid_from": "2026-01-01", "note": "加问价值与成本"}
    assert client.post(reverse("feedback:version-new", args=[code]), new).status_code in (204, 302)
    for action in ("add_value", "publish"):
        assert client.post(reverse("feedback:version-step", args=[code, 2, action])).status_code in (204, 302)
    return QuestionnaireVersion.objects.get(questionnaire__code=code, version=2, state="published")


def ratings(n: int) -> dict[str, int]:
    return {key: pair[n % 2] for key, pair in (VALUES | COSTS).items()}


def call(api: Api, values: dict[str, Any]) -> Answer:
    """One follow-up call through the API, all questions answered."""
    task = due()
    with time_machine.travel(T0 + DAY, tick=False):
        assert api.post(f"/follow-ups/{task.number}/transitions/take", {}).status_code == 200
        assert api.put(f"/follow-ups/{task.number}/answer", answers(task, 4)).status_code == 200
        missing = api.post(f"/follow-ups/{task.number}/transitions/finish", {})
        assert missing.status_code == 409 and "产品价值" in missing.content.decode()
        wrong = api.put(f"/follow-ups/{task.number}/answer", {"value_product": 11})
        assert wrong.status_code == 422
        assert api.put(f"/follow-ups/{task.number}/answer", values).status_code == 200
        assert api.post(f"/follow-ups/{task.number}/transitions/finish", {}).status_code == 200
    return Answer.objects.get(task=task)


def rate(answer: Answer, given: dict[str, int]) -> None:
    items = {item.key: item for item in answer.version.items.all()}
    AnswerItem.objects.bulk_create(
        AnswerItem(answer=answer, item=items[key], rating=rating, asked_at=answer.answered_at)
        for key, rating in given.items()
    )


@pytest.mark.req("R120")
def test_f10_gives_1_528_on_a_card_and_a_chart_of_its_own_and_never_beside_the_index() -> None:
    manager = client_of(User.objects.get(person=head().person_id))
    version = rating_version(manager)
    api = Api(User.objects.get(person=caller().person_id))
    own = [call(api, ratings(n)) for n in range(6)]
    outside = call(api, {**ratings(0), **dict.fromkeys(COSTS, "na")})  # no cost: no ratio of his
    planned()
    for _n in range(5):
        rate(answered(4, version=version, at=T0 - 200 * DAY), {key: 5 for key in VALUES | COSTS})
    services.lock_due(now=T0 + 3 * DAY)
    user = reader()
    data, body = report(user, period="2026H2"), page(user, period="2026H2")

    found = data["value_ratio"]
    assert (round(found["ratio"], 3), round(found["value"], 1), round(found["cost"], 1)) == (1.528, 8.1, 5.3)
    assert (found["n"], found["population"], found["verdict"], found["version"]) == (6, 8, "good_value", 2)
    assert found["low"] < found["ratio"] < found["high"]
    assert data["index"] == 75  # level 4 of 5 everywhere: the ratings are no part of it
    assert {row["key"] for row in data["items"]}.isdisjoint(VALUES | COSTS)

    card = re.search(r'<section class="cl-box cl-fig[^>]*>(?:(?!</section>).)*Value ratio.*?</section>', body, re.S)
    assert card is not None
    shown = card.group(0)
    assert ">1.53<" in shown and "8.10 ÷ total cost 5.30 = 1.528" in shown and "n = 6 / N = 8" in shown
    assert f"interval {found['low']:.2f}–{found['high']:.2f}" in shown and "0.4 × Product" in shown
    assert "75.0" not in shown and "second half of 2026" in shown
    assert "价值比" in page(reader("zh-hans"), period="2026H2")

    blocks = [json.loads(text) for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', body)]
    charts = [block for block in blocks if isinstance(block, dict) and block.get("series")]
    ratio, trend = chart(body, "value-ratio"), chart(body, "trend")
    assert [one["name"] for one in ratio["series"]] == ["Value ratio"]
    assert (ratio["series"][0]["data"], ratio["series"][0]["n"]) == ([1.0, 1.528], [5, 6])
    assert ratio["y_max"] < 3 and ratio["goal"]["value"] == 1
    assert trend["series"][0]["data"][-1] == 75
    for one in charts:
        names = {series["name"] for series in one["series"]}
        assert names == {"Value ratio"} or "Value ratio" not in names

    link = re.search(r'href="(/follow-up/answers/\?[^"]*rated=value[^"]*)"', shown)
    assert link is not None
    listed = client_of(user).get(link.group(1).replace("&amp;", "&")).content.decode()
    assert [answer.task.number in listed for answer in own] == [True] * 6
    assert outside.task.number not in listed
    detail = client_of(user).get(reverse("feedback:answer", args=[own[0].task.number])).content.decode()
    assert "9 of 10" in detail

    file = client_of(user).get(reverse("insight:satisfaction"), {"period": "2026H2", "format": "csv"})
    rows = [row for row in csv.reader(io.StringIO(file.content.decode("utf-8-sig"))) if row and row[0] == "Value ratio"]
    assert [(row[2], round(float(row[3]), 3), row[6], row[7]) for row in rows] == [
        ("v2", 1.528, "6", "8"), ("v2", 1.0, "5", "5"), ("v2", 1.528, "6", "8"),
    ]  # fmt: skip


def test_fewer_than_five_who_rated_both_sides_are_individual_voices() -> None:
    version = rating_version(client_of(User.objects.get(person=head().person_id)))
    for n in range(6):
        rate(answered(4, version=version), ratings(n) if n < 4 else {})
    user = reader()
    data = report(user, period="2026H2")
    assert (data["index"], data["value_ratio"]["n"], data["value_ratio"]["ratio"]) == (75, 4, None)
    assert data["value_ratio"]["is_hidden"] is True
    assert "individual voices, no ratio" in page(user, period="2026H2")


def test_a_questionnaire_without_these_questions_shows_no_ratio() -> None:
    for _n in range(6):
        answered(4)
    user = reader()
    assert report(user, period="2026H2")["value_ratio"] is None
    assert "Value ratio" not in page(user, period="2026H2")


def test_a_version_that_asks_only_one_side_is_not_released_and_each_side_has_its_own_weights() -> None:
    manager = head()
    services.ensure_defaults(actor=SYSTEM, at=T0)
    yearly = version_of("yearly")
    draft = services.new_version(
        yearly.questionnaire_id, actor=manager, at=T0, valid_from=dt.date(2026, 1, 1), note="加问"
    )
    services.add_value_questions(draft.pk, actor=manager, at=T0)
    with override("en"), pytest.raises(DomainError, match="already"):
        services.add_value_questions(draft.pk, actor=manager, at=T0)
    names = ("key", "role", "label_zh", "label_en", "text_zh", "text_en", "weight", "step", "norm")
    items = [{name: getattr(item, name) for name in names} for item in draft.items.all()]
    for item in items:
        item["weight"] = item["weight"] * 7
    services.set_items(draft.pk, items, actor=manager, at=T0)
    fresh = QuestionnaireVersion.objects.get(pk=draft.pk)
    sums = {
        role: sum(item.weight for item in fresh.items.all() if item.role == role) for role in ("item", "value", "cost")
    }
    assert sums == {"item": 1, "value": 1, "cost": 1}
    services.set_items(draft.pk, [item for item in items if item["role"] != "cost"], actor=manager, at=T0)
    with override("en"), pytest.raises(DomainError, match="both sides"):
        services.publish(draft.pk, actor=manager, at=T0)
    assert QuestionnaireVersion.objects.get(pk=draft.pk).state == "draft"


def test_an_earlier_result_brings_its_means_of_value_and_cost() -> None:
    manager = head()
    rating_version(client_of(User.objects.get(person=manager.person_id)), "yearly")
    api = Api(User.objects.get(person=manager.person_id))
    means = {"value_product": 8.5, "value_service": 8, "value_staff": 8, "value_image": 7,
             "cost_money": 6, "cost_time": 5, "cost_effort": 4}  # fmt: skip
    given = {"label": "2024", "period_from": "2024-01-01", "period_to": "2024-12-31", "item_means": {"quality": 78}}
    one_sided = api.post("/follow-ups/history/yearly?version=2", {**given, "rating_means": {"value_product": 8}})
    assert one_sided.status_code == 422
    outside = api.post("/follow-ups/history/yearly?version=2", {**given, "rating_means": {**means, "cost_time": 50}})
    assert outside.status_code == 422
    assert api.post("/follow-ups/history/yearly?version=2", {**given, "rating_means": means}).status_code == 201
    point = report(reader(), period="2026", questionnaire="yearly")["trend"][0]
    assert (point["index"], round(point["value_ratio"]["ratio"], 3), point["value_ratio"]["low"]) == (78, 1.528, None)


def test_a_rating_has_neither_level_nor_score() -> None:
    answer = answered(4, version=rating_version(client_of(User.objects.get(person=head().person_id))))
    item = answer.version.items.get(key="value_image")
    for fields in ({"rating": 11}, {"rating": 0}, {"rating": 5, "raw": 5, "score": 100}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AnswerItem.objects.create(answer=answer, item=item, asked_at=T0, **fields)


def test_the_interval_follows_the_spread_of_the_own_ratios() -> None:
    same = value_ratio_interval(2.0, [8, 6, 4], [4, 3, 2])
    assert (same.low, same.high) == (2.0, 2.0)  # everybody has the same ratio
    wide = value_ratio_interval(1.25, [9, 6, 6, 9], [6, 6, 6, 6])
    assert (round(wide.low or 0, 4), round(wide.high or 0, 4)) == (0.7907, 1.7093)
    assert value_ratio_interval(1.25, [9, 6, 6, 9], [6, 6, 6, 6], population=4).low == 1.25


def test_the_name_of_the_ratio_is_no_key_of_a_question() -> None:
    assert " " in VALUE_RATIO

"""The satisfaction report, each requirement shown through page and API as its check asks for."""

import csv
import datetime as dt
import io
import json
import re
import zipfile
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db.models import ProtectedError
from django.urls import reverse

from careloop.accounts.models import User
from careloop.assets.models import ProductModel
from careloop.core.models import AccessLog
from careloop.feedback import services
from careloop.feedback.models import Answer, FollowUpTask, QualityGoal, Questionnaire, QuestionnaireVersion, Recovery
from careloop.insight import words
from careloop.measures.expectation import expectation_state, met_kind, state_of_answer
from careloop.staff.models import Person
from tests.factories import (
    T0,
    AssetFactory,
    CustomerFactory,
    ProductModelFactory,
    StationFactory,
    client_of,
    user_with,
)
from tests.feedback.factories import (
    DAY,
    HOUR,
    SYSTEM,
    answers,
    caller,
    delivered,
    due,
    finished,
    head,
    in_call,
    planned,
    technician,
)
from tests.insight.factories import answered, version_of
from tests.workorders.factories import Api

pytestmark = pytest.mark.django_db
READER = ("insight.view_reports", "insight.export_reports", "feedback.view_answer", "feedback.view_unlocked_answer")


def reader(language: str = "en") -> User:
    return user_with(*READER, language=language)


def report(user: User, **query: Any) -> dict[str, Any]:
    response = Api(user).get("/reports/satisfaction", **query)
    assert response.status_code == 200, response.content
    return response.json()


def page(user: User, **query: Any) -> str:
    response = client_of(user).get(reverse("insight:satisfaction"), query)
    assert response.status_code == 200
    return response.content.decode()


def chart(body: str, name: str) -> dict[str, Any]:
    """The data of a chart as the page carries it."""
    found = re.search(rf'<script[^>]*id="[^"]*{name}[^"]*"[^>]*type="application/json"[^>]*>(.*?)</script>', body, re.S)
    found = found or re.search(
        rf'<script type="application/json"[^>]*id="[^"]*{name}[^"]*"[^>]*>(.*?)</script>', body, re.S
    )
    assert found is not None, name
    return json.loads(found.group(1))


def new_version(
    code: str, *, note: str, valid_from: dt.date, weights: dict[str, str] | None = None
) -> QuestionnaireVersion:
    row = Questionnaire.objects.get(code=code)
    draft = services.new_version(row.pk, actor=head(), at=T0, valid_from=valid_from, note=note)
    names = ("key", "role", "label_zh", "label_en", "text_zh", "text_en", "weight", "step", "norm")
    items = [{name: getattr(item, name) for name in names} for item in draft.items.all()]
    for item in items:
        item["weight"] = Decimal((weights or {}).get(item["key"], item["weight"] or 0)) or None
    services.set_items(draft.pk, items, actor=head(), at=T0)
    return services.publish(draft.pk, actor=head(), at=T0)


def in_mode(mode: str, **fields: Any) -> QuestionnaireVersion:
    """The service questionnaire, its expectation asked in another way. Written before any answer exists."""
    version = version_of("service")
    QuestionnaireVersion.objects.filter(pk=version.pk).update(expectation_mode=mode, **fields)
    version.refresh_from_db()
    return version


# --- expectation -------------------------------------------------------------------------------------------------


@pytest.mark.req("R110")
def test_both_values_of_each_question_are_kept_with_the_time_of_asking_and_the_gap_has_n() -> None:
    in_mode("items")
    by = caller()
    api = Api(User.objects.get(person=by.person_id))
    before = (T0 - DAY).isoformat()
    for n in range(5):
        task = due()
        given = {"expected_at": before} if n == 0 else {}
        with time_machine.travel(T0 + DAY, tick=False):
            assert api.post(f"/follow-ups/{task.number}/transitions/take", {}).status_code == 200
            levels = {item.key: 4 for item in task.asked_items if item.is_scored}
            missing = api.put(f"/follow-ups/{task.number}/answer", {**levels, "fixed_first": "yes", "on_time": "yes"})
            assert missing.status_code == 200
            assert api.post(f"/follow-ups/{task.number}/transitions/finish", {}).status_code == 409  # pairs are missing
            expected = {f"expect_{key}": 5 if n < 3 else 3 for key in levels}
            assert api.put(f"/follow-ups/{task.number}/answer", {**expected, **given}).status_code == 200
            assert api.post(f"/follow-ups/{task.number}/transitions/finish", {}).status_code == 200
    first, last = Answer.objects.order_by("pk").first(), Answer.objects.order_by("pk").last()
    with time_machine.travel(T0 + 2 * DAY, tick=False):
        rows = api.get(f"/follow-ups/{first.task.number}/answer").json()["items"]
        pairs = {(row["level"], row["expected"], row["is_expected_after"]) for row in rows if row["expected"]}
        assert pairs == {(4, 5, False)}
        assert {dt.datetime.fromisoformat(row["expected_at"]) for row in rows if row["expected"]} == {T0 - DAY}
        late = api.get(f"/follow-ups/{last.task.number}/answer").json()["items"]
        assert {(row["expected"], row["is_expected_after"]) for row in late if row["expected"]} == {(3, True)}
        user = User.objects.get(person=by.person_id)
        client = client_of(user)
        marks = []
        for answer in (first, last):
            shown = client.get(reverse("feedback:answer", args=[answer.task.number])).content.decode()
            marks.append((shown.count("服务前问"), shown.count("服务后问")))
        assert marks == [(len(levels) + 1, 0), (0, len(levels) + 1)]  # each question, and the whole
        services.lock_due(now=T0 + 3 * DAY)
        data = report(reader(), period="2026H2")
        body = page(reader(), period="2026H2")
    overall = next(row for row in data["items"] if row["key"] == "overall")
    assert (overall["gap"], overall["asked_after"]) == ({"mean": pytest.approx(-0.2), "n": 5}, 4)
    assert "−0.20 (n = 5, asked after the service)" in body


@pytest.mark.req("R110")
@pytest.mark.parametrize(("asked", "is_after"), [(T0 - DAY, False), (T0, True), (None, True)])
def test_a_pair_for_the_whole_service_keeps_when_the_expectation_was_asked(
    asked: dt.datetime | None, is_after: bool
) -> None:
    in_mode("pair10")
    by = caller()
    api = Api(User.objects.get(person=by.person_id))
    task = due()
    pair = {**answers(task, 5), "perception": 9, "expectation": 7}
    pair.pop("comparison")
    with time_machine.travel(T0 + DAY, tick=False):
        api.post(f"/follow-ups/{task.number}/transitions/take", {})
        given = {"expected_at": asked.isoformat()} if asked else {}
        assert api.put(f"/follow-ups/{task.number}/answer", {**pair, **given}).status_code == 200
        assert api.post(f"/follow-ups/{task.number}/transitions/finish", {}).status_code == 200
    answer = Answer.objects.get()
    assert (answer.perception, answer.expectation, answer.expectation_asked_at, answer.is_expectation_after) == (
        9, 7, asked or T0 + DAY, is_after,
    )  # fmt: skip


@pytest.mark.req("R111")
def test_the_states_of_f6_with_borders_mappings_and_what_each_leads_to() -> None:
    in_mode("pair10")
    pairs = [(8, 8, "met"), (9, 7, "above"), (6, 8, "below"), (7, 7, "met"), (10, 6, "delight"), (5, 8, "below")]
    by = caller("feedback.recover")
    user = User.objects.get(person=by.person_id)
    api, client = Api(user), client_of(user)
    seen = []
    numbers = []
    for felt, hoped, _state in pairs:
        task = due()
        numbers.append(task.number)
        with time_machine.travel(T0 + DAY, tick=False):
            api.post(f"/follow-ups/{task.number}/transitions/take", {})
            values = {**answers(task, 5), "perception": felt, "expectation": hoped}
            values.pop("comparison")
            assert api.put(f"/follow-ups/{task.number}/answer", values).status_code == 200
            assert api.post(f"/follow-ups/{task.number}/transitions/finish", {}).status_code == 200
            seen.append(api.get(f"/follow-ups/{task.number}/answer").json()["expectation_state"])
    assert seen == [state for _f, _h, state in pairs]
    services.lock_due(now=T0 + 3 * DAY)
    found = report(reader(), period="2026H2")["expectation"]
    assert (found["counts"], round(found["mean_gap"], 3), found["n"]) == (
        {"met": 2, "above": 1, "below": 2, "delight": 1}, 0.167, 6,
    )  # fmt: skip

    assert [expectation_state(5 + d, 5).value for d in (-2, -1, 1, 2, 3)] == ["below", "met", "met", "above", "delight"]
    five = ("much_worse", "worse", "as_expected", "better", "much_better")
    assert [state_of_answer(word).value for word in five] == ["below", "below", "met", "above", "delight"]
    assert [state_of_answer(word).value for word in ("-", "0", "+")] == ["below", "met", "above"]
    assert (met_kind(7).value, met_kind(6).value) == ("fairly_satisfied", "ordinary")

    in_mode("pair5")  # on five steps the tolerance is 0 and delight begins at 2
    fives = [(4, 4), (3, 4), (5, 4), (5, 3)]
    found_fives = []
    for felt, hoped in fives:
        task = due()
        with time_machine.travel(T0 + DAY, tick=False):
            api.post(f"/follow-ups/{task.number}/transitions/take", {})
            pair = {**answers(task, 5), "perception": felt, "expectation": hoped}
            pair.pop("comparison")
            api.put(f"/follow-ups/{task.number}/answer", pair)
            assert api.post(f"/follow-ups/{task.number}/transitions/finish", {}).status_code == 200
            found_fives.append(api.get(f"/follow-ups/{task.number}/answer").json()["expectation_state"])
    assert found_fives == ["met", "below", "above", "delight"]

    kinds = {}
    recovery, risks = reverse("feedback:recoveries"), reverse("feedback:risks")
    for mode, word, overall in (
        ("steps5", "much_worse", 4), ("steps5", "worse", 4), ("steps5", "as_expected", 3), ("steps5", "as_expected", 4),
        ("steps5", "better", 5), ("steps5", "much_better", 5), ("steps3", "-", 4), ("steps3", "0", 4),
        ("steps3", "+", 5),
    ):  # fmt: skip
        in_mode(mode)
        task = due()
        with time_machine.travel(T0 + DAY, tick=False):
            client.post(reverse("feedback:step", args=[task.number, "take"]))
            client.post(reverse("feedback:say", args=[task.number]), {"comparison": word})
            others = {name: value for name, value in answers(task, 4, overall=overall).items() if name != "comparison"}
            api.put(f"/follow-ups/{task.number}/answer", others)
            client.post(reverse("feedback:end", args=[task.number]), {"do": "finish", "verbatim": ""})
            shown = client.get(reverse("feedback:answer", args=[task.number])).content.decode()
        answer = Answer.objects.get(task=task)
        kinds[(word, overall)] = (answer.expectation_state, answer.met_kind)
        is_ordinary = answer.met_kind == "ordinary"
        wanted = {"below": "补救", "met": "流失" if is_ordinary else "保持", "above": "转达", "delight": "转达"}
        assert wanted[answer.expectation_state] in shown, (word, overall)
        assert (f'href="{recovery}"' in shown, f'href="{risks}"' in shown) == (
            answer.expectation_state == "below", is_ordinary,
        ), (word, overall)  # fmt: skip
    assert kinds == {
        ("much_worse", 4): ("below", ""), ("worse", 4): ("below", ""), ("as_expected", 3): ("met", "ordinary"),
        ("as_expected", 4): ("met", "fairly_satisfied"), ("better", 5): ("above", ""),
        ("much_better", 5): ("delight", ""), ("-", 4): ("below", ""), ("0", 4): ("met", "fairly_satisfied"),
        ("+", 5): ("above", ""),
    }  # fmt: skip


# --- census, goal, years -----------------------------------------------------------------------------------------


@pytest.mark.req("R114")
def test_every_closed_service_is_asked_or_has_a_reason_and_the_counts_stand_beside_the_index() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    for level in (5, 4, 4, 3, 5, 4):
        answered(level)
    waived = due()
    services.waive(waived.pk, actor=head(), at=T0 + DAY, why="internal", reason="内部用车")
    call = due()
    by = caller()
    services.take_call(call.pk, actor=by, at=T0 + DAY)
    services.refuse_call(call.pk, actor=by, at=T0 + DAY, reason="没空")
    waiting = planned()
    merged = services.plan_for_order(delivered(at=T0, contact=waiting.contact).pk, actor=SYSTEM, at=T0)
    assert merged.merged_into_id == waiting.pk
    missed = planned()
    FollowUpTask.objects.filter(pk=missed.pk).update(state="unreachable", ended_at=T0 + 9 * DAY)
    delivered(at=T0)  # handed over, and the worker has not planned its follow-up yet
    user = reader()
    data = report(user, period="2026H2")
    coverage = data["coverage"]
    assert (coverage["services"], coverage["asked"], coverage["reached"], coverage["answered"]) == (12, 7, 7, 6)
    assert coverage["not_asked"] == {"internal": 1, "planned": 1, "merged": 1, "unreachable": 1, "unplanned": 1}
    assert coverage["services"] == coverage["asked"] + sum(coverage["not_asked"].values())
    body = page(user, period="2026H2")
    assert "services: 12 eligible, 7 asked, 7 reached, 6 answered" in body
    assert f"{data['index']:.1f}" in body
    for reason in (
        "internal order", "window not open yet", "asked together with another service", "not reached",
        "no follow-up planned yet",
    ):  # fmt: skip
        assert reason in body

    task = Answer.objects.first().task
    for remove in (task.delete, FollowUpTask.objects.all().delete, Answer.objects.all().delete, task.answer.delete):
        with pytest.raises(ProtectedError):
            remove()
    follower = User.objects.get(person=head().person_id)
    assert Api(follower).client.delete(
        f"/api/v1/follow-ups/{task.number}", **Api(follower).headers
    ).status_code == 403  # fmt: skip
    assert report(user, period="2026H2")["coverage"] == coverage


MEANS = {
    "2001": {"quality": 78, "response": 74, "skill": 76, "parts": 70, "attitude": 82},
    "2002": {"quality": 81, "response": 78, "skill": 80, "parts": 74, "attitude": 83},
}
SPREAD = {"2001": {"sd": 9.0, "n": 12, "population": 20}, "2002": {"sd": 8.0, "n": 15, "population": 22}}


def enter(year: str, user: User, *, version: int = 1) -> Any:
    body = {"label": year, "period_from": f"{year}-01-01", "period_to": f"{year}-12-31", "item_means": MEANS[year]}
    return Api(user).post(f"/follow-ups/history/yearly?version={version}", {**body, **SPREAD[year]})


@pytest.mark.req("R115")
def test_goal_75_with_definition_reason_and_period_and_met_not_proven_at_75_8() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    manager = User.objects.get(person=head().person_id)
    form = {"value": "75", "definition": "满意度指数", "reason": "同行业水平与本公司条件", "valid_from": "2000-01-01"}
    url = reverse("feedback:goal", args=["yearly"])
    for lacking in ("reason", "definition"):
        assert client_of(manager).post(url, {**form, lacking: " "}).status_code == 422
    assert client_of(manager).post(url, form).status_code == 302
    goal = QualityGoal.objects.get(questionnaire__code="yearly")
    assert goal.definition == "满意度指数"
    assert (goal.value, goal.reason, goal.valid_from) == (Decimal(75), "同行业水平与本公司条件", dt.date(2000, 1, 1))
    later = {**form, "value": "90", "valid_from": "2027-01-01"}
    assert client_of(manager).post(url, later).status_code == 302  # holds from 2027 on
    assert enter("2001", manager).status_code == 201

    user = reader()
    data = report(user, period="2026", questionnaire="yearly")
    body = page(user, period="2026", questionnaire="yearly")
    point = data["trend"][0]
    assert (data["goal"], round(point["index"], 1), point["goal_state"]) == (75.0, 75.8, "met_not_proven")
    assert (round(point["low"], 2), round(point["high"], 2)) == (72.09, 79.51)
    assert "72.1–79.5" in body and "met, not proven" in body
    assert "同行业水平与本公司条件" in body and "since 2000-01-01" in body
    for value, state, words_of_state in (
        (Decimal("75.9"), "not_met", ">not met<"), (Decimal("75.8"), "met_not_proven", ">met, not proven<"),
        (Decimal("72.1"), "met_not_proven", ">met, not proven<"), (Decimal("72.08"), "met_shown", ">met, proven<"),
    ):  # fmt: skip
        QualityGoal.objects.filter(pk=goal.pk).update(value=value)
        assert report(user, period="2026", questionnaire="yearly")["trend"][0]["goal_state"] == state
        assert words_of_state in page(user, period="2026", questionnaire="yearly")


@pytest.mark.req("R116")
def test_2001_and_2002_come_out_of_their_item_means_and_the_rise_is_not_proven() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    manager = User.objects.get(person=head().person_id)
    means = {f"mean_{key}": value for key, value in MEANS["2001"].items()}
    dates = {"label": "2001", "period_from": "2001-01-01", "period_to": "2001-12-31", **SPREAD["2001"]}
    history = reverse("feedback:history", args=["yearly"])
    assert client_of(manager).post(history, {**dates, **means}).status_code == 302
    assert enter("2002", manager).json()["shown"] == "79.2"

    user = reader()
    body = page(user, period="2026", questionnaire="yearly")
    data = chart(body, "trend")
    assert data["x"][:2] == ["2001", "2002"]
    assert data["series"][0]["data"][:2] == [75.8, 79.2]
    points = report(user, period="2026", questionnaire="yearly")["trend"]
    change = points[1]["change"]
    assert (round(change["difference"], 1), round(change["p"], 3), change["trend"]) == (3.4, 0.115, "rising_not_proven")
    assert points[0]["change"] is None
    assert "+3.4 rising, not proven" in body


def test_the_year_of_an_entered_result_shows_it_on_the_cards_and_once_in_the_trend() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    manager = User.objects.get(person=head().person_id)
    for year in ("2001", "2002"):
        assert enter(year, manager).status_code == 201
    user = reader()
    body = page(user, period="2002", questionnaire="yearly")
    assert chart(body, "trend")["x"] == ["2001", "2002"]
    assert "79.2" in body and "75.8 → 79.2" in body and "Entered from before CareLoop" in body
    assert "No answers in this period yet" not in body
    assert "15 / 22" in body and "services: 0 eligible" not in body  # coverage as the source has it
    data = report(user, period="2002", questionnaire="yearly")
    assert (round(data["index"], 1), data["n"], data["population"], data["goal_state"]) == (79.2, 15, 22, "met_shown")
    assert round(data["change"]["difference"], 1) == 3.4 and data["entered_from"] is not None
    items = {row["key"]: row for row in data["items"]}
    assert (items["response"]["mean"], items["response"]["n"], items["response"]["low"]) == (78.0, 15, None)
    assert (items["response"]["change"]["difference"], items["response"]["change"]["p"]) == (4.0, None)
    assert "+4.0, not proven" in body and "No item was rated" not in body
    first = page(user, period="2001", questionnaire="yearly")
    assert chart(first, "trend")["x"] == ["2001"]  # what came later is not known in 2001
    assert "met, not proven" in first and "No comparison" in first
    now = chart(page(user, period="2026", questionnaire="yearly"), "trend")
    assert now["x"] == ["2001", "2002", "2026"]  # no empty years between


def test_an_entered_result_without_counts_is_shown_without_interval_and_untested() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    manager = User.objects.get(person=head().person_id)
    assert enter("2001", manager).status_code == 201
    bare = {"label": "2002", "period_from": "2002-01-01", "period_to": "2002-12-31", "item_means": MEANS["2002"]}
    assert Api(manager).post("/follow-ups/history/yearly?version=1", bare).status_code == 201
    user = reader()

    data = report(user, period="2002", questionnaire="yearly")
    assert (round(data["index"], 1), data["low"], data["n"], data["population"]) == (79.2, None, 0, None)
    assert data["change"] is None and data["goal_state"] == "met_not_proven"
    assert data["items"][0]["mean"] is not None

    body = page(user, period="2002", questionnaire="yearly")
    assert "79.2" in body and "– / –" in body and "No comparison" in body
    assert "n = 0" not in body


@pytest.mark.req("R178")
def test_a_change_of_method_draws_a_line_and_nothing_is_tested_across_it() -> None:
    first = version_of("service")
    for n in range(8):
        answered({"overall": 3 + n % 2}, version=first, at=T0 - 200 * DAY)
    second = new_version("service", note="接待占比提高", valid_from=dt.date(2026, 7, 1), weights={"overall": "0.3"})
    for n in range(8):
        answered({"overall": 4 + n % 2}, version=second, at=T0 - 20 * DAY)

    user = reader()
    data, body = report(user, period="2026H2"), page(user, period="2026H2")

    assert data["breaks"] == [{"period": "2026H2", "version": 2, "note": "接待占比提高"}]
    assert (data["change"], data["trend"][-1]["change"], data["trend"][-2]["index"] is not None) == (None, None, True)
    assert [row["change"] for row in data["items"] if row["key"] == "overall"] == [None]
    lines = chart(body, "trend")["breaks"]
    assert [(line["x"], line["label"]) for line in lines] == [("H2 26", "from version 2")]
    assert "method changed" in body
    QuestionnaireVersion.objects.filter(pk=first.pk).update(note="x")
    for answer in Answer.objects.filter(version=first):
        Answer.objects.filter(pk=answer.pk).update(version=second)
    same = report(user, period="2026H2")  # one method: tested
    tested = (same["change"], same["trend"][-1]["change"], next(row["change"] for row in same["items"]))
    assert None not in tested
    assert (same["breaks"], chart(page(user, period="2026H2"), "trend")["breaks"]) == ([], [])


# --- index and small numbers -------------------------------------------------------------------------------------


@pytest.mark.req("R119")
def test_f1_a_from_questionnaire_to_index_and_a_changed_weight_makes_a_new_version() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    manager = User.objects.get(person=head().person_id)
    client = client_of(manager)
    made = client.post(
        reverse("feedback:version-new", args=["yearly"]), {"valid_from": "2026-01-01", "note": "三项指标"}
    )
    assert made.status_code in (204, 302)
    edit = reverse("feedback:version-edit", args=["yearly", 2])
    rows = [("quality", "产品质量", "0.5"), ("delivery", "交付", "0.3"), ("price", "价格", "0.2")]
    form: dict[str, Any] = {
        "item_key": [r[0] for r in rows], "item_role": ["item"] * 3, "item_label_zh": [r[1] for r in rows],
        "item_label_en": [r[0] for r in rows], "item_text_zh": [r[1] for r in rows], "item_text_en": [""] * 3,
        "item_weight": [r[2] for r in rows], "item_step": [""] * 3, "item_norm": [""] * 3,
        "valid_from": "2026-01-01", "note": "三项指标", "scale": "3=100 2=70 1=50", "dissatisfied_from": "1",
        "method": "item_mean", "company_average": "on", "expectation_mode": "none", "step_items": "3",
    }  # fmt: skip
    assert client.post(edit, form).status_code == 302
    assert client.post(reverse("feedback:version-step", args=["yearly", 2, "publish"])).status_code == 302
    version = QuestionnaireVersion.objects.get(questionnaire__code="yearly", version=2)
    counts = {"quality": (8, 2, 0), "delivery": (6, 3, 1), "price": (3, 5, 2)}
    columns = {key: [3] * a + [2] * b + [1] * c for key, (a, b, c) in counts.items()}
    for n in range(10):
        answered({key: column[n] for key, column in columns.items()}, version=version)
    data = report(reader(), period="2026H2", questionnaire="yearly")
    assert {row["key"]: round(row["mean"], 6) for row in data["items"]} == {"quality": 94, "delivery": 86, "price": 75}
    assert round(data["index"], 6) == 87.8
    assert ">87.8<" in page(reader(), period="2026H2", questionnaire="yearly")

    assert (
        client.post(edit, {**form, "item_weight": ["0.4", "0.4", "0.2"]}).status_code == 302
    )  # published: not changed
    assert report(reader(), period="2026H2", questionnaire="yearly")["index"] == data["index"]
    client.post(reverse("feedback:version-new", args=["yearly"]), {"valid_from": "2027-01-01", "note": "权重调整"})
    third = {**form, "item_weight": ["0.4", "0.4", "0.2"], "valid_from": "2027-01-01", "note": "权重调整"}
    assert client.post(reverse("feedback:version-edit", args=["yearly", 3]), third).status_code == 302
    weights = {
        v.version: [str(i.weight.normalize()) for i in v.items.all()]
        for v in QuestionnaireVersion.objects.filter(questionnaire__code="yearly", version__gt=1)
    }
    assert weights == {2: ["0.5", "0.3", "0.2"], 3: ["0.4", "0.4", "0.2"]}


@pytest.mark.req("R121")
def test_fewer_than_five_are_individual_voices_and_no_combination_of_filters_shows_one_person() -> None:
    station = StationFactory(name="湘阳站")
    many, few = technician(station), technician(station)
    one, two = ProductModelFactory(name="GY-100"), ProductModelFactory(name="GY-200")

    def rates(level: int, worker: Person, model: ProductModel, at: dt.datetime = T0) -> None:
        customer = CustomerFactory(station=station)
        asset = AssetFactory(customer=customer, station=station, model=model)
        answered(level, customer=customer, station=station, worker=worker, asset=asset, at=at)

    user = reader()
    client = client_of(user)

    def assert_hidden(**chosen: Any) -> None:
        alone = report(user, period="2026H2", **chosen)
        assert (alone["index"], [row["mean"] for row in alone["items"]], alone["expectation"]["counts"]) == (
            None, [None] * len(alone["items"]), {},
        )  # fmt: skip
        body = page(user, period="2026H2", **chosen)
        assert "individual voices" in body and "Share of satisfied answers" not in body
        query = {"period": "2026H2", **chosen, "format": "csv"}
        file = client.get(reverse("insight:satisfaction"), query).content.decode("utf-8-sig")
        index = next(row for row in csv.reader(io.StringIO(file)) if row and row[0] == "Index")
        assert (index[3:6], index[8]) == (["", "", ""], "individual voices")

    for level in (5, 5, 4, 4, 3):
        rates(level, many, one)
    rates(5, many, two)
    for level, count in ((1, 1), (4, 4)):  # one voice, then four
        while Answer.objects.filter(technician=few).count() < count:
            rates(level, few, two)
        everything = report(user, period="2026H2")
        groups = {(row["kind"], row["name"]): row for row in everything["groups"]}
        small, large = groups[("technician", few.name)], groups[("technician", many.name)]
        assert (everything["n"], everything["index"] is not None) == (6 + count, True)
        assert (small["n"], small["index"], small["is_hidden"]) == (count, None, True)
        # all minus those of one technician would be the few customers of the other: neither is shown
        assert (large["n"], large["index"], large["is_hidden"]) == (6, None, True)
        for chosen in (few.pk, many.pk):
            assert_hidden(technician=chosen)
    assert Api(user).get("/reports/satisfaction", period="2026-11-19_2026-11-20").status_code == 422
    assert "second half of 2026" in page(user, period="2026-11-19_2026-11-20")

    rates(4, few, two)
    data = report(user, period="2026H2")
    body = page(user, period="2026H2")
    file = client.get(reverse("insight:satisfaction"), {"period": "2026H2", "format": "csv"}).content
    rows = {row[1]: row for row in csv.reader(io.StringIO(file.decode("utf-8-sig"))) if row and row[0] == "Technician"}
    shown = [row for row in data["groups"] if row["kind"] in ("technician", "model")]
    assert [(row["kind"], row["n"]) for row in shown] == [
        ("model", 6), ("model", 5), ("technician", 6), ("technician", 5),
    ]  # fmt: skip
    for row in shown:
        assert (row["low"] is not None, row["population"] == row["n"]) == (True, True)
        assert f"{row['low']:.1f}–{row['high']:.1f}" in body and f"{row['n']} / {row['population']}" in body
    for person, n in ((many, 6), (few, 5)):
        low, high, count, population = rows[person.name][4:8]
        assert (bool(low), bool(high), count, population) == (True, True, str(n), str(n))
    # six of one technician, five of them on one model: the sixth would be known by subtraction
    for technician_of, model in ((many, one), (many, two), (few, two)):
        assert_hidden(technician=technician_of.pk, model=model.pk)
    assert report(user, period="2026H2", technician=many.pk)["index"] is not None

    rates(4, few, two, at=T0 - 40 * DAY)  # the half-year without the month would be this one customer
    for months in ("2026-10", "2026-11", "2026-11-01_2026-12-31", "2026-07-01_2026-10-31"):
        assert report(user, period=months)["index"] is None, months
        assert "individual voices" in page(user, period=months)
    assert "give away single customers" in page(user, period="2026-11-01_2026-12-31")
    assert report(user, period="2026H2")["n"] == 12
    for _n in range(2):
        rates(4, few, two, at=T0 - 40 * DAY)
    months = report(user, period="2026-11-01_2026-12-31")  # each month could stand alone
    assert (months["n"], months["index"] is not None) == (11, True)
    assert "2026-11 – 2026-12" in page(user, period="2026-11-01_2026-12-31")
    before = report(user, period="2026-12-01_2027-01-31")["trend"][0]
    assert (before["from"], before["to"], before["n"]) == ("2026-10-01", "2026-12-01", 14)


# --- beside the index --------------------------------------------------------------------------------------------


@pytest.mark.req("R118")
def test_the_gap_to_the_main_competitor_counts_only_those_who_compared() -> None:
    by = caller()
    user = User.objects.get(person=by.person_id)
    api = Api(user)
    alone = services.send_link(due().pk, actor=by, at=T0 + DAY)
    address = reverse("feedback_public:form", args=[services.token_of(alone)])
    with time_machine.travel(T0 + DAY, tick=False):
        assert "rival_" not in client_of(user).get(address).content.decode()  # optional: not asked unless chosen
        assert client_of(user).post(address, {**answers(alone, 4), "rival_overall": 1}).status_code == 200
    in_mode("steps5", asks_rival=True)
    for n in range(7):
        task = services.send_link(due().pk, actor=by, at=T0 + DAY)
        url = reverse("feedback_public:form", args=[services.token_of(task)])
        form = {**answers(task, 4), **({"rival_overall": 5 if n < 4 else 3} if n < 6 else {})}
        with time_machine.travel(T0 + DAY, tick=False):
            assert client_of(user).get(url).content.decode().count('name="rival_overall"') >= 5
            assert client_of(user).post(url, form).status_code == 200
        if n == 3:
            services.lock_due(now=T0 + 3 * DAY)
            few = next(row for row in report(reader(), period="2026H2")["items"] if row["key"] == "overall")
            assert (few["n"], few["competitor_gap"]) == (5, {"mean": None, "n": 4})
            assert "individual voices, n = 4" in page(reader(), period="2026H2")
    services.lock_due(now=T0 + 3 * DAY)
    assert api.get("/follow-ups/answers").json()["items"][0]["items"][0]["rival"] is None
    data = report(reader(), period="2026H2")
    gaps = {row["key"]: row["competitor_gap"] for row in data["items"]}
    assert gaps["overall"] == {"mean": pytest.approx((4 * -1 + 2 * 1) / 6), "n": 6}
    assert {key: gap for key, gap in gaps.items() if key != "overall"} == dict.fromkeys(set(gaps) - {"overall"})
    assert "−0.33 (n = 6)" in page(reader(), period="2026H2")
    file = client_of(reader()).get(reverse("insight:satisfaction"), {"period": "2026H2", "format": "csv"})
    rows = [row for row in csv.reader(io.StringIO(file.content.decode("utf-8-sig"))) if len(row) > 6]
    gap_rows = [(row[1], round(float(row[3]), 2), row[6]) for row in rows if row[0] == "Gap to the main competitor"]
    assert gap_rows == [("Overall", -0.33, "6")]


@pytest.mark.req("R126")
def test_weight_and_result_of_the_speed_of_response_over_the_years_with_a_line_at_each_version() -> None:
    services.ensure_defaults(actor=SYSTEM, at=T0)
    manager = User.objects.get(person=head().person_id)
    for year in ("2001", "2002"):
        assert enter(year, manager).status_code == 201
    new_version("yearly", note="响应占比提高", valid_from=dt.date(2003, 1, 1),
                weights={"response": "0.30", "quality": "0.25"})  # fmt: skip
    body = {"label": "2003", "period_from": "2003-01-01", "period_to": "2003-12-31", "item_means": MEANS["2002"]}
    assert Api(manager).post("/follow-ups/history/yearly?version=2", body).status_code == 201
    third = new_version(
        "yearly", note="响应占比再提高", valid_from=dt.date(2026, 1, 1),
        weights={"response": "0.35", "quality": "0.20"},
    )  # fmt: skip
    for n in range(6):
        answered({"response": 4 + n % 2, "quality": 4, "skill": 4, "parts": 4, "attitude": 4}, version=third)
    user = reader()
    body = page(user, period="2026", questionnaire="yearly")
    data = chart(body, "item-trend")
    result, weight = (dict(zip(data["x"], row["data"], strict=True)) for row in data["series"])
    assert result == {"2001": 74.0, "2002": 78.0, "2003": 78.0, "2026": 87.5}
    assert weight == {"2001": 25.0, "2002": 25.0, "2003": 30.0, "2026": 35.0}
    assert [(line["x"], line["label"]) for line in data["breaks"]] == [
        ("2003", "from version 2"), ("2026", "from version 3"),
    ]  # fmt: skip
    points = report(user, period="2026", questionnaire="yearly")
    assert points["followed_item"] == "response"
    assert {p["label"]: p["item"]["weight"] for p in points["trend"] if p["item"]} == {
        "2001": 0.25, "2002": 0.25, "2003": 0.3, "2026": 0.35,
    }  # fmt: skip


def test_each_point_opens_exactly_its_answers() -> None:
    inside, outside = answered(4, words="这一期的话"), answered(4, at=T0 - 300 * DAY, words="以前的话")
    for _n in range(5):
        answered(4)
    user = reader()
    data = chart(page(user, period="2026H2"), "trend")
    url = data["series"][0]["urls"][-1]
    body = client_of(user).get(url).content.decode()
    assert (inside.task.number in body, outside.task.number in body) == (True, False)
    assert HOUR


@pytest.mark.req("R102")
def test_the_month_groups_reasons_with_n_and_each_bar_opens_its_answers() -> None:
    version = version_of("service")
    norms = {item.key: item.norm for item in version.items.all()}

    def bad(key: str, at: dt.datetime, norm: str = "") -> Answer:
        answer = answered({"overall": 4, key: 1}, at=at)
        item = answer.items.get(item__key=key)
        item.step, item.norm = key, norm or norms[key]
        item.save()
        return answer

    before = [bad("repair", T0 - month * 30 * DAY) for month in range(1, 7)]
    before += [bad("inspection", T0 - month * 30 * DAY) for month in range(1, 4)]
    for month in range(1, 7):
        answered(5, at=T0 - month * 30 * DAY)
    unclean = [bad("repair", T0, norm="工位整洁")]
    inspections = [bad("inspection", T0) for _n in range(2)]
    repairs = [bad("repair", T0) for _n in range(4)]
    receptions = [bad("reception", T0) for _n in range(5)]
    answered(5, at=T0)
    user = reader()
    data = Api(user).get("/reports/reasons", period="2026-11").json()
    groups = [
        ("reception", norms["reception"], 5, 0.0, True), ("repair", norms["repair"], 4, 5.2, False),
        ("inspection", norms["inspection"], 2, 2.6, False), ("repair", "工位整洁", 1, 0.0, False),
    ]  # fmt: skip
    assert [
        (row["step"], row["standard"], row["n"], pytest.approx(row["usual"]), row["is_common"])
        for row in data["groups"]
    ] == groups  # fmt: skip
    assert (data["n"], data["answers"]) == (12, 13)
    assert [(row["share"], row["cumulative"]) for row in data["groups"]] == [
        pytest.approx(pair) for pair in ((5 / 12, 5 / 12), (4 / 12, 9 / 12), (2 / 12, 11 / 12), (1 / 12, 1))
    ]
    assert Api(user).get("/reports/reasons", period="2026-11").json() == data
    client = client_of(user)
    body = client.get(reverse("insight:reasons"), {"period": "2026-11"}).content.decode()
    assert "12 deviations in 13 answers" in body and body.count("common content: above the usual level") == 1
    assert "33 %, together 75 %" in body
    bars = chart(body, "pareto")
    assert (bars["series"][0]["data"], bars["series"][0]["n"]) == ([5, 4, 2, 1], [5, 4, 2, 1])
    made = [receptions, repairs, inspections, unclean]
    for url, inside in zip(bars["series"][0]["urls"], made, strict=True):
        listed = client.get(url).content.decode()
        others = [answer for group in (*made, before) if group is not inside for answer in group]
        assert [answer.task.number in listed for answer in inside] == [True] * len(inside)
        assert [answer.task.number in listed for answer in others] == [False] * len(others)


@pytest.mark.req("R117")
def test_the_audit_pack_holds_everything_and_its_raw_answers_give_the_published_figure() -> None:
    version = version_of("service")
    for n in range(9):
        customer = CustomerFactory()
        for level in (5 - n % 3, 4):
            answered({"overall": level, "repair": None if n % 4 == 0 else 3 + n % 3}, customer=customer, words="原话")
    waived = due()
    services.waive(waived.pk, actor=head(), at=T0 + DAY, why="internal", reason="内部用车")
    complained = finished(level=2, words="原话")
    task, by = in_call(caller("complaints.grant_remedy"))
    services.save_answer(task.pk, {**answers(task, 3), "comparison": "worse"}, actor=by, at=T0 + DAY)
    services.save_answer(task.pk, {"verbatim": "原话"}, actor=by, at=T0 + DAY)
    services.finish_call(task.pk, actor=by, at=T0 + DAY)
    recovery = Recovery.objects.get(answer__task=task)
    services.act_on(recovery.pk, actor=by, at=T0 + DAY, kind="check", text="免费检查", cost=Decimal(0))
    handed_over = delivered(at=T0)  # the worker has not planned its follow-up yet
    user = reader()
    response = client_of(user).get(reverse("insight:audit-pack"), {"period": "2026H2"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    assert set(files) == {
        "README.txt", "method.json", "services.csv", "answers.csv", "calculation.json", "actions.csv",
    }  # fmt: skip
    method, published = json.loads(files["method.json"]), json.loads(files["calculation.json"])
    asked = method["versions"][0]
    assert (method["goal"]["value"], asked["version"], asked["method"], asked["company_average"], asked["scale"]) == (
        "75.00", version.version, "item_mean", True, version.scale_map,
    )  # fmt: skip
    assert [(row["key"], row["text"], row["weight"]) for row in asked["questions"]] == [
        (item.key, item.text_zh, str(item.weight) if item.weight else None) for item in version.items.all()
    ]
    services_csv = list(csv.DictReader(io.StringIO(files["services.csv"])))
    unplanned = [(row["order"], row["reason_code"]) for row in services_csv if not row["follow_up"]]
    assert unplanned == [(handed_over.number, "unplanned")]
    assert len(services_csv) == published["coverage"]["services"]
    listed = {row["follow_up"]: row for row in services_csv if row["follow_up"]}
    assert (len(listed), listed[waived.number]["reason_code"], listed[waived.number]["reason"]) == (
        21, "internal", "内部用车",
    )  # fmt: skip
    assert [number for number, row in listed.items() if not row["asked_at"]] == [waived.number]
    actions = {row["answer"]: row for row in csv.DictReader(io.StringIO(files["actions.csv"]))}
    assert set(actions) == {complained.task.number, task.number}
    complaint, repaired = actions[complained.task.number], actions[task.number]
    assert (complaint["complaint"], complaint["state"], complaint["rating_before"]) == (
        complained.complaint.number, "registered", "2",
    )  # fmt: skip
    assert [repaired[name] for name in ("complaint", "recovery", "recovery_text", "recovery_cost", "found_before")] == [
        "", "check", "免费检查", "0.00", "below",
    ]  # fmt: skip
    raw = list(csv.DictReader(io.StringIO(files["answers.csv"])))
    assert {row["words"] for row in raw} == {"原话"}

    by_item: dict[str, dict[str, list[float]]] = {}
    weights = {row["question"]: float(row["weight"]) for row in raw if row["weight"]}
    for row in raw:
        if row["score"]:
            by_item.setdefault(row["question"], {}).setdefault(row["customer"], []).append(float(row["score"]))
    means = {
        key: sum(sum(s) / len(s) for s in companies.values()) / len(companies) for key, companies in by_item.items()
    }
    index = sum(weights[key] * mean for key, mean in means.items()) / sum(weights[key] for key in means)
    assert index == pytest.approx(published["index"], abs=1e-9)
    assert report(user, period="2026H2")["index"] == published["index"]
    assert AccessLog.objects.filter(what="export", detail__report="audit-pack-service-2026H2").count() == 1


def test_a_small_p_is_never_written_as_zero() -> None:
    assert [words.p_value(p) for p in (0.115, 0.0005, 0.00049, 0.0)] == [
        "p = 0.115",
        "p = 0.001",
        "p < 0.001",
        "p < 0.001",
    ]

"""Escalation: one click to the next level, its deadline shown to staff and customer, and on when nobody reacts (R83)."""

import datetime as dt
import re
from dataclasses import replace

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from careloop.cases import escalations, jobs, services, today
from careloop.cases.models import Case, SupportLevel
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, PermissionRefused, TransitionRefused
from careloop.core.models import Event
from tests.cases.factories import HOUR, MINUTE, Desk
from tests.factories import T0, DepartmentFactory, actor_with, client_of, user_with
from tests.workorders.factories import Api

pytestmark = pytest.mark.django_db
DUE = T0 + HOUR + 150 * MINUTE  # 11:00 and 90 minutes of work, the noon break from 12 to 13 between
SEE = ("cases.view_case", "cases.work_case", "cases.add_note", "cases.assign_case")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.req("R83")
def test_one_click_hands_on_next_level_and_deadline_are_shown_and_no_reaction_goes_higher(desk: Desk) -> None:
    boss = user_with(*SEE, "entitlements.change_standard", stations=[desk.station], language="en")
    manager, api = client_of(boss), Api(desk.user)
    level = {"name": "远程组", "name_en": "Remote team", "minutes": "90"}  # levels are data
    assert manager.post(reverse("cases:level-edit", args=[2]), level).status_code in (204, 302)
    saved = Api(boss).put("/escalation-levels/3", {"name": "研发", "name_en": "Development", "minutes": 30})
    assert (saved.status_code, saved.json()["minutes"]) == (200, 30)
    case = desk.accept()
    services.assign_case(case.pk, actor=desk.actor, at=T0, person_id=desk.actor.person_id)
    url = reverse("cases:detail", args=[case.number])
    clerk, engineer = client_of(desk.user), client_of(desk.engineer_user)

    with time_machine.travel(T0 + HOUR, tick=False):
        button = re.search(rf'<form[^>]*action="{url}do/escalate/"', clerk.get(url).content.decode())
        assert button is not None  # no form to fill: one click
        assert clerk.post(f"{url}do/escalate/").status_code in (204, 302)
        body = clerk.get(url).content.decode()
    case.refresh_from_db()
    assert (case.support_level, case.state, case.assignee_id) == (2, "accepted", None)
    assert case.escalation_due_at == DUE
    shown = f"{case.escalation_due_at.astimezone(dt.timezone(8 * HOUR)):%H:%M}"
    assert "远程组" in body and shown in body and "研发" in body  # staff: level, deadline, and who comes after
    english = manager.get(url).content.decode()
    assert "Remote team" in english and "远程组" not in english  # in the timeline too
    customer = Client().get(reverse("portal:request", args=[escalations.token_of(case.pk)])).content.decode()
    assert "远程组" in customer and shown in customer and "研发" in customer
    assert api.get(f"/cases/{case.number}").json()["escalation_due_at"]

    with time_machine.travel(T0 + HOUR + MINUTE, tick=False):
        assert "升级给你" in engineer.get(reverse("web:today")).content.decode()
    assert jobs.escalate_further(now=case.escalation_due_at - MINUTE) == 0
    late = case.escalation_due_at
    assert jobs.escalate_further(now=late) == 1
    assert jobs.escalate_further(now=late) == 0  # once; the next level has its own time
    case.refresh_from_db()
    assert (case.support_level, case.escalation_due_at > late) == (3, True)
    facts = Event.objects.filter(subject_type="case", subject_id=case.pk, kind__startswith="case.escalate")
    assert [(event.kind, event.data["level"], event.data["level_name"]) for event in facts.order_by("pk")] == [
        ("case.escalate", 2, "远程组"), ("case.escalate_further", 3, "研发"),
    ]  # fmt: skip
    with time_machine.travel(late + MINUTE, tick=False):
        assert "研发" in clerk.get(url).content.decode()
        assert engineer.post(f"{url}do/take/").status_code in (204, 302)  # a reaction: the clock stops
    case.refresh_from_db()
    assert (case.escalation_due_at, case.assignee_id) == (None, desk.engineer.person_id)
    assert jobs.escalate_further(now=late + 10 * 24 * HOUR) == 0


def asked(actor: Actor) -> list[str]:
    """What the actor's day says about requests that were handed to him or that nobody has."""
    return [duty.key for duty in today.due(actor, now=T0 + MINUTE) if duty.view == "unclaimed"]


def test_a_word_of_who_handed_on_is_no_reaction_and_neither_is_one_of_another_department(desk: Desk) -> None:
    experts = DepartmentFactory(name="技术部", kind="service")
    boss = actor_with("entitlements.change_standard")
    services.save_level(2, actor=boss, at=T0, name="技术部", minutes=60, department_id=experts.pk)
    case = desk.accept()
    services.escalate(case.pk, actor=desk.actor, at=T0)
    due = Case.objects.get(pk=case.pk).escalation_due_at

    services.reply(case.pk, actor=desk.actor, at=T0 + MINUTE, text="已转给技术部")
    services.reply(case.pk, actor=desk.engineer, at=T0 + MINUTE, text="稍等")
    assert Case.objects.get(pk=case.pk).escalation_due_at == due
    assert asked(desk.engineer) == []
    expert = actor_with(*SEE, stations=[desk.station])
    expert = replace(expert, department_ids=frozenset({experts.pk}))
    assert asked(expert) == [f"escalated:{case.number}"]
    services.reply(case.pk, actor=expert, at=T0 + 2 * MINUTE, text="请拍下报警页面")
    assert Case.objects.get(pk=case.pk).escalation_due_at is None


def test_the_highest_level_keeps_it_and_says_so(desk: Desk) -> None:
    case = desk.accept()
    for _n in range(3):
        services.escalate(case.pk, actor=desk.actor, at=T0)
    before = Case.objects.filter(pk=case.pk).values().get()
    with pytest.raises(TransitionRefused, match="最高"):
        services.escalate(case.pk, actor=desk.actor, at=T0)
    assert jobs.escalate_further(now=T0 + 300 * HOUR) == 0
    assert Case.objects.filter(pk=case.pk).values().get() == before


def test_an_escalation_can_be_taken_back(desk: Desk) -> None:
    case = desk.accept()
    services.escalate(case.pk, actor=desk.actor, at=T0)
    services.undo_step(case.pk, actor=desk.actor, at=T0 + MINUTE)
    case.refresh_from_db()
    assert (case.support_level, case.escalated_at, case.escalation_due_at) == (1, None, None)


def test_levels_have_no_gap_a_name_and_a_time_and_only_the_highest_goes(desk: Desk) -> None:
    boss = actor_with("entitlements.change_standard")
    with pytest.raises(PermissionRefused):
        services.save_level(2, actor=desk.actor, at=T0, name="甲", minutes=10)
    for fields in ({"name": " ", "minutes": 10}, {"name": "甲", "minutes": 0}):
        with pytest.raises(DomainError):
            services.save_level(2, actor=boss, at=T0, **fields)
    with pytest.raises(DomainError):
        services.save_level(9, actor=boss, at=T0, name="甲", minutes=10)
    services.save_level(5, actor=boss, at=T0, name="总经理", minutes=60)
    assert [level.number for level in escalations.levels()] == [1, 2, 3, 4, 5]
    with pytest.raises(Conflict):
        services.remove_level(3, actor=boss, at=T0)
    services.remove_level(5, actor=boss, at=T0)
    assert [level.number for level in escalations.levels()] == [1, 2, 3, 4]
    with pytest.raises(IntegrityError), transaction.atomic():
        SupportLevel.objects.create(number=7, name="", minutes=5)


def test_a_wrong_key_shows_nothing(desk: Desk) -> None:
    case = desk.accept()
    token = escalations.token_of(case.pk)
    visitor = Client()
    assert visitor.get(reverse("portal:request", args=[token])).status_code == 200
    for wrong in (token[:-1] + "x", f"{case.pk + 1}:{token.partition(':')[2]}", "x"):
        assert visitor.get(reverse("portal:request", args=[wrong])).status_code == 404

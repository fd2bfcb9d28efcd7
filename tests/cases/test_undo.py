"""Taking back one's own last step: within ten minutes, by the same person, while nothing follows from it."""

from typing import Any

import pytest
import time_machine
from django.urls import reverse

from careloop.accounts.models import User
from careloop.cases import services
from careloop.cases.models import Case, Pause, Promise
from careloop.core.errors import TransitionRefused
from careloop.core.events import deliver_due
from careloop.core.models import Event
from careloop.feedback.models import FollowUpTask
from tests.cases.factories import HOUR, MINUTE, Desk
from tests.factories import T0, actor_with, client_of
from tests.workorders.factories import Api

pytestmark = pytest.mark.django_db
RIGHTS = ("cases.view_case", "cases.create_case", "cases.work_case", "cases.close_case", "cases.add_note",
          "cases.assign_case")  # fmt: skip
AT = T0 + HOUR


@pytest.fixture
def desk() -> Desk:
    return Desk()


def state_of(case: Case) -> dict[str, Any]:
    """Everything of the request but the record of the step, and the state of its promises."""
    row = Case.objects.filter(pk=case.pk).values().get()
    promises = list(Promise.objects.filter(case=case).order_by("pk").values_list("state", "ended_at"))
    return {**{name: value for name, value in row.items() if name != "last_step"}, "promises": promises}


def steps(desk: Desk, case: Case) -> dict[str, Any]:
    """Step → how it is taken on an accepted request."""
    who = {"actor": desk.actor, "at": AT}
    return {
        "take_remote": lambda: services.take_remote(case.pk, **who),
        "solve": lambda: services.solve_case(case.pk, resolution="重启后正常", **who),
        "close": lambda: desk.close(case, at=AT),
        "cancel": lambda: services.cancel_case(case.pk, reason="客户自己修好了", **who),
    }


@pytest.mark.parametrize("action", ["take_remote", "solve", "cancel"])
def test_a_step_taken_back_leaves_everything_as_it_was(desk: Desk, action: str) -> None:
    case = desk.accept()
    before = state_of(case)
    steps(desk, case)[action]()
    assert state_of(case) != before

    services.undo_step(case.pk, actor=desk.actor, at=AT + 9 * MINUTE)

    assert state_of(case) == before
    last = Event.objects.filter(kind="case.undo").get()
    assert (last.data["undone"], last.data["to"]) == (action, "accepted")
    with pytest.raises(TransitionRefused):  # once
        services.undo_step(case.pk, actor=desk.actor, at=AT + 9 * MINUTE)


def test_a_closing_taken_back_calls_its_follow_up_off_and_the_next_one_plans_it_anew(desk: Desk) -> None:
    case = desk.solved()
    desk.close(case, at=AT + HOUR)
    before_tasks = FollowUpTask.objects.count()
    deliver_due(now=AT + HOUR)
    assert FollowUpTask.objects.count() == before_tasks + 1

    services.undo_step(case.pk, actor=desk.actor, at=AT + HOUR + MINUTE)
    deliver_due(now=AT + HOUR + MINUTE)

    case.refresh_from_db()
    task = FollowUpTask.objects.get(case=case)
    assert (case.state, case.closed_at, case.result, task.state) == ("solved", None, "", "cancelled")
    desk.close(case, at=AT + 2 * HOUR)
    deliver_due(now=AT + 2 * HOUR)
    assert FollowUpTask.objects.filter(case=case).exclude(state="cancelled").count() == 1


def test_going_on_taken_back_pauses_the_clock_again(desk: Desk) -> None:
    case = desk.accept()
    services.wait(case.pk, actor=desk.actor, at=T0 + MINUTE, waiting_for="请发铭牌照片")
    before = state_of(case)
    services.resume(case.pk, actor=desk.actor, at=AT)
    assert Pause.objects.get(case=case).ended_at == AT

    services.undo_step(case.pk, actor=desk.actor, at=AT + MINUTE)

    assert state_of(case) == before
    assert (Pause.objects.get(case=case).ended_at, Pause.objects.get(case=case).minutes) == (None, None)


def test_refused_with_the_reason_and_nothing_changed(desk: Desk) -> None:
    case = desk.accept()
    colleague = actor_with(*RIGHTS, stations=[desk.station])

    def refused(words: str, *, actor: Any = desk.actor, at: Any = AT + MINUTE) -> None:
        before = (state_of(case), Event.objects.count())
        with pytest.raises(TransitionRefused, match=words):
            services.undo_step(case.pk, actor=actor, at=at)
        assert (state_of(case), Event.objects.count()) == before

    refused("没有可撤回")  # nothing but the acceptance happened
    services.wait(case.pk, actor=desk.actor, at=AT, waiting_for="请发照片")
    refused("没有可撤回")  # a question was sent
    services.resume(case.pk, actor=desk.actor, at=AT)
    services.solve_case(case.pk, actor=desk.actor, at=AT, resolution="重启")
    refused("只有", actor=colleague)
    refused("10 分钟", at=AT + 11 * MINUTE)
    services.add_note(case.pk, actor=colleague, at=AT, text="内部备注不算后续")
    services.reply(case.pk, actor=colleague, at=AT, text="已经解决")
    refused("答复客户")


def test_page_and_program_take_a_step_back_and_say_why_not(desk: Desk) -> None:
    case = desk.accept()
    user = User.objects.get(person=desk.actor.person_id)
    client, api = client_of(user), Api(user)
    page, undo = reverse("cases:detail", args=[case.number]), reverse("cases:step", args=[case.number, "undo"])
    with time_machine.travel(AT, tick=False):
        assert undo not in client.get(page).content.decode()  # nothing to take back: no button
        client.post(reverse("cases:step", args=[case.number, "solve"]), {"resolution": "重启后正常", "is_told": "on"})
        shown = client.get(page).content.decode()
        assert f'action="{undo}"' in shown and "撤回我这一步" in shown  # in the message and among the steps
        assert client.post(undo).status_code in (204, 302)
        case.refresh_from_db()
        assert case.state == "accepted"
        assert "撤回了一步" in client.get(page).content.decode()
        api.post(f"/cases/{case.number}/transitions/solve", {"resolution": "重启后正常"})
        api.post(f"/cases/{case.number}/transitions/reply", {"text": "好了"})
        no = api.post(f"/cases/{case.number}/transitions/undo", {})
        assert (no.status_code, "答复客户" in no.content.decode()) == (409, True)
    case.refresh_from_db()
    assert case.state == "solved"

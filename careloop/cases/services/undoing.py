"""Taking back one's own last step on a request (domain 5, rule 1), with what the step did beside it."""

import datetime as dt

from django.db import transaction

from careloop.cases.models import Case, Pause, Promise
from careloop.cases.services import promises
from careloop.cases.services.common import locked, make_findable
from careloop.cases.states import CASE_FLOW, PROMISE_FLOW
from careloop.core import flow, undo
from careloop.core.actor import Actor


@transaction.atomic
def undo_step(case_id: int, *, actor: Actor, at: dt.datetime) -> Case:
    """Back to the state before, with the values before; pauses and promises that the step ended go on.

    Raises:
        TransitionRefused: not one's own step, more than ten minutes ago, or something follows from it already.
    """
    case = locked(case_id)
    flow.check(CASE_FLOW, case, "undo", actor=actor, at=at)
    since = undo.taken_at(case)
    assert since is not None  # the guard has asked
    action = case.last_step["action"]
    flow.apply(CASE_FLOW, case, "undo", actor=actor, at=at, data={"undone": action}, **undo.fields_before(case))
    Pause.objects.filter(case=case, started_at=since, ended_at=None).delete()
    Pause.objects.filter(case=case, ended_at=since).update(ended_at=None, minutes=None)
    _promises_again(case, since, actor=actor, at=at)
    make_findable(case)
    return case


def _promises_again(case: Case, since: dt.datetime, *, actor: Actor, at: dt.datetime) -> None:
    """Promises that were settled in the same moment are in force (or broken) again."""
    for promise in Promise.objects.filter(case=case).order_by("pk"):
        if undo.taken_at(promise) == since:
            flow.apply(
                PROMISE_FLOW, promise, "undo", actor=Actor.system(actor.name), at=at,
                data=promises.facts_of(promise), **undo.fields_before(promise),
            )  # fmt: skip
    promises.show_next(case)

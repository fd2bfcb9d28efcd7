"""The steps of a request and of a promise: each with its form and its service. Pages and API use the same rows."""

import datetime as dt
from typing import Any

from careloop.cases import forms, services
from careloop.cases.states import CASE_FLOW
from careloop.core import undo
from careloop.core.actions import Action, Option, StepForm, options
from careloop.core.actor import Actor

ACTIONS = {
    "take": Action("take", services.take_case),
    "assign": Action("assign", services.assign_case, forms.AssignForm),
    "take_remote": Action("take_remote", services.take_remote),
    "escalate": Action("escalate", services.escalate),
    "hand_on": Action("hand_on", services.hand_on, forms.HandOnForm),
    "wait": Action("wait", services.wait, forms.WaitForm),
    "remind": Action("remind", services.remind, forms.RemindForm, is_primary=True),
    "resume": Action("resume", services.resume, forms.OptionalReasonForm),
    "solve": Action("solve", services.solve_case, forms.SolveForm, is_primary=True),
    "not_solved": Action("not_solved", services.not_solved, forms.NotSolvedForm),
    "close": Action("close", services.close_case, forms.CloseForm, is_primary=True),
    "close_unanswered": Action("close_unanswered", services.close_unanswered, forms.CloseUnansweredForm),
    "merge": Action("merge", services.merge_case, forms.MergeForm),
    "unmerge": Action("unmerge", services.unmerge_case, forms.ReasonForm),
    "edit": Action("edit", services.edit_case, forms.EditForm),
    "cancel": Action("cancel", services.cancel_case, forms.ReasonForm, is_danger=True),
    "take_back": Action("take_back", services.take_back, forms.ReasonForm),
    "reopen": Action("reopen", services.reopen_case, forms.ReasonForm),
    "undo": Action("undo", services.undo_step),
    "discard": Action("discard", services.discard_draft, StepForm, is_danger=True),
    "note": Action("note", services.add_note, forms.NoteForm),
    "reply": Action("reply", services.reply, forms.ReplyForm),
    "hear": Action("hear", services.hear, forms.HearForm),
}
# Written in the box below the conversation, so no button of their own.
IN_THE_BOX = ("note", "reply", "hear")

PROMISE_ACTIONS = {
    "keep": Action("keep", services.keep_promise, StepForm, is_primary=True),
    "make_good": Action("make_good", services.make_good, StepForm, is_primary=True),
    "renew": Action("renew", services.renew_promise, forms.RenewForm),
    "release": Action("release", services.release_promise, forms.ReasonForm),
}
GIVE_PROMISE = Action("give", services.set_promise, forms.PromiseForm)


def case_options(case: Any, *, actor: Actor, at: dt.datetime) -> list[Option]:
    """The buttons of a request. Steps that belong to another situation are left out rather than refused."""
    hidden = set()
    if case.assignee_id is not None:
        hidden.add("take")  # whoever wants it now has it assigned to himself
    if not undo.is_offered(case, actor=actor, at=at):
        hidden.add("undo")
    return [option for option in options(CASE_FLOW, ACTIONS, case, actor=actor, at=at) if option.action not in hidden]

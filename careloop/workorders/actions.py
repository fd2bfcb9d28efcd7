"""Steps of a work order: the same form and service behind the button, the page and the API route."""

import datetime as dt
from dataclasses import replace
from typing import Any

from careloop.core.actions import Action, Option, StepForm, options
from careloop.core.actor import Actor
from careloop.workorders import forms, services
from careloop.workorders.guards import all_items_done, old_parts_are_recorded
from careloop.workorders.states import FLOW, OrderState

CONSENT = "workorders:consent"
INSPECT = "workorders:inspect"


def _action(name: str, run: Any, form: type[StepForm] = StepForm, **more: Any) -> tuple[str, Action]:
    return name, Action(name, run, form, **more)


ACTIONS: dict[str, Action] = dict(
    (
        _action("move", services.move_order, forms.MoveForm),
        _action("remind", services.remind_customer, forms.RemindForm),
        _action("cancel", services.cancel_order, forms.CancelForm, is_danger=True),
        _action("receive", services.receive_order, forms.IntakeForm, is_primary=True, opens="workorders:receive"),
        _action("take_back", services.take_back_order, forms.ReasonForm),
        _action("estimate", services.submit_estimate, forms.EstimateForm, is_primary=True),
        _action("revise", services.revise_order, forms.ReasonForm),
        _action("consent", services.consent, forms.ConsentForm, is_primary=True, opens=CONSENT),
        _action("refuse", services.refuse, forms.RefuseForm),
        _action("assign", services.assign_order, forms.AssignForm, is_primary=True),
        _action("reassign", services.reassign_order, forms.ReasonForm),
        _action("wait_part", services.wait_part, forms.WaitPartForm),
        _action("part_here", services.part_here, is_primary=True),
        _action("resume", services.resume_order, is_primary=True),
        _action("find", services.find_item, forms.FindForm),
        _action("ask_added", services.ask_added, forms.AskForm),
        _action("consent_added", services.consent_added, forms.ConsentForm, is_primary=True, opens=CONSENT),
        _action("go_on", services.go_on, forms.GoOnForm),
        _action("consent_bill", services.consent_bill, forms.ConsentForm, is_primary=True, opens=CONSENT),
        _action("drop_bill", services.drop_bill, forms.ReasonForm),
        _action("stop", services.stop_order, forms.StopForm, is_danger=True, opens="workorders:stop"),
        _action("finish", services.finish_order, forms.FinishForm, is_primary=True),
        _action("pass", services.pass_order, forms.PassForm, is_primary=True, opens=INSPECT),
        _action("fail", services.fail_order, forms.FailForm, opens=INSPECT),
        _action("start_rework", services.start_rework, forms.ReworkForm, is_primary=True),
        _action("ask_bill", services.ask_bill, forms.AskForm),
        _action("settle", services.settle_order, forms.SettleForm, is_primary=True, opens="workorders:settle"),
        _action("unsettle", services.unsettle_order, forms.ReasonForm),
        _action("pay", services.pay_order, forms.PayForm),
        _action("dispute", services.dispute_order, forms.DisputeForm),
        _action("deliver", services.deliver_order, forms.DeliverForm, is_primary=True, opens="workorders:deliver"),
        _action("undo_delivery", services.undo_delivery),
        _action("correct_bill", services.correct_bill, forms.CorrectForm, is_danger=True),
        _action("come_back", services.come_back, forms.ComeBackForm, opens="workorders:come-back"),
    )
)

# What the form itself asks for is no reason to keep it shut.
ASKED_IN_FORM = {"finish": (all_items_done, old_parts_are_recorded)}
ONLY_IN_REPAIR = {"consent_added", "go_on"}
ONLY_AT_SETTLEMENT = {"consent_bill", "drop_bill"}


def order_options(order: Any, *, actor: Actor, at: dt.datetime) -> list[Option]:
    """The buttons of an order. Steps that belong to another situation are left out rather than refused."""
    shown = []
    hidden = ONLY_IN_REPAIR if order.is_asked_at_settlement else ONLY_AT_SETTLEMENT
    for option in options(FLOW, ACTIONS, order, actor=actor, at=at):
        if option.action in hidden or _is_noise(option, order):
            continue
        is_asked = not option.allowed and _is_asked_in_form(option.action, order, actor=actor, at=at)
        shown.append(replace(option, allowed=True, refusal=None) if is_asked else option)
    return sorted(shown, key=lambda option: _place(option, order))


def _place(option: Option, order: Any) -> tuple[bool, bool, bool, bool]:
    """The main step first; while the customer is being asked, his decision comes before a further estimate."""
    is_again = (
        option.action == "estimate" and order.state == OrderState.AWAITING_CONSENT and order.has_standing_estimate
    )
    return not option.allowed, not option.is_primary, is_again, option.is_danger


def _is_asked_in_form(action: str, order: Any, *, actor: Actor, at: dt.datetime) -> bool:
    """Nothing is missing but what the form of the step asks for: the button opens it instead of refusing."""
    asked = ASKED_IN_FORM.get(action, ())
    step = FLOW.find(action, order.state)
    if not asked or step is None:
        return False
    return all(guard(order, actor=actor, at=at) is None for guard in step.guards if guard not in asked)


def _is_noise(option: Option, order: Any) -> bool:
    """A refused step that nobody looks for in this situation."""
    if option.allowed:
        return False
    return option.action in {
        "remind",
        "undo_delivery",
        "come_back",
        "pay",
        "dispute",
        "unsettle",
        "ask_added",
        "ask_bill",
        "correct_bill",
        "part_here",
        "resume",
    }

"""Every change of complaints; one public function is one transaction."""

from careloop.complaints.services.arriving import register_from_case, register_from_note, tell_case
from careloop.complaints.services.closing import (
    back_inside,
    close_unconfirmed,
    go_outside,
    merge_complaint,
    not_done,
    record_rerating,
    refused_outside,
    reopen_complaint,
    ruling,
    settled_outside,
    take_up,
    try_rerating,
    unmerge_complaint,
    withdraw_complaint,
)
from careloop.complaints.services.decision import (
    accept_decision,
    accept_later,
    approve_remedy,
    cannot_execute,
    decide,
    ensure_limits,
    object_to_decision,
    propose_remedy,
    record_execution,
    refuse_decision,
    reject_proposal,
    require_authority,
    settle_at_once,
)
from careloop.complaints.services.handling import (
    accept_owner,
    acknowledge,
    ask_customer,
    assess,
    assign_second,
    confirm_severity,
    contain,
    give_task,
    hand_over,
    investigate,
    lift,
    record_facts,
    resume,
)
from careloop.complaints.services.registration import demand, reclassify, register_complaint, unseal_complaint
from careloop.complaints.services.tasks import escalate_overdue, finish_task, refuse_task

__all__ = [
    "accept_decision", "accept_later", "accept_owner", "acknowledge", "approve_remedy", "ask_customer", "assess",
    "assign_second", "back_inside", "cannot_execute", "close_unconfirmed", "confirm_severity", "contain", "decide",
    "demand", "ensure_limits", "escalate_overdue", "finish_task", "give_task", "go_outside", "hand_over",
    "investigate", "lift", "merge_complaint", "not_done", "object_to_decision", "propose_remedy", "reclassify",
    "record_execution", "record_facts", "record_rerating", "refuse_decision", "refuse_task", "refused_outside",
    "register_complaint", "register_from_case", "register_from_note", "reject_proposal", "reopen_complaint",
    "require_authority", "resume", "ruling", "settle_at_once", "settled_outside", "take_up", "tell_case",
    "try_rerating", "unmerge_complaint", "unseal_complaint", "withdraw_complaint",
]  # fmt: skip

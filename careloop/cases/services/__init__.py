"""Every change of a request. One public function is one transaction; see the modules for their parts."""

from careloop.cases.services.bulk import BulkCase, BulkEvent, bulk_accept
from careloop.cases.services.children import child_finished, child_resumed, child_started, convert_case
from careloop.cases.services.ending import (
    cancel_case,
    close_case,
    close_unanswered,
    not_solved,
    reopen_case,
    solve_case,
    take_back,
)
from careloop.cases.services.escalating import escalate, escalate_further, remove_level, save_level
from careloop.cases.services.files import add_file, remove_file
from careloop.cases.services.intake import (
    accept_case,
    accept_draft,
    accept_once,
    discard_draft,
    draft_case,
    edit_case,
    list_old_draft,
    save_draft,
)
from careloop.cases.services.merging import merge_case, unmerge_case
from careloop.cases.services.parties import place_of
from careloop.cases.services.promises import (
    break_promise,
    keep_promise,
    make_good,
    release_promise,
    renew_promise,
    set_promise,
)
from careloop.cases.services.taking_over import TakenOver, take_over, take_over_again
from careloop.cases.services.undoing import undo_step
from careloop.cases.services.work import (
    add_note,
    assign_case,
    assign_many,
    hand_on,
    hear,
    remind,
    reply,
    resume,
    take_case,
    take_remote,
    wait,
)

__all__ = [
    "BulkCase",
    "BulkEvent",
    "TakenOver",
    "accept_case",
    "accept_draft",
    "accept_once",
    "add_file",
    "add_note",
    "assign_case",
    "assign_many",
    "break_promise",
    "bulk_accept",
    "cancel_case",
    "child_finished",
    "child_resumed",
    "child_started",
    "close_case",
    "close_unanswered",
    "convert_case",
    "discard_draft",
    "draft_case",
    "edit_case",
    "escalate",
    "escalate_further",
    "hand_on",
    "hear",
    "keep_promise",
    "list_old_draft",
    "make_good",
    "merge_case",
    "not_solved",
    "place_of",
    "release_promise",
    "remind",
    "remove_file",
    "remove_level",
    "renew_promise",
    "reopen_case",
    "reply",
    "resume",
    "save_draft",
    "save_level",
    "set_promise",
    "solve_case",
    "take_back",
    "take_case",
    "take_over",
    "take_over_again",
    "take_remote",
    "undo_step",
    "unmerge_case",
    "wait",
]

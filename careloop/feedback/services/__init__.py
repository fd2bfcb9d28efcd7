"""Every change of follow-up; one public function is one transaction."""

from careloop.feedback.services.answering import add_addendum, attribute_deviation, lock_answer, lock_due
from careloop.feedback.services.base import note_refusal, own_rating, own_service
from careloop.feedback.services.calls import (
    break_off,
    finish_call,
    miss_call,
    refuse_call,
    register_call_complaint,
    release_stale,
    reschedule,
    save_answer,
    take_call,
)
from careloop.feedback.services.links import (
    digest,
    expire_links,
    note_opened,
    recover,
    reply_by_link,
    save_by_link,
    send_link,
    submit_by_link,
    token_of,
)
from careloop.feedback.services.planning import (
    archive_waived,
    cancel_for_order,
    open_due,
    open_task,
    plan_for_case,
    plan_for_order,
    send_thanks,
    take_back,
    waive,
)
from careloop.feedback.services.questionnaires import (
    change_draft,
    change_version,
    ensure_defaults,
    enter_history,
    new_version,
    publish,
    retire,
    set_goal,
    set_items,
)

__all__ = [
    "add_addendum", "archive_waived", "attribute_deviation", "break_off", "cancel_for_order", "change_draft",
    "change_version", "digest", "reply_by_link",
    "ensure_defaults", "enter_history", "expire_links", "finish_call", "lock_answer", "lock_due", "miss_call",
    "new_version", "note_opened", "note_refusal", "open_due", "open_task", "own_rating", "own_service", "plan_for_case", "plan_for_order",
    "publish", "recover", "refuse_call", "register_call_complaint", "release_stale", "reschedule", "retire",
    "save_answer", "save_by_link", "send_link", "send_thanks", "set_goal", "set_items", "submit_by_link", "take_back",
    "take_call", "token_of", "waive",
]  # fmt: skip

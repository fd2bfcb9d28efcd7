"""Reads of follow-up, in three parts: tasks, answers, questionnaires and figures."""

from careloop.feedback.queries.answers import (
    addenda_of,
    answer_by_number,
    answer_list,
    answers_of_contact,
    deviations,
    deviations_by_step,
    ids_to_lock,
    item_rows,
    latest_of_customer,
    unattributed,
)
from careloop.feedback.queries.figures import AnswerMatrix, Coverage, answer_matrix, coverage
from careloop.feedback.queries.questionnaires import (
    goal_on,
    history,
    item_of,
    questionnaires,
    version_by,
    version_with_items,
    versions_for_trend,
    versions_of,
)
from careloop.feedback.queries.tasks import (
    any_task,
    attempts_of,
    due_calls,
    first_contact,
    ids_of_ended_links,
    ids_of_stale_calls,
    ids_of_waived_to_archive,
    ids_to_open,
    next_call,
    queue_counts,
    running_task_of,
    served_in_case,
    steps_in_turn,
    task_by_digest,
    task_by_number,
    task_list,
    task_of_case,
    task_of_order,
    thanks_due,
    timeline_of,
    work_names,
)

__all__ = [
    "AnswerMatrix", "Coverage", "addenda_of", "answer_by_number", "answer_list", "answer_matrix",
    "answers_of_contact", "any_task", "attempts_of", "coverage", "deviations", "deviations_by_step", "due_calls",
    "first_contact", "goal_on", "history", "ids_of_ended_links", "ids_of_stale_calls", "ids_of_waived_to_archive",
    "ids_to_lock", "ids_to_open", "item_of", "item_rows", "latest_of_customer", "next_call", "questionnaires",
    "queue_counts", "running_task_of", "served_in_case", "steps_in_turn", "task_by_digest", "task_by_number",
    "task_list", "task_of_case", "task_of_order", "thanks_due", "timeline_of", "unattributed", "version_by",
    "version_with_items", "versions_for_trend", "versions_of", "work_names",
]  # fmt: skip

"""Tables of follow-up: what is asked, whom and when, what was said."""

from careloop.feedback.models.aftermath import Measure, Recovery, RiskEntry
from careloop.feedback.models.answers import (
    VIEW_ANSWER,
    VIEW_UNLOCKED,
    Answer,
    AnswerAddendum,
    AnswerItem,
    HistoricalResult,
    QualityGoal,
)
from careloop.feedback.models.plans import CONVERSATIONS, FollowUpPlan, Method, ServiceType
from careloop.feedback.models.questionnaires import QuestionItem, Questionnaire, QuestionnaireVersion, in_language
from careloop.feedback.models.tasks import VIEW_TASK, CallAttempt, ContactPolicy, FamilyCallers, FollowUpTask

__all__ = [
    "CONVERSATIONS", "Measure", "Method", "Recovery", "RiskEntry",
    "Answer", "AnswerAddendum", "AnswerItem", "CallAttempt", "ContactPolicy", "FamilyCallers", "FollowUpPlan",
    "FollowUpTask", "HistoricalResult", "QualityGoal", "Questionnaire", "QuestionItem", "QuestionnaireVersion",
    "ServiceType", "VIEW_ANSWER", "VIEW_TASK", "VIEW_UNLOCKED", "in_language",
]  # fmt: skip

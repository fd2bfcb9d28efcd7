"""The steps of a standard: form and service of each."""

from careloop.core.actions import Action, StepForm
from careloop.entitlements import services
from careloop.entitlements.forms import CorrectForm, ReasonForm

ACTIONS = {
    "publish": Action("publish", services.publish_standard, StepForm, is_primary=True),
    "correct": Action("correct", services.correct_standard, CorrectForm),
    "withdraw": Action("withdraw", services.withdraw_standard, ReasonForm, is_danger=True),
}

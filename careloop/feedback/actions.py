"""The steps of a follow-up and of a questionnaire version: form and service of each."""

from careloop.core.actions import Action, StepForm
from careloop.feedback import forms, services

ACTIONS = {
    action.name: action
    for action in (
        Action("take", services.take_call, StepForm, is_primary=True),
        Action("break_off", services.break_off, forms.BreakForm),
        Action("miss", services.miss_call, forms.MissForm),
        Action("reschedule", services.reschedule, forms.RescheduleForm),
        Action("refuse", services.refuse_call, forms.RefuseForm),
        Action("send_link", services.send_link, StepForm),
        Action("recover", services.recover, StepForm, is_primary=True),
        Action("waive", services.waive, forms.WaiveForm, is_danger=True),
        Action("take_back", services.take_back, forms.ReasonForm),
    )
}

# What the desk does beside the table: it ends in one of several states, or adds a fact.
FINISH = Action("finish", services.finish_call, StepForm, is_primary=True)
COMPLAIN = Action("complain", services.register_call_complaint, forms.ComplaintForm)
THANK = Action("thank", services.send_thanks, StepForm)
ADDENDUM = Action("addendum", services.add_addendum, forms.AddendumForm)
ATTRIBUTE = Action("attribute", services.attribute_deviation, forms.AttributeForm)

VERSION_ACTIONS = {
    "publish": Action("publish", services.publish, StepForm, is_primary=True),
    "retire": Action("retire", services.retire, StepForm, is_danger=True),
}

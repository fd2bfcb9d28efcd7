"""The steps of a follow-up and of a questionnaire version: form and service of each."""

from functools import partial

from careloop.core.actions import Action, StepForm
from careloop.feedback import forms, forms_after, services

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
        Action("change_method", services.change_method, forms.MethodForm),
        Action("enter_reply", services.enter_reply, StepForm),
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

PLAN_ACTIONS = {
    "submit": Action("submit", services.submit_plan, StepForm, is_primary=True),
    "approve": Action("approve", services.approve_plan, StepForm, is_primary=True),
    "send_back": Action("send_back", services.send_back_plan, forms.ReasonForm),
    "stop": Action("stop", services.stop_plan, forms.ReasonForm, is_danger=True),
    "evaluate": Action("evaluate", services.evaluate_plan, StepForm),
}
MEASURE_ACTIONS = {
    "issue": Action("issue", partial(services.move_measure, action="issue"), StepForm, is_primary=True),
    "approve": Action("approve", partial(services.move_measure, action="approve"), StepForm, is_primary=True),
    "reject": Action("reject", partial(services.move_measure, action="reject"), forms.ReasonForm),
    "carry_out": Action("carry_out", partial(services.move_measure, action="carry_out"), forms_after.CarryOutForm),
}
RECOVERY_ACTIONS = {
    "act": Action("act", services.act_on, forms_after.ActForm, is_primary=True),
    "ask_again": Action("ask_again", services.ask_again, forms_after.AskAgainForm, is_primary=True),
    "give_up": Action("give_up", services.give_up, forms.ReasonForm),
}
RELEASE = Action("release", services.release_risk, forms.ReasonForm)
OUTCOME = Action("outcome", services.note_outcome, forms_after.OutcomeForm)

VERSION_ACTIONS = {
    "add_value": Action("add_value", services.add_value_questions, StepForm),
    "publish": Action("publish", services.publish, StepForm, is_primary=True),
    "retire": Action("retire", services.retire, StepForm, is_danger=True),
}

"""The steps of a complaint: form and service of each."""

from careloop.complaints import forms, services
from careloop.core.actions import Action, StepForm

ACTIONS = {
    action.name: action
    for action in (
        Action("acknowledge", services.acknowledge, forms.AcknowledgeForm, is_primary=True),
        Action("reclassify", services.reclassify, forms.ReclassifyForm),
        Action("demand", services.demand, forms.DemandForm, is_primary=True),
        Action("merge", services.merge_complaint, forms.MergeForm),
        Action("unmerge", services.unmerge_complaint, forms.ReasonForm),
        Action("assess", services.assess, forms.AssessForm, is_primary=True),
        Action("confirm_severity", services.confirm_severity, forms.ConfirmSeverityForm),
        Action("hand_over", services.hand_over, forms.HandOverForm),
        Action("accept_owner", services.accept_owner, StepForm),
        Action("assign_second", services.assign_second, forms.AssignForm),
        Action("investigate", services.investigate, StepForm, is_primary=True),
        Action("record_facts", services.record_facts, forms.FactsForm, is_primary=True),
        Action("give_task", services.give_task, forms.TaskForm),
        Action("ask_customer", services.ask_customer, forms.ReasonForm),
        Action("resume", services.resume, forms.ResumeForm, is_primary=True),
        Action("contain", services.contain, forms.ContainForm, is_danger=True),
        Action("lift", services.lift, forms.ReasonForm),
        Action("propose", services.propose_remedy, forms.ProposeForm),
        Action("decide", services.decide, forms.DecideForm, is_primary=True),
        Action("approve", services.approve_remedy, forms.ApproveForm, is_primary=True),
        Action("reject", services.reject_proposal, forms.ReasonForm),
        Action("object", services.object_to_decision, forms.ReasonForm),
        Action("accept", services.accept_decision, forms.AcceptForm, is_primary=True),
        Action("refuse", services.refuse_decision, forms.RefuseForm),
        Action("cannot_execute", services.cannot_execute, forms.ReasonForm),
        Action("executed", services.record_execution, forms.ExecutedForm, is_primary=True),
        Action("try_rerating", services.try_rerating, forms.TryForm),
        Action("rerate", services.record_rerating, forms.ReratingForm, is_primary=True),
        Action("not_done", services.not_done, forms.ReasonForm),
        Action("close_unconfirmed", services.close_unconfirmed, StepForm),
        Action("withdraw", services.withdraw_complaint, forms.ReasonForm, is_danger=True),
        Action("go_outside", services.go_outside, forms.OutsideForm, is_danger=True),
        Action("back_inside", services.back_inside, forms.ReasonForm),
        Action("ruling", services.ruling, forms.RulingForm),
        Action("settled_outside", services.settled_outside, forms.ReasonForm),
        Action("refused_outside", services.refused_outside, forms.RefusedOutsideForm),
        Action("reopen", services.reopen_complaint, forms.ReasonForm),
        Action("take_up", services.take_up, StepForm, is_primary=True),
        Action("accept_later", services.accept_later, forms.AcceptForm),
    )
}

# Not a step of the table but a walk over several: from the receipt to the execution in one call (R16).
SETTLE = Action("settle_at_once", services.settle_at_once, forms.SettleForm)

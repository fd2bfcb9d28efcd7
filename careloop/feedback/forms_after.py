"""Input of plans, measures, recovery and customers at risk."""

from django import forms
from django.utils.translation import gettext_lazy as _l

from careloop.complaints.forms import area
from careloop.complaints.states import ServiceStep
from careloop.core.actions import StepForm
from careloop.feedback import queries
from careloop.feedback.models import Answer, Method, Recovery, RiskEntry, ServiceType
from careloop.staff import queries as staff

DATE = {"type": "date"}


class PlanForm(StepForm):
    """The four points of a plan, and what belongs to a measure."""

    title = forms.CharField(label=_l("Title"), max_length=80, required=False)
    service_type = forms.ChoiceField(label=_l("Kind of service"), choices=ServiceType.choices)
    questionnaire_id = forms.TypedChoiceField(label=_l("Questionnaire"), coerce=int)
    not_before_hours = forms.IntegerField(label=_l("Time: not before, hours after"), min_value=0, required=False)
    due_hours = forms.IntegerField(label=_l("Time: due by, hours after"), min_value=1, required=False)
    persons = forms.CharField(label=_l("Persons"), max_length=100, required=False)
    method = forms.ChoiceField(label=_l("Method"), choices=[("", "—"), *Method.choices], required=False)
    content = forms.CharField(label=_l("Content"), max_length=200, required=False)
    measure_id = forms.TypedChoiceField(
        label=_l("Corrective measure"), coerce=int, empty_value=None, required=False,
        help_text=_l("The plan then asks whether the measure works."),
    )  # fmt: skip
    question = forms.ChoiceField(label=_l("Question of the measure"), required=False)
    target = forms.DecimalField(
        label=_l("Mean to be reached (0–100)"), min_value=1, max_value=100, decimal_places=2, required=False
    )
    valid_from = forms.DateField(label=_l("From"), widget=forms.DateInput(attrs=DATE), required=False)
    valid_to = forms.DateField(label=_l("To"), widget=forms.DateInput(attrs=DATE), required=False)

    layout = [
        (_l("What"), ["title", "service_type", "questionnaire_id"]),
        (_l("Four points"), ["not_before_hours", "due_hours", "persons", "method", "content"]),
        (_l("Verification of a measure"), ["measure_id", "question", "target", "valid_from", "valid_to"]),
    ]

    def prepare(self) -> None:
        found = queries.published_versions()
        self.fields["questionnaire_id"].choices = [(row.questionnaire_id, row.questionnaire.name) for row in found]  # type: ignore[attr-defined]  # reason: a choice field
        keys = {item.key: item.label for row in found for item in row.active_items if item.is_scored}
        self.fields["question"].choices = [("", "—"), *keys.items()]  # type: ignore[attr-defined]  # reason: a choice field
        measures = [(row.pk, str(row)) for row in queries.measures()[:50]]
        self.fields["measure_id"].choices = [("", "—"), *measures]  # type: ignore[attr-defined]  # reason: a choice field
        if self.obj is not None:
            self.initial.update({name: getattr(self.obj, name) for name in self.fields})


class MeasureForm(StepForm):
    title = forms.CharField(label=_l("Title"), max_length=80)
    step = forms.ChoiceField(label=_l("Step of the service"), choices=[("", "—"), *ServiceStep.choices], required=False)
    problem = area(_l("What was found"))
    action = area(_l("What is to be done"))
    department_id = forms.TypedChoiceField(label=_l("Department"), coerce=int)
    due_on = forms.DateField(label=_l("Due on"), widget=forms.DateInput(attrs=DATE))

    def prepare(self) -> None:
        self.fields["department_id"].choices = [(row.pk, row.name) for row in staff.departments()]  # type: ignore[attr-defined]  # reason: a choice field


class CarryOutForm(StepForm):
    carried_out = area(_l("What was carried out"))


class ActForm(StepForm):
    kind = forms.ChoiceField(label=_l("What is done for the customer"), choices=Recovery.Kind.choices)
    text = area(_l("In words"))
    cost = forms.DecimalField(label=_l("Cost"), min_value=0, max_digits=12, decimal_places=2)


class AskAgainForm(StepForm):
    state_after = forms.ChoiceField(label=_l("How he finds it now"), choices=Answer.Expectation.choices)
    words = area(_l("Customer's own words"), required=False)


class OutcomeForm(StepForm):
    outcome = forms.ChoiceField(label=_l("What became of the customer"), choices=RiskEntry.Outcome.choices)

"""Input of complaints: parsing and choices only."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.complaints import queries
from careloop.complaints.states import Category, Reclassified, RemedyKind, ServiceStep, Severity, Source
from careloop.core.actions import StepForm

AREA = {"rows": 3}
STEPS = [("", "—"), *ServiceStep.choices]
SOURCES = [(source.value, source.label) for source in Source if source != Source.FOLLOW_UP]
YES_NO = [("unknown", _l("not asked")), ("true", _l("yes")), ("false", _l("no"))]


def moment(label: Any, **options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, **options)


def area(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs=AREA), **options)


class Pick(forms.IntegerField):
    """One of some numbers (ids, levels) by a select or radio buttons; programs send the number itself."""

    widget = forms.Select

    def __init__(self, *, choices: Sequence[tuple[Any, Any]] = (), **options: Any):
        super().__init__(**options)
        self.offer(choices)

    def offer(self, choices: Sequence[tuple[Any, Any]]) -> None:
        self.known = {int(value) for value, _label in choices if value not in ("", None)}
        self.widget.choices = [] if not choices else list(choices)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}

    def validate(self, value: int | None) -> None:
        super().validate(value)
        if value is not None and value not in self.known:
            raise forms.ValidationError(_("Choose one of the list."), code="unknown")


def pick(form: StepForm, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, Pick)
    field.offer(choices)


def scale(label: Any, **options: Any) -> Pick:
    widget = forms.RadioSelect(attrs={"data-keys": True})
    return Pick(label=label, choices=[(n, str(n)) for n in range(1, 6)], widget=widget, **options)


def yes_no(label: Any) -> forms.NullBooleanField:
    return forms.NullBooleanField(label=label, required=False, widget=forms.Select(choices=YES_NO))


class RegisterForm(StepForm):
    """A complaint as it comes in. Customer, machine and order come from the page it was opened on, or by number."""

    customer = forms.CharField(label=_l("Customer number"), max_length=20)
    contact = Pick(label=_l("Who complains"), required=False)
    asset = Pick(label=_l("Machine or vehicle"), required=False)
    order = forms.CharField(label=_l("Work order number"), max_length=20, required=False)
    case = forms.CharField(label=_l("Service request number"), max_length=20, required=False)
    station = Pick(label=_l("Station"))
    source = forms.ChoiceField(label=_l("How it came in"), choices=SOURCES)
    words = forms.CharField(
        label=_l("Customer's own words"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_l("Word for word. Injury, fire, stop of production, authority or media make it urgent."),
    )
    demands_result = forms.BooleanField(
        label=_l("A result is demanded"),
        required=False,
        initial=True,
        help_text=_l("Without a demand it is a grumble: noted, without a clock."),
    )
    desired_remedy = area(_l("What the customer wants"), required=False)
    category = forms.ChoiceField(label=_l("About"), choices=Category.choices)
    step = forms.ChoiceField(label=_l("Step of the service"), choices=STEPS, required=False)
    accused = Pick(label=_l("Person complained about"), required=False)

    layout = [
        (_l("Who and what"), ["customer", "contact", "asset", "order", "case", "station"]),
        (_l("The complaint"), ["source", "words", "demands_result", "desired_remedy"]),
        (_l("For sorting"), ["category", "step", "accused"]),
    ]

    def prepare(self) -> None:
        pick(self, "station", [(row.pk, row.name) for row in queries.stations(self.actor)])
        code = self.data.get("customer") or self.initial.get("customer") or ""
        found = queries.customer_choices(self.actor, str(code))
        pick(self, "contact", [("", "—"), *found.contacts])
        pick(self, "asset", [("", "—"), *found.assets])
        self.customer_name = found.name
        if self.actor.may("complaints.handle"):
            pick(self, "accused", [("", "—"), *((p.pk, p.name) for p in queries.people())])
        else:
            del self.fields["accused"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        found = queries.ids_of(self.actor, data.get("customer", ""), data.get("order", ""), data.get("case", ""))
        if "customer" in data and found.customer is None:
            self.add_error("customer", _("There is no customer with this number."))
        if data.get("order") and found.order is None:
            self.add_error("order", _("There is no work order with this number for this customer."))
        if data.get("case") and found.case is None:
            self.add_error("case", _("There is no service request with this number for this customer."))
        self.found = found
        return data

    def as_arguments(self) -> dict[str, Any]:
        """What the service takes: ids instead of numbers; persons of the order as those who took part."""
        data, found = self.cleaned_data, self.found
        plain = ("source", "words", "demands_result", "desired_remedy", "category", "step")
        order, case = found.order, found.case
        return {
            "customer_id": found.customer,
            "contact_id": data.get("contact"),
            "asset_id": data.get("asset") or (order.asset_id if order else case.asset_id if case else None),
            "order_id": order.pk if order else None,
            "case_id": case.pk if case else None,
            "station_id": data["station"],
            "involved": queries.involved_in(order),
            "accused_id": data.get("accused"),
            **{name: data[name] for name in plain},
        }


class ReasonForm(StepForm):
    reason = area(_l("Reason"))


class AcknowledgeForm(StepForm):
    next_contact_at = moment(_l("Customer hears from us by"))
    owner = Pick(label=_l("Officer"), required=False)

    def prepare(self) -> None:
        choose_officer(self, required=False)


def choose_officer(form: StepForm, *, required: bool) -> None:
    """Only officers who are independent of this complaint."""
    if form.obj is None:
        return
    people = [(p.pk, p.name) for p in queries.officers_for(form.obj)]
    empty = [] if required else [("", _("I take it myself"))]
    pick(form, "owner", [*empty, *people])


class ReclassifyForm(StepForm):
    kind = forms.ChoiceField(label=_l("It is"), choices=Reclassified.choices)
    has_agreed = forms.BooleanField(label=_l("The customer agrees"), required=False)
    reason = area(_l("Reason"))


class DemandForm(StepForm):
    reason = area(_l("What he demands, in his words"))
    desired_remedy = area(_l("What the customer wants"), required=False)


class MergeForm(StepForm):
    into = forms.CharField(label=_l("Number of the complaint that goes on"), max_length=20)


class AssessForm(StepForm):
    severity = forms.ChoiceField(label=_l("Severity"), choices=Severity.choices, widget=forms.RadioSelect)
    category = forms.ChoiceField(label=_l("About"), choices=Category.choices)
    impact = forms.CharField(label=_l("Impact on the customer"), max_length=200, required=False)
    is_complex = forms.BooleanField(label=_l("Several departments, or cause unknown"), required=False)
    step = forms.ChoiceField(label=_l("Step of the service"), choices=STEPS, required=False)
    norm = forms.CharField(label=_l("Standard not kept"), max_length=200, required=False)
    accused = Pick(label=_l("Person complained about"), required=False)

    def prepare(self) -> None:
        pick(self, "accused", [("", "—"), *((p.pk, p.name) for p in queries.people())])
        if self.obj is not None:
            for name in ("severity", "category", "step", "norm"):
                self.initial.setdefault(name, getattr(self.obj, name))


class ConfirmSeverityForm(StepForm):
    agrees = forms.BooleanField(label=_l("I agree to the lower severity"), required=False)


class HandOverForm(StepForm):
    owner = Pick(label=_l("To"))
    note = area(_l("What he must know"), required=False)

    def prepare(self) -> None:
        choose_officer(self, required=True)


class AssignForm(StepForm):
    owner = Pick(label=_l("Officer"))

    def prepare(self) -> None:
        choose_officer(self, required=True)


class FactsForm(StepForm):
    facts = area(_l("What was found, and where the evidence is"))
    cause = area(_l("Cause of the complaint"), required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("facts", self.obj.facts)
            self.initial.setdefault("cause", self.obj.cause)


class TaskForm(StepForm):
    department = Pick(label=_l("Department"))
    text = area(_l("What it is to find out or to do"))
    due_at = moment(_l("Due by"))

    def prepare(self) -> None:
        pick(self, "department", [(d.pk, d.name) for d in queries.departments()])


class TaskResultForm(StepForm):
    result = area(_l("Result, or why not"))


class ResumeForm(StepForm):
    answer = area(_l("What the customer said"), required=False)


class ContainForm(StepForm):
    measure = area(_l("What is stopped, and who was warned"))


def remedy_kind() -> forms.ChoiceField:
    return forms.ChoiceField(label=_l("Remedy"), choices=RemedyKind.choices)


def cost() -> forms.DecimalField:
    return forms.DecimalField(
        label=_l("Cost"), min_value=0, max_digits=12, decimal_places=2, initial=0,
        widget=forms.NumberInput(attrs={"data-unit": "¥", "step": "0.01"}),
    )  # fmt: skip


def share() -> forms.IntegerField:
    return forms.IntegerField(
        label=_l("Our share of fault"), min_value=0, max_value=100, required=False,
        widget=forms.NumberInput(attrs={"data-unit": "%"}),
    )  # fmt: skip


class ProposeForm(StepForm):
    is_justified = forms.BooleanField(label=_l("The complaint is justified"), required=False, initial=True)
    kind = remedy_kind()
    cost = cost()
    fault_share = share()
    remedy = area(_l("Remedy in words, or why nothing is owed"))
    answer = area(_l("Answer to the customer"), required=False)


class ApproveForm(StepForm):
    answer = area(_l("What the customer was told"))
    alternatives = area(_l("Alternatives offered"), required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("answer", self.obj.decision)


class DecideForm(StepForm):
    is_justified = forms.BooleanField(label=_l("The complaint is justified"), required=False, initial=True)
    kind = remedy_kind()
    cost = cost()
    fault_share = share()
    answer = area(_l("What the customer was told"))
    alternatives = area(_l("Alternatives offered"), required=False)
    offer_until = forms.DateField(
        label=_l("Offer valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class AcceptForm(StepForm):
    execution_due_at = moment(_l("To be carried out by"), required=False)


class RefuseForm(StepForm):
    alternatives = area(_l("Alternatives and outside bodies named"), required=False)


class ExecutedForm(StepForm):
    execution = area(_l("What was carried out, when, by whom"))
    cause = area(_l("Cause of the complaint"), required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("cause", self.obj.cause)


class ReratingForm(StepForm):
    rating = scale(_l("How satisfied is the customer now"))
    was_friendly = yes_no(_l("Were we friendly"))
    was_respected = yes_no(_l("Did the customer feel respected"))
    is_solved = yes_no(_l("Is it solved"))
    in_time = yes_no(_l("Was it handled in time"))
    words = area(_l("Customer's own words"), required=False)


class TryForm(StepForm):
    note = forms.CharField(label=_l("Note"), max_length=200, required=False)


class OutsideForm(StepForm):
    authority = forms.CharField(label=_l("Outside body"), max_length=100)
    authority_number = forms.CharField(label=_l("Its file number"), max_length=60, required=False)
    authority_due_at = moment(_l("Its deadline"), required=False)
    reason = area(_l("Reason"))


class RulingForm(StepForm):
    reason = area(_l("What was ruled or agreed"))
    execution_due_at = moment(_l("To be carried out by"))


class RefusedOutsideForm(StepForm):
    reason = area(_l("What was decided outside"))
    alternatives = area(_l("Alternatives left to the customer"), required=False)


class SettleForm(StepForm):
    facts = area(_l("What was found"))
    cause = area(_l("Cause of the complaint"))
    kind = remedy_kind()
    cost = cost()
    answer = area(_l("What the customer was told"))
    execution = area(_l("What was carried out already"), required=False)


def next_contact(now: dt.datetime) -> str:
    """A first proposal for the next contact: the same time tomorrow."""
    return timezone.localtime(now + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")

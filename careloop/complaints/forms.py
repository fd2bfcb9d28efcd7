"""Input of complaints: parsing and choices only."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from careloop.complaints import queries
from careloop.complaints.states import Category, Reclassified, RemedyKind, ServiceStep, Severity, Source
from careloop.core.actions import StepForm

AREA = {"rows": 3}
STEPS = [("", "—"), *ServiceStep.choices]
SOURCES = [(source.value, source.label) for source in Source if source != Source.FOLLOW_UP]
YES_NO = [("unknown", _("not asked")), ("true", _("yes")), ("false", _("no"))]


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
            raise forms.ValidationError(_t("Choose one of the list."), code="unknown")


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

    customer = forms.CharField(label=_("Customer number"), max_length=20)
    contact = Pick(label=_("Who complains"), required=False)
    asset = Pick(label=_("Machine or vehicle"), required=False)
    order = forms.CharField(label=_("Work order number"), max_length=20, required=False)
    case = forms.CharField(label=_("Service request number"), max_length=20, required=False)
    station = Pick(label=_("Station"))
    source = forms.ChoiceField(label=_("How it came in"), choices=SOURCES)
    words = forms.CharField(
        label=_("Customer's own words"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Word for word. Injury, fire, stop of production, authority or media make it urgent."),
    )
    demands_result = forms.BooleanField(
        label=_("A result is demanded"),
        required=False,
        initial=True,
        help_text=_("Without a demand it is a grumble: noted, without a clock."),
    )
    desired_remedy = area(_("What the customer wants"), required=False)
    category = forms.ChoiceField(label=_("About"), choices=Category.choices)
    step = forms.ChoiceField(label=_("Step of the service"), choices=STEPS, required=False)
    accused = Pick(label=_("Person complained about"), required=False)

    layout = [
        (_("Who and what"), ["customer", "contact", "asset", "order", "case", "station"]),
        (_("The complaint"), ["source", "words", "demands_result", "desired_remedy"]),
        (_("For sorting"), ["category", "step", "accused"]),
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
            self.add_error("customer", _t("There is no customer with this number."))
        if data.get("order") and found.order is None:
            self.add_error("order", _t("There is no work order with this number for this customer."))
        if data.get("case") and found.case is None:
            self.add_error("case", _t("There is no service request with this number for this customer."))
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
    reason = area(_("Reason"))


class AcknowledgeForm(StepForm):
    next_contact_at = moment(_("Customer hears from us by"))
    owner = Pick(label=_("Officer"), required=False)

    def prepare(self) -> None:
        choose_officer(self, required=False)


def choose_officer(form: StepForm, *, required: bool) -> None:
    """Only officers who are independent of this complaint."""
    if form.obj is None:
        return
    people = [(p.pk, p.name) for p in queries.officers_for(form.obj)]
    empty = [] if required else [("", _t("I take it myself"))]
    pick(form, "owner", [*empty, *people])


class ReclassifyForm(StepForm):
    kind = forms.ChoiceField(label=_("It is"), choices=Reclassified.choices)
    has_agreed = forms.BooleanField(label=_("The customer agrees"), required=False)
    reason = area(_("Reason"))


class DemandForm(StepForm):
    reason = area(_("What he demands, in his words"))
    desired_remedy = area(_("What the customer wants"), required=False)


class MergeForm(StepForm):
    into = forms.CharField(label=_("Number of the complaint that goes on"), max_length=20)


class AssessForm(StepForm):
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, widget=forms.RadioSelect)
    category = forms.ChoiceField(label=_("About"), choices=Category.choices)
    impact = forms.CharField(label=_("Impact on the customer"), max_length=200, required=False)
    is_complex = forms.BooleanField(label=_("Several departments, or cause unknown"), required=False)
    step = forms.ChoiceField(label=_("Step of the service"), choices=STEPS, required=False)
    norm = forms.CharField(label=_("Standard not kept"), max_length=200, required=False)
    accused = Pick(label=_("Person complained about"), required=False)

    def prepare(self) -> None:
        pick(self, "accused", [("", "—"), *((p.pk, p.name) for p in queries.people())])
        if self.obj is not None:
            for name in ("severity", "category", "step", "norm"):
                self.initial.setdefault(name, getattr(self.obj, name))


class ConfirmSeverityForm(StepForm):
    agrees = forms.BooleanField(label=_("I agree to the lower severity"), required=False)


class HandOverForm(StepForm):
    owner = Pick(label=_("To"))
    note = area(_("What he must know"), required=False)

    def prepare(self) -> None:
        choose_officer(self, required=True)


class AssignForm(StepForm):
    owner = Pick(label=_("Officer"))

    def prepare(self) -> None:
        choose_officer(self, required=True)


class FactsForm(StepForm):
    facts = area(_("What was found, and where the evidence is"))
    cause = area(_("Cause"), required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("facts", self.obj.facts)
            self.initial.setdefault("cause", self.obj.cause)


class TaskForm(StepForm):
    department = Pick(label=_("Department"))
    text = area(_("What it is to find out or to do"))
    due_at = moment(_("Due by"))

    def prepare(self) -> None:
        pick(self, "department", [(d.pk, d.name) for d in queries.departments()])


class TaskResultForm(StepForm):
    result = area(_("Result, or why not"))


class ResumeForm(StepForm):
    answer = area(_("What the customer said"), required=False)


class ContainForm(StepForm):
    measure = area(_("What is stopped, and who was warned"))


def remedy_kind() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Remedy"), choices=RemedyKind.choices)


def cost() -> forms.DecimalField:
    return forms.DecimalField(
        label=_("Cost"), min_value=0, max_digits=12, decimal_places=2, initial=0,
        widget=forms.NumberInput(attrs={"data-unit": "¥", "step": "0.01"}),
    )  # fmt: skip


def share() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Our share of fault"), min_value=0, max_value=100, required=False,
        widget=forms.NumberInput(attrs={"data-unit": "%"}),
    )  # fmt: skip


class ProposeForm(StepForm):
    is_justified = forms.BooleanField(label=_("The complaint is justified"), required=False, initial=True)
    kind = remedy_kind()
    cost = cost()
    fault_share = share()
    remedy = area(_("Remedy in words, or why nothing is owed"))
    answer = area(_("Answer to the customer"), required=False)


class ApproveForm(StepForm):
    answer = area(_("What the customer was told"))
    alternatives = area(_("Alternatives offered"), required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("answer", self.obj.decision)


class DecideForm(StepForm):
    is_justified = forms.BooleanField(label=_("The complaint is justified"), required=False, initial=True)
    kind = remedy_kind()
    cost = cost()
    fault_share = share()
    answer = area(_("What the customer was told"))
    alternatives = area(_("Alternatives offered"), required=False)
    offer_until = forms.DateField(
        label=_("Offer valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class AcceptForm(StepForm):
    execution_due_at = moment(_("To be carried out by"), required=False)


class RefuseForm(StepForm):
    alternatives = area(_("Alternatives and outside bodies named"), required=False)


class ExecutedForm(StepForm):
    execution = area(_("What was carried out, when, by whom"))
    cause = area(_("Cause"), required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("cause", self.obj.cause)


class ReratingForm(StepForm):
    rating = scale(_("How satisfied is the customer now"))
    was_friendly = yes_no(_("Were we friendly"))
    was_respected = yes_no(_("Did the customer feel respected"))
    is_solved = yes_no(_("Is it solved"))
    in_time = yes_no(_("Was it handled in time"))
    words = area(_("Customer's own words"), required=False)


class TryForm(StepForm):
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class OutsideForm(StepForm):
    authority = forms.CharField(label=_("Outside body"), max_length=100)
    authority_number = forms.CharField(label=_("Its file number"), max_length=60, required=False)
    authority_due_at = moment(_("Its deadline"), required=False)
    reason = area(_("Reason"))


class RulingForm(StepForm):
    reason = area(_("What was ruled or agreed"))
    execution_due_at = moment(_("To be carried out by"))


class RefusedOutsideForm(StepForm):
    reason = area(_("What was decided outside"))
    alternatives = area(_("Alternatives left to the customer"), required=False)


class SettleForm(StepForm):
    facts = area(_("What was found"))
    cause = area(_("Cause"))
    kind = remedy_kind()
    cost = cost()
    answer = area(_("What the customer was told"))
    execution = area(_("What was carried out already"), required=False)


def next_contact(now: dt.datetime) -> str:
    """A first proposal for the next contact: the same time tomorrow."""
    return timezone.localtime(now + dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")

"""Input of the register and of each step: parsing, choices, no saving."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.cases import escalations, queries
from careloop.cases.states import (
    Cause,
    Channel,
    ChargeKind,
    Extra,
    FollowUp,
    Kind,
    PromiseKind,
    Result,
    Urgency,
)
from careloop.core.actions import StepForm

SHORT = forms.Textarea(attrs={"rows": 2, "data-rows": 2})
WORDS = forms.Textarea(attrs={"rows": 4, "data-rows": 4})
MOMENT = forms.DateTimeInput


class PersonField(forms.IntegerField):
    """A colleague by id; the choices are set by the form."""

    widget = forms.Select


def people(field: forms.Field, names: list[tuple[int, str]], *, empty: Any = None) -> None:
    """Fill a `PersonField` with names."""
    assert isinstance(field.widget, forms.Select)
    field.widget.choices = [*([("", empty)] if empty is not None else []), *names]


class NoteForm(StepForm):
    text = forms.CharField(label=_l("Note for colleagues"), widget=WORDS, max_length=20_000)


class ReplyForm(StepForm):
    text = forms.CharField(label=_l("What the customer was told"), widget=WORDS, max_length=20_000)
    channel = forms.ChoiceField(label=_l("By"), choices=Channel.choices, required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("channel", self.obj.channel)


class HearForm(StepForm):
    text = forms.CharField(label=_l("Customer's words"), widget=WORDS, max_length=20_000)
    channel = forms.ChoiceField(label=_l("By"), choices=Channel.choices, required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("channel", self.obj.channel)


class WaitForm(StepForm):
    waiting_for = forms.CharField(
        label=_l("What the customer is asked for"),
        max_length=200,
        widget=SHORT,
        help_text=_l("For example: photo of the alarm page, readings at the fault, serial number."),
    )


class RemindForm(StepForm):
    text = forms.CharField(label=_l("What was asked again"), max_length=200, widget=SHORT, required=False)


class OptionalReasonForm(StepForm):
    reason = forms.CharField(label=_l("Reason"), max_length=200, required=False)


class ReasonForm(StepForm):
    reason = forms.CharField(label=_l("Reason"), max_length=200)


class AssignForm(StepForm):
    person_id = PersonField(label=_l("Colleague"))
    reason = forms.CharField(label=_l("Reason"), max_length=200, required=False)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        if self.obj is not None:
            people(self.fields["person_id"], queries.colleagues(self.obj.station_id))
            self.initial["seen"] = self.obj.assignee_id or 0

    def clean_seen(self) -> int | None:
        """0: nobody had it; missing (a program): not compared."""
        value = self.cleaned_data.get("seen")
        return -1 if value is None else (value or None)


class HandOnForm(StepForm):
    person_id = PersonField(label=_l("To whom"), required=False)
    reason = forms.CharField(label=_l("What was tried, what is open"), max_length=400, widget=SHORT)

    def prepare(self) -> None:
        if self.obj is not None:
            people(
                self.fields["person_id"],
                queries.colleagues(self.obj.station_id),
                empty=_("next level, nobody in particular"),
            )


class LevelForm(StepForm):
    """One escalation level; `obj` is the level, or None for a new one above the highest."""

    name = forms.CharField(label=_l("Name"), max_length=40)
    name_en = forms.CharField(label=_l("Name (English)"), max_length=40, required=False)
    minutes = forms.IntegerField(
        label=_l("Reacts within, working minutes"), min_value=1, max_value=100_000,
        help_text=_l("Without a reaction the request goes to the level above."),
    )  # fmt: skip
    department_id = forms.TypedChoiceField(
        label=_l("Department that is asked"), coerce=int, empty_value=None, required=False,
        help_text=_l("Its people find the request on their Today page; without a department everybody who works on "
                     "requests does."),
    )  # fmt: skip

    def prepare(self) -> None:
        field = self.fields["department_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("everybody who works on requests")), *escalations.department_choices()]
        if self.obj is not None:
            self.initial.update({name: getattr(self.obj, name) for name in self.fields})


class SolveForm(StepForm):
    resolution = forms.CharField(label=_l("What was done or answered"), widget=WORDS, max_length=20_000)
    knowledge = forms.CharField(label=_l("Article or document used"), max_length=200, required=False)
    is_confirmed = forms.TypedChoiceField(
        label=_l("Does the customer confirm?"),
        required=False,
        empty_value=None,
        coerce=lambda value: {"yes": True, "no": False}.get(value),
        choices=[("", _l("not asked yet")), ("yes", _l("yes, confirmed")), ("no", _l("asked three times, no answer"))],
    )


class NotSolvedForm(StepForm):
    reason = forms.CharField(label=_l("What the customer says"), max_length=400, widget=SHORT)
    is_remote = forms.BooleanField(label=_l("go on remotely"), required=False)


class CloseForm(StepForm):
    result = forms.ChoiceField(label=_l("Result"), choices=[("", "—"), *Result.choices])
    cause_code = forms.ChoiceField(label=_l("Cause"), choices=[("", "—"), *Cause.choices])
    resolution = forms.CharField(label=_l("What was done or answered"), widget=WORDS, required=False, max_length=20_000)
    follow_up = forms.ChoiceField(label=_l("Follow-up"), choices=FollowUp.choices, widget=forms.RadioSelect)
    follow_up_reason = forms.CharField(label=_l("Why none is needed"), max_length=200, required=False)
    extra_service = forms.ChoiceField(
        label=_l("What more can I do for the customer?"), choices=Extra.choices, widget=forms.RadioSelect
    )
    extra_service_text = forms.CharField(label=_l("What was done, or why nothing"), max_length=200)
    extra_service_cost = forms.DecimalField(
        label=_l("Cost"),
        max_digits=10,
        decimal_places=2,
        min_value=0,
        required=False,
        widget=forms.NumberInput(attrs={"data-unit": "¥"}),
    )
    layout = [
        (_l("How it ended"), ["result", "cause_code", "resolution"]),
        (_l("Follow-up"), ["follow_up", "follow_up_reason"]),
        (_l("More than satisfied"), ["extra_service", "extra_service_text", "extra_service_cost"]),
    ]

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("resolution", self.obj.resolution)
            if self.obj.kind == Kind.QUESTION:
                self.initial.setdefault("result", Result.ANSWERED)
                self.initial.setdefault("cause_code", Cause.USE_QUESTION)


class CloseUnansweredForm(StepForm):
    follow_up = forms.ChoiceField(
        label=_l("Follow-up"), choices=FollowUp.choices, widget=forms.RadioSelect, initial=FollowUp.NOT_NEEDED
    )
    follow_up_reason = forms.CharField(label=_l("Why none is needed"), max_length=200, required=False)


class MergeForm(StepForm):
    into = forms.CharField(label=_l("Number of the request that stays"), max_length=24)
    reason = forms.CharField(label=_l("Reason"), max_length=200, required=False)

    def prepare(self) -> None:
        if self.obj is None:
            return
        found = [
            row
            for row in queries.possible_duplicates(
                self.actor, customer_id=self.obj.customer_id, asset_id=self.obj.asset_id
            )
            if row["number"] != self.obj.number
        ]
        if found and not self.is_bound:
            self.initial.setdefault("into", found[-1]["number"])
        if found:
            names = "；".join(f"{row['number']} {row['title']}" for row in found)
            self.fields["into"].help_text = _("Open for the same machine or customer: %(names)s") % {"names": names}


class EditForm(StepForm):
    """Entries that may change after acceptance; clocks and acceptance do not."""

    title = forms.CharField(label=_l("Subject line"), max_length=200)
    urgency = forms.ChoiceField(label=_l("Urgency"), choices=Urgency.choices)
    stopped_since = forms.DateTimeField(label=_l("Stopped since"), required=False, widget=MOMENT)
    is_safety = forms.BooleanField(label=_l("about safety"), required=False)
    symptom = forms.CharField(label=_l("Symptom"), max_length=80, required=False)
    alarm_no = forms.CharField(label=_l("Alarm number"), max_length=40, required=False)
    circumstances = forms.CharField(label=_l("How it happened"), widget=SHORT, required=False, max_length=4_000)
    place = forms.CharField(label=_l("Place"), max_length=200, required=False)
    requested_for = forms.DateTimeField(label=_l("Wanted for"), required=False, widget=MOMENT)
    charge_kind = forms.ChoiceField(
        label=_l("Charge"), required=False, choices=[("", _l("not decided")), *ChargeKind.choices]
    )
    reason = forms.CharField(
        label=_l("Reason"), max_length=200, required=False, help_text=_l("Needed when the charge changes.")
    )

    def prepare(self) -> None:
        if self.obj is not None:
            for name in self.fields:
                if name != "reason":
                    self.initial.setdefault(name, getattr(self.obj, name))


class PromiseForm(StepForm):
    kind = forms.ChoiceField(label=_l("What is promised"), choices=PromiseKind.choices)
    text = forms.CharField(label=_l("In words"), max_length=200, required=False)
    due_at = forms.DateTimeField(label=_l("Until"), widget=MOMENT)


class RenewForm(StepForm):
    due_at = forms.DateTimeField(label=_l("New time"), widget=MOMENT)
    reason = forms.CharField(label=_l("Reason"), max_length=200)
    is_told = forms.BooleanField(label=_l("The customer knows and agrees"), required=False)


class RegisterForm(forms.Form):
    """The whole register on one screen (form 2.4). Customer and machine come from the lookup, by their numbers."""

    draft = forms.CharField(required=False, widget=forms.HiddenInput)
    repeat_of = forms.CharField(required=False, widget=forms.HiddenInput)
    customer = forms.CharField(required=False, widget=forms.HiddenInput)
    asset = forms.CharField(required=False, widget=forms.HiddenInput)
    station = PersonField(label=_l("Station"), required=False)
    contact = PersonField(label=_l("Contact person"), required=False)
    new_customer_name = forms.CharField(label=_l("New customer"), max_length=120, required=False)
    new_contact_name = forms.CharField(label=_l("New contact person"), max_length=60, required=False)
    new_contact_phone = forms.CharField(
        label=_l("Telephone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    confirm_duplicates = forms.BooleanField(label=_l("It is somebody else: register anew"), required=False)
    new_plate = forms.CharField(label=_l("Plate of a new vehicle"), max_length=12, required=False)
    new_serial_no = forms.CharField(label=_l("Serial number of a new machine"), max_length=60, required=False)
    new_model_text = forms.CharField(label=_l("Its model"), max_length=80, required=False)
    is_asset_unknown = forms.BooleanField(label=_l("machine unknown, ask later"), required=False)
    channel = forms.ChoiceField(
        label=_l("Channel"), choices=Channel.choices, initial=Channel.PHONE, widget=forms.RadioSelect
    )
    kind = forms.ChoiceField(label=_l("Kind of request"), choices=Kind.choices, initial=Kind.FAULT)
    urgency = forms.ChoiceField(
        label=_l("Urgency"), choices=Urgency.choices, initial=Urgency.NONE, widget=forms.RadioSelect
    )
    stopped_since = forms.DateTimeField(label=_l("Stopped since"), required=False, widget=MOMENT)
    is_safety = forms.BooleanField(label=_l("about safety: danger to people"), required=False)
    verbatim = forms.CharField(label=_l("What the customer says"), widget=WORDS, max_length=20_000)
    circumstances = forms.CharField(
        label=_l("How it happened"),
        widget=SHORT,
        required=False,
        max_length=4_000,
        help_text=_l("What was running, what was done before it. Needed for a fault."),
    )
    symptom = forms.CharField(label=_l("Symptom"), max_length=80, required=False)
    alarm_no = forms.CharField(label=_l("Alarm number"), max_length=40, required=False)
    meter = forms.IntegerField(label=_l("Mileage or hours"), min_value=0, max_value=99_999_999, required=False)
    is_reading_unavailable = forms.BooleanField(label=_l("readings cannot be taken now"), required=False)
    place = forms.CharField(label=_l("Place"), max_length=200, required=False)
    requested_for = forms.DateTimeField(label=_l("Wanted for"), required=False, widget=MOMENT)
    promise_at = forms.DateTimeField(
        label=_l("Promised for"), required=False, widget=MOMENT, help_text=_l("Empty: until the first response is due.")
    )
    promise_text = forms.CharField(label=_l("Promised what"), max_length=200, required=False)
    is_answered = forms.BooleanField(label=_l("answered on the spot"), required=False)
    assignee = PersonField(label=_l("Assign to"), required=False)
    charge_kind = forms.ChoiceField(
        label=_l("Charge"), required=False, choices=[("", _l("by warranty")), *ChargeKind.choices]
    )

    def __init__(
        self, *args: Any, templates: list[dict[str, Any]] | None = None, is_draft: bool = False, **kwargs: Any
    ):
        """`templates`: the readings of the machine's product family; each becomes a value with its unit."""
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["verbatim"].required = not is_draft
        self.templates = templates or []
        for template in self.templates:
            self.fields[f"reading_{template['key']}"] = forms.CharField(
                label=f"{template.get('label') or template['key']}{range_words(template)}",
                max_length=20,
                required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            )
            self.fields[f"unit_{template['key']}"] = forms.CharField(
                label=_("Unit"), max_length=10, required=False, initial=template["unit"]
            )

    def reading_fields(self) -> list[dict[str, Any]]:
        """Value and unit side by side, for the template."""
        return [{"value": self[f"reading_{t['key']}"], "unit": self[f"unit_{t['key']}"]} for t in self.templates]

    def readings(self) -> list[dict[str, str]]:
        """What was typed, as the service takes it; empty fields are no readings."""
        data = self.cleaned_data
        return [
            {"key": t["key"], "value": data[f"reading_{t['key']}"], "unit": data.get(f"unit_{t['key']}", "")}
            for t in self.templates
            if data.get(f"reading_{t['key']}", "").strip()
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("urgency") != Urgency.STOPPED:
            data["stopped_since"] = None
        if bool(data.get("new_contact_name")) != bool(data.get("new_contact_phone")):
            name = "new_contact_phone" if data.get("new_contact_name") else "new_contact_name"
            self.add_error(name, ValidationError(_("A new contact person needs a name and a telephone number.")))
        return data

    def values(self) -> dict[str, Any]:
        """Keyword arguments of `accept_case` that are not about persons and machines."""
        names = (
            "channel",
            "kind",
            "urgency",
            "stopped_since",
            "is_safety",
            "verbatim",
            "circumstances",
            "symptom",
            "alarm_no",
            "meter",
            "is_reading_unavailable",
            "place",
            "requested_for",
        )
        return {name: self.cleaned_data[name] for name in names} | {
            "readings": self.readings(),
            "charge_kind": self.cleaned_data["charge_kind"] or None,
        }


def range_words(template: dict[str, Any]) -> str:
    """The usual range beside the label: ` 0.2–0.3`."""
    low, high = template.get("low"), template.get("high")
    if low is None and high is None:
        return ""
    if high is None:
        return f" ≥ {low}"
    return f" ≤ {high}" if low is None else f" {low}–{high}"


class BulkAssignForm(forms.Form):
    person_id = PersonField(label=_l("Colleague"))
    pick = forms.CharField(widget=forms.HiddenInput, required=False)

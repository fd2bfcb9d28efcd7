"""Input for standards and guarantees: parsing and choices only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from careloop.core.actions import StepForm
from careloop.entitlements.models import VehicleClass, WorkClass
from careloop.entitlements.queries import calendars, stations
from careloop.entitlements.states import Measure

AREA = forms.Textarea(attrs={"rows": 3})


class StandardForm(StepForm):
    """A new standard, a new version, or a draft being changed. Kinds and urgencies are those of the app above."""

    code = forms.SlugField(
        label=_("Standard code"), max_length=40, help_text=_("Short and lasting, for example xy-01.")
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    measure = forms.ChoiceField(label=_("From the request to"), choices=Measure.choices)
    target_minutes = forms.IntegerField(
        label=_("Limit"),
        min_value=1,
        max_value=100_000,
        widget=forms.NumberInput(attrs={"data-unit": "min"}),
        help_text=_("Minutes of working time; a day of 8 hours has 480."),
    )
    goal_percent = forms.DecimalField(
        label=_("Goal"),
        min_value=1,
        max_value=100,
        decimal_places=2,
        initial=95,
        widget=forms.NumberInput(attrs={"data-unit": "%"}),
    )
    urgency = forms.CharField(label=_("Urgency"), max_length=10, required=False, widget=forms.Select)
    kind = forms.CharField(label=_("Kind of request"), max_length=16, required=False, widget=forms.Select)
    station = forms.ModelChoiceField(
        label=_("Station"), queryset=stations(), required=False, empty_label=_("all stations")
    )
    calendar = forms.ModelChoiceField(
        label=_("Working calendar"), queryset=calendars(), required=False, empty_label=_("that of the station")
    )
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(label=_("Wording for customers"), widget=AREA)
    text_en = forms.CharField(label=_("Wording in English"), widget=AREA, required=False)

    layout = [
        (_("What is promised"), ["code", "name", "measure", "target_minutes", "goal_percent"]),
        (_("For which requests"), ["urgency", "kind", "station", "calendar", "valid_from"]),
        (_("Words"), ["text", "text_en"]),
    ]

    def prepare(self) -> None:
        for name in ("urgency", "kind"):
            widget = self.fields[name].widget
            assert isinstance(widget, forms.Select)
            widget.choices = [("", _("any")), *SCOPES.get(name, [])]


SCOPES: dict[str, list[tuple[str, Any]]] = {}


def register_scopes(*, kind: list[tuple[str, Any]], urgency: list[tuple[str, Any]]) -> None:
    """The app of the requests names its kinds and urgencies (this app stands below it)."""
    SCOPES.update(kind=kind, urgency=urgency)


class CorrectForm(StepForm):
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    text = forms.CharField(label=_("Wording for customers"), widget=AREA)
    text_en = forms.CharField(label=_("Wording in English"), widget=AREA, required=False)
    reason = forms.CharField(label=_("What was wrong"), max_length=200)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.update(name=self.obj.name, text=self.obj.text, text_en=self.obj.text_en)


class ReasonForm(StepForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class GuaranteeForm(StepForm):
    vehicle_class = forms.ChoiceField(label=_("Vehicle class"), choices=VehicleClass.choices)
    work_class = forms.ChoiceField(label=_("Class of work"), choices=WorkClass.choices)
    km = forms.IntegerField(
        label=_("Kilometres"), required=False, min_value=1, widget=forms.NumberInput(attrs={"data-unit": "km"})
    )
    hours = forms.IntegerField(
        label=_("Operating hours"), required=False, min_value=1, widget=forms.NumberInput(attrs={"data-unit": "h"})
    )
    days = forms.IntegerField(label=_("Length in days"), required=False, min_value=1)
    months = forms.IntegerField(label=_("Length in months"), required=False, min_value=1)
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}))
    source = forms.CharField(label=_("Where it is promised"), max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("days")) == bool(data.get("months")):
            self.add_error("days", _("Give the period in days or in months, one of the two."))
        return data

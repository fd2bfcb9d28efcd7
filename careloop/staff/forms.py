"""Forms of departments, persons, stations and calendars."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.accounts import queries as accounts
from careloop.accounts.roles import role_label
from careloop.core.actor import Actor
from careloop.staff import queries
from careloop.staff.models import Department, WorkCalendar

SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–~]\s*(([01]\d|2[0-3]):([0-5]\d)|24:00)")


class DepartmentForm(forms.Form):
    name = forms.CharField(label=_l("Name of the department"), max_length=60)
    kind = forms.ChoiceField(label=_l("Kind of department"), choices=Department.Kind.choices)
    parent_id = forms.TypedChoiceField(label=_l("Stands below"), coerce=int, empty_value=None, required=False)
    head_id = forms.TypedChoiceField(label=_l("Head of the department"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, actor: Actor, pk: int | None = None, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        nodes = queries.tree_without(pk)
        self._choose("parent_id", [("", _("nothing: at the top")), *((n.department.pk, n.path) for n in nodes)])
        people = queries.colleagues(actor)
        self._choose("head_id", [("", "—"), *((person.pk, person.name) for person in people)])

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = choices


class PersonForm(forms.Form):
    name = forms.CharField(label=_l("Full name"), max_length=60)
    title = forms.CharField(label=_l("Post"), max_length=60, required=False)
    department_id = forms.TypedChoiceField(label=_l("Department"), coerce=int)
    phone = forms.CharField(label=_l("Telephone"), max_length=30, required=False)
    station_ids = forms.TypedMultipleChoiceField(
        label=_l("Stations"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    roles = forms.MultipleChoiceField(label=_l("Roles"), required=False, widget=forms.CheckboxSelectMultiple)
    joined_on = forms.DateField(label=_l("Joined on"), required=False)
    left_on = forms.DateField(
        label=_l("Left on"), required=False, help_text=_l("From then on the account cannot sign in.")
    )
    username = forms.CharField(
        label=_l("User name"), max_length=150, required=False, help_text=_l("Only to make an account.")
    )
    password = forms.CharField(
        label=_l("First password"),
        max_length=128,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_l("At least 10 characters; the person changes it after signing in."),
    )

    def __init__(self, *args: Any, has_account: bool, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        departments: list[tuple[Any, Any]] = [(node.department.pk, node.path) for node in queries.tree()]
        stations = [(row.pk, row.name) for row in queries.all_stations() if row.is_active]
        roles = [(role.code, role_label(role.code, role.name)) for role in accounts.roles()]
        for name, choices in (("department_id", departments), ("station_ids", stations), ("roles", roles)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        if has_account:
            del self.fields["username"], self.fields["password"]


class StationForm(forms.Form):
    code = forms.SlugField(label=_l("Station code"), max_length=50)
    name = forms.CharField(label=_l("Name of the station"), max_length=60)
    address = forms.CharField(label=_l("Address"), max_length=200, required=False)
    phone = forms.CharField(label=_l("Telephone"), max_length=30, required=False)
    credit_code = forms.CharField(label=_l("Unified social credit code"), max_length=18, required=False)
    calendar_id = forms.TypedChoiceField(label=_l("Working calendar"), coerce=int)
    bays = forms.IntegerField(label=_l("Bays"), min_value=0, max_value=500, initial=0)
    is_active = forms.BooleanField(label=_l("In use"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        field = self.fields["calendar_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(row.pk, row.name) for row in queries.calendars()]


class CalendarForm(forms.Form):
    code = forms.SlugField(label=_l("Calendar code"), max_length=50)
    name = forms.CharField(label=_l("Name of the calendar"), max_length=60)
    days = forms.ChoiceField(label=_l("Days of work"), choices=WorkCalendar.Days.choices)
    hours = forms.CharField(
        label=_l("Hours of work"), max_length=200, help_text=_l("For example 08:30-12:00 13:00-17:30")
    )

    def clean_hours(self) -> list[list[str]]:
        text = self.cleaned_data["hours"]
        found = [[f"{m[1]}:{m[2]}", m[3]] for m in SPAN.finditer(text)]
        if not found or SPAN.sub("", text).strip(" ,，;；"):
            raise ValidationError(_("Write spans like 08:30-12:00 13:00-17:30."))
        return found

"""Forms of the front desk and the reception: appointment, walk-around, taking back."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from careloop.core.actions import StepForm
from careloop.entitlements.models import WorkClass
from careloop.workorders import queries
from careloop.workorders.forms.fields import (
    MoneyField,
    PartsField,
    PersonField,
    PhotosField,
    ReasonForm,
    SignatureField,
    people,
)
from careloop.workorders.models import WorkOrder
from careloop.workorders.states import OldPartWish

ZONES = (
    ("front_left", _("front left")),
    ("front", _("front bumper")),
    ("front_right", _("front right")),
    ("left_front_door", _("left front door")),
    ("bonnet", _("bonnet")),
    ("right_front_door", _("right front door")),
    ("left_rear_door", _("left rear door")),
    ("windscreen", _("windscreen")),
    ("right_rear_door", _("right rear door")),
    ("left_side", _("left rear wing")),
    ("roof", _("roof")),
    ("right_side", _("right rear wing")),
    ("rear_left", _("rear left")),
    ("rear", _("rear bumper and boot lid")),
    ("rear_right", _("rear right")),
    ("interior", _("interior")),
    ("wheels", _("wheels and rims")),
)
FUEL = [("", "—"), *((n, f"{n}/8") for n in range(9))]
REMIND_BY = (("phone", _("by telephone")), ("sms", _("by text message")), ("wechat", _("by WeChat")))
PLANNED = ((30, _("30 minutes")), (60, _("1 hour")), (120, _("2 hours")), (240, _("half a day")), (480, _("one day")))


class PartyFields(StepForm):
    """Contact, station and number of a new order. `obj` is a `queries.Party` with the chosen machine."""

    contact = forms.TypedChoiceField(label=_("Contact person"), coerce=int)
    station = forms.TypedChoiceField(label=_("Station"), coerce=int, required=False, empty_value=None)
    case = forms.CharField(required=False, widget=forms.HiddenInput)
    verify_channel = forms.TypedChoiceField(
        label=_("Verify the number now"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("Choose the number on which you have just reached the customer."),
    )

    def prepare(self) -> None:
        party = self.obj
        self._choose("contact", [(row.pk, row.label) for row in party.contacts])
        self._choose("station", [(row.pk, row.name) for row in party.stations])
        self._choose("verify_channel", [("", "—"), *((c.pk, c.label) for c in party.unverified)])
        self.initial.setdefault("contact", party.contact_id)
        self.initial.setdefault("station", party.station_id)
        if not party.unverified:
            del self.fields["verify_channel"]
        if len(party.stations) < 2:
            self.fields["station"].widget = forms.HiddenInput()

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean_station(self) -> int | None:
        value: int | None = self.cleaned_data["station"]
        return value or self.obj.station_id


class BookForm(PartyFields):
    booked_for = forms.DateTimeField(label=_("Appointment"), widget=forms.DateTimeInput)
    booked_minutes = forms.TypedChoiceField(label=_("Planned time"), coerce=int, choices=PLANNED, initial=60)
    adviser = forms.TypedChoiceField(label=_("Service adviser"), coerce=int, required=False, empty_value=None)
    work_class = forms.ChoiceField(label=_("Class of work"), choices=WorkClass.choices, initial=WorkClass.SMALL)
    wanted = forms.CharField(
        label=_("What is to be done"), max_length=1000, widget=forms.Textarea(attrs={"data-rows": 2, "rows": 2})
    )
    parts = PartsField(
        label=_("Parts to put aside"),
        required=False,
        help_text=_("One part a line: its number, a space, the quantity. They are kept for this appointment."),
    )
    accept_shortage = forms.BooleanField(label=_("Book although parts are missing"), required=False)

    layout = [
        (_("When"), ["booked_for", "booked_minutes", "adviser", "station"]),
        (_("What and who"), ["wanted", "parts", "accept_shortage", "work_class", "contact", "verify_channel", "case"]),
    ]

    def prepare(self) -> None:
        super().prepare()
        self._choose("adviser", [("", "—"), *((row.pk, row.name) for row in self.obj.advisers)])
        self.initial.setdefault("adviser", self.obj.adviser_id)
        self.initial.setdefault("wanted", self.obj.words)
        self.initial.setdefault("case", self.obj.case_number)


class MoveForm(ReasonForm):
    booked_for = forms.DateTimeField(label=_("New appointment"), widget=forms.DateTimeInput)
    booked_minutes = forms.IntegerField(
        label=_("Planned time"),
        min_value=15,
        max_value=1440,
        required=False,
        widget=forms.NumberInput(attrs={"data-unit": _("min")}),
    )
    adviser = PersonField(label=_("Service adviser"), required=False)
    field_order = ("booked_for", "booked_minutes", "adviser", "reason")

    def prepare(self) -> None:
        self.fields["adviser"].choices = people(self, "workorders.receive")  # type: ignore[attr-defined]  # reason: a choice field
        if self.obj is not None:
            self.initial.setdefault("booked_minutes", self.obj.booked_minutes)
            self.initial.setdefault("adviser", self.obj.adviser_id)


class RemindForm(StepForm):
    channel = forms.ChoiceField(label=_("How"), choices=REMIND_BY, initial="phone")


class CancelForm(ReasonForm):
    by = forms.ChoiceField(
        label=_("Who cancels"),
        choices=(("customer", _("customer himself")), ("shop", _("our shop"))),
        initial="customer",
        widget=forms.RadioSelect,
    )
    new_offer = forms.CharField(
        label=_("What was offered instead"),
        required=False,
        max_length=200,
        help_text=_("Needed when the shop cancels."),
    )
    field_order = ("by", "reason", "new_offer")


class IntakeForm(StepForm):
    """The walk-around with the customer, on a phone or tablet beside the vehicle."""

    customer_words = forms.CharField(
        label=_("Customer's own words"), max_length=2000, widget=forms.Textarea(attrs={"data-rows": 3, "rows": 3})
    )
    is_identified = forms.BooleanField(label=_("Plate and VIN, or serial number, compared with the file"))
    mileage = forms.IntegerField(label=_("Meter reading"), min_value=0, max_value=9_999_999)
    mileage_reason = forms.CharField(
        label=_("Why the reading is unusual"),
        required=False,
        max_length=120,
        help_text=_("Only when it is below the last one, or far above it."),
    )
    fuel = forms.TypedChoiceField(label=_("Fuel gauge"), coerce=int, choices=FUEL, required=False, empty_value=None)
    reception_kind = forms.ChoiceField(
        label=_("Kind of reception"), choices=WorkOrder.ReceptionKind.choices, initial="vehicle", required=False
    )
    damage_places = forms.MultipleChoiceField(
        label=_("Damage seen"), choices=ZONES, required=False, widget=forms.CheckboxSelectMultiple
    )
    damage_note = forms.CharField(label=_("Damage in words"), required=False, max_length=120)
    damage = forms.JSONField(required=False, widget=forms.HiddenInput)
    photos = PhotosField(label=_("Photos"), required=False, help_text=_("Needed for damage, and for what was sent in."))
    valuables = forms.CharField(
        label=_("Valuables in the vehicle"), required=False, max_length=200, help_text=_("“none” when there are none")
    )
    packing = forms.CharField(label=_("Packing and accessories"), required=False, max_length=200)
    old_part_wish = forms.ChoiceField(label=_("Old parts"), choices=[("", "—"), *OldPartWish.choices], required=False)
    work_class = forms.ChoiceField(label=_("Class of work"), choices=WorkClass.choices, required=False)
    announced_fee = MoneyField(
        label=_("Announced diagnosis fee"),
        required=False,
        min_value=0,
        help_text=_("Charged when the customer refuses the estimate; told to him now."),
    )
    promised_at = forms.DateTimeField(label=_("Wished for"), required=False, widget=forms.DateTimeInput)
    arrived_at = forms.DateTimeField(
        label=_("Arrived at"), required=False, widget=forms.DateTimeInput, help_text=_("Only when it is entered later.")
    )
    adviser = forms.TypedChoiceField(label=_("Service adviser"), coerce=int, required=False, empty_value=None)
    received_from = forms.CharField(label=_("Brought by"), required=False, max_length=60)
    verify_channel = forms.TypedChoiceField(
        label=_("Verify the number now"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("Choose the number on which you have just reached the customer."),
    )
    signature = SignatureField(required=False)

    layout = [
        (
            _("What the customer says"),
            ["customer_words", "work_class", "promised_at", "old_part_wish", "announced_fee"],
        ),
        (
            _("Walk-around"),
            [
                "is_identified",
                "mileage",
                "mileage_reason",
                "fuel",
                "reception_kind",
                "damage_places",
                "damage_note",
                "photos",
                "valuables",
                "packing",
            ],
        ),
        (_("Who"), ["received_from", "verify_channel", "adviser", "arrived_at"]),
        (_("Signature"), ["signature"]),
    ]

    def prepare(self) -> None:
        if self.obj is None:
            return
        self._people()
        self.fields["mileage"].widget.attrs["data-unit"] = self.obj.asset.meter_unit
        if self.obj.asset.kind != "vehicle":
            for name in ("fuel", "damage_places"):
                self.fields.pop(name)
        channels = queries.unverified_channels(self.obj.contact_id)
        self._choices("verify_channel", [("", "—"), *((c.pk, c.label) for c in channels)])
        if not channels:
            self.fields.pop("verify_channel")
        self._star_due()
        self.initial.setdefault("customer_words", self.obj.wanted)
        self.initial.setdefault("received_from", self.obj.contact.name)
        self.initial.setdefault("work_class", self.obj.work_class)

    def _star_due(self) -> None:
        """What the service asks for at every vehicle is not called optional."""
        for name in ("fuel", "valuables"):
            if name in self.fields and self.obj.asset.kind == "vehicle":
                self.fields[name].widget.attrs["data-due"] = ""

    def _people(self) -> None:
        self._choices("adviser", people(self, "workorders.receive"))
        self.initial.setdefault("adviser", self.obj.adviser_id or self.actor.person_id)

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Marks from the boxes of the page, or the list of a program."""
        data = super().clean() or {}
        places, note = data.pop("damage_places", []), data.pop("damage_note", "")
        marks = data.get("damage") or []
        if not isinstance(marks, list) or not all(isinstance(mark, dict) for mark in marks):
            self.add_error("damage", _("Give a list of places with notes."))
            marks = []
        if note and not places:
            if "damage_places" in self.fields:
                self.add_error("damage_places", _("Choose where the damage is; the note is kept with the place."))
            else:
                marks = [*marks, {"place": str(_("machine")), "note": note}]
        names = dict(ZONES)
        data["damage"] = [*marks, *({"place": str(names[p]), "note": note} for p in places)]
        return data


class WalkInForm(IntakeForm):
    """Reception without appointment: the party is chosen as well. `obj` is a `queries.Party`."""

    contact = forms.TypedChoiceField(label=_("Contact person"), coerce=int)
    station = forms.TypedChoiceField(label=_("Station"), coerce=int, required=False, empty_value=None)
    case = forms.CharField(required=False, widget=forms.HiddenInput)
    walk_in_reason = forms.CharField(
        label=_("Why without appointment"), max_length=120, help_text=_("The skipped step is counted.")
    )

    layout = [
        (
            _("Who"),
            [
                "contact",
                "verify_channel",
                "received_from",
                "walk_in_reason",
                "station",
                "adviser",
                "arrived_at",
                "case",
            ],
        ),
        *IntakeForm.layout[:2],
        IntakeForm.layout[3],
    ]

    def prepare(self) -> None:
        party = self.obj
        if party is None:
            return
        self._choices("contact", [(row.pk, row.label) for row in party.contacts])
        self._choices("station", [(row.pk, row.name) for row in party.stations])
        self._choices("verify_channel", [("", "—"), *((c.pk, c.label) for c in party.unverified)])
        self._choices("adviser", [("", "—"), *((row.pk, row.name) for row in party.advisers)])
        if not party.unverified:
            self.fields.pop("verify_channel")
        if len(party.stations) < 2:
            self.fields["station"].widget = forms.HiddenInput()
        if party.asset.kind != "vehicle":
            for name in ("fuel", "damage_places"):
                self.fields.pop(name)
        self._star_due()
        self.fields["mileage"].widget.attrs["data-unit"] = party.asset.meter_unit
        for name, value in (
            ("contact", party.contact_id),
            ("station", party.station_id),
            ("adviser", self.actor.person_id),
            ("customer_words", party.words),
            ("case", party.case_number),
            ("work_class", party.work_class),
        ):
            self.initial.setdefault(name, value)
        if party.rework_of is not None:
            for name in ("contact", "station", "case", "walk_in_reason", "work_class"):
                self.fields.pop(name)

    def clean_station(self) -> int | None:
        value: int | None = self.cleaned_data["station"]
        return value or self.obj.station_id


class ComeBackForm(IntakeForm):
    """A rework: customer, machine and class of work are those of the first order."""

    items = forms.TypedMultipleChoiceField(
        label=_("What comes back"), coerce=int, required=False, empty_value=None, widget=forms.CheckboxSelectMultiple
    )

    layout = [(_("What comes back"), ["items"]), *IntakeForm.layout]

    def prepare(self) -> None:
        super().prepare()
        if self.obj is not None:
            field: Any = self.fields["items"]
            field.choices = [(line.pk, line.name) for line in self.obj.open_lines]
            self.initial["customer_words"] = ""
        self.fields.pop("work_class")

    def clean_items(self) -> list[int] | None:
        return self.cleaned_data["items"] or None


def tomorrow_at_nine(now: dt.datetime) -> dt.datetime:
    """What the booking form starts from."""
    return (now + dt.timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)

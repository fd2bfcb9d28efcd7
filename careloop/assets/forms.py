"""Forms of the machine file (form 2.7) and its vehicle variant, of readings and of the steps of a machine's life."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.assets import queries, rules
from careloop.assets.labels import field_label
from careloop.assets.models import Asset, MeterReading, ProductFamily, ProductModel
from careloop.core.actions import StepForm
from careloop.core.actor import Actor
from careloop.customers import queries as customer_queries
from careloop.customers.forms import CustomerPicker, LinesField, two_columns
from careloop.customers.models import Contact, Customer, Site
from careloop.staff import queries as staff
from careloop.staff.models import Station

LISTS = ("specs", "configuration", "utilities", "baseline", "tooling", "operators", "calibrations", "modifications")

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Asset]
else:
    ModelForm = forms.ModelForm

MACHINE_SECTIONS: Sequence[tuple[Any, Sequence[str]]] = (
    (_l("Nameplate"), ("serial_no", "name", "model", "model_text", "application", "workpiece", "process")),
    (_l("Place and people"), ("station", "site", "location_text", "workshop_line", "department", "responsible")),
    (_l("Main data and configuration"), ("specs", "configuration", "software_version")),
    (_l("Dates"), ("produced_on", "shipped_on", "arrived_on", "installed_on", "pre_accepted_on", "accepted_on")),
    (
        _l("Warranty and contract"),
        ("warranty_start", "warranty_end", "warranty_meter", "warranty_terms", "contract_no", "contract_amount"),
    ),
    (_l("Wear parts, maintenance, utilities"), ("wear_parts", "maintenance", "utilities")),
    (_l("Acceptance and training"), ("baseline", "operators", "training_waiver", "tooling", "calibrations")),
    (
        _l("Meter and cost of failure"),
        ("meter", "criticality", "loss_fixed", "loss_per_hour", "target_years", "target_meter"),
    ),
    (_l("Modifications and bulletins"), ("modifications",)),
    (_l("Not known"), ("is_old", "unknown")),
)
VEHICLE_SECTIONS: Sequence[tuple[Any, Sequence[str]]] = (
    (
        _l("Vehicle"),
        (
            "plate",
            "vin",
            "is_vin_as_stamped",
            "vehicle_class",
            "model",
            "model_text",
            "engine_no",
            "color",
            "usage",
            "meter",
            "station",
            "responsible",
        ),
    ),
    (_l("Dates"), ("produced_on", "invoice_on", "delivered_on", "insurance_until", "inspection_until")),
    (_l("Free warranty"), ("warranty_start", "warranty_end", "warranty_meter", "warranty_terms", "guarantee_card_no")),
    (_l("Cost of failure"), ("criticality", "loss_fixed", "loss_per_hour")),
    (_l("Modifications and bulletins"), ("modifications",)),
)
INTEGERS = frozenset({"interval_days", "interval_meter", "in_stock"})
DATES = frozenset({"last_on", "next_on", "replaced_on"})
LABELED = ("specs", "baseline", "utilities")
UNITS = {"contract_amount": "¥", "loss_fixed": "¥", "loss_per_hour": "¥/h"}


class TableField(LinesField):
    """Lines that become rows of a table of their own: numbers and dates are checked."""

    def clean(self, value: Any) -> list[dict[str, Any]]:
        return [self._row(number, row) for number, row in enumerate(super().clean(value), 1)]

    def _row(self, number: int, row: Mapping[str, str]) -> dict[str, Any]:
        converted: dict[str, Any] = {}
        for name in self.columns:
            text = row.get(name, "")
            try:
                if name in INTEGERS:
                    converted[name] = int(text) if text else None
                elif name in DATES:
                    converted[name] = dt.date.fromisoformat(text) if text else None
                else:
                    converted[name] = text
            except ValueError as error:
                raise ValidationError(
                    _("Line %(line)d: “%(text)s” is no number or date (2026-11-19).")
                    % {"line": number, "text": text[:20]}
                ) from error
            if name in INTEGERS and converted[name] is not None and converted[name] < 0:
                raise ValidationError(_("Line %(line)d: no negative numbers.") % {"line": number})
        return converted


class AssetForm(ModelForm):
    """Machine or vehicle. Cleans to `values()`, `parts()` and `items_of_plan()`; the services save."""

    specs = LinesField(
        "label", "value", "unit", label=_l("Main data"), help_text=_l("One line each: what | value | unit")
    )
    configuration = LinesField(
        "name",
        "type",
        "number",
        label=_l("Configuration list"),
        help_text=_l("One line each: assembly | type | number"),
    )
    utilities = LinesField(
        "label", "low", "high", "unit", label=_l("Utilities"), help_text=_l("One line each: what | from | to | unit")
    )
    baseline = LinesField(
        "label",
        "value",
        "unit",
        label=_l("Baseline readings at acceptance"),
        help_text=_l("One line each: what | value | unit"),
    )
    tooling = LinesField(
        "number",
        "workpiece",
        "instruction",
        label=_l("Tooling"),
        help_text=_l("One line each: number | workpiece | instruction for the change"),
    )
    operators = LinesField(
        "name",
        "level",
        "trained_on",
        label=_l("Trained operators"),
        help_text=_l("At least two, one line each: name | level 1–4 | date"),
    )
    calibrations = LinesField(
        "instrument",
        "due_on",
        "certificate",
        label=_l("Calibration of instruments"),
        help_text=_l("One line each: instrument | due | certificate"),
    )
    modifications = LinesField(
        "on",
        "kind",
        "text",
        label=_l("Modifications, recalls, bulletins"),
        help_text=_l("One line each: date | kind | what"),
    )
    wear_parts = TableField(
        "name",
        "part_no",
        "position",
        "interval_days",
        "interval_meter",
        "in_stock",
        label=_l("Wear parts"),
        help_text=_l("One line each: name | part number | position | days | h or km | pieces at the customer's"),
    )
    maintenance = TableField(
        "item",
        "interval_days",
        "interval_meter",
        "last_on",
        "next_on",
        label=_l("Maintenance plan"),
        help_text=_l("One line each: item | every … days | every … h or km | last | next"),
    )
    meter = forms.DecimalField(
        label=_l("Meter reading today"), required=False, min_value=0, max_digits=11, decimal_places=1
    )
    is_old = forms.BooleanField(
        label=_l("Old machine: what is empty here is not known"),
        required=False,
        help_text=_l("The file is kept as incomplete; the warranty is asked, never guessed."),
    )
    unknown = forms.MultipleChoiceField(
        label=_l("Known to be unknown"), required=False, widget=forms.CheckboxSelectMultiple
    )
    seen_event = forms.IntegerField(required=False, widget=forms.HiddenInput)
    confirm_duplicates = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Asset
        fields = tuple(name for name in rules.FIELDS if name not in (*LISTS, "unknown", "meter_unit"))

    def __init__(
        self,
        *args: Any,
        actor: Actor,
        kind: str,
        customer: Customer,
        family: ProductFamily | None = None,
        is_new: bool,
        **kwargs: Any,
    ):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.actor, self.kind, self.customer, self.family, self.is_new = actor, kind, customer, family, is_new
        self.matches: list[customer_queries.Match] = []
        sections = VEHICLE_SECTIONS if kind == "vehicle" else MACHINE_SECTIONS
        wanted = {name for _title, names in sections for name in names} | {"seen_event", "confirm_duplicates"}
        if not is_new:
            wanted -= {"meter"}
        for name in set(self.fields) - wanted:
            del self.fields[name]
        self.layout = [(title, [n for n in names if n in self.fields]) for title, names in sections]
        self._prepare_choices()
        self._prepare_words()

    def _prepare_choices(self) -> None:
        choices: dict[str, Any] = {
            "model": queries.models().filter(family__kind=self.kind),
            "station": staff.stations_of(self.actor),
            "responsible": customer_queries.people_of(self.customer.pk),
            "site": customer_queries.sites_of(self.customer.pk),
        }
        for name, rows in choices.items():
            if name in self.fields:
                field = self.fields[name]
                assert isinstance(field, forms.ModelChoiceField)
                field.queryset = rows
        if "unknown" in self.fields:
            field = self.fields["unknown"]
            assert isinstance(field, forms.MultipleChoiceField)
            names = [n for n in rules.due_fields({"kind": self.kind, "has_tooling": True}) if n in rules.MAY_BE_UNKNOWN]
            field.choices = [(name, field_label(name)) for name in names]

    def _prepare_words(self) -> None:
        two_columns(self, "warranty_terms", "training_waiver")
        for name, unit in UNITS.items():
            if name in self.fields:
                self.fields[name].widget.attrs["data-unit"] = unit
        if "meter" in self.fields:
            self.fields["meter"].widget.attrs["data-unit"] = "km" if self.kind == "vehicle" else "h"
        self.fields["model_text"].help_text = _("Where the list has no such model.")
        if self.kind == "vehicle":
            self.fields["vehicle_class"].required = True
            self.fields["plate"].help_text = _("For example 苏E·7K21Q; empty while there is none.")
            self.fields["vin"].help_text = _("17 signs; the check digit is verified.")
        else:
            self.fields["name"].required = True

    def _post_clean(self) -> None:
        """Rules and uniqueness are checked by the services, which every entrance uses."""

    def mark_mandatory(self) -> None:
        """Stars for what the service will ask for; called before the form is shown, after it was read."""
        has_tooling = self.family is not None and self.family.has_tooling
        for name in rules.must_be_answered({"kind": self.kind, "has_tooling": has_tooling}):
            if name in self.fields:
                self.fields[name].required = True

    def values(self) -> dict[str, Any]:
        """Fields of the file as the services take them; related records as ids."""
        names = [*self.Meta.fields, *LISTS, "unknown"]
        found = {name: self.cleaned_data[name] for name in names if name in self.fields}
        for name in LABELED:
            if name in found:
                found[name] = self._with_keys(name, found[name])
        related = (Station, ProductModel, Site, Contact)
        return {name: getattr(v, "pk", v) if isinstance(v, related) else v for name, v in found.items()}

    def _with_keys(self, name: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        """A line of the template keeps its key, so that the file knows that it is answered."""
        model = self.cleaned_data.get("model")
        family = model.family if model is not None else self.family
        template = getattr(family, "specs" if name == "baseline" else name, []) if family is not None else []
        keys = {row["label"]: row["key"] for row in template}
        return [{"key": keys.get(row["label"], row["label"]), **row} for row in rows]

    def parts(self) -> list[dict[str, Any]] | None:
        return self.cleaned_data["wear_parts"] if "wear_parts" in self.fields else None

    def items_of_plan(self) -> list[dict[str, Any]] | None:
        return self.cleaned_data["maintenance"] if "maintenance" in self.fields else None


def template_initial(family: ProductFamily | None) -> dict[str, Any]:
    """What the product itself tells, for a new file."""
    if family is None:
        return {}
    return {
        "specs": [{"label": row["label"], "unit": row.get("unit", "")} for row in family.specs],
        "utilities": list(family.utilities),
        "wear_parts": list(family.wear_parts),
        "maintenance": list(family.maintenance),
    }


def initial_of(asset: Asset) -> dict[str, Any]:
    """What the form of an existing file shows beside the columns."""
    parts = [
        {
            name: getattr(row, name)
            for name in ("name", "part_no", "position", "interval_days", "interval_meter", "in_stock")
        }
        for row in queries.wear_parts_of(asset.pk)
    ]
    items = [
        {name: getattr(row, name) for name in ("item", "interval_days", "interval_meter", "last_on", "next_on")}
        for row in queries.maintenance_of(asset.pk)
    ]
    lists = {name: getattr(asset, name) for name in LISTS}
    return {
        **lists,
        "wear_parts": parts,
        "maintenance": items,
        "unknown": asset.unknown,
        "plate": rules.show_plate(asset.plate),
        "seen_event": queries.last_change_id(asset.pk),
    }


class PickCustomerForm(forms.Form):
    customer = CustomerPicker(label=_l("Whose machine is it?"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        field = self.fields["customer"]
        assert isinstance(field, CustomerPicker)
        field.actor = actor


class ConfirmForm(forms.Form):
    """The fields to confirm, with their present values; all of them are ticked at first."""

    fields_ = forms.MultipleChoiceField(label=_l("Still right"), widget=forms.CheckboxSelectMultiple)
    source = forms.CharField(
        label=_l("How it was checked"), max_length=60, help_text=_l("For example: by telephone with Mr Li")
    )

    def __init__(self, *args: Any, stale: Sequence[tuple[str, str, dt.date]] = (), **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        field = self.fields["fields_"]
        assert isinstance(field, forms.MultipleChoiceField)
        shown = _("%(field)s: %(value)s (last confirmed %(date)s)")
        field.choices = [
            (name, shown % {"field": field_label(name), "value": value, "date": day.isoformat()})
            for name, value, day in stale
        ]
        field.initial = [name for name, _value, _day in stale]


class MeterForm(forms.Form):
    value = forms.DecimalField(label=_l("Reading"), min_value=0, max_digits=11, decimal_places=1)
    source = forms.ChoiceField(
        label=_l("Source"), choices=[pair for pair in MeterReading.Source.choices if pair[0] != "import"]
    )
    counter = forms.ChoiceField(label=_l("Counter"), choices=MeterReading.Counter.choices, initial="main")
    reason = forms.CharField(
        label=_l("Reason for the step back"),
        max_length=200,
        required=False,
        help_text=_l("Only when the reading is lower than before: meter replaced, earlier reading wrong."),
    )


# --- steps of the state table -----------------------------------------------------------------------------------


class ReasonStep(StepForm):
    reason = forms.CharField(label=_l("Reason"), max_length=200)


class OwnerStep(StepForm):
    customer_id = CustomerPicker(label=_l("New owner"))

    def prepare(self) -> None:
        field = self.fields["customer_id"]
        assert isinstance(field, CustomerPicker)
        field.actor = self.actor


class ChangeOwnerStep(OwnerStep):
    reason = forms.CharField(label=_l("Reason"), max_length=200)


class RetireStep(StepForm):
    retired_on = forms.DateField(label=_l("Last day of use"))
    meter = forms.DecimalField(label=_l("Last reading"), required=False, min_value=0, max_digits=11, decimal_places=1)
    reason = forms.CharField(label=_l("Reason"), max_length=200)

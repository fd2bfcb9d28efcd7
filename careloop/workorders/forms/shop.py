"""Forms of items, estimate, consent, repair and inspection."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from careloop.billing.models import LineKind, Payer
from careloop.core.actions import StepForm
from careloop.workorders import queries, rules
from careloop.workorders.forms.fields import (
    MoneyField,
    PersonField,
    PhotosField,
    ReasonForm,
    SignatureField,
    people,
)
from careloop.workorders.models import EstimateConsent
from careloop.workorders.states import Check, LineConsent, OldPart, OldPartWish, PartOrigin, ReworkReason, StopSafety

Method = EstimateConsent.Method
REPAIR = "workorders.repair"
RESULTS = (("ok", _("in order")), ("bad", _("not in order")), ("na", _("does not apply")))


def quantity(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=_("Quantity"), max_digits=9, decimal_places=2, min_value=Decimal("0.01"), initial=Decimal(1), **options
    )


class LineForm(StepForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=LineKind.choices)
    name = forms.CharField(label=_("Item"), max_length=120)
    quantity = quantity()
    unit = forms.CharField(label=_("Unit"), max_length=12, required=False, help_text=_("hours, pieces, litres"))
    unit_price = MoneyField(label=_("Unit price"), min_value=0)
    payer = forms.ChoiceField(label=_("Borne by"), choices=Payer.choices, initial=Payer.CUSTOMER, required=False)
    part_origin = forms.ChoiceField(
        label=_("Part class"),
        choices=[("", "—"), *PartOrigin.choices],
        required=False,
        help_text=_("Needed for material; shown to the customer."),
    )
    part_no = forms.CharField(label=_("Part number"), max_length=60, required=False)
    brand = forms.CharField(label=_("Brand"), max_length=60, required=False)
    reason = forms.CharField(
        label=_("What was found"), max_length=300, required=False, help_text=_("Needed for added items.")
    )
    photos = PhotosField(label=_("Photos"), required=False, help_text=_("Needed for added items."))

    def prepare(self) -> None:
        if self.obj is not None and self.obj.state not in ("in_repair", "to_settle"):
            for name in ("reason", "photos"):
                self.fields.pop(name)

    def clean_payer(self) -> str:
        return self.cleaned_data["payer"] or Payer.CUSTOMER


class ChangeLineForm(StepForm):
    """The same fields; what a program leaves out stays as it is."""

    name = forms.CharField(label=_("Item"), max_length=120, required=False)
    quantity = quantity(required=False)
    unit = forms.CharField(label=_("Unit"), max_length=12, required=False)
    unit_price = MoneyField(label=_("Unit price"), min_value=0, required=False)
    payer = forms.ChoiceField(label=_("Borne by"), choices=Payer.choices, required=False)
    part_origin = forms.ChoiceField(label=_("Part class"), choices=[("", "—"), *PartOrigin.choices], required=False)
    part_no = forms.CharField(label=_("Part number"), max_length=60, required=False)
    brand = forms.CharField(label=_("Brand"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        must = ("name", "quantity", "unit_price", "payer")
        return {
            name: value
            for name, value in data.items()
            if name in self.data and not (name in must and value in (None, ""))
        }


class RecordLineForm(StepForm):
    is_done = forms.NullBooleanField(required=False)
    old_part = forms.ChoiceField(choices=[("", "—"), *OldPart.choices], required=False)
    old_part_note = forms.CharField(max_length=120, required=False)
    technician = PersonField(required=False)

    def prepare(self) -> None:
        self.fields["technician"].choices = people(self, REPAIR)  # type: ignore[attr-defined]  # reason: a choice field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return {name: value for name, value in data.items() if name in self.data}


class AdviceForm(StepForm):
    text = forms.CharField(
        label=_("Advice"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "data-rows": 2}),
        help_text=_("What should be done, and until when. Shown to the customer and at the next visit."),
    )
    is_safety = forms.BooleanField(label=_("concerns safety"), required=False)


class ReadingForm(StepForm):
    name = forms.CharField(label=_("What was measured"), max_length=80)
    value = forms.DecimalField(label=_("Value"), max_digits=12, decimal_places=3)
    unit = forms.CharField(label=_("Unit"), max_length=12, required=False)
    low = forms.DecimalField(label=_("Lower limit"), max_digits=12, decimal_places=3, required=False)
    high = forms.DecimalField(label=_("Upper limit"), max_digits=12, decimal_places=3, required=False)


class PromiseForm(ReasonForm):
    promised_at = forms.DateTimeField(label=_("New promised time"), widget=forms.DateTimeInput)
    told = forms.CharField(label=_("Who was told, and how"), max_length=120)
    field_order = ("promised_at", "reason", "told")


class EstimateForm(StepForm):
    promised_at = forms.DateTimeField(label=_("Promised time"), widget=forms.DateTimeInput)
    old_part_wish = forms.ChoiceField(label=_("Old parts"), choices=[("", "—"), *OldPartWish.choices], required=False)
    discount = MoneyField(label=_("Discount"), required=False, min_value=0)
    diagnosis_limit = MoneyField(
        label=_("Diagnosis only, up to"),
        required=False,
        min_value=0,
        help_text=_("Leave empty when the items are known. Labour up to this amount needs no further consent."),
    )

    def prepare(self) -> None:
        if self.obj is None:
            return
        self.initial.setdefault("promised_at", self.obj.promised_at)
        self.initial.setdefault("old_part_wish", self.obj.old_part_wish)
        self.initial.setdefault("discount", self.obj.discount_amount or None)
        self.initial.setdefault("diagnosis_limit", self.obj.diagnosis_limit)


class ConsentForm(StepForm):
    """The decision about one version. Without `accepted` and without `chosen` every item is accepted."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=_("How"),
        choices=[(m.value, m.label) for m in Method if m != Method.LINK],
        initial=Method.SIGNATURE,
        widget=forms.RadioSelect,
    )
    given_by = forms.CharField(label=_("Who consents"), max_length=60)
    accepted = forms.TypedMultipleChoiceField(
        label=_("Chosen items"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    signature = SignatureField(required=False)
    code = forms.CharField(
        label=_("Confirmation code"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    words = forms.CharField(
        label=_("Words of the message"),
        required=False,
        max_length=300,
        help_text=_("For a recorded message: what the customer wrote or said, and where it is kept."),
    )

    def prepare(self) -> None:
        if self.obj is None:
            return
        field: Any = self.fields["accepted"]
        field.choices = [(line.pk, line.name) for line in self.obj.open_lines]
        self.initial.setdefault("version", self.obj.estimate_version)
        self.initial.setdefault("given_by", self.obj.received_from or self.obj.contact.name)
        self.initial.setdefault("accepted", [line.pk for line in self.obj.open_lines])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "accepted" not in self.data and "chosen" not in self.data:
            data["accepted"] = None
        return data


class RefuseForm(ReasonForm):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    given_by = forms.CharField(label=_("Who refuses"), max_length=60)
    field_order = ("version", "given_by", "reason")

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("version", self.obj.estimate_version)
            self.initial.setdefault("given_by", self.obj.received_from or self.obj.contact.name)


class AssignForm(StepForm):
    technician = PersonField(label=_("Technician"))
    bay = forms.IntegerField(label=_("Bay"), min_value=1, max_value=99, required=False)
    accept_load = forms.BooleanField(
        label=_("The load is accepted"),
        required=False,
        help_text=_("Only for somebody who has as many orders in repair as is usual, or more."),
    )

    def prepare(self) -> None:
        if self.obj is not None:
            rows = queries.technicians_with_load(self.obj.station_id)
            self.fields["technician"].choices = [("", "—"), *rows]  # type: ignore[attr-defined]  # reason: a choice field
            self.initial.setdefault("bay", self.obj.bay)


class WaitPartForm(StepForm):
    part = forms.CharField(label=_("Part"), max_length=120)
    eta = forms.DateTimeField(label=_("Expected at"), widget=forms.DateTimeInput)
    promised_at = forms.DateTimeField(
        label=_("New promised time"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=_("Needed when the part comes after the promised time."),
    )
    told = forms.CharField(label=_("Who was told, and how"), max_length=120)


class FindForm(StepForm):
    name = forms.CharField(label=_("Item"), max_length=120)
    reason = forms.CharField(
        label=_("What was found"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "data-rows": 2})
    )
    photos = PhotosField(label=_("Photos"))
    kind = forms.ChoiceField(label=_("Kind"), choices=LineKind.choices, required=False, initial=LineKind.LABOUR)
    part_origin = forms.ChoiceField(label=_("Part class"), choices=[("", "—"), *PartOrigin.choices], required=False)
    part_no = forms.CharField(label=_("Part number"), max_length=60, required=False)
    quantity = quantity(required=False)
    unit = forms.CharField(label=_("Unit"), max_length=12, required=False)
    unit_price = MoneyField(
        label=_("Unit price"), required=False, min_value=0, help_text=_("The adviser can add it later.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return {
            **data,
            "kind": data.get("kind") or LineKind.LABOUR,
            "quantity": data.get("quantity") or Decimal(1),
            "unit_price": data.get("unit_price") or rules.ZERO,
        }


class AskForm(StepForm):
    promised_at = forms.DateTimeField(
        label=_("New promised time"), widget=forms.DateTimeInput, help_text=_("With the added items.")
    )

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("promised_at", self.obj.promised_at)


class GoOnForm(ReasonForm):
    promised_at = forms.DateTimeField(label=_("Promised time, told anew"), widget=forms.DateTimeInput)
    field_order = ("promised_at", "reason")

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("promised_at", self.obj.promised_at)


class FinishForm(StepForm):
    """What is still to be marked, prechecked: one press when all is done. A program sends `items`."""

    items = forms.JSONField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        if self.obj is None:
            return
        self.layout: list[tuple[Any, list[str]]] = []
        for line in self.obj.open_lines:
            if line.consent == LineConsent.CONSENTED:
                self._ask(line)

    def _ask(self, line: Any) -> None:
        names = []
        if line.done_at is None:
            names.append(f"done_{line.pk}")
            self.fields[names[-1]] = forms.BooleanField(label=_("Done"), required=False, initial=True)
        if line.kind == LineKind.MATERIAL and not line.old_part:
            names.append(f"old_{line.pk}")
            self.fields[names[-1]] = forms.ChoiceField(
                label=_("Old part"),
                choices=OldPart.choices,
                required=False,
                initial=OldPart.RETURNED if self.obj.old_part_wish == "take" else OldPart.KEPT,
            )
        if names:
            self.layout.append((line.name, names))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        items = data.get("items") or []
        if not isinstance(items, list) or not all(isinstance(row, dict) and "id" in row for row in items):
            self.add_error("items", _("Give a list of items with their ids."))
            return {"items": []}
        rows: dict[int, dict[str, Any]] = {int(row["id"]): dict(row) for row in items}
        for name, value in data.items():
            prefix, _sep, pk = name.partition("_")
            if prefix == "done" and value and pk.isdecimal():
                rows.setdefault(int(pk), {"id": int(pk)})["is_done"] = True
            elif prefix == "old" and value and pk.isdecimal():
                rows.setdefault(int(pk), {"id": int(pk)})["old_part"] = value
        return {"items": list(rows.values())}


class StopForm(ReasonForm):
    safety = forms.ChoiceField(
        label=_("Condition in which it leaves"), choices=StopSafety.choices, widget=forms.RadioSelect
    )
    checked_by = PersonField(label=_("Checked by"), required=False)
    done_items = forms.TypedMultipleChoiceField(
        label=_("Done so far, and charged"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    signature = SignatureField(required=False, help_text=_("Needed when the vehicle is not roadworthy."))
    field_order = ("reason", "done_items", "safety", "checked_by", "signature")

    def prepare(self) -> None:
        if self.obj is None:
            return
        self.fields["checked_by"].choices = people(self)  # type: ignore[attr-defined]  # reason: a choice field
        lines = [line for line in self.obj.open_lines if line.consent == LineConsent.CONSENTED]
        field: Any = self.fields["done_items"]
        field.choices = [(line.pk, line.name) for line in lines]
        self.initial.setdefault("done_items", [line.pk for line in lines if line.done_at])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "done_items" not in self.data and "signature" not in self.data:
            data["done_items"] = None
        return data


class LogForm(StepForm):
    person = PersonField(label=_("Technician"))
    started_at = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput)
    ended_at = forms.DateTimeField(label=_("To"), widget=forms.DateTimeInput)

    def prepare(self) -> None:
        self.fields["person"].choices = people(self, REPAIR)  # type: ignore[attr-defined]  # reason: a choice field
        self.initial.setdefault("person", self.actor.person_id)


class ChecklistForm(StepForm):
    """The points of the inspection; a program sends `checklist` as `[{key, result, note}]`."""

    checklist = forms.JSONField(label=_("Points of the inspection"), required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        if self.obj is None:
            return
        for key in rules.checklist_of(self.obj.work_class):
            self.fields[f"point_{key}"] = forms.ChoiceField(
                label=Check(key).label, choices=RESULTS, required=False, widget=forms.RadioSelect
            )
            self.fields[f"note_{key}"] = forms.CharField(label=_("Remark"), required=False, max_length=120)

    def points(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        sent = data.get("checklist") or []
        if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
            self.add_error("checklist", _("Give a list of points with key and result."))
            return []
        keys = [name.removeprefix("point_") for name in self.fields if name.startswith("point_")]
        shown = [{"key": key, "result": data.get(f"point_{key}"), "note": data.get(f"note_{key}", "")} for key in keys]
        return [*sent, *(row for row in shown if row["result"])]

    def rest(self, data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in data.items() if not name.startswith(("point_", "note_"))}


class PassForm(ChecklistForm):
    certificate_no = forms.CharField(label=_("Certificate number"), required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return {**self.rest(data), "checklist": self.points(data)}


class FailForm(ChecklistForm):
    reason_code = forms.ChoiceField(label=_("Reason code"), choices=[("", "—"), *ReworkReason.choices])
    reason = forms.CharField(
        label=_("What is not in order"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "data-rows": 2})
    )
    reopened = forms.TypedMultipleChoiceField(
        label=_("Items to be done again"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        super().prepare()
        if self.obj is not None:
            field: Any = self.fields["reopened"]
            field.choices = [(line.pk, line.name) for line in self.obj.open_lines]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        return {**self.rest(data), "checklist": self.points(data)}


class ReworkForm(StepForm):
    technician = PersonField(label=_("Technician"), required=False)

    def prepare(self) -> None:
        self.fields["technician"].choices = people(self, REPAIR)  # type: ignore[attr-defined]  # reason: a choice field
        if self.obj is not None:
            self.initial.setdefault("technician", self.obj.technician_id)

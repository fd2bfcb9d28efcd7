"""Forms of settlement, payment and delivery."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from careloop.billing.models import Payment
from careloop.core.actions import StepForm
from careloop.workorders import rules
from careloop.workorders.forms.fields import MoneyField, ReasonForm, SignatureField


class SettleForm(StepForm):
    discount = MoneyField(label=_("Discount"), required=False, min_value=0)
    tax = MoneyField(label=_("Tax"), required=False, min_value=0, help_text=_("Only when prices are without tax."))
    rounding = MoneyField(
        label=_("Rounding"), required=False, max_value=0, help_text=_("Zero or below zero, for instance −0.40.")
    )
    next_service_on = forms.DateField(label=_("Next service on"), required=False, widget=forms.DateInput)
    next_service_meter = forms.IntegerField(label=_("Next service at"), required=False, min_value=1)
    guarantee_days = forms.IntegerField(
        label=_("Repair guarantee"),
        required=False,
        min_value=1,
        max_value=3650,
        widget=forms.NumberInput(attrs={"data-unit": pgettext_lazy("unit", "days")}),
    )
    guarantee_km = forms.IntegerField(label=_("Repair guarantee, distance or hours"), required=False, min_value=1)
    note = forms.CharField(label=_("Note on the settlement"), required=False, max_length=200)

    layout = [
        (_("Amounts"), ["discount", "rounding", "tax"]),
        (_("Next service"), ["next_service_on", "next_service_meter"]),
        (_("Repair guarantee"), ["guarantee_days", "guarantee_km", "note"]),
    ]

    def prepare(self) -> None:
        if self.obj is None:
            return
        unit = self.obj.asset.meter_unit
        for name in ("next_service_meter", "guarantee_km"):
            self.fields[name].widget.attrs["data-unit"] = unit
        self.initial.setdefault("discount", self.obj.discount_amount or None)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("tax", "rounding"):
            data[name] = data.get(name) or rules.ZERO
        return data


class PayForm(StepForm):
    amount = MoneyField(label=_("Amount"))
    method = forms.ChoiceField(label=_("Way of payment"), choices=Payment.Method.choices, initial="wechat")
    reference = forms.CharField(label=_("Reference"), required=False, max_length=60)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("amount", self.obj.unpaid_amount or None)


class DisputeForm(ReasonForm):
    amount = MoneyField(label=_("Disputed amount"))
    field_order = ("amount", "reason")

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("amount", self.obj.unpaid_amount or None)


class CorrectForm(ReasonForm):
    discount = MoneyField(label=_("Discount of the new bill"), min_value=0)
    field_order = ("discount", "reason")


class DeliverForm(StepForm):
    delivered_to = forms.CharField(label=_("Handed over to"), max_length=60)
    is_explained = forms.BooleanField(
        label=_("Bill, repair guarantee, old parts and next service explained"), required=False
    )
    explained = forms.CharField(
        label=_("What else was said"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "data-rows": 2}),
    )
    signature = SignatureField(required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("delivered_to", self.obj.received_from or self.obj.contact.name)

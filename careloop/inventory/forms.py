"""Forms of parts and stock."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from careloop.core.actions import StepForm


class StockForm(StepForm):
    """`obj` is the list of stations the person works at."""

    number = forms.CharField(label=_("Part number"), max_length=60)
    name = forms.CharField(label=_("Name"), max_length=120, required=False, help_text=_("Needed for a new number."))
    unit = forms.CharField(label=_("Unit"), max_length=12, required=False, help_text=_("for instance pcs, L"))
    on_hand = forms.DecimalField(label=_("On hand"), min_value=0, max_digits=9, decimal_places=2)
    station = forms.TypedChoiceField(label=_("Station"), coerce=int)

    def prepare(self) -> None:
        field: Any = self.fields["station"]
        field.choices = [(row.pk, row.name) for row in self.obj or []]

"""Forms of bills."""

from django import forms
from django.utils.translation import gettext_lazy as _

from careloop.core.actions import StepForm


class ReasonForm(StepForm):
    reason = forms.CharField(label=_("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 2, "data-rows": 2}))

"""Input of follow-up: parsing and choices only."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from careloop.complaints.forms import area, moment
from careloop.complaints.states import ServiceStep
from careloop.core.actions import StepForm
from careloop.feedback import queries
from careloop.feedback.models import CallAttempt, QuestionnaireVersion
from careloop.feedback.states import WaiveReason

STEPS = [("", "—"), *ServiceStep.choices]
NOBODY = [(v.value, v.label) for v in (CallAttempt.Result.NO_ANSWER, CallAttempt.Result.BUSY,
                                       CallAttempt.Result.WRONG_NUMBER)]  # fmt: skip
DATE = {"type": "date"}


class ReasonForm(StepForm):
    reason = area(_("Reason"))


class RefuseForm(StepForm):
    reason = area(_("What the customer said"))


class MissForm(StepForm):
    result = forms.ChoiceField(label=_("What happened"), choices=NOBODY, widget=forms.RadioSelect, initial="no_answer")
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class BreakForm(StepForm):
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class RescheduleForm(StepForm):
    next_at = moment(_("Time the customer named"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class WaiveForm(StepForm):
    why = forms.ChoiceField(label=_("Why this customer is not asked"), choices=WaiveReason.choices)
    reason = area(_("In words"), help_text=_("The follow-up stays in the count of closed services, with this reason."))


class AddendumForm(StepForm):
    text = area(_("Addendum"), help_text=_("The answer itself stays as it was said."))


class AttributeForm(StepForm):
    step = forms.ChoiceField(label=_("Step of the service"), choices=ServiceStep.choices)
    norm = forms.CharField(label=_("Standard item"), max_length=200, required=False)


class AnswerForm(StepForm):
    """Answers of a call as a program sends them: item keys with a level or `na`, and the plain questions."""

    values = forms.JSONField(label=_("Answers"))


class ComplaintForm(StepForm):
    words = area(_("Customer's own words"))
    desired_remedy = area(_("What the customer wants"), required=False)


# --- questionnaires ----------------------------------------------------------------------------------------------


class NewVersionForm(StepForm):
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs=DATE))
    note = area(_("What changes and why"), help_text=_("Stands beside the break line of the figures."))


class VersionForm(StepForm):
    """Scale, method and texts of a draft; the questions are a table below."""

    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs=DATE))
    note = area(_("What changes and why"), required=False)
    scale = forms.CharField(
        label=_("Scale"), help_text=_("Level = score 0–100, for example 5=100 4=75 3=50 2=25 1=0."), max_length=200
    )
    dissatisfied_from = forms.IntegerField(label=_("Dissatisfied from level"), min_value=1, max_value=10)
    method = forms.ChoiceField(label=_("Method"), choices=QuestionnaireVersion.Method.choices)
    company_average = forms.BooleanField(label=_("Companies count once"), required=False)
    expectation_mode = forms.ChoiceField(
        label=_("Against expectation"), choices=QuestionnaireVersion.Expectation.choices
    )
    step_items = forms.IntegerField(label=_("Step questions per call"), min_value=0, max_value=3)
    intro_zh = area(_("Opening (Chinese)"), required=False)
    intro_en = area(_("Opening (English)"), required=False)
    closing_zh = area(_("Closing (Chinese)"), required=False)
    closing_en = area(_("Closing (English)"), required=False)
    privacy_zh = area(_("Privacy note (Chinese)"), required=False)
    privacy_en = area(_("Privacy note (English)"), required=False)

    layout = [
        (_("Method"), ["valid_from", "note", "scale", "dissatisfied_from", "method", "company_average",
                       "expectation_mode", "step_items"]),
        (_("Script"), ["intro_zh", "intro_en", "closing_zh", "closing_en", "privacy_zh", "privacy_en"]),
    ]  # fmt: skip

    def prepare(self) -> None:
        if self.obj is None:
            return
        names = [name for name in self.fields if name != "scale"]
        self.initial.update({name: getattr(self.obj, name) for name in names})
        pairs = sorted(self.obj.scale_map.items(), key=lambda pair: -int(pair[0]))
        self.initial["scale"] = " ".join(f"{level}={score:g}" for level, score in pairs)

    def clean_scale(self) -> dict[str, float]:
        """`5=100 4=75 …` → `{"5": 100, …}`."""
        found: dict[str, float] = {}
        for part in str(self.cleaned_data["scale"]).replace(",", " ").replace("，", " ").split():
            level, sign, score = part.partition("=")
            if not (sign and level.isdecimal() and score.replace(".", "", 1).isdecimal()):
                raise forms.ValidationError(_t("Write level = score, for example 5=100; “%(part)s” is none.") % {
                    "part": part})  # fmt: skip
            value = float(score)
            found[level] = int(value) if value.is_integer() else value
        return found

    def as_fields(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["scale_map"] = data.pop("scale")
        return data


ITEM_COLUMNS = ("key", "role", "label_zh", "label_en", "text_zh", "text_en", "weight", "step", "norm")


def read_items(data: Any) -> list[dict[str, Any]]:
    """Rows of the question table: parallel lists of the columns; a row without text is left out."""
    columns = {name: data.getlist(f"item_{name}") for name in ITEM_COLUMNS}
    rows = []
    for index in range(len(columns["key"])):
        row: dict[str, Any] = {name: columns[name][index].strip() for name in ITEM_COLUMNS if
                               index < len(columns[name])}  # fmt: skip
        if not (row.get("text_zh") or row.get("text_en")):
            continue
        row["weight"] = read_weight(row.get("weight", ""))
        rows.append(row)
    return rows


def read_weight(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return Decimal(-1)  # the service names the question


class GoalForm(StepForm):
    value = forms.DecimalField(label=_("Goal"), min_value=1, max_value=100, decimal_places=2)
    definition = area(_("Definition: percent of what"))
    reason = area(_("Reason of this number"))
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs=DATE))


class HistoryForm(StepForm):
    """The result of an earlier year: period, item means of one version, spread and counts where they are known."""

    label = forms.CharField(label=_("Period"), max_length=20)
    period_from = forms.DateField(label=_("From"), widget=forms.DateInput(attrs=DATE))
    period_to = forms.DateField(label=_("To"), widget=forms.DateInput(attrs=DATE))
    n = forms.IntegerField(label=_("Answers"), min_value=1, required=False)
    population = forms.IntegerField(label=_("Population"), min_value=1, required=False)
    sd = forms.DecimalField(label=_("Standard deviation"), min_value=0, required=False, decimal_places=3)
    source = forms.CharField(label=_("Source"), max_length=200, required=False)

    def prepare(self) -> None:
        if self.obj is None:
            return
        for item in self.obj.active_items:
            if item.is_scored:
                self.fields[f"mean_{item.key}"] = forms.DecimalField(
                    label=f"{item.label} ({item.weight.normalize():f})", min_value=0, max_value=100, required=False,
                    decimal_places=3,
                )  # fmt: skip

    def as_arguments(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        means = {name.removeprefix("mean_"): value for name, value in data.items() if name.startswith("mean_")}
        plain = {name: value for name, value in data.items() if not name.startswith("mean_")}
        return {**plain, "item_means": means}


def station_choices(actor: Any) -> list[tuple[Any, str]]:
    return [(row.pk, row.name) for row in queries.stations(actor)]

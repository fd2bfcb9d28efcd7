"""Input of follow-up: parsing and choices only."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.complaints.forms import area, moment
from careloop.complaints.states import ServiceStep
from careloop.core import words
from careloop.core.actions import StepForm
from careloop.feedback import queries
from careloop.feedback.models import CallAttempt, Method, QuestionnaireVersion
from careloop.feedback.states import WaiveReason

STEPS = [("", "—"), *ServiceStep.choices]
NOBODY = [(v.value, v.label) for v in (CallAttempt.Result.NO_ANSWER, CallAttempt.Result.BUSY,
                                       CallAttempt.Result.WRONG_NUMBER)]  # fmt: skip
DATE = {"type": "date"}


class ReasonForm(StepForm):
    reason = area(_l("Reason"))


class RefuseForm(StepForm):
    reason = area(_l("What the customer said"))


class MissForm(StepForm):
    result = forms.ChoiceField(label=_l("What happened"), choices=NOBODY, widget=forms.RadioSelect, initial="no_answer")
    note = forms.CharField(label=_l("Note"), max_length=200, required=False)


class BreakForm(StepForm):
    note = forms.CharField(label=_l("Note"), max_length=200, required=False)


class RescheduleForm(StepForm):
    next_at = moment(_l("Time the customer named"))
    note = forms.CharField(label=_l("Note"), max_length=200, required=False)


class WaiveForm(StepForm):
    why = forms.ChoiceField(label=_l("Why this customer is not asked"), choices=WaiveReason.choices)
    reason = area(
        _l("In words"), help_text=_l("The follow-up stays in the count of closed services, with this reason.")
    )


class MethodForm(StepForm):
    method = forms.ChoiceField(label=_l("How the customer is asked"), choices=Method.choices)
    note = forms.CharField(label=_l("Note"), max_length=200, required=False)

    def prepare(self) -> None:
        if self.obj is not None:
            self.initial.setdefault("method", self.obj.next_method())


class AddendumForm(StepForm):
    text = area(_l("Addendum"), help_text=_l("The answer itself stays as it was said."))


class AttributeForm(StepForm):
    step = forms.ChoiceField(label=_l("Step of the service"), choices=ServiceStep.choices)
    norm = forms.CharField(label=_l("Standard item"), max_length=200, required=False)


class AnswerForm(StepForm):
    """Answers of a call as a program sends them: item keys with a level or `na`, and the plain questions."""

    values = forms.JSONField(label=_l("Answers"))


class ComplaintForm(StepForm):
    words = area(_l("Customer's own words"))
    desired_remedy = area(_l("What the customer wants"), required=False)


# --- questionnaires ----------------------------------------------------------------------------------------------


class NewVersionForm(StepForm):
    valid_from = forms.DateField(label=_l("Valid from"), widget=forms.DateInput(attrs=DATE))
    note = area(_l("What changes and why"), help_text=_l("Stands beside the break line of the figures."))


class VersionForm(StepForm):
    """Scale, method and texts of a draft; the questions are a table below."""

    valid_from = forms.DateField(label=_l("Valid from"), widget=forms.DateInput(attrs=DATE))
    note = area(_l("What changes and why"), required=False)
    scale = forms.CharField(
        label=_l("Scale"), help_text=_l("Level = score 0–100, for example 5=100 4=75 3=50 2=25 1=0."), max_length=200
    )
    dissatisfied_from = forms.IntegerField(label=_l("Dissatisfied from level"), min_value=1, max_value=10)
    method = forms.ChoiceField(label=_l("Method"), choices=QuestionnaireVersion.Method.choices)
    company_average = forms.BooleanField(label=_l("Companies count once"), required=False)
    expectation_mode = forms.ChoiceField(
        label=_l("Against expectation"), choices=QuestionnaireVersion.Expectation.choices
    )
    asks_rival = forms.BooleanField(
        label=_l("Compare with the main competitor"), required=False,
        help_text=_l("Beside each question the customer may rate the main competitor; he may leave it out."),
    )  # fmt: skip
    step_items = forms.IntegerField(label=_l("Step questions per call"), min_value=0, max_value=3)
    intro_zh = area(_l("Opening (Chinese)"), required=False)
    intro_en = area(_l("Opening (English)"), required=False)
    closing_zh = area(_l("Closing (Chinese)"), required=False)
    closing_en = area(_l("Closing (English)"), required=False)
    privacy_zh = area(_l("Privacy note (Chinese)"), required=False)
    privacy_en = area(_l("Privacy note (English)"), required=False)

    layout = [
        (_l("Method"), ["valid_from", "note", "scale", "dissatisfied_from", "method", "company_average",
                       "expectation_mode", "asks_rival", "step_items"]),
        (_l("Script"), ["intro_zh", "intro_en", "closing_zh", "closing_en", "privacy_zh", "privacy_en"]),
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
                raise forms.ValidationError(_("Write level = score, for example 5=100; “%(part)s” is none.") % {
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
    value = forms.DecimalField(label=_l("Goal"), min_value=1, max_value=100, decimal_places=2)
    definition = area(_l("Definition: percent of what"))
    reason = area(_l("Reason of this number"))
    valid_from = forms.DateField(label=_l("Valid from"), widget=forms.DateInput(attrs=DATE))


class HistoryForm(StepForm):
    """The result of an earlier year: period, item means of one version, spread and counts where they are known."""

    label = forms.CharField(label=_l("Period"), max_length=20)
    period_from = forms.DateField(label=_l("From"), widget=forms.DateInput(attrs=DATE))
    period_to = forms.DateField(label=_l("To"), widget=forms.DateInput(attrs=DATE))
    n = forms.IntegerField(label=_l("Answers"), min_value=1, required=False)
    population = forms.IntegerField(label=_l("Population"), min_value=1, required=False)
    sd = forms.DecimalField(label=_l("Standard deviation"), min_value=0, required=False, decimal_places=3)
    source = forms.CharField(label=_l("Source"), max_length=200, required=False)

    def prepare(self) -> None:
        if self.obj is None:
            return
        for item in self.obj.active_items:
            if item.is_scored:
                self.fields[f"mean_{item.key}"] = forms.DecimalField(
                    label=f"{item.label} ({words.plain(item.weight)})", min_value=0, max_value=100, required=False,
                    decimal_places=3,
                )  # fmt: skip
            elif item.is_rating:
                self.fields[f"rating_{item.key}"] = forms.DecimalField(
                    label=_("%(role)s: %(question)s") % {
                        "role": item.get_role_display(), "question": f"{item.label} ({words.plain(item.weight)})"},
                    min_value=1, max_value=10, required=False, decimal_places=3,
                )  # fmt: skip

    def as_arguments(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        means = {name.removeprefix("mean_"): value for name, value in data.items() if name.startswith("mean_")}
        ratings = {name.removeprefix("rating_"): value for name, value in data.items() if name.startswith("rating_")}
        plain = {name: value for name, value in data.items() if not name.startswith(("mean_", "rating_"))}
        return {**plain, "item_means": means, "rating_means": ratings}


def station_choices(actor: Any) -> list[tuple[Any, str]]:
    return [(row.pk, row.name) for row in queries.stations(actor)]

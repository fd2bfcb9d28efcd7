"""Questionnaires with their versions: what is asked, with which weight, since when and why it changed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.complaints.states import ServiceStep
from careloop.core import actions as core_actions
from careloop.core import words
from careloop.core.actions import put_errors
from careloop.core.address import number_of
from careloop.core.errors import DomainError
from careloop.core.http import Request, fragment
from careloop.feedback import display, queries, services
from careloop.feedback.actions import VERSION_ACTIONS
from careloop.feedback.forms import GoalForm, HistoryForm, NewVersionForm, VersionForm, read_items
from careloop.feedback.models import QuestionItem, QuestionnaireVersion
from careloop.feedback.states import CHANGE_QUESTIONNAIRE, QUESTIONNAIRE, VersionState
from careloop.feedback.views.base import gone, step_sheet

HISTORY = "feedback.enter_history"
GOAL = "feedback.plan"


def load(number: int, code: str) -> QuestionnaireVersion:
    version = queries.version_by(code, number)
    if version is None:
        raise Http404
    return version


def page_of(version: QuestionnaireVersion) -> str:
    return reverse("feedback:version", args=[version.questionnaire.code, version.version])


@require_safe
def questionnaire_list(request: Request) -> HttpResponse:
    request.actor.require(CHANGE_QUESTIONNAIRE)
    cards = []
    for row in queries.questionnaires():
        versions = list(row.versions.all())
        goal = queries.goal_on(row.code, timezone.localdate(request.now))
        cards.append({
            "name": row.name,
            "kind": str(row.get_kind_display()),
            "code": row.code,
            "goal": words.plain(goal.value) if goal else "",
            "goal_text": goal.definition if goal else "",
            "goal_reason": goal.reason if goal else "",
            "goal_url": reverse("feedback:goal", args=[row.code]) if request.actor.may(GOAL) else "",
            "new_url": reverse("feedback:version-new", args=[row.code]),
            "history_url": reverse("feedback:history", args=[row.code]),
            "versions": [version_line(version) for version in versions],
        })  # fmt: skip
    return fragment(request, "feedback/questionnaires.html", "rows", {"cards": cards})


def version_line(version: QuestionnaireVersion) -> dict[str, Any]:
    return {
        "label": _("Version %(n)d") % {"n": version.version},
        "url": page_of(version),
        "state": display.version_chip(version),
        "from": formats.date_format(version.valid_from, "DATE_FORMAT"),
        "note": version.note,
        "questions": getattr(version, "item_count", ""),
    }


@require_safe
def version_page(request: Request, code: str, number: int) -> HttpResponse:
    """One version as it is asked; `?with=` sets another one beside it."""
    request.actor.require(CHANGE_QUESTIONNAIRE)
    version = load(number, code)
    beside = number_of(request.GET.get("with", ""))
    other = queries.version_by(code, beside) if beside is not None else None
    context = {
        "version": version,
        "title": f"{version.questionnaire.name} · {_('Version %(n)d') % {'n': version.version}}",
        "state": display.version_chip(version),
        "crumbs": [{"label": _("Questionnaires"), "url": reverse("feedback:questionnaires")}],
        "options": core_actions.options(QUESTIONNAIRE, VERSION_ACTIONS, version, actor=request.actor, at=request.now),
        "problems": version.publishing_problems() if version.state == VersionState.DRAFT else [],
        "pairs": method_pairs(version),
        "columns": item_columns(other),
        "rows": item_rows(version, other),
        "others": [
            {"label": _("Version %(n)d") % {"n": row.version}, "url": f"?with={row.version}",
             "current": other is not None and other.pk == row.pk}
            for row in queries.versions_of(code) if row.pk != version.pk
        ],
        "other": other,
        "edit_url": reverse("feedback:version-edit", args=[code, number])
        if version.state == VersionState.DRAFT else "",
    }  # fmt: skip
    return fragment(request, "feedback/version.html", "record", context)


def method_pairs(version: QuestionnaireVersion) -> list[tuple[str, str]]:
    scale = " · ".join(f"{level} = {score:g}" for level, score in sorted(version.scale_map.items(), reverse=True))
    pairs = [
        (_("Valid from"), formats.date_format(version.valid_from, "DATE_FORMAT")),
        (_("Scale"), scale),
        (_("Dissatisfied from level"), str(version.dissatisfied_from)),
        (_("Method"), str(version.get_method_display())),
        (_("Companies"), _("count once, whatever the number of answers") if version.company_average
         else _("count with each answer")),
        (_("Against expectation"), str(version.get_expectation_mode_display())),
        (_("Step questions per call"), str(version.step_items) if version.is_transaction else ""),
        (_("What changed and why"), version.note),
        (_("Released"), f"{display.day(version.published_at)} {version.published_by}".strip()),
        (_("Opening"), version.intro_zh), (_("Opening (English)"), version.intro_en),
        (_("Closing"), version.closing_zh), (_("Privacy note"), version.privacy_zh),
    ]  # fmt: skip
    return [(label, value) for label, value in pairs if value]


def item_columns(other: QuestionnaireVersion | None) -> list[dict[str, Any]]:
    columns = [
        {"key": "question", "label": _("Question"), "kind": "main"},
        {"key": "role", "label": _("Role")},
        {"key": "step", "label": _("Step and standard"), "phone": "hide"},
        {"key": "weight", "label": _("Weight"), "kind": "num"},
    ]
    if other is not None:
        columns.append({"key": "before", "label": _("Weight in version %(n)d") % {"n": other.version}, "kind": "num"})
        columns.append({"key": "change", "label": _("Change"), "kind": "state"})
    return columns


def item_rows(version: QuestionnaireVersion, other: QuestionnaireVersion | None) -> list[dict[str, Any]]:
    before = {item.key: item for item in other.items.all()} if other else {}
    rows = []
    for item in version.items.all():
        old = before.pop(item.key, None)
        rows.append({**item_row(item), "before": weight(old), "change": change(item, old) if other else None})
    gone_items = [{**item_row(item), "weight": "–", "before": weight(item),
                   "change": {"label": _("dropped"), "tone": "warn"}} for item in before.values()]  # fmt: skip
    return [*rows, *gone_items]


def item_row(item: QuestionItem) -> dict[str, Any]:
    where = " · ".join(part for part in (str(item.get_step_display()) if item.step else "", item.norm) if part)
    return {
        "question": {"text": item.label, "sub": item.text},
        "role": str(item.get_role_display()),
        "step": where,
        "weight": weight(item),
    }


def weight(item: QuestionItem | None) -> str:
    return words.plain(item.weight) if item is not None and item.weight is not None else "–"


def change(item: QuestionItem, old: QuestionItem | None) -> dict[str, str] | None:
    if old is None:
        return {"label": _("new"), "tone": "act"}
    if item.weight != old.weight:
        return {"label": _("other weight"), "tone": "warn"}
    return {"label": _("other words"), "tone": "warn"} if item.text_zh != old.text_zh else None


@require_http_methods(["GET", "HEAD", "POST"])
def new_version(request: Request, code: str) -> HttpResponse:
    """A draft from the newest version; the figures break where it begins (R178)."""
    request.actor.require(CHANGE_QUESTIONNAIRE)
    newest = next(iter(queries.versions_of(code)), None)
    if newest is None:
        raise Http404
    form = NewVersionForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.new_version(
                newest.questionnaire_id, actor=request.actor, at=request.now, **form.cleaned_data
            )
        except DomainError as error:
            put_errors(form, error)
        else:
            return gone(request, reverse("feedback:version-edit", args=[code, made.version]))
    context = {
        "form": form, "title": _("New version"), "submit": _("New version"), "submit_icon": "copy",
        "intro": _("A published version never changes. The new one breaks the line of the figures, with your note."),
        "action_url": request.path, "back_url": reverse("feedback:questionnaires"),
    }  # fmt: skip
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, code: str, number: int) -> HttpResponse:
    """Change a draft: method, script and the table of questions."""
    request.actor.require(CHANGE_QUESTIONNAIRE)
    version = load(number, code)
    if version.state != VersionState.DRAFT:
        messages.info(request, _("A published version cannot change. Make a new version; it breaks the line visibly."))
        return redirect(page_of(version))
    form = VersionForm(request.POST or None, obj=version, actor=request.actor)
    items = read_items(request.POST) if request.method == "POST" else None
    if request.method == "POST" and form.is_valid() and save(request, version, form, items or []):
        messages.success(request, _("Draft saved."))
        return redirect(page_of(version))
    context = {
        "form": form,
        "title": f"{version.questionnaire.name} · {_('Version %(n)d') % {'n': version.version}}",
        "back_url": page_of(version),
        "key": f"version-{version.pk}",
        "items": items if items is not None else [item_values(item) for item in version.items.all()],
        "blank": range(2),
        "roles": QuestionItem.Role.choices,
        "steps": [("", "—"), *ServiceStep.choices],
    }
    return fragment(request, "feedback/version_edit.html", "form", context, status=422 if form.errors else 200)


def item_values(item: QuestionItem) -> dict[str, Any]:
    return {
        "key": item.key, "role": item.role, "label_zh": item.label_zh, "label_en": item.label_en,
        "text_zh": item.text_zh, "text_en": item.text_en, "weight": weight(item).replace("–", ""), "step": item.step,
        "norm": item.norm,
    }  # fmt: skip


def save(request: Request, version: QuestionnaireVersion, form: VersionForm, items: list[dict[str, Any]]) -> bool:
    try:
        services.change_version(version.pk, items, actor=request.actor, at=request.now, **form.as_fields())
    except DomainError as error:
        put_errors(form, error)
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Request, code: str, number: int, action: str) -> HttpResponse:
    request.actor.require(CHANGE_QUESTIONNAIRE)
    version = load(number, code)
    if action not in VERSION_ACTIONS:
        raise Http404
    row = QUESTIONNAIRE.named(action)
    return step_sheet(
        request, version, VERSION_ACTIONS[action], label=row.label, permission=row.permission, icon=row.icon,
        intro=_("It cannot change any more afterwards.") if action == "publish" else "",
        back=lambda _done: page_of(version),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def goal(request: Request, code: str) -> HttpResponse:
    """The quality goal with its definition and reason (R115)."""
    request.actor.require(GOAL)
    newest = next(iter(queries.versions_of(code)), None)
    if newest is None:
        raise Http404
    present = queries.goal_on(code, timezone.localdate(request.now))
    initial = {"valid_from": timezone.localdate(request.now).isoformat()}
    if present is not None:
        initial |= {"value": str(present.value), "definition": present.definition, "reason": present.reason}
    form = GoalForm(request.POST or None, actor=request.actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_goal(newest.questionnaire_id, actor=request.actor, at=request.now, **form.cleaned_data)
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Goal kept."))
            return gone(request, reverse("feedback:questionnaires"))
    context = {
        "form": form, "title": _("Quality goal"), "submit": _("Set goal"), "submit_icon": "target",
        "action_url": request.path, "back_url": reverse("feedback:questionnaires"),
    }  # fmt: skip
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def history(request: Request, code: str) -> HttpResponse:
    """Results of earlier years: their item means give the index with this version's weights (R116)."""
    request.actor.require(HISTORY)
    versions = queries.versions_for_trend(code)
    if not versions:
        raise Http404
    chosen = request.GET.get("version", "")
    version = next((row for row in versions if str(row.version) == chosen), versions[0])
    form = HistoryForm(request.POST or None, obj=version, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.enter_history(version.pk, actor=request.actor, at=request.now, **form.as_arguments())
        except DomainError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("%(label)s: index %(index)s.") % {
                "label": row.label, "index": display.number(row.index)})  # fmt: skip
            return redirect("feedback:history", code)
    context = {
        "form": form,
        "version": version,
        "title": version.questionnaire.name,
        "crumbs": [{"label": _("Questionnaires"), "url": reverse("feedback:questionnaires")}],
        "columns": [
            {"key": "label", "label": _("Period"), "kind": "main"},
            {"key": "index", "label": _("Index"), "kind": "num"},
            {"key": "means", "label": _("Item means"), "phone": "hide"},
            {"key": "n", "label": _("Answers of population"), "kind": "num"},
            {"key": "version", "label": _("Version")},
            {"key": "who", "label": _("Entered by"), "phone": "hide"},
        ],
        "rows": [history_row(row) for row in queries.history(code)],
        "key": f"history-{code}",
    }
    return fragment(request, "feedback/history.html", "rows", context, status=422 if form.errors else 200)


def history_row(row: Any) -> dict[str, Any]:
    means = " · ".join(f"{key} {value:g}" for key, value in {**row.item_means, **row.rating_means}.items())
    counts = f"{row.n or '–'} / {row.population or '–'}"
    return {
        "label": row.label, "index": display.number(row.index), "means": means, "n": counts,
        "version": str(row.version.version), "who": row.entered_by,
    }  # fmt: skip

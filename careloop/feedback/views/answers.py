"""Answers for those who may see them: list, one answer, export, deviations by step."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from careloop.assets.queries import label_of
from careloop.complaints.states import ServiceStep
from careloop.core import access, download, paging
from careloop.core.address import day_start, link, number_of
from careloop.core.http import Request, fragment, keyset
from careloop.feedback import display, queries
from careloop.feedback.actions import ADDENDUM, ATTRIBUTE
from careloop.feedback.door import answer_or_refusal, require
from careloop.feedback.models import VIEW_ANSWER, VIEW_TASK, Answer, AnswerItem
from careloop.feedback.states import CALL
from careloop.feedback.views.base import step_sheet
from careloop.feedback.views.desk import tabs
from careloop.feedback.views.tasks import days, period

ID_FILTERS = {
    "station": "station_id", "customer_id": "customer_id", "technician": "technician_id", "version": "version_id",
    "family": "family_id", "model": "model_id", "overall": "overall",
}  # fmt: skip


def read_filters(request: Request) -> dict[str, Any]:
    """The query string of the list; page, export and the links of figures use the same."""
    given = request.GET
    filters: dict[str, Any] = {}
    for name, column in ID_FILTERS.items():
        filters[column] = number_of(given.get(name, ""))
    filters["dissatisfied"] = given.get("dissatisfied", "") == "1"
    filters["expectation_state"] = given.get("expectation", "")
    filters["step"] = given.get("step", "")
    filters["norm"] = given.get("norm")
    filters["questionnaire"] = given.get("questionnaire", "")
    filters["item"] = given.get("item", "")
    filters["rated"] = given.get("rated", "")
    filters["kind"] = given.get("kind", "")
    filters["service_from"] = day_start(given.get("service_from", ""))
    filters["service_to"] = day_start(given.get("service_to", ""), plus=1)
    filters["words"] = given.get("q", "")
    filters["from"] = day_start(given.get("at_from", ""))
    filters["to"] = day_start(given.get("at_to", ""), plus=1)
    return filters


@require_safe
def answer_list(request: Request) -> HttpResponse:
    require(request, VIEW_ANSWER, "answers")
    rows = queries.answer_list(request.actor, read_filters(request))
    context = {
        "page": keyset(request, rows, prepare=lambda row: display.answer_row(row, request.now)),
        "columns": display.answer_columns(),
        "filters": [
            {"name": "q", "label": _("Words of the customer"), "kind": "search"},
            {"name": "station", "label": _("Station"), "kind": "select",
             "options": [(row.pk, row.name) for row in queries.stations(request.actor)]},
            {"name": "expectation", "label": _("Against expectation"), "kind": "select",
             "options": Answer.Expectation.choices},
            {"name": "step", "label": _("Deviation at step"), "kind": "select",
             "options": [*ServiceStep.choices, ("none", _("not attributed"))]},
            {"name": "dissatisfied", "label": _("Dissatisfied only"), "kind": "check"},
            {"name": "at", "label": _("Answered"), "kind": "range"},
            {"name": "service", "label": _("Service done"), "kind": "range"},
        ],
        "empty": {
            "title": _("No answer here"),
            "text": _("Answers come from calls and from the customers' own pages."),
            "icon": "messages",
        },
        "export": [
            {"label": _("CSV for Excel"), "url": reverse("feedback:answer-export", args=["csv"])},
            {"label": "XLSX", "url": reverse("feedback:answer-export", args=["xlsx"])},
        ] if request.actor.may("feedback.export_answer") else [],
    }  # fmt: skip
    return fragment(request, "feedback/answers.html", "rows", context)


def export_head() -> list[str]:
    return [
        _("Follow-up"), _("Answered"), _("Customer"), _("Machine"), _("Station"), _("Technician"),
        _("Questionnaire"), _("Question"), _("Level"), _("Score"), _("Value or cost, 1–10"), _("Against expectation"),
        _("Customer's own words"), _("Locked at"),
    ]  # fmt: skip


def export_rows(request: Request) -> Iterator[list[Any]]:
    """One row a rated question, so that the index can be computed again from the file (R117)."""
    rows = queries.answer_list(request.actor, read_filters(request))
    whole = rows.select_related("technician", "version__questionnaire").prefetch_related("items__item")
    for answer in paging.portions(whole, size=1000):
        yield from (export_row(answer, row) for row in answer.items.all() if is_exported(row))


def export_row(answer: Answer, item: AnswerItem) -> list[Any]:
    return [
        answer.task.number if answer.task else answer.period, answer.answered_at, answer.customer.name,
        label_of(answer.asset) if answer.asset else "", answer.station.name,
        answer.technician.name if answer.technician else "", answer.version.event_label(), item.item.key, item.raw,
        item.score, item.rating, answer.expectation_state, answer.verbatim, answer.locked_at,
    ]  # fmt: skip


def is_exported(row: AnswerItem) -> bool:
    return row.item.is_scored or row.item.is_rating


@require_safe
def export(request: Request, form: str) -> HttpResponse | StreamingHttpResponse:
    """Raw answers as CSV or XLSX, exactly those of the list; written to the log of personal data."""
    require(request, "feedback.export_answer", "export")
    require(request, VIEW_ANSWER, "export")
    count = queries.answer_list(request.actor, read_filters(request)).count()
    access.log(
        "export", actor=request.actor, at=request.now, rows=count,
        detail={"list": "answers", "form": form, "query": request.GET.urlencode()},
    )  # fmt: skip
    name = f"answers-{timezone.localdate(request.now):%Y%m%d}"
    return download.table(form, name, export_head(), export_rows(request))


@require_safe
def detail(request: Request, number: str) -> HttpResponse:
    answer = answer_or_refusal(request, number)
    now = request.now
    may_change = request.actor.may(CALL)
    expectation = display.expectation_chip(answer.expectation_state)
    context = {
        "answer": answer,
        "head": {
            "title": number,
            "state": display.lock_chip(answer),
            "parts": [{"label": answer.customer.name, "url": link("customers:detail", answer.customer.code)}],
            "crumbs": [{"label": _("Answers"), "url": reverse("feedback:answers")}],
            "actions": [
                {"label": _("Addendum"), "url": reverse("feedback:addendum", args=[number]), "icon": "note",
                 "sheet": True}
            ] if may_change else [],
        },
        "facts": [
            {"label": _("Overall"), "value": str(answer.overall or "–")},
            {"label": _("Against expectation"), "value": expectation["label"] if expectation else "–"},
            {"label": _("Answered"), "value": display.moment(answer.finished_at, now),
             "sub": f"{answer.get_channel_display()} · {answer.entered_by_name}"},
            {"label": _("Locked"), "value": display.moment(answer.locked_at, now)},
            {"label": _("Questionnaire"), "value": answer.version.event_label()},
        ],
        "items": [item_row(row, answer, number, may_change) for row in queries.item_rows(answer)],
        "pairs": display.answer_pairs(answer),
        "addenda": [
            {"text": row.text, "who": row.by_name, "time": display.moment(row.at, now)}
            for row in queries.addenda_of(answer)
        ],
        "complaint_url": reverse("complaints:detail", args=[answer.complaint.number]) if answer.complaint else "",
        "task_url": reverse("feedback:task", args=[number]) if request.actor.may(VIEW_TASK) else "",
        "next_action": next_action(answer),
    }  # fmt: skip
    return fragment(request, "feedback/answer.html", "record", context)


def next_action(answer: Answer) -> dict[str, Any] | None:
    """What the state of the expectation leads to (R111)."""
    state = answer.expectation_state
    if not state:
        return None
    if state == Answer.Expectation.BELOW:
        text = _("Below expectation: recover the customer, then somebody else asks again.")
        return {"text": text, "url": reverse("feedback:recoveries"), "label": _("Recovery")}
    if state == Answer.Expectation.MET and answer.met_kind == Answer.MetKind.ORDINARY:
        text = _("Met, but ordinary: he is at risk when he brings much business.")
        return {"text": text, "url": reverse("feedback:risks"), "label": _("Customers at risk")}
    if state == Answer.Expectation.MET:
        return {"text": _("Met, fairly satisfied: keep it up.")}
    return {"text": _("Above expectation: pass the thanks on to those who served him.")}


def item_row(row: AnswerItem, answer: Answer, number: str, may_change: bool) -> dict[str, Any]:
    named = (str(row.get_step_display()) if row.step else "", row.norm, row.person.name if row.person else "")
    where = " · ".join(part for part in named if part)
    url = reverse("feedback:attribute", args=[number, row.pk]) if row.is_deviation and may_change else ""
    return {
        "label": row.item.label,
        "text": row.item.text,
        "level": display.level_words(row, answer),
        "beside": display.beside_words(row),
        "score": display.number(row.score, 0),
        "is_deviation": row.is_deviation,
        "where": where or (_("not attributed") if row.is_deviation else ""),
        "reason": row.reason,
        "url": url,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def addendum(request: Request, number: str) -> HttpResponse:
    """A correction beside the answer; after the lock there is no other."""
    answer = answer_or_refusal(request, number)
    back = reverse("feedback:answer", args=[number])
    return step_sheet(
        request, answer, ADDENDUM, label=_("Addendum"), permission=CALL, icon="note", back=lambda _done: back
    )


@require_http_methods(["GET", "HEAD", "POST"])
def attribute(request: Request, number: str, pk: int) -> HttpResponse:
    """Name step and standard of a deviation (R66)."""
    answer = answer_or_refusal(request, number)
    row = next((item for item in queries.item_rows(answer) if item.pk == pk and item.is_deviation), None)
    if row is None:
        raise Http404
    back = reverse("feedback:answer", args=[number])
    return step_sheet(
        request, row, ATTRIBUTE, label=_("Name the step"), permission=CALL, icon="map-pin",
        back=lambda _done: back, initial={"step": row.step, "norm": row.norm},
    )  # fmt: skip


@require_safe
def deviations(request: Request) -> HttpResponse:
    """Deviations by step of the service; the sum is the number of deviating answers behind it (R66, R106)."""
    require(request, VIEW_ANSWER, "deviations")
    span = days(request)
    start, end = period(request, span)
    chosen = request.GET.get("step", "")
    rows = queries.deviations_by_step(request.actor, start, end)
    found = queries.deviations(
        request.actor, start, end, step=None if not chosen else "" if chosen == "none" else chosen
    )
    context = {
        "views": tabs("deviations", request.actor),
        "columns": [
            {"key": "step", "label": _("Step of the service"), "kind": "link"},
            {"key": "asked", "label": _("Asked"), "kind": "num"},
            {"key": "deviations", "label": _("Deviations"), "kind": "num"},
            {"key": "share", "label": _("Share"), "kind": "bar"},
            {"key": "mean", "label": _("Mean score"), "kind": "num"},
        ],
        "rows": [step_row(row, span) for row in rows],
        "total": sum(row.deviations for row in rows),
        "span": span,
        "periods": [
            {"label": _("%(n)d days") % {"n": n}, "url": f"?days={n}", "current": n == span} for n in (7, 30, 90, 365)
        ],
        "list_columns": [
            {"key": "answer", "label": _("Answer"), "kind": "main"},
            {"key": "question", "label": _("Question")},
            {"key": "level", "label": _("Level"), "kind": "num"},
            {"key": "step", "label": _("Step of the service")},
            {"key": "norm", "label": _("Standard item"), "phone": "hide"},
            {"key": "person", "label": _("Person of the step"), "kind": "person"},
        ],
        "person_columns": [
            {"key": "step", "label": _("Step of the service"), "kind": "link"},
            {"key": "person", "label": _("Person of the step"), "kind": "person"},
            {"key": "deviations", "label": _("Deviations"), "kind": "num"},
        ],
        "persons": [person_row(row, span) for row in queries.deviations_by_person(request.actor, start, end)],
        "found": [deviation_row(item) for item in found],
        "chosen": dict(ServiceStep.choices).get(chosen, _("not attributed")) if chosen else "",
    }
    return fragment(request, "feedback/deviations.html", "rows", context)


def step_row(row: queries.StepDeviations, span: int) -> dict[str, Any]:
    key = row.step or "none"
    if row.asked:
        share = row.deviations / row.asked
        bar = {"value": share, "text": f"{100 * share:.0f} %", "tone": "bad" if share > 0.1 else ""}
    else:
        bar = {"value": 0, "text": _("not asked") if row.step else "–", "tone": ""}
    return {
        "step": {"text": row.label or _("not attributed"), "url": f"?days={span}&step={key}"},
        "asked": row.asked if row.step else "–",
        "deviations": row.deviations,
        "share": bar,
        "mean": display.number(row.mean, 0),
    }


def person_row(row: queries.PersonDeviations, span: int) -> dict[str, Any]:
    key = row.step or "none"
    return {
        "step": {"text": row.label or _("not attributed"), "url": f"?days={span}&step={key}"},
        "person": row.person or _("nobody named"),
        "deviations": row.deviations,
    }


def deviation_row(item: AnswerItem) -> dict[str, Any]:
    answer = item.answer
    number = answer.task.number if answer.task else answer.period
    url = reverse("feedback:answer", args=[number]) if answer.task else ""
    return {
        "url": url,
        "answer": {"text": number, "sub": answer.customer.name, "url": url},
        "question": item.item.label,
        "level": item.raw if item.raw is not None else _("no"),
        "step": str(item.get_step_display()) if item.step else _("not attributed"),
        "norm": item.norm,
        "person": item.person.name if item.person else "",
    }

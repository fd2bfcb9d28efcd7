"""Papers of an order: on screen as A4, and as PDF with the same values."""

import base64
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe  # reason: a drawing of squares made here, without text
from django.views.decorators.http import require_safe

from careloop.core import access
from careloop.core import pdf as core_pdf
from careloop.core.http import Request, fragment
from careloop.workorders import queries
from careloop.workorders.queries import sheets
from careloop.workorders.views.base import detail_url, load


@require_safe
def choose(request: Request, number: str) -> HttpResponse:
    order = load(request, number)
    papers = []
    for name, label in sheets.paper_names().items():
        why = sheets.missing(name, order)
        papers.append(
            {
                "label": label,
                "why": why,
                **(
                    {}
                    if why
                    else {
                        "url": reverse("workorders:paper", args=[number, name]),
                        "pdf_url": reverse("workorders:pdf", args=[number, name]),
                    }
                ),
            }
        )
    return fragment(
        request, "workorders/papers.html", "sheet", {"order": order, "papers": papers, "back_url": detail_url(number)}
    )


def _sheet(request: Request, number: str, paper: str) -> tuple[Any, core_pdf.Sheet]:
    order = load(request, number)
    if paper not in sheets.FORMS or sheets.missing(paper, order):
        raise Http404
    url = request.build_absolute_uri(detail_url(number))
    access.log("print", actor=request.actor, at=request.now, subject=order, detail={"paper": paper})
    return order, sheets.sheet_of(paper, queries.whole(order, with_times=False), url=url, now=request.now)


@require_safe
def show(request: Request, number: str, paper: str) -> HttpResponse:
    order, sheet = _sheet(request, number, paper)
    return render(request, "workorders/paper.html", {**screen(sheet), "station": order.station})


def screen(sheet: core_pdf.Sheet) -> dict[str, Any]:
    """The sheet for the page: pictures as data URLs, the code as inline drawing."""
    return {
        "sheet": sheet,
        "head": dict(enumerate(sheet.head)),
        "form_no": sheet.head[0][1],
        "version": sheet.head[1][1],
        "qr": _qr(sheet.url),
        "signatures": [
            {
                "label": row.label,
                "line": row.line,
                "image": f"data:image/png;base64,{base64.b64encode(row.image).decode()}" if row.image else "",
            }
            for row in sheet.signatures
        ],
        "parts": [_part(part) for part in sheet.parts],
    }


def _part(part: core_pdf.Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "title": part.title,
        "rows": part.rows,
        "foot": part.foot,
        "span": len(part.head) - 1,
        "head": [{"label": label, "num": index in part.numeric} for index, label in enumerate(part.head)],
        "cells": [_cells(part, row) for row in part.rows] if part.kind == "table" else [],
    }


def _cells(part: core_pdf.Part, row: list[str]) -> list[dict[str, Any]]:
    return [{"text": text, "num": index in part.numeric} for index, text in enumerate(row)]


def _qr(url: str) -> SafeString:
    return mark_safe(core_pdf.qr_svg(url)) if url else SafeString("")


@require_safe
def pdf(request: Request, number: str, paper: str) -> HttpResponse:
    _order, sheet = _sheet(request, number, paper)
    response = HttpResponse(core_pdf.render_sheet(sheet), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{sheet.number}-{paper}.pdf"'
    return response

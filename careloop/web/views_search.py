"""One search over everything, as a page and as the palette's list."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from careloop.core import access, search
from careloop.core.address import number_of
from careloop.core.http import Request
from careloop.web import navigation

ICONS = {
    "customer": "building",
    "contact": "user",
    "asset": "engine",
    "case": "message-2",
    "workorder": "clipboard-list",
    "complaint": "alert-circle",
    "answer": "message",
}


def kind_label(kind: str) -> str:
    return {
        "customer": _("Customer"),
        "contact": _("Contact"),
        "asset": _("Machine or vehicle"),
        "case": _("Service request"),
        "workorder": _("Work order"),
        "complaint": _("Complaint"),
        "answer": _("Answer"),
    }.get(kind, kind)


def items(hits: list[search.Hit]) -> list[dict[str, Any]]:
    return [
        {
            "label": hit.title,
            "url": hit.url,
            "icon": ICONS.get(hit.kind, "search"),
            "sub": " · ".join(part for part in (hit.subtitle, kind_label(hit.kind)) if part),
        }
        for hit in hits
    ]


def palette(request: Request) -> HttpResponse:
    """What the dialog behind Ctrl/Cmd+K shows while typing: records first, then places to go."""
    q = request.GET.get("q", "").strip()
    hits = search.find(q, actor=request.actor, limit=12) if q else []
    places = navigation.matching(request, q)
    groups = [
        {"label": _("Records"), "items": items(hits)},
        {"label": _("Go to"), "items": places},
    ]
    return render(request, "components/palette_results.html", {"groups": [g for g in groups if g["items"]], "q": q})


def search_page(request: Request) -> HttpResponse:
    q = request.GET.get("q", "").strip()
    kind = request.GET.get("kind", "")
    before = request.GET.get("before", "")
    access.admit_search(kind, actor=request.actor, at=request.now)
    hits = (
        search.find(
            q,
            actor=request.actor,
            kinds=[kind] if kind in ICONS else None,
            limit=51,
            before=number_of(before),
        )
        if q
        else []
    )
    context = {
        "q": q,
        "kind": kind,
        "kinds": [(name, kind_label(name)) for name in ICONS if request.actor.may(access.right_to_search(name))],
        "items": items(hits[:50]),
        "older": f"?q={q}&kind={kind}&before={hits[49].doc_id}" if len(hits) > 50 else None,
    }
    return render(request, "web/search.html", context)

"""The places of the product as data: one row a place. What does not exist yet or is not permitted is left out."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from careloop.core.actor import Actor


class Place(NamedTuple):
    """`permission`: any one of these opens it, none for everybody; `also`: a right needed besides.

    `counter`: key of its number in `nav_counts`. `short`: the label under the sign in the bar of the phone.
    `key`: the letter after `g`. `roles` go there every day: for them it comes first in its group and into the bar
    at the bottom of the phone. `words`: other words under which the palette finds it.
    """

    url_name: str
    label: Promise
    icon: str
    group: str
    permission: tuple[str, ...] = ()
    key: str = ""
    counter: str = ""
    roles: tuple[str, ...] = ()
    words: Promise | str = ""
    also: str = ""
    short: Promise | str = ""


DESK, ADVISER, TECH = "front_desk", "adviser", ("technician", "foreman", "inspector", "engineer", "parts_clerk")
FOLLOW = ("follow_up_caller", "follow_up_head")
HEADS = ("service_manager", "general_manager", "quality_manager")

GROUPS: dict[str, Promise | str] = {
    "first": "",
    "customers": gettext_lazy("Customers"),
    "service": gettext_lazy("Service"),
    "follow_up": gettext_lazy("Follow-up"),
    "quality": gettext_lazy("Quality"),
    "firm": gettext_lazy("Company"),
}

PLACES = (
    Place("web:today", pgettext_lazy("page", "Today"), "sun", "first", key="h", counter="today"),
    Place("customers:list", gettext_lazy("Customers"), "building", "customers", ("customers.view_customer",), "c",
          roles=(DESK, "sales", "marketing", "general_manager")),
    Place("assets:list", gettext_lazy("Machines and vehicles"), "engine", "customers", ("assets.view_asset",), "m",
          roles=(*TECH, "sales"), short=pgettext_lazy("tab", "Machines")),
    Place("cases:list", gettext_lazy("Service requests"), "message-2", "service", ("cases.view_case",), "r", "cases",
          roles=(DESK, "engineer", "service_manager"), short=pgettext_lazy("tab", "Requests")),
    Place("workorders:list", gettext_lazy("Work orders"), "clipboard-list", "service", ("workorders.view_workorder",),
          "w", "workorders", roles=(ADVISER, *TECH, "service_manager")),
    Place("workorders:board", gettext_lazy("Workshop board"), "layout-kanban", "service",
          ("workorders.view_workorder",), "b", roles=(ADVISER, *TECH), short=pgettext_lazy("tab", "Board")),
    Place("billing:list", gettext_lazy("Bills"), "receipt-yuan", "service", ("billing.view_bill",), "y",
          words=gettext_lazy("settlement payment account")),
    Place("inventory:list", gettext_lazy("Parts"), "package", "service", ("inventory.view_part",), "i",
          roles=("parts_clerk",)),
    Place("feedback:desk", gettext_lazy("Follow-up desk"), "headset", "follow_up",
          ("feedback.call", "feedback.view_task"), "f", "calls", roles=FOLLOW, short=pgettext_lazy("tab", "Calls")),
    Place("feedback:answers", gettext_lazy("Answers"), "messages", "follow_up", ("feedback.view_answer",), "a",
          roles=FOLLOW),
    Place("feedback:questionnaires", gettext_lazy("Questionnaires"), "checklist", "follow_up",
          ("feedback.change_questionnaire",), "q", roles=("follow_up_head",)),
    Place("complaints:list", gettext_lazy("Complaints"), "alert-circle", "quality",
          ("complaints.view_complaint", "complaints.handle"), "k", "complaints", roles=("complaint_officer", *HEADS)),
    Place("insight:satisfaction", gettext_lazy("Satisfaction report"), "chart-line", "quality",
          ("insight.view_reports",), "s", roles=(*HEADS, "follow_up_head"), short=pgettext_lazy("tab", "Satisfaction")),
    Place("workorders:steps", gettext_lazy("Step times"), "clock-hour-4", "quality", ("insight.view_reports",), "t",
          also="workorders.view_workorder"),
    Place("cases:report", gettext_lazy("Figures of the service desk"), "chart-bar", "quality",
          ("insight.view_reports",), "e"),
    Place("entitlements:standards", gettext_lazy("Service standards"), "certificate", "quality",
          ("entitlements.view_standard", "entitlements.change_standard"), "d"),
    Place("cases:levels", gettext_lazy("Escalation levels"), "arrow-up-right", "quality",
          ("entitlements.change_standard",)),
    Place("staff:people", gettext_lazy("People"), "users", "firm", ("staff.view_person",), "p",
          roles=("administrator", "trainer")),
    Place("staff:departments", gettext_lazy("Departments"), "sitemap", "firm",
          ("staff.change_department", "staff.change_person"), "o", roles=("administrator",)),
    Place("web:audit", gettext_lazy("Audit log"), "history", "firm", ("core.view_audit",), "l"),
)  # fmt: skip

# Which group comes first for whom (domain file, section 6: what each role looks at first).
ORDER: dict[str, tuple[str, ...]] = {
    **{role: ("service", "customers", "quality") for role in (ADVISER, *TECH, "service_manager")},
    **{role: ("follow_up", "quality", "customers") for role in FOLLOW},
    "complaint_officer": ("quality", "customers", "service"),
    "quality_manager": ("quality", "service", "customers"),
    "general_manager": ("quality", "customers", "service"),
    "administrator": ("firm", "customers", "service"),
    "trainer": ("firm", "customers", "service"),
}

ACTIONS = (
    Place("cases:create", gettext_lazy("Register request"), "plus", "do", ("cases.create_case",), "n"),
    Place("workorders:create", gettext_lazy("Receive a vehicle or machine"), "login-2", "do",
          ("workorders.receive", "workorders.book")),
    Place("customers:create", gettext_lazy("New customer"), "user-plus", "do", ("customers.change_customer",)),
    Place("assets:create", gettext_lazy("New machine or vehicle"), "engine", "do", ("assets.change_asset",)),
    Place("web:settings", gettext_lazy("My account"), "user-cog", "do"),
)  # fmt: skip


@lru_cache(maxsize=256)
def address(url_name: str) -> str:
    """The path of a place, empty while nobody has built it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def permitted(place: Place, actor: Actor) -> bool:
    is_open = not place.permission or any(actor.may(right) for right in place.permission)
    return is_open and (not place.also or actor.may(place.also))


def open_places(actor: Actor, places: tuple[Place, ...] = PLACES) -> list[Place]:
    return [place for place in places if permitted(place, actor) and address(place.url_name)]


def role_of(request: HttpRequest, actor: Actor) -> str:
    """The role the person works in now: the chosen one, else the first of his roles."""
    chosen = str(request.session.get("role", "")) if hasattr(request, "session") else ""
    return chosen if chosen in actor.roles else next(iter(actor.roles), "")


def current_name(request: HttpRequest, places: list[Place]) -> str:
    """The place this page belongs to: the longest path that the page's path begins with."""
    path = request.path
    fits = [
        p
        for p in places
        if path == address(p.url_name) or (address(p.url_name) != "/" and path.startswith(address(p.url_name)))
    ]
    return max(
        fits, key=lambda place: len(address(place.url_name)), default=Place("", gettext_lazy(""), "", "")
    ).url_name


def as_item(place: Place, current: str) -> dict[str, Any]:
    return {
        "url": address(place.url_name),
        "label": place.label,
        "short": place.short or place.label,
        "icon": place.icon,
        "key": place.key,
        "count": place.counter,
        "current": place.url_name == current,
        "words": place.words,
    }


def groups(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """The navigation: groups in the order of the person's role, in each group the daily places first."""
    places, role = open_places(actor), role_of(request, actor)
    current = current_name(request, places)
    order = ["first", *ORDER.get(role, ())]
    names = [*order, *(name for name in GROUPS if name not in order)]
    found = []
    for name in names:
        inside = sorted((p for p in places if p.group == name), key=lambda p: role not in p.roles)
        if inside:
            found.append({"label": GROUPS[name], "items": [as_item(place, current) for place in inside]})
    return found


def bar(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """The places of the bottom bar on the phone, beside “register” and “more”: Today and the two of the role."""
    places, role = open_places(actor), role_of(request, actor)
    current = current_name(request, places)
    first = ["first", *ORDER.get(role, ())]
    order = {name: index for index, name in enumerate([*first, *(name for name in GROUPS if name not in first)])}
    ranked = sorted(places[1:], key=lambda p: (role not in p.roles, order[p.group]))
    return [as_item(place, current) for place in [*places[:1], *ranked[:2]]]


def matching(request: HttpRequest, words: str) -> list[dict[str, Any]]:
    """Places and actions for the palette's list, as its template takes them."""
    needle = words.strip().casefold()
    actor: Actor = request.actor  # type: ignore[attr-defined]  # reason: declared on core.http.Request
    found = []
    for place in [*open_places(actor, ACTIONS), *open_places(actor)]:
        if not needle or needle in f"{place.label} {place.words}".casefold():
            keys = place.key.upper() if place in ACTIONS else f"G {place.key.upper()}" if place.key else ""
            found.append({"label": place.label, "url": address(place.url_name), "icon": place.icon, "keys": keys})
    return found[:8]


def create_url(actor: Actor) -> str:
    """Where “register request” leads; empty for those who may not, and while there is no such page."""
    return address("cases:create") if permitted(ACTIONS[0], actor) else ""


def counted(items: Mapping[str, Any]) -> dict[str, tuple[int, bool]]:
    """`{"today": 17, "complaints": (2, "late")}` in one shape: number and whether something is late."""
    return {
        name: (int(v[0]), bool(v[1])) if isinstance(v, tuple | list) else (int(v), False) for name, v in items.items()
    }


def shortcuts() -> list[dict[str, str]]:
    """Letters after `g` for the help dialog."""
    return [
        {"label": str(place.label), "keys": f"g {place.key}"}
        for place in PLACES
        if place.key and address(place.url_name)
    ]

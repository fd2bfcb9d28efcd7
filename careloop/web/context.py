"""What the frame of every page needs. No query: actor, stations and roles were read by the middleware."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from careloop.accounts.models import Role, User
from careloop.accounts.roles import DEFAULTS
from careloop.core.actor import Actor
from careloop.web import navigation
from careloop.web.parts.signs import static_url


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation, person, roles, stations and addresses of the frame; little for visitors without an account."""
    base = {"company": settings.COMPANY, "languages": settings.LANGUAGES, "assets": assets(), "words": words()}
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.user_id is None or not isinstance(request.user, User):
        return base
    role = navigation.role_of(request, actor)
    roles = [
        {"code": row.code, "label": role_label(row), "current": row.code == role} for row in request.user.roles.all()
    ]
    stations = list(getattr(request, "stations", []))
    station = next((row for row in stations if row.pk == request.session.get("station")), None)
    if station is None and len(stations) == 1:
        station = stations[0]
    return {
        **base,
        "nav": navigation.groups(request, actor),
        "nav_bar": navigation.bar(request, actor),
        "nav_actions": [navigation.as_item(p, "") for p in navigation.open_places(actor, navigation.ACTIONS)],
        "nav_shortcuts": navigation.shortcuts(),
        "create_url": navigation.create_url(actor),
        "palette_url": navigation.address("web:palette"),
        "search_url": navigation.address("web:search"),
        "preferences_url": navigation.address("web:preferences"),
        "counts_url": navigation.address("web:counts"),
        "me": {
            "name": actor.name,
            "role": next((item["label"] for item in roles if item["current"]), ""),
            "station": station.name if station else _("All stations"),
        },
        "roles": roles,
        "stations": stations,
        "station": station,
        "text_size": request.user.text_size,
    }


def role_label(role: Role) -> str:
    """A role's name is the firm's own; one that still has its first name is shown in the reader's language."""
    own = next((default for default in DEFAULTS if default.code == role.code), None)
    return str(own.name) if own and role.name == first_name(role.code) else role.name


@cache
def first_name(code: str) -> str:
    """The name a role got when it was created."""
    with translation.override("zh-hans"):
        return next(str(default.name) for default in DEFAULTS if default.code == code)


def assets() -> dict[str, str]:
    """Addresses of what app.js loads only when a page needs it."""
    return {
        "icons": static_url("icons.svg"),
        "echarts": static_url("vendor/echarts.min.js"),
        "charts": static_url("js/charts.js"),
        "signature": static_url("vendor/signature_pad.min.js"),
    }


def words() -> dict[str, str]:
    """The few words that scripts say; they hold none themselves."""
    return {
        "undo": _("Undo"),
        "close": _("Close"),
        "copied": _("Copied."),
        "failed": _("The server did not answer. What you typed is still here; try again in a moment."),
        "recent": _("Opened lately"),
        "actions": _("Go to and do"),
        "hits": _("%s results"),
        "kept": _("Draft kept %s"),
        "late": _("something is late"),
    }

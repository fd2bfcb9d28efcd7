"""What the frame of every page needs. No query: actor, stations and roles were read by the middleware.

The frame is the same on most pages of a person, so its parts are rendered once and kept (`part`); a page then costs
what its own content costs.
"""

from collections.abc import Callable
from functools import cached_property, partial
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import get_template
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe  # reason: a template's own output, put together again
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from careloop.accounts.models import User
from careloop.accounts.roles import role_label
from careloop.core.actor import Actor
from careloop.web import navigation
from careloop.web.parts.signs import static_url, token_of

TOKEN, HERE = "careloop-token-of-this-request", "careloop-path-of-this-request"
NAMES = ("nav", "nav_bar", "nav_actions", "nav_shortcuts", "create_url", "palette_url", "search_url", "me", "roles",
         "preferences_url", "counts_url", "stations", "station", "text_size")  # fmt: skip


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation, person, roles, stations and addresses of the frame; little for visitors without an account."""
    actor: Actor | None = getattr(request, "actor", None)
    base = {
        "company": settings.COMPANY,
        "languages": settings.LANGUAGES,
        "csrf_token": SimpleLazyObject(lambda: token_of(request)),  # one mask for all forms of the page
    }
    if actor is None or actor.user_id is None or not isinstance(request.user, User):
        return base
    own = Frame(request, actor, request.user)
    return {**base, "frame": own, **{name: partial(getattr, own, name) for name in NAMES}}


class Frame:
    """The values of the frame, each made when a template asks for it."""

    def __init__(self, request: HttpRequest, actor: Actor, user: User):
        self.request, self.actor, self.user = request, actor, user
        self.text_size = user.text_size
        self.stations = list(getattr(request, "stations", []))

    @cached_property
    def role(self) -> str:
        return navigation.role_of(self.request, self.actor)

    @cached_property
    def roles(self) -> list[dict[str, Any]]:
        return [
            {"code": row.code, "label": role_label(row.code, row.name), "current": row.code == self.role}
            for row in getattr(self.request, "roles", [])
        ]

    @cached_property
    def station(self) -> Any:
        """The station the person has chosen; the only one, when there is only one; else None."""
        chosen = next((row for row in self.stations if row.pk == self.request.session.get("station")), None)
        return chosen or (self.stations[0] if len(self.stations) == 1 else None)

    @cached_property
    def me(self) -> dict[str, str]:
        role = next((item["label"] for item in self.roles if item["current"]), "")
        return {
            "name": self.actor.name,
            "role": role,
            "station": self.station.name if self.station else _("All stations"),
        }

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        return navigation.groups(self.request, self.actor)

    @cached_property
    def nav_bar(self) -> list[dict[str, Any]]:
        return navigation.bar(self.request, self.actor)

    @cached_property
    def nav_actions(self) -> list[dict[str, Any]]:
        return [navigation.as_item(p, "") for p in navigation.open_places(self.actor, navigation.ACTIONS)]

    @property
    def nav_shortcuts(self) -> list[dict[str, str]]:
        return navigation.shortcuts()

    @cached_property
    def create_url(self) -> str:
        return navigation.create_url(self.actor)

    palette_url = property(lambda self: navigation.address("web:palette"))
    search_url = property(lambda self: navigation.address("web:search"))
    preferences_url = property(lambda self: navigation.address("web:preferences"))
    counts_url = property(lambda self: navigation.address("web:counts"))

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """Everything the frame depends on. Two pages with the same key show the same frame."""
        return (
            self.actor.user_id,
            self.actor.name,
            self.actor.permissions,
            self.role,
            tuple((row.code, row.name) for row in getattr(self.request, "roles", [])),
            tuple((row.pk, row.name) for row in self.stations),
            self.station.pk if self.station else None,
            navigation.current_name(self.request, navigation.open_places(self.actor)),
            self.text_size,
        )


MOST_KEPT = 1000  # a part of the frame has about 15 kB
_kept: dict[tuple[Any, ...], str] = {}  # those asked for last stand last
_lock = Lock()


def _look_up(key: tuple[Any, ...]) -> str | None:
    with _lock:
        made = _kept.pop(key, None)
        if made is not None:
            _kept[key] = made
        return made


def _keep(key: tuple[Any, ...], made: str) -> None:
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST_KEPT:
            del _kept[next(iter(_kept))]


def part(
    name: str,
    own: Frame | None,
    request: HttpRequest | None,
    extra: dict[str, Any] | Callable[[], dict[str, Any]],
    *,
    given: Any = None,
    is_kept: bool = True,
) -> SafeString:
    """The component `name`, rendered once for the same frame and values; token and path of this request are put in.

    `own` is None for a component that depends on nothing but `extra`, which is then made of plain words and numbers;
    or, where `extra` takes time to make, on what is `given` to make it.
    """
    values = repr(given or extra)
    # Who works on the frame sees each change at once; what is told by its address only may be another one next time.
    if is_kept and not settings.DEBUG and " at 0x" not in values:
        key = (name, get_language(), own.key if own else None, values)
        made = _look_up(key)
        if made is None:
            made = render_part(name, own, extra)
            _keep(key, made)
    else:
        made = render_part(name, own, extra)
    if request is None:
        return mark_safe(made)
    return mark_safe(made.replace(TOKEN, token_of(request)).replace(HERE, escape(request.get_full_path())))


def render_part(name: str, own: Frame | None, extra: dict[str, Any] | Callable[[], dict[str, Any]]) -> str:
    values = {name: getattr(own, name) for name in NAMES} if own else {}
    fixed = {"company": settings.COMPANY, "languages": settings.LANGUAGES, "csrf_token": TOKEN, "path": HERE}
    data = {"assets": assets, "words": words}  # called by the templates that ask for them
    more = extra() if callable(extra) else extra
    return get_template(f"components/{name}.html").render({**fixed, **data, **values, **more})


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

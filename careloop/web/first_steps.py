"""What a new firm does first: shown on Today to whoever sets the program up, until the first request is registered."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from careloop.assets import queries as assets
from careloop.cases import queries as cases
from careloop.core.actor import Actor
from careloop.core.address import link
from careloop.core.http import Request
from careloop.customers import queries as customers
from careloop.staff import queries as staff


def steps(request: Request) -> list[dict[str, Any]]:
    """`[{"label", "text", "url", "state"}]`: done, now (the next one) or todo; empty for a firm that works already.

    A step that is somebody else's has no address. At most five queries; the first answers for every firm that works.
    """
    everything = Actor.system()
    if not request.actor.may("staff.change_person") or cases.cases(everything).exists():
        return []
    found = [
        *_places(request),
        _step(
            _("Colleagues and what they may do"),
            _("One account a person; roles decide what he sees and may do."),
            link("staff:person-add", actor=request.actor, right="staff.change_person"),
            is_done=staff.persons(everything).count() > 1,
        ),
        _step(
            _("Customers"),
            _("Write the first file by hand, or have a list imported: careloop import customers list.xlsx."),
            link("customers:create", actor=request.actor, right="customers.change_customer"),
            is_done=customers.customers(everything).exists(),
        ),
        _step(
            _("Machines and vehicles"),
            _("With plate or serial number the right file comes up while the phone rings."),
            link("assets:create", actor=request.actor, right="assets.change_asset"),
            is_done=assets.assets(everything).exists(),
        ),
        _step(
            _("First service request"),
            _("From here on every duty has its time and stands on this page."),
            link("cases:create", actor=request.actor, right="cases.create_case"),
            is_done=False,
        ),
    ]
    following = next(step for step in found if step["state"] == "todo")
    following["state"] = "now"
    return found


def _places(request: Request) -> list[dict[str, Any]]:
    if not request.stations or not request.actor.may("staff.change_department"):
        return []
    station = request.stations[0]
    return [
        _step(
            _("Station and working hours"),
            _("Address and phone are printed on every sheet; due times are counted in these hours."),
            reverse("staff:station-edit", args=[station.code]),
            is_done=bool(station.address and station.phone),
        )
    ]


def _step(label: str, text: str, url: str, *, is_done: bool) -> dict[str, Any]:
    return {"label": label, "text": text, "url": url, "state": "done" if is_done else "todo"}

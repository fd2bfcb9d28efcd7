"""The life of a machine or vehicle: running, stopped, gone to somebody else, scrapped."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core import flow
from careloop.core.actor import Actor

CHANGE = "assets.change_asset"


class AssetState(models.TextChoices):
    RUNNING = "running", _l("running")
    STOPPED = "stopped", _l("out of use")
    TRANSFERRED = "transferred", _l("passed on")
    SCRAPPED = "scrapped", _l("scrapped")


IN_HAND = (AssetState.RUNNING, AssetState.STOPPED)


def without_open_work(asset: Any, *, actor: Actor, at: dt.datetime) -> str | None:
    """`open_work_count` is set by the service, which asks the apps that registered work."""
    if getattr(asset, "open_work_count", 0):
        return _("Open requests or orders still name this machine. Close or move them first.")
    return None


FLOW = flow.table(
    "asset",
    AssetState,
    (
        flow.step("create", {flow.START}, AssetState.RUNNING, CHANGE, _l("Register")),
        flow.step(
            "stop",
            {AssetState.RUNNING},
            AssetState.STOPPED,
            CHANGE,
            _l("Take out of use"),
            icon="player-pause",
            needs_reason=True,
        ),
        flow.step(
            "start", {AssetState.STOPPED}, AssetState.RUNNING, CHANGE, _l("Put back into use"), icon="player-play"
        ),
        flow.step("change_owner", IN_HAND, None, CHANGE, _l("Change owner"), icon="arrows-exchange", needs_reason=True),
        flow.step(
            "pass_on",
            IN_HAND,
            AssetState.TRANSFERRED,
            CHANGE,
            _l("Passed on to somebody unknown"),
            without_open_work,
            icon="logout",
            needs_reason=True,
        ),
        flow.step(
            "readmit", {AssetState.TRANSFERRED}, AssetState.RUNNING, CHANGE, _l("Back with an owner"), icon="login"
        ),
        flow.step(
            "retire",
            IN_HAND,
            AssetState.SCRAPPED,
            CHANGE,
            _l("Scrap"),
            without_open_work,
            icon="trash",
            needs_reason=True,
        ),
    ),
    final={AssetState.SCRAPPED},
)

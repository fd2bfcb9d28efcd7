"""The life of a published service standard (service standard, domain file 5.15)."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Text


class StandardState(models.TextChoices):
    DRAFT = "draft", _l("draft")
    PUBLISHED = "published", _l("published")
    WITHDRAWN = "withdrawn", _l("withdrawn")


class Measure(models.TextChoices):
    """Which stretch of time a standard limits."""

    RESPONSE = "response", _l("first response")
    ARRIVAL = "arrival", _l("arrival on site")
    RESOLUTION = "resolution", _l("repair or answer")


def has_text(standard: Any, *, actor: Actor, at: dt.datetime) -> Text | None:
    if standard.text.strip():
        return None
    return _("Write the sentence that the customer will read; a standard without words is no promise.")


S = StandardState
STANDARD_FLOW = flow.table(
    "standard",
    StandardState,
    (
        flow.step("draft", {flow.START}, S.DRAFT, "entitlements.change_standard", _l("Write"), icon="pencil"),
        flow.step(
            "publish",
            {S.DRAFT},
            S.PUBLISHED,
            "entitlements.change_standard",
            _l("Publish"),
            has_text,
            icon="speakerphone",
            hint=_l("Requests accepted from the first day of validity are judged by it; older ones keep theirs."),
        ),
        flow.step(
            "correct",
            {S.PUBLISHED},
            None,
            "entitlements.change_standard",
            _l("Correct a misprint"),
            has_text,
            needs_reason=True,
            icon="edit",
            hint=_l("Words only. Another time limit is a new version."),
        ),
        flow.step(
            "withdraw",
            {S.DRAFT, S.PUBLISHED},
            S.WITHDRAWN,
            "entitlements.change_standard",
            _l("Withdraw"),
            needs_reason=True,
            icon="ban",
        ),
    ),
    final={S.WITHDRAWN},
)

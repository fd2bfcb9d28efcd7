from typing import Any

from careloop.core.actor import Actor
from careloop.entitlements import services
from careloop.entitlements.models import ServiceStandard
from tests.factories import T0
from tests.permission_rows import Row

CHANGE = "entitlements.change_standard"


def a_draft() -> ServiceStandard:
    return services.draft_standard(
        actor=Actor.system(),
        at=T0,
        code="xy-09",
        name="停机首次响应",
        text="1 小时内答复。",
        measure="response",
        target_minutes=60,
        urgency="stopped",
        valid_from=T0.date(),
    )


def draft_args() -> dict[str, Any]:
    row = a_draft()
    return {"code": row.code, "pk": row.pk}


def published() -> dict[str, Any]:
    services.ensure_defaults(actor=Actor.system(), at=T0)
    return {"code": "xy-01"}


PERMISSIONS = [
    Row("entitlements:standards"),
    Row("entitlements:detail", kwargs=published),
    Row("entitlements:create", CHANGE),
    Row("entitlements:guarantee", CHANGE),
    Row("entitlements:change", CHANGE, kwargs=draft_args),
    Row("entitlements:step", CHANGE, kwargs=lambda: {**draft_args(), "action": "publish"}, without=404),
]

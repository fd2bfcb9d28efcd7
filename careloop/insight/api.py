"""`GET /api/v1/reports/satisfaction`: the figures of the page, in full precision."""

from typing import Any

from django.utils import timezone
from ninja import Router

from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.insight import queries, reports, serial
from careloop.insight.queries import Scope
from careloop.insight.rules import parse_period, period_at
from careloop.staff import queries as staff

router = Router(tags=["reports"])


@router.get("/satisfaction", operation_id="report_satisfaction", summary="Satisfaction report", response=dict[str, Any])
def satisfaction(
    request: Request,
    period: str = "",
    questionnaire: str = "",
    station: int | None = None,
    model: int | None = None,
    technician: int | None = None,
    kind: str = "",
) -> Any:
    """`period`: 2026, 2026H1, 2026Q3 or 2026-07; empty: the current half-year."""
    request.actor.require(queries.VIEW_REPORTS)
    chosen = parse_period(period) if period else period_at(timezone.localdate(request.now), "half")
    if chosen is None:
        raise DomainError("2026 | 2026H1 | 2026Q3 | 2026-07", field="period")
    known = [row.code for row in queries.questionnaires()]
    code = questionnaire or (known[0] if known else "")
    scope = Scope(code, station, model, technician, kind)
    stations = list(staff.stations_of(request.actor))
    return serial.satisfaction(reports.satisfaction(request.actor, scope, chosen, stations=stations))

"""`GET /api/v1/reports/satisfaction`: the figures of the page, in full precision."""

from typing import Any, Literal

from django.utils import timezone
from ninja import Router

from careloop.core.errors import DomainError
from careloop.core.http import Request
from careloop.insight import queries, reports, serial
from careloop.insight.queries import Scope
from careloop.insight.rules import Grain, Period, period_at, shown_period
from careloop.staff import queries as staff

router = Router(tags=["reports"])


def chosen_period(request: Request, key: str, grain: Grain) -> Period:
    chosen = shown_period(key) if key else period_at(timezone.localdate(request.now), grain)
    if chosen is None:
        raise DomainError("2026 | 2026H1 | 2026Q3 | 2026-07", field="period")
    return chosen


def default_code(questionnaire: str) -> str:
    known = [row.code for row in queries.questionnaires()]
    return questionnaire or (known[0] if known else "")


@router.get("/satisfaction", operation_id="report_satisfaction", summary="Satisfaction report", response=dict[str, Any])
def satisfaction(
    request: Request,
    period: str = "",
    questionnaire: str = "",
    station: int | None = None,
    model: int | None = None,
    technician: int | None = None,
    kind: Literal["", "machine", "vehicle"] = "",
    item: str = "",
) -> Any:
    """`period`: 2026, 2026H1, 2026Q3 or 2026-07; empty: the current half-year. `item`: the question followed over time.

    A figure of fewer than five, or one that gives away so few by subtraction, has no value, only its n (R121).
    """
    request.actor.require(queries.VIEW_REPORTS)
    chosen = chosen_period(request, period, "half")
    scope = Scope(default_code(questionnaire), station, model, technician, kind)
    stations = list(staff.stations_of(request.actor))
    return serial.satisfaction(reports.satisfaction(request.actor, scope, chosen, stations=stations, item=item))


@router.get(
    "/reasons", operation_id="report_reasons", summary="Why customers were dissatisfied", response=dict[str, Any]
)
def reasons(
    request: Request,
    period: str = "",
    questionnaire: str = "",
    station: int | None = None,
    model: int | None = None,
    technician: int | None = None,
    kind: Literal["", "machine", "vehicle"] = "",
) -> Any:
    """Groups by step and standard, largest first; `is_common`: above the usual level of the six periods before."""
    request.actor.require(queries.VIEW_REPORTS)
    chosen = chosen_period(request, period, "month")
    scope = Scope(default_code(questionnaire), station, model, technician, kind)
    return serial.reasons(reports.reasons(request.actor, scope, chosen))

"""The satisfaction report as one value, for the page, the API, the command line and the export."""

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from careloop.core.actor import Actor
from careloop.feedback.models import HistoricalResult, QualityGoal
from careloop.insight import figures, queries
from careloop.insight.figures import Expectation, Figure, ItemFigure
from careloop.insight.queries import Scope
from careloop.insight.rules import (
    TREND_POINTS,
    AnswerRow,
    Coverage,
    Period,
    ServiceRow,
    Version,
    breaks,
    by_period,
    coverage,
    grouped,
    version_of,
)
from careloop.measures.intervals import Change
from careloop.measures.satisfaction import TopBox

DEFAULT_GOAL = 75.0


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period of the trend; `history` is a result entered from before CareLoop."""

    label: str
    start: dt.date
    end: dt.date
    figure: Figure | None
    history: HistoricalResult | None = None

    @property
    def index(self) -> float | None:
        if self.history is not None:
            return float(self.history.index)
        return self.figure.result.index if self.figure and self.figure.result else None


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """One station, machine type or technician."""

    kind: str
    id: int
    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class SatisfactionReport:
    """Everything the page shows. `provisional` counts answers that are not locked yet."""

    scope: Scope
    period: Period
    version: Version | None
    goal: float
    goal_row: QualityGoal | None
    index: Figure
    before: Figure
    change: Change | None
    coverage: Coverage
    expectation: Expectation
    top_box: TopBox | None
    items: list[ItemFigure]
    groups: list[GroupFigure]
    trend: list[TrendPoint]
    breaks: list[tuple[Period, Version]]
    provisional: int
    other_versions: int


@dataclass(frozen=True, slots=True)
class _Data:
    answers: dict[Period, list[AnswerRow]]
    services: dict[Period, list[ServiceRow]]
    versions: dict[int, Version]
    goal: float


def satisfaction(actor: Actor, scope: Scope, period: Period, *, stations: list[Any]) -> SatisfactionReport:
    """The report of one period with the trend up to it; nine queries whatever the number of answers.

    Raises:
        PermissionRefused: without `insight.view_reports`.
    """
    actor.require(queries.VIEW_REPORTS)
    periods = [period.before(steps) for steps in range(TREND_POINTS - 1, -1, -1)]
    start, end = periods[0].start, period.end
    goal_row = queries.goal_on(scope.questionnaire, period.end)
    services = queries.service_rows(actor, scope, start, end)
    data = _Data(
        answers=by_period(queries.answer_rows(actor, scope, start, end), periods),
        services={p: [row for row in services if p.holds(row.day)] for p in periods},
        versions=queries.versions_of(scope.questionnaire),
        goal=float(goal_row.value) if goal_row else DEFAULT_GOAL,
    )
    points = [_figure(data, p) for p in periods]
    now, before = points[-1], points[-2]
    rows, earlier = data.answers[period], data.answers[period.before()]
    version = now.version
    return SatisfactionReport(
        scope=scope,
        period=period,
        version=version or max(data.versions.values(), key=lambda v: v.number, default=None),
        goal=data.goal,
        goal_row=goal_row,
        index=now,
        before=before,
        change=figures.change_of(now, before),
        coverage=coverage(data.services[period], rows),
        expectation=figures.expectation_of(rows),
        top_box=figures.top_box_of(rows, len(data.services[period]) or None),
        items=_items(rows, earlier, version, now.population, before.population) if version else [],
        groups=_groups(data, period, stations),
        trend=[*_history(scope, period), *_trend(periods, points)],
        breaks=breaks([(p, figure.version) for p, figure in zip(periods, points, strict=True)]),
        provisional=sum(not row.is_locked for row in rows),
        other_versions=sum(row.version != version.id for row in rows) if version else 0,
    )


def _population(services: list[ServiceRow], version: Version | None) -> int | None:
    if version is not None and not version.company_average:
        return len(services) or None
    return len({row.customer for row in services}) or None


def _figure(data: _Data, period: Period) -> Figure:
    version = version_of(data.answers[period], data.versions)
    population = _population(data.services[period], version)
    return figures.index_of(data.answers[period], version, population=population, goal=data.goal)


def _items(
    rows: list[AnswerRow], earlier: list[AnswerRow], version: Version, population: int | None, before: int | None
) -> list[ItemFigure]:
    return figures.items_of(rows, earlier, version, population=population, population_before=before)


def _trend(periods: list[Period], points: list[Figure]) -> list[TrendPoint]:
    return [TrendPoint(p.key, p.start, p.end, figure) for p, figure in zip(periods, points, strict=True)]


def _history(scope: Scope, period: Period) -> list[TrendPoint]:
    """Yearly results from before CareLoop stand in front of a yearly trend of the whole company."""
    if period.grain != "year" or scope != replace(scope.without_groups(), kind=""):
        return []
    day = dt.timedelta(days=1)
    return [
        TrendPoint(row.label, row.period_from, row.period_to + day, None, row)
        for row in queries.history(scope.questionnaire)
    ]


def _groups(data: _Data, period: Period, stations: list[Any]) -> list[GroupFigure]:
    rows, services = data.answers[period], data.services[period]
    technicians = {row.technician for row in rows if row.technician is not None}
    models = {row.model for row in rows if row.model is not None}
    names = queries.names_of(stations, technicians, models)
    found = []
    for kind in ("station", "model", "technician"):
        own = grouped(rows, lambda row, kind=kind: getattr(row, kind))  # type: ignore[misc]  # reason: bound per loop
        for key, members in own.items():
            found.append(_group(data, kind, key, names, members, services))
    return sorted(found, key=lambda group: (group.kind, -group.figure.n, group.name))


def _group(
    data: _Data,
    kind: str,
    key: Hashable,
    names: dict[str, dict[int, str]],
    members: list[AnswerRow],
    services: list[ServiceRow],
) -> GroupFigure:
    assert isinstance(key, int)
    version = version_of(members, data.versions)
    population = _population([row for row in services if getattr(row, kind) == key], version)
    figure = figures.index_of(members, version, population=population, goal=data.goal)
    return GroupFigure(kind, key, names[kind].get(key, f"#{key}"), figure)

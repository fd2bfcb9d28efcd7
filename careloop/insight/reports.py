"""The satisfaction report as one value, for the page, the API, the command line and the export."""

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from careloop.core.actor import Actor
from careloop.feedback.models import HistoricalResult, QualityGoal
from careloop.insight import figures, queries
from careloop.insight.disclosure import Disclosure, allows_in_time, years_around
from careloop.insight.figures import Expectation, Figure, ItemFigure
from careloop.insight.queries import Scope
from careloop.insight.reasons import USUAL_PERIODS, Reasons
from careloop.insight.reasons import reasons as group_reasons
from careloop.insight.rules import (
    MIN_SHOWN,
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
from careloop.insight.value import ValueFigure, history_ratio, value_ratio_of
from careloop.measures.intervals import Change, GoalState, Group, Mean, untested, welch_trend
from careloop.measures.satisfaction import TopBox

DEFAULT_GOAL = 75.0


@dataclass(frozen=True, slots=True)
class ItemPoint:
    """One question in one period: its weight in the version of that period, and its mean; None when too few."""

    weight: float
    mean: float | None
    n: int | None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period of the trend; `history` is the result entered from before CareLoop that `figure` was made of.

    `change` is the test against the point before, only inside one version (R178).
    """

    label: str
    start: dt.date
    end: dt.date
    version: Version | None
    figure: Figure
    history: HistoricalResult | None = None
    change: Change | None = None
    item: ItemPoint | None = None
    value: ValueFigure | None = None

    @property
    def index(self) -> float | None:
        return self.figure.result.index if self.figure.result else None

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        result = self.figure.result
        return (result.low, result.high) if result else (None, None)

    @property
    def goal_state(self) -> GoalState | None:
        return self.figure.result.goal_state if self.figure.result else None

    @property
    def n(self) -> int:
        return self.figure.n

    @property
    def population(self) -> int | None:
        return self.figure.population

    def as_group(self) -> Group | None:
        """One side of Welch's test; None when the index, or of an entered result spread and count, are not known."""
        result = self.figure.result
        if result is None or (self.history is not None and not (result.sd and result.n)):
            return None
        return figures.as_group(self.figure)


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """One station, machine type or technician."""

    kind: str
    id: int
    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class SatisfactionReport:
    """Everything the page shows. `provisional` counts answers that are not locked yet.

    `entered`: the result that was entered for exactly this period, when the program has no answers of its own; the
    figures are then made of it. `opens_answers`: whether its reader may open the answers behind the figures.
    """

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
    breaks: list[tuple[TrendPoint, Version]]
    provisional: int
    other_versions: int
    item_key: str
    item_label: str
    opens_answers: bool
    value: ValueFigure | None = None
    entered: TrendPoint | None = None
    least_shown: int = MIN_SHOWN


@dataclass(frozen=True, slots=True)
class _Data:
    answers: dict[Period, list[AnswerRow]]
    services: dict[Period, list[ServiceRow]]
    versions: dict[int, Version]
    goal: float
    scope: Scope
    whole: dict[Period, list[AnswerRow]]
    years: list[AnswerRow]
    known: dict[tuple[Period, int, str], Disclosure] = field(default_factory=dict)

    def allows(
        self, period: Period, version: Version | None, more: dict[str, int] | None = None, key: str = ""
    ) -> bool:
        """Whether the figure of this scope (and `more`) may be shown: no subtraction gives away single customers."""
        if version is None:
            return False
        count = figures.counter(version)
        chosen = {**self.scope.chosen, **(more or {})}
        place = (period, version.id, key)
        if place not in self.known:
            self.known[place] = Disclosure(figures.rated(self.whole[period], version, key), count)
        if not self.known[place].allows(chosen):
            return False
        own = [row for row in self.years if all(getattr(row, name) == value for name, value in chosen.items())]
        return allows_in_time(figures.rated(own, version, key), period, count)


def satisfaction(
    actor: Actor, scope: Scope, period: Period, *, stations: list[Any], item: str = ""
) -> SatisfactionReport:
    """The report of one period with the trend up to it; ten queries whatever the number of answers.

    `item`: key of the question that is followed over time.

    Raises:
        PermissionRefused: without `insight.view_reports`.
    """
    actor.require(queries.VIEW_REPORTS)
    periods = [period.before(steps) for steps in range(TREND_POINTS - 1, -1, -1)]
    start, end = periods[0].start, period.end
    goal_row = queries.goal_on(scope.questionnaire, period.last)
    services = queries.service_rows(actor, scope, start, end)
    around = years_around(periods[0], period)
    every = queries.answer_rows(actor, scope.everything(), around.start, around.end)
    own = [row for row in every if scope.holds(row)]
    data = _Data(
        answers=by_period(own, periods),
        services={p: [row for row in services if p.holds(row.day)] for p in periods},
        versions=queries.versions_of(scope.questionnaire),
        goal=float(goal_row.value) if goal_row else DEFAULT_GOAL,
        scope=scope,
        whole=by_period(every, periods),
        years=own,
    )
    points = [_figure(data, p) for p in periods]
    now, before = points[-1], points[-2]
    rows = data.answers[period]
    version = now.version
    shown = version or max(data.versions.values(), key=lambda v: v.number, default=None)
    key = _item_key(item, shown)
    trend = tested(in_order(_history(data, period, key), _trend(data, periods, points, key)))
    unplanned = queries.unplanned_services(actor, scope, period.start, period.end).count()
    report = SatisfactionReport(
        opens_answers=actor.may(queries.VIEW_ANSWERS),
        scope=scope,
        period=period,
        version=shown,
        goal=data.goal,
        goal_row=goal_row,
        index=now,
        before=before,
        change=figures.change_of(now, before),
        coverage=coverage(data.services[period], rows, unplanned=unplanned),
        expectation=figures.expectation_of(rows, is_allowed=data.allows(period, version)),
        top_box=figures.top_box_of(rows, len(data.services[period]) or None, is_allowed=data.allows(period, version)),
        items=_items(data, period, version, now.population, before.population) if version else [],
        groups=_groups(data, period, stations),
        trend=trend,
        breaks=breaks([(point, point.version) for point in trend]),
        provisional=sum(not row.is_locked for row in rows),
        other_versions=sum(row.version != version.id for row in rows) if version else 0,
        item_key=key,
        item_label=next((row.label for row in shown.items if row.key == key), "") if shown else "",
        value=_value(data, period, shown, now.population),
    )
    span = (period.start, period.end)
    place = next((i for i, p in enumerate(trend) if p.history is not None and (p.start, p.end) == span), None)
    return report if place is None or now.n else of_entered(report, trend[place], trend[place - 1] if place else None)


def of_entered(report: SatisfactionReport, point: TrendPoint, before: TrendPoint | None) -> SatisfactionReport:
    """The same report with the figures of an entered result."""
    return replace(
        report, entered=point, index=point.figure, before=before.figure if before else report.before,
        change=point.change, value=point.value, items=entered_items(point, before),
    )  # fmt: skip


def entered_items(point: TrendPoint, before: TrendPoint | None) -> list[ItemFigure]:
    """The item means of an entered result, against the one before in the same version: without spread, so untested."""
    same = before if before is not None and before.version == point.version else None
    means, old = (row.history.item_means if row and row.history else {} for row in (point, same))
    return [
        ItemFigure(
            item.key, item.label, item.weight, item.step,
            Mean(float(means[item.key]), None, None, point.n, None, point.population),
            untested(float(means[item.key]) - float(old[item.key])) if item.key in old else None,
            point.n,
        )
        for item in (point.version.items if point.version else ())
        if item.key in means
    ]  # fmt: skip


def _item_key(wanted: str, version: Version | None) -> str:
    """The question whose weight and result are followed over time: the wanted one, else the speed of response."""
    keys = [item.key for item in version.items] if version else []
    if wanted in keys:
        return wanted
    heaviest = max(version.items, key=lambda item: item.weight).key if version and version.items else ""
    return next((key for key in ("response", "request") if key in keys), heaviest)


def in_order(entered: list[TrendPoint], own: list[TrendPoint]) -> list[TrendPoint]:
    """Entered results and periods of the program by time, none twice.

    Empty periods before the first answer say nothing and are left out.
    """
    first = next((point.start for point in own if point.n), own[-1].start)
    kept = [
        point
        for point in own
        if point.n
        or (point.start >= first and not any(row.start < point.end and point.start < row.end for row in entered))
    ]
    return sorted([*entered, *kept], key=lambda point: point.start)


def tested(points: list[TrendPoint]) -> list[TrendPoint]:
    """Each point with the test against the one before it, which stands in the same version, else without (R178)."""
    found = points[:1]
    for before, point in pairwise(points):
        first, second = before.as_group(), point.as_group()
        is_same = before.version is not None and point.version is not None and before.version.id == point.version.id
        change = welch_trend(first, second) if is_same and first is not None and second is not None else None
        found.append(replace(point, change=change))
    return found


def _population(services: list[ServiceRow], version: Version | None) -> int | None:
    if version is not None and not version.company_average:
        return len(services) or None
    return len({row.customer for row in services}) or None


def _figure(data: _Data, period: Period) -> Figure:
    version = version_of(data.answers[period], data.versions)
    population = _population(data.services[period], version)
    is_allowed = data.allows(period, version)
    return figures.index_of(data.answers[period], version, population=population, goal=data.goal, is_allowed=is_allowed)


def _items(
    data: _Data, period: Period, version: Version, population: int | None, before: int | None
) -> list[ItemFigure]:
    return figures.items_of(
        data.answers[period], data.answers[period.before()], version, population=population, population_before=before,
        allowed=lambda key: data.allows(period, version, key=key),
    )  # fmt: skip


def _trend(data: _Data, periods: list[Period], points: list[Figure], key: str) -> list[TrendPoint]:
    return [
        TrendPoint(
            p.key, p.start, p.end, figure.version, figure, item=_item_point(data, p, figure.version, key),
            value=_value(data, p, figure.version, figure.population),
        )
        for p, figure in zip(periods, points, strict=True)
    ]  # fmt: skip


def _item_point(data: _Data, period: Period, version: Version | None, key: str) -> ItemPoint | None:
    item = next((row for row in version.items if row.key == key), None) if version else None
    if item is None or version is None:
        return None
    values = figures.item_means(data.answers[period], version, key)
    is_shown = len(values) >= MIN_SHOWN and data.allows(period, version, key=key)
    return ItemPoint(item.weight, sum(values) / len(values) if is_shown else None, len(values))


def _value(data: _Data, period: Period, version: Version | None, population: int | None) -> ValueFigure | None:
    """F10 of the period: a figure of its own, never part of the index."""
    if version is None:
        return None
    is_allowed = data.allows(period, version, key=figures.VALUE_RATIO)
    return value_ratio_of(data.answers[period], version, population=population, is_allowed=is_allowed)


def _history(data: _Data, period: Period, key: str) -> list[TrendPoint]:
    """Yearly results from before CareLoop, up to the period, stand in a yearly trend of the whole company."""
    if period.grain != "year" or data.scope.chosen:
        return []
    rows = queries.history(data.scope.questionnaire)
    return [_history_point(row, data, key) for row in rows if row.period_from < period.end]


def _history_point(row: HistoricalResult, data: _Data, key: str) -> TrendPoint:
    version = data.versions.get(row.version_id)
    item = next((found for found in version.items if found.key == key), None) if version else None
    value = row.item_means.get(key)
    return TrendPoint(
        row.label, row.period_from, row.period_to + dt.timedelta(days=1), version,
        figures.index_of_history(row, version, goal=data.goal), row,
        item=ItemPoint(item.weight, float(value), row.n) if item is not None and value is not None else None,
        value=history_ratio(row.rating_means, version, n=row.n, population=row.population),
    )  # fmt: skip


def _groups(data: _Data, period: Period, stations: list[Any]) -> list[GroupFigure]:
    rows = data.answers[period]
    technicians = {row.technician for row in rows if row.technician is not None}
    models = {row.model for row in rows if row.model is not None}
    names = queries.names_of(stations, technicians, models)
    found = []
    for kind in ("station", "model", "technician"):
        own = grouped(rows, lambda row, kind=kind: getattr(row, kind))  # type: ignore[misc]  # reason: bound per loop
        for key, members in own.items():
            found.append(_group(data, period, kind, key, names, members))
    return sorted(found, key=lambda group: (group.kind, -group.figure.n, group.name))


def _group(
    data: _Data,
    period: Period,
    kind: str,
    key: Hashable,
    names: dict[str, dict[int, str]],
    members: list[AnswerRow],
) -> GroupFigure:
    assert isinstance(key, int)
    services = data.services[period]
    version = version_of(members, data.versions)
    population = _population([row for row in services if getattr(row, kind) == key], version)
    is_allowed = data.allows(period, version, {kind: key})
    figure = figures.index_of(members, version, population=population, goal=data.goal, is_allowed=is_allowed)
    return GroupFigure(kind, key, names[kind].get(key, f"#{key}"), figure)


def reasons(actor: Actor, scope: Scope, period: Period) -> Reasons:
    """The monthly report of common content (R102); two queries.

    Raises:
        PermissionRefused: without `insight.view_reports`.
    """
    actor.require(queries.VIEW_REPORTS)
    first = period.before(USUAL_PERIODS)
    deviations, days = queries.deviation_rows(actor, scope, first.start, period.end)
    return group_reasons(period, deviations, days)

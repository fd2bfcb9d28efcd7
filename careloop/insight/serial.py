"""The satisfaction report as JSON. A figure of fewer than five units has no value, only its n (R121)."""

from typing import Any

from careloop.insight.figures import Figure, Gap
from careloop.insight.reasons import Reasons
from careloop.insight.reports import SatisfactionReport, TrendPoint
from careloop.insight.value import ValueFigure
from careloop.measures.intervals import Change


def satisfaction(report: SatisfactionReport) -> dict[str, Any]:
    coverage, expectation = report.coverage, report.expectation
    return {
        "period": report.period.key,
        "from": report.period.start.isoformat(),
        "to": report.period.end.isoformat(),
        "questionnaire": report.scope.questionnaire,
        "version": report.version.number if report.version else None,
        "method": report.version.method if report.version else None,
        "goal": report.goal,
        "goal_definition": report.goal_row.definition if report.goal_row else None,
        **figure(report.index),
        "change": change(report.change),
        "coverage": {
            "services": coverage.services,
            "asked": coverage.asked,
            "reached": coverage.reached,
            "answered": coverage.answered,
            "customers": coverage.companies,
            "customers_answered": coverage.companies_answered,
            "not_asked": dict(coverage.reasons),
        },
        "expectation": {
            "counts": dict(expectation.counts),
            "near_equality": dict(expectation.kinds),
            "n": expectation.n,
            "mean_gap": expectation.gap,
            "gap_n": expectation.gap_n,
            "is_hidden": expectation.is_hidden,
        },
        "value_ratio": value_ratio(report.value),
        "items": [
            {
                "key": item.key,
                "label": item.label,
                "weight": item.weight,
                "mean": item.result.mean if item.result else None,
                "low": item.result.low if item.result else None,
                "high": item.result.high if item.result else None,
                "n": item.n,
                "change": change(item.change),
                "gap": gap(item.gap),
                "asked_after": item.asked_after,
                "competitor_gap": gap(item.rival),
            }
            for item in report.items
        ],
        "groups": [{"kind": g.kind, "id": g.id, "name": g.name, **figure(g.figure)} for g in report.groups],
        "trend": [point(p) for p in report.trend],
        "breaks": [
            {"period": start.label, "version": version.number, "note": version.note} for start, version in report.breaks
        ],
        "followed_item": report.item_key,
        "entered_from": report.entered.history.source if report.entered and report.entered.history else None,
        "provisional_answers": report.provisional,
        "answers_of_other_versions": report.other_versions,
    }


def figure(value: Figure) -> dict[str, Any]:
    result = value.result
    return {
        "index": result.index if result else None,
        "low": result.low if result else None,
        "high": result.high if result else None,
        "interval_method": result.interval_method if result else None,
        "goal_state": str(result.goal_state) if result else None,
        "n": value.n,
        "population": value.population,
        "is_hidden": value.is_hidden,
    }


def value_ratio(value: ValueFigure | None) -> dict[str, Any] | None:
    """F10; null when the questionnaire does not ask about value and cost. Never mix it with `index`."""
    if value is None:
        return None
    low, high = value.bounds
    return {
        "ratio": value.result.ratio if value.result else None,
        "value": value.result.value if value.result else None,
        "cost": value.result.cost if value.result else None,
        "low": low,
        "high": high,
        "verdict": value.result.verdict.value if value.result else None,
        "n": value.n,
        "population": value.population,
        "version": value.version.number,
        "is_hidden": value.is_hidden,
    }


def change(value: Change | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "difference": value.difference,
        "standard_error": value.standard_error,
        "t": value.t,
        "df": value.df,
        "p": value.p,
        "trend": str(value.trend),
    }


def gap(value: Gap | None) -> dict[str, Any] | None:
    return None if value is None else {"mean": value.mean, "n": value.n}


def point(value: TrendPoint) -> dict[str, Any]:
    item = value.item
    base: dict[str, Any] = {
        "label": value.label,
        "from": value.start.isoformat(),
        "to": value.end.isoformat(),
        "version": value.version.number if value.version else None,
    }
    return {
        **base,
        **figure(value.figure),
        "change": change(value.change),
        "item": {"weight": item.weight, "mean": item.mean, "n": item.n} if item else None,
        "value_ratio": value_ratio(value.value),
        "is_history": value.history is not None,
    }


def reasons(found: Reasons) -> dict[str, Any]:
    return {
        "period": found.period.key,
        "n": found.n,
        "answers": found.answers,
        "groups": [
            {
                "step": group.step,
                "standard": group.norm,
                "n": group.n,
                "share": group.share,
                "cumulative": group.cumulative,
                "usual": group.usual,
                "is_common": group.is_common,
            }
            for group in found.groups
        ],
    }

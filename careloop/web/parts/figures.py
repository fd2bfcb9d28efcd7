"""Figures and charts: value, interval, goal and verdict belong together; a picture always has its table."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe  # reason: every value is escaped where it is put in
from django.utils.translation import gettext as _

from careloop.web.parts.signs import get

SAFE_JSON = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def whisker(value: Any) -> SafeString:
    """The interval as a bar, the value as a dot, the goal as a dashed line, on one scale of 0–200."""
    low, high = float(get(value, "min", 0)), float(get(value, "max", 100))
    span = (high - low) or 1.0

    def at(name: str) -> float:
        return max(2.0, min(198.0, (float(get(value, name)) - low) / span * 200))

    parts = ['<line class="ax" x1="0" x2="200" y1="9" y2="9"/>']
    if get(value, "low", None) is not None and get(value, "high", None) is not None:
        parts.append(f'<line class="ci" x1="{at("low"):.1f}" x2="{at("high"):.1f}" y1="9" y2="9"/>')
    if get(value, "goal", None) is not None:
        parts.append(f'<line class="goal" x1="{at("goal"):.1f}" x2="{at("goal"):.1f}" y1="1" y2="17"/>')
    if get(value, "value", None) is not None:
        parts.append(f'<circle class="pt" cx="{at("value"):.1f}" cy="9" r="5"/>')
    return mark_safe(f'<svg class="cl-whisk" viewBox="0 0 200 18" aria-hidden="true">{"".join(parts)}</svg>')


def json_block(ident: str, data: Any) -> SafeString:
    """Data for a script as an inert block; `<` and `&` cannot end it."""
    text = json.dumps(data, ensure_ascii=False, default=str).translate(SAFE_JSON)
    return mark_safe(f'<script type="application/json" id="{escape(ident)}">{text}</script>')


def chart_data(chart: Mapping[str, Any]) -> dict[str, Any]:
    """What charts.js reads. Scatter pictures get the range of their axes from the points when none is given."""
    spec = {name: value for name, value in chart.items() if name not in ("title", "note", "table", "text")}
    spec.setdefault("kind", "line")
    spec.setdefault("series", [])
    spec["interval_label"] = str(chart.get("interval_label") or _("95% interval"))
    if spec["kind"] == "scatter":
        for axis in ("x", "y"):
            values = [float(point[axis]) for point in spec.get("points", [])] or [0.0, 1.0]
            margin = (max(values) - min(values)) * 0.15 or 1.0
            digits = max(0, 1 - math.floor(math.log10(margin)))  # weights of 0.1 to 0.3 keep their room too
            spec.setdefault(f"{axis}_min", round(min(values) - margin, digits))
            spec.setdefault(f"{axis}_max", round(max(values) + margin, digits))
    return json.loads(json.dumps(spec, default=_plain))  # type: ignore[no-any-return]  # reason: a dict stays a dict


def _plain(value: Any) -> Any:
    return float(value) if hasattr(value, "as_tuple") else str(value)


def chart_table(chart: Mapping[str, Any]) -> dict[str, Any]:
    """The same values as a table: the way for keyboard, screen reader and paper."""
    if chart.get("kind") == "scatter":
        return _point_table(chart)
    series: Sequence[Mapping[str, Any]] = chart.get("series", [])
    columns = [{"key": "x", "label": chart.get("x_head") or _("Period"), "kind": "main"}]
    for index, one in enumerate(series):
        columns.append({"key": f"v{index}", "label": one["name"], "kind": "num"})
        if one.get("low"):
            columns.append(
                {"key": f"i{index}", "label": chart.get("interval_label") or _("95% interval"), "kind": "num"}
            )
        if one.get("n"):
            columns.append({"key": f"n{index}", "label": "n", "kind": "num"})
    rows = [_table_row(chart, series, at) for at in range(len(chart.get("x", [])))]
    return {"columns": columns, "rows": rows}


def _table_row(chart: Mapping[str, Any], series: Sequence[Mapping[str, Any]], at: int) -> dict[str, Any]:
    row: dict[str, Any] = {"x": {"text": chart["x"][at]}}
    for index, one in enumerate(series):
        value = one["data"][at]
        row[f"v{index}"] = None if value is None else f"{value}{chart.get('unit', '')}"
        if one.get("low") and one["low"][at] is not None:
            row[f"i{index}"] = f"{one['low'][at]} – {one['high'][at]}"
        if one.get("n"):
            row[f"n{index}"] = one["n"][at]
        if one.get("urls") and one["urls"][at]:
            row["x"] = {"text": chart["x"][at], "url": one["urls"][at]}
    return row


def _point_table(chart: Mapping[str, Any]) -> dict[str, Any]:
    columns = [
        {"key": "name", "label": chart.get("x_head") or _("Item"), "kind": "main"},
        {"key": "x", "label": chart.get("x_name", "x"), "kind": "num"},
        {"key": "y", "label": chart.get("y_name", "y"), "kind": "num"},
    ]
    rows = [
        {"name": {"text": point["name"], "url": point.get("url")}, "x": point["x"], "y": point["y"]}
        for point in chart.get("points", [])
    ]
    return {"columns": columns, "rows": rows}

"""The audit pack of a period: all that is needed to compute the published figure again (R117, ISO 9001 9.1.2).

A ZIP with method and questionnaire, the list of closed services with their reasons, the raw answers word for word,
the calculation, and what was done about bad answers. Files are UTF-8; tables are CSV.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from careloop.core.actor import Actor
from careloop.core.cells import guarded
from careloop.insight import queries, serial
from careloop.insight.reports import SatisfactionReport

READ_ME = """CareLoop audit pack, period {period}, questionnaire {code}

method.json       questionnaire versions, scale, weights, method, goal
services.csv      every closed service of the period: asked, answered, or why not
answers.csv       raw answers, one row a question; score = scale[level]; empty score = not applicable
calculation.json  the published figures
actions.csv       complaints and recoveries behind bad answers

To compute the index again from answers.csv: keep the rows of the version named in calculation.json; per question take
the mean of score inside each customer, then the mean over customers; sum weight x mean over the questions that were
rated, divided by the sum of their weights. Rows with the role "value" or "cost" are no part of it: value_or_cost holds
their rating 1-10, and the value ratio is sum weight x mean of the value questions divided by the same of the cost
questions, over those who rated both sides. With method "respondent" the index is formed per answer first; with
company_average false every answer counts by itself.
"""


def pack(actor: Actor, report: SatisfactionReport) -> bytes:
    """The ZIP. Raw answers are those the actor may read one by one; the published figures stand beside them."""
    scope, period = report.scope, report.period
    files = {
        "README.txt": READ_ME.format(period=period.key, code=scope.questionnaire),
        "method.json": as_json(queries.method_of(scope.questionnaire, period.last)),
        "services.csv": as_csv(queries.invitation_rows(actor, scope, period.start, period.end)),
        "answers.csv": as_csv(queries.raw_rows(actor, scope, period.start, period.end)),
        "calculation.json": as_json(serial.satisfaction(report)),
        "actions.csv": as_csv(queries.action_rows(actor, scope, period.start, period.end)),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def as_csv(rows: Iterable[dict[str, Any]]) -> str:
    found = list(rows)
    out = io.StringIO()
    if found:
        writer = csv.DictWriter(out, list(found[0]))
        writer.writeheader()
        writer.writerows([{name: cell(value) for name, value in row.items()} for row in found])
    return "\ufeff" + out.getvalue()


def cell(value: Any) -> Any:
    if value is None:
        return ""
    if hasattr(value, "tzinfo"):
        return timezone.localtime(value).isoformat(timespec="minutes")
    return guarded(value)

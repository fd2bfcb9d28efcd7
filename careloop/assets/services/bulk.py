"""Many machines at once: the path of imports, demonstration and measurements."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from careloop.assets import queries, rules
from careloop.assets.models import Asset, MeterReading, ProductModel
from careloop.assets.services.base import CHANGE, recount
from careloop.core import bulk, events, search
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.numbering import reserve


@dataclass(frozen=True, slots=True)
class AssetRow:
    """A machine file to be written: `values` as `services.base.cleaned` gives them, related records as ids.

    `meter` is the last known reading, at `meter_at`; `created_at`: the day of the old file, None: now.
    """

    kind: str
    customer_id: int
    customer_name: str
    values: Mapping[str, Any]
    meter: Any = None
    meter_at: dt.datetime | None = None
    created_at: dt.datetime | None = None


@transaction.atomic(savepoint=False)
def create_many(rows: Sequence[AssetRow], *, actor: Actor, at: dt.datetime) -> list[tuple[int, str]]:
    """Write checked rows with one event and one search entry each; returns id and file number of each.

    Duplicates are the caller's affair; the database refuses a second VIN or serial number.
    """
    actor.require(CHANGE)
    if any(not actor.sees_station(row.values.get("station")) for row in rows):
        raise DomainError(_("Choose one of your own stations."), field="station")
    ids = bulk.reserve_ids(Asset, len(rows))
    codes = [f"SB-{n:06d}" for n in reserve("SB", "", len(rows))]
    known = {model.pk: model for model in queries.models()}
    entries = search.begin(_docs(rows, ids, codes, known, at))
    _insert(rows, ids, codes, known, actor=actor, at=at)
    bulk.insert(
        MeterReading,
        ("asset_id", "value", "read_at", "source", "person_name"),
        (
            (pk, row.meter, row.meter_at or at, "import", actor.name)
            for row, pk in zip(rows, ids, strict=True)
            if row.meter is not None
        ),
    )
    events.record_many(
        (
            events.Fact(
                "asset.create",
                row.created_at or at,
                "asset",
                pk,
                code,
                customer_id=row.customer_id,
                asset_id=pk,
                station_id=row.values["station"],
                data={"to": "running", "label": _label(row, code, known), "kind": row.kind},
            )
            for row, pk, code in zip(rows, ids, codes, strict=True)
        ),
        actor=actor,
        recorded_at=at,
    )
    search.finish(entries)
    recount({row.customer_id for row in rows})
    return list(zip(ids, codes, strict=True))


def _insert(
    rows: Sequence[AssetRow],
    ids: Sequence[int],
    codes: Sequence[str],
    known: Mapping[int, ProductModel],
    *,
    actor: Actor,
    at: dt.datetime,
) -> None:
    used = [name for name in rules.FIELDS if any(name in row.values for row in rows)]
    defaults = {name: bulk.field_of(Asset, name).get_default() for name in used}

    today = timezone.localdate(at)

    def lines() -> Iterator[tuple[Any, ...]]:
        for row, pk, code in zip(rows, ids, codes, strict=True):
            family = known[row.values["model"]].family if row.values.get("model") else None
            file = {**row.values, "kind": row.kind, "customer": row.customer_id, "meter": row.meter}
            percent = rules.completeness(file, spec_keys=queries.spec_keys(family))
            serial = rules.serial_key(row.values.get("serial_no", ""))
            yield (
                pk,
                code,
                row.kind,
                row.customer_id,
                row.created_at or at,
                actor.person_id,
                serial,
                percent,
                percent < 100,
                row.meter,
                (row.meter_at or at) if row.meter is not None else None,
                _since(row, today) if rules.confirmable(row.values) else None,
                *(row.values.get(name, defaults[name]) for name in used),
            )

    names = (
        "id",
        "code",
        "kind",
        "customer_id",
        "created_at",
        "created_by_id",
        "serial_key",
        "completeness",
        "is_incomplete",
        "meter",
        "meter_at",
        "confirmed_since",
        *used,
    )
    bulk.insert(Asset, names, lines())


def _since(row: AssetRow, today: dt.date) -> dt.date:
    return timezone.localdate(row.created_at) if row.created_at else today


def _label(row: AssetRow, code: str, known: Mapping[int, ProductModel]) -> str:
    values = row.values
    model = str(known[values["model"]]) if values.get("model") else values.get("model_text", "")
    return queries.label_from(
        kind=row.kind,
        plate=values.get("plate", ""),
        vin=values.get("vin", ""),
        model=model,
        serial_no=values.get("serial_no", ""),
        name=values.get("name", ""),
        code=code,
    )


TEXTS = ("serial_no", "plate", "vin", "engine_no", "name", "model_text", "application", "location_text")


def _docs(
    rows: Sequence[AssetRow],
    ids: Sequence[int],
    codes: Sequence[str],
    known: Mapping[int, ProductModel],
    at: dt.datetime,
) -> Iterator[search.Doc]:
    for row, pk, code in zip(rows, ids, codes, strict=True):
        yield search.Doc(
            kind=queries.KIND,
            object_id=pk,
            station_id=row.values["station"],
            title=_label(row, code, known),
            subtitle=row.customer_name,
            url=f"/machines/{code}/",
            body="\n".join([code, *(str(row.values.get(name) or "") for name in TEXTS)]),
            names=row.customer_name,
            at=row.created_at or at,
        )

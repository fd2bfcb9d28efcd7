"""F16 safety stock and reorder point, F26 fill rates, F33 economic order quantity."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from careloop.measures.errors import MeasureError
from careloop.measures.intervals import Share, wilson

LARGEST_STOCK = 10_000_000


@dataclass(frozen=True, slots=True)
class ReorderPoint:
    """Pieces: safety stock, reorder point, and the point rounded up to whole pieces."""

    safety_stock: float
    reorder_point: float
    reorder_at: int
    service_level: float
    method: str


@dataclass(frozen=True, slots=True)
class FillRates:
    """F26: complete orders, complete lines, pieces, each delivered at once from the planned location."""

    orders: Share
    lines: Share
    pieces: Share


def _check_level(service_level: float) -> None:
    if not 0.0 < service_level < 1.0:
        raise MeasureError("the service level must be between 0 and 1, not {level}", level=service_level)


def reorder_normal(
    demand: float,
    demand_sd: float,
    lead_time: float,
    lead_time_sd: float = 0.0,
    *,
    service_level: float = 0.95,
) -> ReorderPoint:
    """SS = z·√(L·σ_d² + d²·σ_L²), ROP = d·L + SS, z one-sided.

    Args:
        demand: mean pieces per period.
        demand_sd: standard deviation per period.
        lead_time: mean lead time in periods.
        lead_time_sd: its standard deviation in periods.
        service_level: probability of no stock-out in a cycle.

    Raises:
        MeasureError: a negative number, or a level outside (0, 1).
    """
    _check_level(service_level)
    numbers = (demand, demand_sd, lead_time, lead_time_sd)
    if not all(math.isfinite(v) and v >= 0 for v in numbers):
        raise MeasureError("demand, lead time and their spreads must be numbers of at least 0")
    z = NormalDist().inv_cdf(service_level)
    safety = z * math.sqrt(lead_time * demand_sd**2 + demand**2 * lead_time_sd**2)
    point = demand * lead_time + safety
    return ReorderPoint(safety, point, max(0, math.ceil(round(point, 9))), service_level, "normal")


def reorder_poisson(mean: float, *, service_level: float = 0.95) -> ReorderPoint:
    """Smallest s with Poisson cdf(s) ≥ level; mean = machines × quantity × failure rate × lead time.

    Raises:
        MeasureError: a negative mean, or a level outside (0, 1).
    """
    return _discrete(mean, mean, service_level, "poisson")


def reorder_intermittent(
    size: float, interval: float, size_sd: float, lead_time: float, *, service_level: float = 0.95
) -> ReorderPoint:
    """Reorder point of a part with Croston-type demand.

    Demand of a period is 0, or with probability 1/interval a size with the given mean and
    standard deviation: mean z/p, variance (σ² + z²)/p − (z/p)² per period. Over the lead time it is
    taken as negative binomial when the variance exceeds the mean, else as Poisson.

    Args:
        size: mean pieces per demand, as Croston smooths it.
        interval: mean periods between demands, ≥ 1.
        size_sd: standard deviation of the sizes.
        lead_time: periods.

    Raises:
        MeasureError: a negative number, an interval below 1, a level outside (0, 1).

    Source: Syntetos & Boylan (2006), International Journal of Production Economics 103, 36–47.
    """
    if not (math.isfinite(size) and size >= 0 and size_sd >= 0 and interval >= 1 and lead_time >= 0):
        raise MeasureError("size, spread and lead time must be at least 0, the interval at least 1")
    mean = size / interval
    variance = (size_sd**2 + size**2) / interval - mean**2
    return _discrete(mean * lead_time, variance * lead_time, service_level, "intermittent")


def _discrete(mean: float, variance: float, service_level: float, method: str) -> ReorderPoint:
    _check_level(service_level)
    if not (math.isfinite(mean) and mean >= 0 and math.isfinite(variance)):
        raise MeasureError("the mean demand in the lead time must be a number of at least 0")
    if mean > LARGEST_STOCK / 2:
        raise MeasureError("a demand of {mean} in the lead time is too large for a count model", mean=mean)
    if mean == 0.0:
        return ReorderPoint(0.0, 0.0, 0, service_level, method)
    wide = variance > mean * (1.0 + 1e-9)
    shape = mean**2 / (variance - mean) if wide else math.inf
    start = shape * math.log(mean / variance) if wide else -mean
    odds = (variance - mean) / variance if wide else 0.0
    log_term, below, count = start, math.exp(start), 0
    while below < service_level - 1e-12 and count < LARGEST_STOCK:
        ratio = odds * (shape + count) if wide else mean
        log_term += math.log(ratio / (count + 1))
        count += 1
        below += math.exp(log_term)
    return ReorderPoint(count - mean, float(count), count, service_level, method)


def fill_rates(
    orders: Sequence[Hashable], ordered: npt.ArrayLike, delivered: npt.ArrayLike, *, level: float = 0.95
) -> FillRates:
    """F26 from order lines: complete orders, complete lines, pieces delivered (at most those ordered).

    Raises:
        MeasureError: no lines, a quantity missing or negative, ordered 0, or fractions of pieces.
    """
    wanted, got = np.asarray(ordered, dtype=np.float64), np.asarray(delivered, dtype=np.float64)
    if not wanted.size or not len(orders) == wanted.size == got.size:
        raise MeasureError("order, ordered and delivered are needed for every line, at least one line")
    if not (np.isfinite(wanted).all() and np.isfinite(got).all()):
        raise MeasureError("ordered and delivered must be numbers")
    if bool((wanted <= 0).any() or (got < 0).any()) or bool((wanted % 1 != 0).any() or (got % 1 != 0).any()):
        raise MeasureError("ordered must be whole pieces above 0, delivered whole pieces of at least 0")
    complete = got >= wanted
    whole: dict[Hashable, bool] = {}
    for order, is_complete in zip(orders, complete, strict=True):
        whole[order] = whole.get(order, True) and bool(is_complete)
    pieces = int(np.minimum(wanted, got).sum())
    return FillRates(
        wilson(sum(whole.values()), len(whole), level=level),
        wilson(int(complete.sum()), wanted.size, level=level),
        wilson(pieces, int(wanted.sum()), level=level),
    )


def economic_order_quantity(yearly_demand: float, order_cost: float, unit_price: float, holding_rate: float) -> float:
    """√(2·D·K/(h·c)) pieces per order.

    Args:
        yearly_demand: D pieces a year.
        order_cost: K money per order.
        unit_price: c money per piece.
        holding_rate: h, yearly holding cost as a fraction of the price.

    Raises:
        MeasureError: a number that is not above 0 (demand may be 0).

    Source: Harris (1913).
    """
    if not (yearly_demand >= 0 and order_cost >= 0 and unit_price > 0 and holding_rate > 0):
        raise MeasureError("demand and order cost must be at least 0, price and holding rate above 0")
    return math.sqrt(2.0 * yearly_demand * order_cost / (holding_rate * unit_price))

"""F18: age replacement of wearing parts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import gamma, gammainc

from careloop.measures.errors import MeasureError, Message
from careloop.measures.roots import find_root


@dataclass(frozen=True, slots=True)
class Replacement:
    """Cost per unit of time with and without preventive replacement.

    `age` and `cost_rate` are None with a reason when preventive replacement does not pay.
    `saving` is the fraction of the run-to-failure cost saved.
    """

    age: float | None
    cost_rate: float | None
    run_to_failure_rate: float
    saving: float | None
    mean_life: float
    reason: Message | None = None


def _check(beta: float, eta: float, planned_cost: float, failure_cost: float) -> None:
    if not all(math.isfinite(v) and v > 0 for v in (beta, eta, planned_cost, failure_cost)):
        raise MeasureError("beta, eta and both costs must be numbers above 0")


def cost_rate(age: float, *, beta: float, eta: float, planned_cost: float, failure_cost: float) -> float:
    """C(T) = [c_p·R(T) + c_f·(1 − R(T))]/∫₀ᵀ R(t) dt, R = exp(−(t/η)^β); money per unit of time."""
    _check(beta, eta, planned_cost, failure_cost)
    if not age > 0:
        raise MeasureError("the replacement age must be above 0")
    power = (age / eta) ** beta
    alive = math.exp(-power) if power < 700.0 else 0.0
    return (planned_cost * alive + failure_cost * (1.0 - alive)) / _lived(power, beta, eta)


def _lived(power: float, beta: float, eta: float) -> float:
    """∫₀ᵀ R dt in closed form: η·Γ(1+1/β)·P(1/β, (T/η)^β)."""
    return eta * float(gamma(1.0 + 1.0 / beta)) * float(gammainc(1.0 / beta, power))


def optimal_replacement(
    *, beta: float, eta: float, planned_cost: float = 1.0, failure_cost: float = 10.0
) -> Replacement:
    """Age with the smallest cost rate, from h(T)·∫R + R(T) = c_f/(c_f − c_p).

    Args:
        beta: Weibull shape.
        eta: Weibull scale in the unit of time.
        planned_cost: money per planned replacement c_p.
        failure_cost: money per failure c_f (part, labor, stop).

    Returns:
        Preconditions β > 1 and c_f > c_p; otherwise no preventive replacement, with the reason.

    Raises:
        MeasureError: a number that is not above 0.

    Source: Barlow & Hunter (1960), Operations Research 8(1), 90–100.
    """
    _check(beta, eta, planned_cost, failure_cost)
    mean_life = eta * float(gamma(1.0 + 1.0 / beta))
    worst = failure_cost / mean_life
    if beta <= 1.0:
        reason = Message("the failure rate does not rise (beta ≤ 1): no preventive replacement")
        return Replacement(None, None, worst, None, mean_life, reason)
    if failure_cost <= planned_cost:
        reason = Message("a failure costs no more than a planned replacement: no preventive replacement")
        return Replacement(None, None, worst, None, mean_life, reason)
    target = failure_cost / (failure_cost - planned_cost)

    def gain(log_ratio: float) -> float:
        power = math.exp(min(beta * log_ratio, 600.0))
        hazard = beta / eta * math.exp((beta - 1.0) * log_ratio)
        return hazard * _lived(power, beta, eta) + math.exp(-min(power, 700.0)) - target

    low, high = -60.0, 1.0
    while gain(high) < 0:
        high *= 2.0
        if high > 1e4:
            reason = Message("the best age lies far beyond the life of the part: no preventive replacement")
            return Replacement(None, None, worst, None, mean_life, reason)
    log_age = find_root(gain, low, high)
    if beta * log_age > math.log(700.0):
        reason = Message("the best age lies far beyond the life of the part: no preventive replacement")
        return Replacement(None, None, worst, None, mean_life, reason)
    age = eta * math.exp(log_age)
    rate = cost_rate(age, beta=beta, eta=eta, planned_cost=planned_cost, failure_cost=failure_cost)
    return Replacement(age, rate, worst, 1.0 - rate / worst, mean_life)

"""Versions of the estimate, and the customer's decision about exactly one of them (R61, R62)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from careloop.core import flow
from careloop.core.actor import Actor
from careloop.core.errors import Conflict, DomainError, PermissionRefused
from careloop.workorders import rules
from careloop.workorders.models import ConsentCode, Estimate, EstimateConsent, OrderLine, WorkOrder
from careloop.workorders.services import files, lines, loading, stamps
from careloop.workorders.services.codes import checked_code
from careloop.workorders.states import FLOW, LineConsent, Outcome, Step

Method = EstimateConsent.Method


@dataclass(frozen=True, slots=True)
class Decision:
    """How the customer decided. `accepted` None: every item; else the ids of the items he takes."""

    version: int
    method: str
    given_by: str
    accepted: tuple[int, ...] | None = None
    signature: str = ""
    words: str = ""
    device: str = ""


# --- offer ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit_estimate(
    order_id: int,
    *,
    promised_at: dt.datetime,
    actor: Actor,
    at: dt.datetime,
    old_part_wish: str = "",
    discount: Decimal | None = None,
    diagnosis_limit: Decimal | None = None,
) -> Estimate:
    """A new version for the customer to decide on; older versions and their consent are void."""
    order = loading.lock(order_id)
    actor.require("workorders.estimate")
    loading.future(promised_at, at=at, field="promised_at")
    wish = old_part_wish or order.old_part_wish
    order.diagnosis_limit = diagnosis_limit
    _check_offer(order, discount or rules.ZERO, diagnosis_limit, wish)
    version = _next_version(order)
    flow.apply(
        FLOW,
        order,
        "estimate",
        actor=actor,
        at=at,
        data={"version": version},
        estimate_version=version,
        consented_version=0,
        consented_amount=rules.ZERO,
        promised_at=promised_at,
        discount_amount=discount or rules.ZERO,
        diagnosis_limit=diagnosis_limit,
        old_part_wish=wish,
    )
    return _write_version(order, version, promised_at=promised_at, actor=actor, at=at)


def _check_offer(order: WorkOrder, discount: Decimal, limit: Decimal | None, wish: str) -> None:
    if discount < 0:
        raise DomainError(_("The discount cannot be below zero."), field="discount")
    facts = [rules.line_facts(line) for line in order.open_lines]
    amount = rules.customer_amount(facts, rules.ZERO)
    if discount > amount:
        raise DomainError(_("The discount is higher than what the customer pays."), field="discount")
    if limit is not None and limit <= 0:
        raise DomainError(_("Enter the limit of the diagnosis, above zero."), field="diagnosis_limit")
    if limit is not None and amount > limit:
        raise DomainError(
            _("The items are above the diagnosis limit. Raise the limit or lower the prices."), field="diagnosis_limit"
        )
    if not wish and any(line.kind == "material" for line in order.open_lines):
        raise DomainError(_("Ask whether the customer wants the old parts back."), field="old_part_wish")


def _next_version(order: WorkOrder) -> int:
    return int(order.estimates.aggregate(n=Max("version"))["n"] or 0) + 1


def _write_version(
    order: WorkOrder, version: int, *, promised_at: dt.datetime | None, actor: Actor, at: dt.datetime
) -> Estimate:
    order.estimates.standing().update(void_at=at)
    facts = [rules.line_facts(line) for line in order.open_lines]
    amount = rules.customer_amount(facts, order.discount_amount)
    order.__dict__.pop("standing_estimate", None)
    return Estimate.objects.create(
        order=order,
        version=version,
        lines=facts,
        amount=amount if order.diagnosis_limit is None else order.diagnosis_limit,
        free_amount=rules.free_amount(facts),
        discount_amount=order.discount_amount,
        promised_at=promised_at,
        diagnosis_limit=order.diagnosis_limit,
        created_at=at,
        created_by_id=actor.person_id,
        digest=rules.digest(facts, order.discount_amount, order.diagnosis_limit),
    )


@transaction.atomic
def ask_added(order_id: int, *, promised_at: dt.datetime, actor: Actor, at: dt.datetime) -> Estimate:
    """Added items in a new version, with the new time; the technician waits for the answer."""
    return _ask(order_id, "ask_added", promised_at=promised_at, actor=actor, at=at, at_settlement=False)


@transaction.atomic
def ask_bill(order_id: int, *, promised_at: dt.datetime, actor: Actor, at: dt.datetime) -> Estimate:
    """The bill would be above the consent: the customer is asked before it is issued."""
    return _ask(order_id, "ask_bill", promised_at=promised_at, actor=actor, at=at, at_settlement=True)


def _ask(
    order_id: int, step: str, *, promised_at: dt.datetime, actor: Actor, at: dt.datetime, at_settlement: bool
) -> Estimate:
    order = loading.lock(order_id)
    loading.future(promised_at, at=at, field="promised_at")
    version = _next_version(order)
    flow.apply(
        FLOW,
        order,
        step,
        actor=actor,
        at=at,
        data={
            "version": version,
            "items": [line.name for line in _proposed(order)],
            "promised_at": promised_at.isoformat(),
        },
        estimate_version=version,
        is_asked_at_settlement=at_settlement,
        diagnosis_limit=None if _leaves_diagnosis(order) else order.diagnosis_limit,
    )
    return _write_version(order, version, promised_at=promised_at, actor=actor, at=at)


def _leaves_diagnosis(order: WorkOrder) -> bool:
    return order.diagnosis_limit is not None


def _proposed(order: WorkOrder) -> list[OrderLine]:
    return [line for line in order.open_lines if line.consent == LineConsent.PROPOSED]


# --- decision -------------------------------------------------------------------------------------------------------


def consent(order_id: int, *, actor: Actor, at: dt.datetime, code: str = "", **decision: Any) -> WorkOrder:
    """The customer consents to all items or to chosen ones of exactly this version."""
    return _decide(order_id, "consent", Decision(**_tidy(decision)), code=code, actor=actor, at=at)


def consent_added(order_id: int, *, actor: Actor, at: dt.datetime, code: str = "", **decision: Any) -> WorkOrder:
    """The customer decides on added items; none of them accepted is a decision too."""
    return _decide(order_id, "consent_added", Decision(**_tidy(decision)), code=code, actor=actor, at=at)


def consent_bill(order_id: int, *, actor: Actor, at: dt.datetime, code: str = "", **decision: Any) -> WorkOrder:
    """The customer decides on what would raise the bill."""
    return _decide(order_id, "consent_bill", Decision(**_tidy(decision)), code=code, actor=actor, at=at)


def _tidy(decision: dict[str, Any]) -> dict[str, Any]:
    accepted = decision.get("accepted")
    return {
        **{name: value for name, value in decision.items() if value is not None},
        "accepted": None if accepted is None else tuple(int(pk) for pk in accepted),
    }


def _decide(order_id: int, step: str, decision: Decision, *, code: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    # its own transaction: a wrong try must count although the step is refused
    code_id = checked_code(order_id, decision.version, code, at=at) if decision.method == Method.CODE else None
    with transaction.atomic():
        order = _take_decision(order_id, step, decision, actor=actor, at=at)
        if code_id is not None:
            ConsentCode.objects.filter(pk=code_id).update(used_at=at)
        return order


def _take_decision(order_id: int, step: str, decision: Decision, *, actor: Actor, at: dt.datetime) -> WorkOrder:
    order = loading.lock(order_id)
    actor.require("workorders.consent")
    estimate = _standing(order, decision.version)
    _check_decision(decision, actor)
    accepted, declined = _split(order, estimate, decision.accepted)
    if step == "consent" and not accepted and estimate.diagnosis_limit is None:
        raise DomainError(
            _("No item is chosen. Choose at least one, or press “Customer refuses estimate”."), field="accepted"
        )
    amount = _consented_amount(order, estimate, accepted, declined)
    flow.apply(
        FLOW,
        order,
        step,
        actor=actor,
        at=at,
        text=decision.words,
        data={
            "version": estimate.version,
            "method": decision.method,
            "given_by": decision.given_by,
            "amount": str(amount),
            "accepted": [line.name for line in accepted],
            "declined": [line.name for line in declined],
        },
        consented_version=estimate.version,
        consented_amount=amount,
        promised_at=estimate.promised_at,
        is_asked_at_settlement=False,
    )
    OrderLine.objects.filter(pk__in=[line.pk for line in accepted]).update(
        consent=LineConsent.CONSENTED, consented_version=estimate.version
    )
    _decline_or_restore(order, declined, at=at, by=decision.given_by)
    _keep(order, estimate, decision, accepted, declined, amount, actor=actor, at=at)
    if step == "consent":
        stamps.end(order, Step.RECEPTION, at=at, person_id=order.adviser_id or actor.person_id)
        stamps.begin(order, Step.REPAIR, at=at)
    order.__dict__.pop("open_lines", None)
    return order


def _standing(order: WorkOrder, version: int) -> Estimate:
    """The version in force; another one, or one whose items changed since, is refused."""
    estimate = order.standing_estimate
    if estimate is None or estimate.version != version:
        raise Conflict(
            _("Version %(version)s of the estimate no longer holds. Show the customer the present one.")
            % {"version": version},
            field="version",
        )
    facts = [rules.line_facts(line) for line in order.open_lines]
    if rules.digest(facts, estimate.discount_amount, estimate.diagnosis_limit) != estimate.digest:
        raise Conflict(_("Items or prices changed after the estimate. Submit the estimate again."), field="version")
    found: Estimate = estimate
    return found


def _check_decision(decision: Decision, actor: Actor) -> None:
    if decision.method not in Method.values:
        raise DomainError(_("Choose how the customer consented."), field="method")
    if not decision.given_by.strip():
        raise DomainError(_("Write who consented."), field="given_by")
    if decision.method == Method.LINK and actor.entrance != "link":
        raise PermissionRefused(_("Only the customer himself decides on his own page."))
    if decision.method == Method.SIGNATURE and not decision.signature:
        raise DomainError(_("Let the customer sign."), field="signature")
    if decision.method == Method.RECORDED and not decision.words.strip():
        raise DomainError(_("Write the words of the recorded message, and where it is kept."), field="words")


def _split(
    order: WorkOrder, estimate: Estimate, accepted: tuple[int, ...] | None
) -> tuple[list[OrderLine], list[OrderLine]]:
    """Accepted and declined lines. What was consented before and has not changed stays."""
    known = {line.pk for line in order.open_lines}
    if accepted is not None and set(accepted) - known:
        raise DomainError(_("One of the chosen items is not part of this version."), field="accepted")
    yes: list[OrderLine] = []
    no: list[OrderLine] = []
    for line in order.open_lines:
        stays = line.consent == LineConsent.CONSENTED
        (yes if accepted is None or stays or line.pk in accepted else no).append(line)
    return yes, no


def _consented_amount(
    order: WorkOrder, estimate: Estimate, accepted: list[OrderLine], declined: list[OrderLine]
) -> Decimal:
    """What the customer has now agreed to pay; an item whose raise he declines counts with its earlier price."""
    kept = [before for line in declined if (before := _earlier(order, line)) is not None]
    facts = [*(rules.line_facts(line) for line in accepted), *kept]
    amount = rules.customer_amount(facts, estimate.discount_amount)
    return amount if estimate.diagnosis_limit is None else max(amount, estimate.diagnosis_limit)


def _decline_or_restore(order: WorkOrder, declined: list[OrderLine], *, at: dt.datetime, by: str) -> None:
    """A raised item whose raise is declined keeps its old price; other items become advice."""
    gone = []
    for line in declined:
        before = _earlier(order, line)
        if before is None:
            gone.append(line)
            continue
        OrderLine.objects.filter(pk=line.pk).update(
            consent=LineConsent.CONSENTED,
            name=before["name"],
            part_no=before["part_no"],
            brand=before["brand"],
            part_origin=before["part_origin"],
            quantity=Decimal(before["quantity"]),
            unit=before["unit"],
            unit_price=Decimal(before["unit_price"]),
            amount=Decimal(before["amount"]),
            payer=before["payer"],
        )
    lines.decline(order, gone, at=at, by=by)


def _earlier(order: WorkOrder, line: OrderLine) -> dict[str, Any] | None:
    """The line as it was in the version in which it was consented."""
    if line.consented_version is None:
        return None
    version = order.estimates.filter(version=line.consented_version).first()
    rows: list[dict[str, Any]] = version.lines if version else []
    return next((row for row in rows if row["id"] == line.pk), None)


def _keep(
    order: WorkOrder,
    estimate: Estimate,
    decision: Decision,
    accepted: Iterable[OrderLine],
    declined: Iterable[OrderLine],
    amount: Decimal,
    *,
    actor: Actor,
    at: dt.datetime,
    is_refused: bool = False,
) -> None:
    file = (
        files.keep_signature(order, decision.signature, actor=actor, at=at, purpose=f"consent-{estimate.version}")
        if decision.signature
        else None
    )
    EstimateConsent.objects.create(
        estimate=estimate,
        method=decision.method,
        given_at=at,
        given_by=decision.given_by.strip()[:60],
        taken_by_id=actor.person_id,
        line_ids=[line.pk for line in accepted],
        declined_ids=[line.pk for line in declined],
        amount=amount,
        file=file,
        device=decision.device[:200],
        words=decision.words.strip()[:300],
        is_refused=is_refused,
    )


@transaction.atomic
def refuse(
    order_id: int,
    *,
    version: int,
    given_by: str,
    reason: str,
    actor: Actor,
    at: dt.datetime,
    method: str = Method.RECORDED,
    signature: str = "",
) -> WorkOrder:
    """The customer refuses: only what was announced before is charged, everything else stays as advice."""
    order = loading.lock(order_id)
    actor.require("workorders.consent")
    estimate = _standing(order, version)
    decision = Decision(version, method, given_by, (), signature, reason)
    _check_decision(decision, actor)
    refused = _proposed(order)
    flow.apply(
        FLOW,
        order,
        "refuse",
        actor=actor,
        at=at,
        reason=reason,
        data={"version": version, "method": method, "given_by": given_by, "fee": str(order.announced_fee)},
        outcome=Outcome.REFUSED,
        consented_version=version,
        consented_amount=order.announced_fee,
        discount_amount=rules.ZERO,
        diagnosis_limit=None,
    )
    lines.decline(order, refused, at=at, by=given_by)
    _keep(order, estimate, decision, (), refused, order.announced_fee, actor=actor, at=at, is_refused=True)
    if order.announced_fee:
        OrderLine.objects.create(
            order=order,
            position=99,
            kind="labour",
            name=_("Diagnosis fee as announced"),
            quantity=Decimal(1),
            unit_price=order.announced_fee,
            amount=order.announced_fee,
            consent=LineConsent.CONSENTED,
            consented_version=version,
            done_at=at,
        )
    stamps.end(order, Step.RECEPTION, at=at, person_id=order.adviser_id or actor.person_id)
    for step in (Step.REPAIR, Step.INSPECTION):
        stamps.skip(order, step, at=at, person_id=actor.person_id, reason=_("estimate refused"))
    stamps.begin(order, Step.SETTLEMENT, at=at)
    return order


@transaction.atomic
def go_on(order_id: int, *, promised_at: dt.datetime, reason: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    """No answer in time: the rest is finished, the added items stay as advice, the promise is told anew."""
    return _withdraw_offer(order_id, "go_on", promised_at=promised_at, reason=reason, actor=actor, at=at)


@transaction.atomic
def drop_bill(order_id: int, *, reason: str, actor: Actor, at: dt.datetime) -> WorkOrder:
    """The shop settles within the old consent."""
    return _withdraw_offer(order_id, "drop_bill", promised_at=None, reason=reason, actor=actor, at=at)


def _withdraw_offer(
    order_id: int, step: str, *, promised_at: dt.datetime | None, reason: str, actor: Actor, at: dt.datetime
) -> WorkOrder:
    """The unanswered version is void; the one that the customer consented to stands again."""
    order = loading.lock(order_id)
    if promised_at is not None:
        loading.future(promised_at, at=at, field="promised_at")
    asked = _proposed(order)
    earlier = order.estimates.filter(version=order.consented_version).first()
    flow.apply(
        FLOW,
        order,
        step,
        actor=actor,
        at=at,
        reason=reason,
        data={"version": order.estimate_version, "declined": [line.name for line in asked]},
        estimate_version=order.consented_version,
        is_asked_at_settlement=False,
        diagnosis_limit=earlier.diagnosis_limit if earlier else None,
        promised_at=promised_at or order.promised_at,
    )
    order.estimates.standing().update(void_at=at)
    order.estimates.filter(version=order.consented_version).update(void_at=None)
    _decline_or_restore(order, asked, at=at, by=_("no answer"))
    order.__dict__.pop("open_lines", None)
    return order

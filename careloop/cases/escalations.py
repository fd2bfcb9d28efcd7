"""Reads of escalation: who was asked and did not react, the levels, and the request as its customer sees it."""

import datetime as dt
from collections.abc import Sequence

from django.core.signing import BadSignature, Signer
from django.db.models import Count, F, Max

from careloop.cases.models import Case, SupportLevel, known_levels
from careloop.cases.states import CaseState
from careloop.staff import queries as staff

OPEN = (CaseState.ACCEPTED, CaseState.REMOTE)


def levels() -> list[SupportLevel]:
    return known_levels()


def department_choices() -> list[tuple[int, str]]:
    return [(row.pk, row.name) for row in staff.departments()]


def open_counts() -> dict[int, int]:
    """Level → open requests that are there."""
    rows = Case.objects.open().order_by().values_list("support_level").annotate(n=Count("pk"))
    return dict(rows)


def late_ids(*, now: dt.datetime, limit: int) -> Sequence[int]:
    """Requests whose level is late and has another one above it, longest first."""
    highest = SupportLevel.objects.aggregate(n=Max("number"))["n"] or len(known_levels())
    rows = Case.objects.filter(escalation_due_at__lte=now, state__in=OPEN, support_level__lt=highest)
    return list(rows.order_by("escalation_due_at").values_list("pk", flat=True)[:limit])


# --- the customer's own page --------------------------------------------------------------------------------------

_signer = Signer(salt="careloop.request-status")


def token_of(case_id: int) -> str:
    """The key in the address of the customer's page; whoever has it sees the state of this one request."""
    return _signer.sign(str(case_id))


def case_of(token: str) -> Case | None:
    """The request of a key; None for a wrong one, and for a request that nobody has accepted yet."""
    try:
        pk = int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
    rows = Case.objects.exclude(state=CaseState.DRAFT).annotate(target=F("merged_into__number"))
    return rows.select_related("station__calendar", "customer", "contact", "asset__model").filter(pk=pk).first()

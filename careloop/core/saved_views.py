"""Filters of lists kept under a name: own ones, and those shared with a role or with everybody (R184)."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.core.models import SavedView

NOT_KEPT = frozenset({"before", "after", "page", "cols", "saved"})
MOST = 50


def visible(actor: Actor, page: str = "") -> QuerySet[SavedView]:
    """Own views, and those that somebody shared with the actor's roles; of one list when it is named."""
    shared = Q(is_shared=True) & (Q(role="") | Q(role__in=actor.roles))
    rows = SavedView.objects.filter(Q(owner_id=actor.user_id or 0) | shared)
    return (rows.filter(page=page) if page else rows).order_by("name", "pk")


def query_of(actor: Actor, pk: int, *, page: str) -> QueryDict:
    """The filter behind a view as the page reads it from its address.

    Raises:
        NotFound: no such view of this list, or it is not shared with the actor.
    """
    found = visible(actor, page).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such saved view of this list, or it is not shared with you."), field="saved")
    return QueryDict(found.query)


def tidy(query: str) -> str:
    """The filter without place in the list and chosen columns, in one order."""
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=False)
    return urlencode(sorted((name, value) for name, value in pairs if name not in NOT_KEPT))


@transaction.atomic
def keep(*, page: str, name: str, query: str, actor: Actor, is_shared: bool = False, role: str = "") -> SavedView:
    """Keep a filter; a view of the same name and list is replaced. Shared with a role only by those who hold it."""
    name = " ".join(name.split())[:60]
    if not name:
        raise DomainError(_("Give the view a name."), field="name")
    if actor.user_id is None:
        raise DomainError(_("Views belong to an account. Sign in first."))
    if role and role not in actor.roles:
        raise DomainError(_("You can share a view only with a role that you hold."), field="role")
    try:
        resolve(page)
    except Resolver404 as error:
        raise DomainError(_("There is no list at “%(page)s”.") % {"page": page[:60]}, field="page") from error
    kept = tidy(query)
    if len(kept) > 1000:
        raise DomainError(_("This filter is too long to be kept. Choose less."), field="query")
    own = SavedView.objects.filter(owner_id=actor.user_id, page=page)
    if own.exclude(name=name).count() >= MOST:
        raise DomainError(_("You keep %(n)d views of this list. Remove one first.") % {"n": MOST}, field="name")
    values: dict[str, Any] = {"query": kept, "is_shared": is_shared or bool(role), "role": role}
    view, _is_new = SavedView.objects.update_or_create(owner_id=actor.user_id, page=page, name=name, defaults=values)
    return view


@transaction.atomic
def remove(pk: int, *, actor: Actor) -> SavedView:
    """Only its owner removes a view."""
    view = SavedView.objects.filter(pk=pk, owner_id=actor.user_id or 0).first()
    if view is None:
        raise NotFound(_("There is no such saved view of yours."))
    view.delete()
    return view

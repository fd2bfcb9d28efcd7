"""Photos, recordings and papers of a request."""

import datetime as dt
from uuid import UUID

from django.core.files.base import File
from django.utils.translation import gettext as _

from careloop.cases.models import Case
from careloop.core import files
from careloop.core.actor import Actor
from careloop.core.errors import NotFound
from careloop.core.models import StoredFile

RIGHT = "core.upload_file"


def add_file(case_id: int, upload: "File[bytes]", *, actor: Actor, at: dt.datetime) -> StoredFile:
    """Keep a file with the request; type and content are checked, the same file is kept once.

    Not one transaction: the content is on disk before its row, so that a row never lacks its content.

    Raises:
        DomainError: empty, too large, or of a type that is not allowed.
    """
    actor.require(RIGHT)
    return files.store(upload, subject=_case(case_id, actor), purpose="case", actor=actor, at=at)


def remove_file(case_id: int, key: UUID, *, actor: Actor, at: dt.datetime, reason: str) -> StoredFile:
    """Take a file off the request, with the reason on the timeline."""
    actor.require("cases.work_case")
    return files.remove(key, subject=_case(case_id, actor), actor=actor, at=at, reason=reason)


def _case(case_id: int, actor: Actor) -> Case:
    case = Case.objects.visible_to(actor).filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("There is no such request, or it is not yours to see."))
    return case

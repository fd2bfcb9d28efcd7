"""Signatures and photos of an order: checked and kept by `core.files`, bound to the order or to one of its items."""

import base64
import binascii
import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from careloop.core import files
from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.models import StoredFile
from careloop.workorders.models import WorkOrder


def keep_signature(order: WorkOrder, data_url: str, *, actor: Actor, at: dt.datetime, purpose: str) -> StoredFile:
    """A signature drawn on screen. An empty field is no signature."""
    return files.store_data_url(
        data_url, subject=order, purpose=purpose, name=f"{order.number}-{purpose}.png", actor=actor, at=at
    )


def keep_photos(photos: Iterable[Any], *, subject: Any, purpose: str, actor: Actor, at: dt.datetime) -> None:
    """Photos as uploaded files, or as data URLs from a program: all of them, or none."""
    for number, photo in enumerate(photos, 1):
        upload = _decoded(photo, f"{purpose}-{number}") if isinstance(photo, str) else photo
        try:
            files.store(upload, subject=subject, purpose=purpose, actor=actor, at=at, groups=("image",))
        except DomainError as error:
            raise DomainError(error.message, field="photos") from error


def _decoded(data_url: str, name: str) -> "ContentFile[bytes]":
    kind, _comma, coded = data_url.strip().partition(",")
    try:
        content = base64.b64decode(coded or kind, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DomainError(_("The picture could not be read. Take it once more."), field="photos") from error
    return ContentFile(content, name=f"{name}.{'png' if 'png' in kind else 'jpg'}")

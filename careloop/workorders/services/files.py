"""Signatures and photos of an order, as checked files."""

import base64
import binascii
import datetime as dt
import hashlib
import io
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from careloop.core.actor import Actor
from careloop.core.errors import DomainError
from careloop.core.models import StoredFile
from careloop.workorders.models import WorkOrder

KINDS = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}
MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000


def from_data_url(text: str, *, field: str) -> bytes:
    """`data:image/png;base64,…` as the signature pad sends it, or the base64 alone."""
    body = text.strip()
    if body.startswith("data:"):
        body = body.partition(",")[2]
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DomainError(_("The picture could not be read. Draw or take it once more."), field=field) from error


def keep_signature(order: WorkOrder, data_url: str, *, actor: Actor, at: dt.datetime, purpose: str) -> StoredFile:
    """A drawn signature. An empty canvas is no signature."""
    content = from_data_url(data_url, field="signature")
    picture = _opened(content, field="signature")
    if picture.width < 20 or picture.height < 10 or _is_blank(picture):
        raise DomainError(_("The signature is empty. Let the customer sign in the field."), field="signature")
    return _keep(
        content,
        picture,
        name=f"{order.number}-{purpose}",
        purpose=purpose,
        subject=order,
        order=order,
        actor=actor,
        at=at,
    )


def keep_photos(
    order: WorkOrder, photos: Iterable[Any], *, subject: Any, purpose: str, actor: Actor, at: dt.datetime
) -> list[StoredFile]:
    """Photos as uploaded files or as data URLs; each is checked before it is kept."""
    kept = []
    for number, photo in enumerate(photos, 1):
        content = from_data_url(photo, field="photos") if isinstance(photo, str) else photo.read()
        if len(content) > MAX_IMAGE_BYTES:
            raise DomainError(_("A photo may have at most 20 MiB. Take it with a lower resolution."), field="photos")
        picture = _opened(content, field="photos")
        name = getattr(photo, "name", "") or f"{order.number}-{purpose}-{number}"
        kept.append(
            _keep(content, picture, name=name, purpose=purpose, subject=subject, order=order, actor=actor, at=at)
        )
    return kept


def _opened(content: bytes, *, field: str) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content)) as probe:
            if probe.format not in KINDS or probe.width * probe.height > MAX_PIXELS:
                raise DomainError(_("Only photos as JPEG, PNG or WebP can be kept."), field=field)
            probe.verify()
        picture = Image.open(io.BytesIO(content))
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DomainError(_("Only photos as JPEG, PNG or WebP can be kept."), field=field) from error
    return picture


def _is_blank(picture: Image.Image) -> bool:
    """Every pixel alike: nothing was drawn."""
    return all(low == high for low, high in _extrema(picture))


def _extrema(picture: Image.Image) -> list[tuple[int, int]]:
    bands: Any = picture.convert("RGBA").getextrema()
    return list(bands)


def _keep(
    content: bytes,
    picture: Image.Image,
    *,
    name: str,
    purpose: str,
    subject: Any,
    order: WorkOrder,
    actor: Actor,
    at: dt.datetime,
) -> StoredFile:
    content_type, suffix = KINDS[picture.format or "PNG"]
    key = uuid.uuid4()
    path = default_storage.save(f"workorders/{at:%Y/%m}/{key}.{suffix}", ContentFile(content))
    return StoredFile.objects.create(
        key=key,
        name=name[:190],
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        path=path,
        purpose=purpose,
        subject_type=subject._meta.model_name,
        subject_id=subject.pk,
        station_id=order.station_id,
        uploaded_at=at,
        uploaded_by=actor.name,
    )

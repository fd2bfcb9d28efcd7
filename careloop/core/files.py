"""Uploaded files: checked, hashed, kept once under the hash of their content, and bound to a record.

Apps name in `AppConfig.ready` who may see the files of their records: `register_guard("case", may_see)`.
"""

import base64
import binascii
import datetime as dt
import hashlib
import os
import re
import uuid
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from careloop.core import events, filetypes
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.core.filetypes import BY_CONTENT_TYPE, TYPES, Refused, Type
from careloop.core.models import StoredFile

Guard = Callable[[Actor, int], bool]

PIECE = 1 << 20
LARGEST_SIGNATURE = 300 * 1024
LONGEST_EDGE = 4000
UNSAFE_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')
GROUP_KINDS = {"image": "image", "pdf": "pdf", "video": "video", "audio": "audio"}

_GUARDS: dict[str, Guard] = {}


def register_guard(subject_type: str, guard: Guard) -> None:
    """`guard(actor, subject_id)` says whether the actor may see the files of that record. Without one nobody may."""
    _GUARDS[subject_type] = guard


def may_see(actor: Actor, file: StoredFile) -> bool:
    guard = _GUARDS.get(file.subject_type)
    return file.removed_at is None and (actor.is_system or (guard is not None and guard(actor, file.subject_id)))


# --- keeping ------------------------------------------------------------------------------------------------------


def store(
    upload: "File[bytes]",
    *,
    subject: Any,
    purpose: str = "",
    caption: str = "",
    actor: Actor,
    at: dt.datetime,
    groups: Collection[str] | None = None,
) -> StoredFile:
    """Check a file, keep its content and bind it to `subject`. The same file on the same record is kept once.

    Args:
        upload: what the form field or the API gives; its own claims about type and name are not believed.
        subject: a model instance with `event_refs()` and `event_label()`; the caller has checked the right to it.
        purpose: what the record uses it for, `reception`, `damage`, `letter`…
        groups: allowed groups of types (`image`, `pdf`, `video`, `audio`, `text`, `office`); None: all of them.

    Raises:
        Refused: empty, too large, not an allowed type, damaged, dangerous. Nothing is kept.
    """
    if not upload.size:
        raise Refused(_("The file is empty. Choose it again."))
    if upload.size > settings.MAX_UPLOAD_BYTES:
        raise Refused(
            _("The file is larger than %(limit)d MiB. Make it smaller, or send it in parts.")
            % {"limit": settings.MAX_UPLOAD_BYTES >> 20}
        )
    stream = cast(BinaryIO, upload.file)
    found = filetypes.recognise(stream, upload.name or "")
    if groups is not None and found.group not in groups:
        raise Refused(_("This type of file does not belong here. Send a different one."))
    content, detail = _prepared(stream, found)
    return _keep(content, found, detail, name=upload.name or "", subject=subject, purpose=purpose, caption=caption,
                 actor=actor, at=at)  # fmt: skip


def store_data_url(
    data_url: str, *, subject: Any, purpose: str, caption: str = "", name: str = "signature.png", actor: Actor,
    at: dt.datetime, field: str = "signature",
) -> StoredFile:  # fmt: skip
    """Keep a drawing made on screen (`data:image/png;base64,…`): a signature. PNG only, not blank.

    Raises:
        DomainError: at `field`, with what to do.
    """
    content = _drawn(data_url, field=field)
    return _keep(ContentFile(content), TYPES["png"], {}, name=name, subject=subject, purpose=purpose, caption=caption,
                 actor=actor, at=at)  # fmt: skip


def store_images(
    uploads: "Collection[File[bytes]]", *, subject: Any, purpose: str, actor: Actor, at: dt.datetime
) -> list[StoredFile]:
    """Photos of one step: all of them, or none."""
    with transaction.atomic():
        return [
            store(upload, subject=subject, purpose=purpose, actor=actor, at=at, groups=("image",)) for upload in uploads
        ]


def _drawn(data_url: str, *, field: str) -> bytes:
    unreadable = DomainError(_("The drawing could not be read. Sign once more."), field=field)
    prefix, comma, coded = data_url.strip().partition(",")
    if not comma or prefix.replace(" ", "").lower() != "data:image/png;base64":
        raise unreadable
    if len(coded) > LARGEST_SIGNATURE * 4 // 3 + 4:
        raise DomainError(_("The drawing is too large. Sign once more, with fewer strokes."), field=field)
    try:
        content = base64.b64decode(coded, validate=True)
        photo = filetypes.clean_photo(content, filetypes.recognise(ContentFile(content), "x.png"))  # type: ignore[arg-type]  # reason: a ContentFile is a binary file
    except (binascii.Error, ValueError, DomainError) as error:
        raise unreadable from error
    is_drawing = photo.content.startswith(b"\x89PNG") and max(photo.width, photo.height) <= LONGEST_EDGE
    if not is_drawing:
        raise unreadable
    if filetypes.is_blank(photo.content):
        raise DomainError(_("There is no signature yet. Sign in the field."), field=field)
    return photo.content


def _prepared(stream: BinaryIO, found: Type) -> "tuple[File[bytes], dict[str, Any]]":
    """Photos are cleaned in memory, everything else is passed on as it is."""
    stream.seek(0)
    if found.group != "image":
        return File(stream), {}
    photo = filetypes.clean_photo(stream.read(), found)
    detail: dict[str, Any] = {"width": photo.width, "height": photo.height}
    if photo.taken_at is not None:
        detail["taken_at"] = photo.taken_at.isoformat()
    return ContentFile(photo.content), detail


def _keep(
    content: "File[bytes]", found: Type, detail: dict[str, Any], *, name: str, subject: Any, purpose: str, caption: str,
    actor: Actor, at: dt.datetime,
) -> StoredFile:  # fmt: skip
    digest, size = _digest(content)
    subject_type = subject._meta.model_name
    same = StoredFile.objects.of(subject_type, subject.pk).filter(sha256=digest, purpose=purpose).first()
    if same is not None:
        return same
    path = _path(digest, found)
    _place(path, content, size)
    if found.group == "image" and not default_storage.exists(_thumb_path(digest)):
        content.seek(0)
        small = filetypes.thumbnail(content.read())
        if small:
            _place(_thumb_path(digest), ContentFile(small), len(small))
    row = StoredFile(
        name=clean_name(name, found), content_type=found.content_type, size=size, sha256=digest, path=path,
        purpose=purpose, caption=caption[:200], subject_type=subject_type, subject_id=subject.pk,
        station_id=subject.event_refs().get("station"), uploaded_at=at, uploaded_by=actor.name, detail=detail,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            facts = {"file": str(row.key), "name": row.name, "purpose": purpose}
            events.record("file.add", subject, actor=actor, at=at, data=facts)
    except IntegrityError:  # sent twice at the same moment: the other one is kept
        return StoredFile.objects.of(subject_type, subject.pk).get(sha256=digest, purpose=purpose)
    return row


def _digest(content: "File[bytes]") -> tuple[str, int]:
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := content.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _path(digest: str, found: Type) -> str:
    return f"{digest[:2]}/{digest[2:4]}/{digest}.{found.endings[0]}"


def _thumb_path(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:4]}/{digest}-small.webp"


def _place(path: str, content: "File[bytes]", size: int) -> None:
    """Write under the final name in one step; a kill in between leaves no half file under it."""
    if default_storage.exists(path) and default_storage.size(path) == size:
        return
    content.seek(0)
    try:
        target = Path(default_storage.path(path))
    except NotImplementedError:  # an object store writes whole objects by itself
        default_storage.save(path, content)
        return
    written = Path(default_storage.path(default_storage.save(f"incoming/{uuid.uuid4()}", content)))
    with written.open("rb") as file:
        os.fsync(file.fileno())
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.replace(written, target)


def clean_name(name: str, found: Type) -> str:
    """The last part of the sender's name, without tricks, with an ending that belongs to the content."""
    plain = UNSAFE_IN_NAMES.sub("", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if dot and ending.lower() in found.endings:
        return f"{stem.strip()[:150] or 'file'}.{ending.lower()}"
    known = {end for type_ in TYPES.values() for end in type_.endings}
    if dot and ending.lower() in known:
        plain = stem
    return f"{plain.strip()[:150] or 'file'}.{found.endings[0]}"


# --- giving back --------------------------------------------------------------------------------------------------


def find(key: uuid.UUID | str, *, actor: Actor) -> StoredFile:
    """Raises NotFound: no such file, removed, or not for this actor."""
    file = StoredFile.objects.filter(key=key).first()
    if file is None or not may_see(actor, file):
        raise NotFound(_("This file does not exist, or it is not for you."))
    return file


def open_file(file: StoredFile, *, small: bool = False) -> "File[bytes]":
    """The content; `small`: the preview of a picture.

    Raises:
        NotFound: the record is there, the content is not (shown by `careloop doctor`).
    """
    try:
        return cast("File[bytes]", default_storage.open(_thumb_path(file.sha256) if small else file.path))
    except FileNotFoundError as error:
        raise NotFound(_("The content of this file is missing. Tell whoever runs the system.")) from error


def is_intact(file: StoredFile) -> bool:
    """Does the kept content still have its hash?"""
    try:
        with open_file(file) as content:
            return _digest(content) == (file.sha256, file.size)
    except NotFound:
        return False


def remove(key: uuid.UUID | str, *, subject: Any, actor: Actor, at: dt.datetime, reason: str) -> StoredFile:
    """Take a file off its record. It is marked, not destroyed: who removed what and why stays to be seen.

    Raises:
        NotFound: no such file on `subject`.
        DomainError: no reason given.
    """
    if not reason.strip():
        raise DomainError(_("Say why, in a few words; the reason stays on the timeline."), field="reason")
    with transaction.atomic():
        file = StoredFile.objects.of(subject._meta.model_name, subject.pk).filter(key=key).first()
        if file is None:
            raise NotFound(_("This file does not exist, or it is not for you."))
        file.removed_at, file.removed_by = at, actor.name
        file.save(update_fields=["removed_at", "removed_by"])
        data = {"file": str(file.key), "name": file.name, "reason": reason.strip()}
        events.record("file.remove", subject, actor=actor, at=at, data=data)
    return file


def type_of(file: StoredFile) -> Type:
    return BY_CONTENT_TYPE[file.content_type]


def shown(file: StoredFile) -> Mapping[str, Any]:
    """A file as the component `attachments` takes it."""
    group = type_of(file).group
    url = reverse("files:show", args=[file.key])
    return {
        "name": file.name,
        "caption": file.caption,
        "kind": GROUP_KINDS.get(group, "file"),
        "url": url,
        "thumb": reverse("files:small", args=[file.key]) if group == "image" else "",
        "size": _size(file.size),
        "who": file.uploaded_by,
        "key": str(file.key),
    }


def _size(size: int) -> str:
    return f"{size / 1048576:.1f} MB" if size >= 1048576 else f"{max(1, size // 1024)} kB"

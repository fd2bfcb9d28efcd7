"""Handing files out: by key, to those who may see the record, in a way that no browser takes for a page of ours."""

import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from django.core.files.base import File
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from careloop.core import access, files, filetypes
from careloop.core.errors import DomainError, NotFound
from careloop.core.http import Request
from careloop.core.models import StoredFile

PIECE = 1 << 16
SANDBOX = "default-src 'none'; sandbox"
# Browsers refuse to open a PDF inside a sandbox; their viewers run no code of ours.
PAPER = "default-src 'none'; script-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@require_safe
def show(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """Pictures and papers in the browser, everything else as a download."""
    return _found(cast(Request, request), key, inline="download" not in request.GET)


@require_safe
def small(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The preview of a picture, at most 480 pixels wide and high."""
    return _found(cast(Request, request), key, inline=True, is_small=True)


def _found(request: Request, key: UUID, *, inline: bool, is_small: bool = False) -> HttpResponseBase:
    try:
        file = files.find(key, actor=request.actor)
        response = answer(request, file, inline=inline, is_small=is_small)
    except NotFound as error:
        raise Http404(str(error.message)) from error
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        access.log("download", actor=request.actor, at=request.now, subject=file)
    return response


def answer(request: HttpRequest, file: StoredFile, *, inline: bool, is_small: bool = False) -> HttpResponseBase:
    """The file as a response; the caller has checked the right (customers' pages use it too).

    Pictures and papers are looked at once more before a browser may show them in place.
    """
    etag = f'"{file.sha256[:40]}{"-s" if is_small else ""}"'
    if request.headers.get("If-None-Match") == etag:
        return _headed(HttpResponseNotModified(), etag, SANDBOX)
    content = files.open_file(file, small=is_small)
    type_ = "image/webp" if is_small else file.content_type
    in_place = inline and (is_small or _is_safe(content, file))
    group = files.type_of(file).group
    if not in_place and group not in ("video", "audio"):
        type_ = "application/octet-stream"
    response = _streamed(request, content, type_)
    disposition = "inline" if in_place else "attachment"
    response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(file.name)}"
    return _headed(response, etag, PAPER if in_place and group == "pdf" else SANDBOX)


def _is_safe(content: "File[bytes]", file: StoredFile) -> bool:
    stored = files.type_of(file)
    if stored.group not in ("image", "pdf"):
        return False
    try:
        if filetypes.recognise(cast(Any, content), file.name) != stored:
            return False
    except DomainError:
        return False
    content.seek(0)
    return stored.group != "pdf" or not filetypes.is_active_pdf(content.read())


def _headed(response: HttpResponseBase, etag: str, policy: str) -> HttpResponseBase:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _streamed(request: HttpRequest, content: "File[bytes]", type_: str) -> HttpResponseBase:
    """Whole, or one range of it: players ask for parts of a film."""
    size = content.size
    span = _span(request.headers.get("Range", ""), size)
    if span is None:
        content.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = span
    response = StreamingHttpResponse(_pieces(content, first, last), content_type=type_)
    response.headers["Content-Length"] = str(last - first + 1)
    response.headers["Accept-Ranges"] = "bytes"
    if (first, last) != (0, size - 1) or request.headers.get("Range"):
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _span(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for; the whole when the header is not understood, None when it lies outside."""
    asked = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header)
    if asked is None or asked[0] == "bytes=-":
        return 0, size - 1
    if not asked[1]:
        return max(0, size - int(asked[2])), size - 1
    first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    return (first, last) if first <= last else None


def _pieces(content: "File[bytes]", first: int, last: int) -> Iterator[bytes]:
    with content:
        content.seek(first)
        left = last - first + 1
        while left > 0 and (piece := content.read(min(PIECE, left))):
            left -= len(piece)
            yield piece

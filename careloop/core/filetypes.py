"""What a file really is: told from its content, never from its name or from what the sender says. Pure.

Only types on this list are kept. Photos lose their place of taking (GPS) and whatever hangs behind their end.
"""

import datetime as dt
import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import ExifTags, Image, UnidentifiedImageError

from careloop.core.errors import DomainError, Text

HEAD = 4096
MOST_PIXELS = {"JPEG": 170_000_000, "PNG": 40_000_000, "WEBP": 40_000_000, "GIF": 20_000_000}
MOST_PARTS = 5_000
MOST_UNPACKED = 500 * 1024 * 1024
MOST_RATIO = 250
MP4_BRANDS = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"3gp4",
    b"3gp5",
    b"3gp6",
}
MARKUP = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<body", b"<iframe", b"<head", b"<img", b"<math")
PDF_ACTIVE = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/XFA", b"/RichMedia", b"/SubmitForm")
GPS_IFD, TAKEN_AT, TAKEN_ZONE, MAKER_NOTE = 0x8825, 0x9003, 0x9011, 0x927C


@dataclass(frozen=True, slots=True)
class Type:
    """`group`: image, pdf, video, audio, text, office. The first ending is the one that is given."""

    content_type: str
    group: str
    endings: tuple[str, ...]


TYPES = {
    "jpeg": Type("image/jpeg", "image", ("jpg", "jpeg", "jpe", "jfif")),
    "png": Type("image/png", "image", ("png",)),
    "webp": Type("image/webp", "image", ("webp",)),
    "gif": Type("image/gif", "image", ("gif",)),
    "pdf": Type("application/pdf", "pdf", ("pdf",)),
    "mp4": Type("video/mp4", "video", ("mp4", "m4v", "3gp")),
    "mov": Type("video/quicktime", "video", ("mov", "qt")),
    "webm": Type("video/webm", "video", ("webm",)),
    "mp3": Type("audio/mpeg", "audio", ("mp3",)),
    "m4a": Type("audio/mp4", "audio", ("m4a",)),
    "amr": Type("audio/amr", "audio", ("amr",)),
    "wav": Type("audio/wav", "audio", ("wav",)),
    "csv": Type("text/csv", "text", ("csv", "tsv")),
    "txt": Type("text/plain", "text", ("txt", "log", "md")),
    "xlsx": Type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "office", ("xlsx",)),
    "docx": Type("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "office", ("docx",)),
}
BY_CONTENT_TYPE = {found.content_type: found for found in TYPES.values()}


class Refused(DomainError):
    """The file is not kept; the text says why and what to do."""

    code = "file-refused"

    def __init__(self, message: Text):
        super().__init__(message, field="file")


def recognise(file: BinaryIO, name: str = "") -> Type:
    """The type of a seekable file. `name` only tells CSV from plain text.

    Raises:
        Refused: unknown, not allowed, damaged, or dangerous.
    """
    file.seek(0)
    head = file.read(HEAD)
    if head[:3] == b"\xff\xd8\xff":
        return _image(file, "JPEG", "jpeg")
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return _image(file, "PNG", "png")
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _image(file, "GIF", "gif")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _image(file, "WEBP", "webp")
    for way in (_pdf, _media, _archive):
        if (found := way(file, head)) is not None:
            return TYPES[found]
    return TYPES[_text(file, head, name)]


def _image(file: BinaryIO, format_: str, key: str) -> Type:
    """Header, size and structure; the pixels of a JPEG at an eighth of its size, so that truncation shows."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            file.seek(0)
            with Image.open(file, formats=[format_]) as picture:
                if picture.width * picture.height > MOST_PIXELS[format_]:
                    raise Image.DecompressionBombError
                if format_ == "JPEG":
                    picture.draft("RGB", (256, 256))
                    picture.load()
                else:
                    picture.verify()
    except Image.DecompressionBombError as error:
        raise Refused(_("The picture has too many pixels. Take it with a lower resolution.")) from error
    except Exception as error:  # Pillow's readers raise whatever the damage provokes
        raise Refused(_("The picture is damaged. Send it once more.")) from error
    return TYPES[key]


def _pdf(file: BinaryIO, head: bytes) -> str | None:
    if not head.startswith(b"%PDF-"):
        return None
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 2048))
    if b"%%EOF" not in file.read():
        raise Refused(_("The PDF is not complete. Save it again and send it once more."))
    return "pdf"


def _media(file: BinaryIO, head: bytes) -> str | None:
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"mif1", b"hevc", b"avif"):
        raise Refused(_("Pictures of this format (HEIC) cannot be shown everywhere. Send them as JPEG."))
    if brand:
        found = {b"qt  ": "mov", b"M4A ": "m4a"}.get(brand)
        return found or ("mp4" if brand in MP4_BRANDS else None)
    if head[:4] == b"\x1aE\xdf\xa3" and b"webm" in head[:64]:
        return "webm"
    if head[:5] == b"#!AMR":
        return "amr"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    is_frame = len(head) > 3 and head[0] == 0xFF and head[1] in (0xFA, 0xFB, 0xF2, 0xF3) and head[2] >> 4 not in (0, 15)
    return "mp3" if head[:3] == b"ID3" or is_frame else None


def _archive(file: BinaryIO, head: bytes) -> str | None:
    """Office papers by their parts. Macros, bombs and paths that lead elsewhere are refused."""
    if head[:4] != b"PK\x03\x04":
        return None
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        raise Refused(_("The file is damaged. Save it again and send it once more.")) from error
    names = {part.filename for part in parts}
    packed, unpacked = sum(p.compress_size for p in parts), sum(p.file_size for p in parts)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 4096):
        raise Refused(_("The file unpacks to far more than it seems to hold. It is not accepted."))
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Refused(_("The file is built in a dangerous way. It is not accepted."))
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".dll")) for name in names):
        raise Refused(_("The file holds macros or programs. Save it without them (xlsx, docx) and send it again."))
    if "[Content_Types].xml" in names:
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "word/document.xml" in names:
            return "docx"
    raise Refused(_("Archives are not accepted. Send the files in them one by one."))


def _text(file: BinaryIO, head: bytes, name: str) -> str:
    low = head.lstrip(b"\xef\xbb\xbf \t\r\n\x0c").lower()
    if low.startswith(b"<") or any(mark in low for mark in MARKUP):
        raise Refused(_("Web pages and SVG drawings are not accepted. Send a picture or a PDF."))
    if not _is_text(file):
        raise Refused(
            _("This type of file is not accepted. Allowed: pictures, PDF, video, sound, text, CSV, Excel, Word.")
        )
    return "csv" if name.lower().endswith((".csv", ".tsv")) else "txt"


def _is_text(file: BinaryIO) -> bool:
    """Every byte of it, read in pieces: UTF-8, GB18030, or UTF-16 with its mark; no control characters."""
    file.seek(0)
    mark = file.read(2)
    codecs = ("utf-16",) if mark in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "gb18030")
    return any(_decodes(file, codec) for codec in codecs)


def _decodes(file: BinaryIO, codec: str) -> bool:
    file.seek(0)
    reader = io.TextIOWrapper(_Unclosed(file), encoding=codec, errors="strict")
    try:
        while piece := reader.read(1 << 16):
            if any(c < " " and c not in "\t\n\r\x0c" for c in piece):
                return False
    except ValueError:
        return False
    finally:
        reader.detach()
    return True


class _Unclosed(io.BufferedReader):
    """A wrapper may be thrown away without closing the upload underneath."""

    def __init__(self, file: BinaryIO):
        super().__init__(_Raw(file))


class _Raw(io.RawIOBase):
    def __init__(self, file: BinaryIO):
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # reason: any writable buffer will do
        piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def is_active_pdf(content: bytes) -> bool:
    """True when the paper can do things by itself; such a paper is handed out as a download only."""
    return any(mark in content for mark in PDF_ACTIVE)


# --- photos -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: without GPS, size in pixels as shown, time of taking (the camera's clock, no zone)."""

    content: bytes
    width: int
    height: int
    taken_at: dt.datetime | None
    had_place: bool


def clean_photo(content: bytes, found: Type) -> Photo:
    """Take the place and everything behind the end out of a picture, without touching a pixel.

    Raises:
        Refused: the picture is damaged in a way that showed only now.
    """
    try:
        return _cleaned(content, found)
    except (struct.error, IndexError, OSError, ValueError) as error:
        raise Refused(_("The picture is damaged. Send it once more.")) from error


def _cleaned(content: bytes, found: Type) -> Photo:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(content)) as picture:
            exif = _exif(picture)
            width, height = picture.size
    turned = exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    had_place = GPS_IFD in exif
    cleaners: dict[str, Callable[[bytes, bytes], bytes]] = {
        "image/jpeg": _clean_jpeg,
        "image/png": _clean_png,
        "image/webp": _clean_webp,
    }
    cleaner = cleaners.get(found.content_type)
    cleaned = cleaner(content, _kept_exif(exif)) if cleaner else content
    return Photo(cleaned, *((height, width) if turned else (width, height)), _taken_at(exif), had_place)


def _exif(picture: Image.Image) -> Image.Exif:
    try:
        return picture.getexif()
    except Exception:  # damaged metadata are no reason to lose the photo
        return Image.Exif()


def _kept_exif(exif: Image.Exif) -> bytes:
    """Orientation and time of taking; camera, owner, place and maker's notes are left behind."""
    kept = Image.Exif()
    if (turn := exif.get(ExifTags.Base.Orientation)) in range(1, 9):
        kept[ExifTags.Base.Orientation] = turn
    try:
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        times = {tag: inner[tag] for tag in (TAKEN_AT, TAKEN_ZONE) if isinstance(inner.get(tag), str)}
        if times:
            kept.get_ifd(ExifTags.IFD.Exif).update(times)
        return kept.tobytes() if turn or times else b""
    except Exception:  # as above
        return b""


def _taken_at(exif: Image.Exif) -> dt.datetime | None:
    try:
        text = str(exif.get_ifd(ExifTags.IFD.Exif).get(TAKEN_AT) or exif.get(ExifTags.Base.DateTime) or "")
        return dt.datetime.strptime(text.strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  # reason: a camera has no zone
    except Exception:  # as above
        return None


def _clean_jpeg(content: bytes, exif: bytes) -> bytes:
    """Drop APP1 to APP13 and comments (APP2 holds the colour profile: kept); stop at the end of the picture."""
    parts = [b"\xff\xd8"]
    if exif:
        parts.append(b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif)
    for marker, segment in _jpeg_segments(content):
        is_profile = marker == 0xE2 and segment[4:15] == b"ICC_PROFILE"
        if marker == 0xE0 or marker == 0xEE or is_profile or not (0xE1 <= marker <= 0xEF or marker == 0xFE):
            parts.append(segment)
    return b"".join(parts)


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment behind the start; coded pixels belong to the segment before them."""
    place = 2
    while place + 4 <= len(content):
        if content[place] != 0xFF:
            raise Refused(_("The picture is damaged. Send it once more."))
        marker = content[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        if marker == 0xD9:
            break
        end = place + 2 + struct.unpack(">H", content[place + 2 : place + 4])[0]
        if marker == 0xDA:
            end = _end_of_scan(content, end)
        yield marker, content[place:end]
        place = end
    yield 0xD9, b"\xff\xd9"


def _end_of_scan(content: bytes, place: int) -> int:
    while (place := content.find(b"\xff", place)) != -1 and place + 1 < len(content):
        if content[place + 1] not in (0x00, 0xFF) and not 0xD0 <= content[place + 1] <= 0xD7:
            return place
        place += 1
    return len(content)


def _clean_png(content: bytes, exif: bytes) -> bytes:
    """Keep what is needed to show the picture; nothing behind IEND."""
    kept = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD")
    parts, place = [content[:8]], 8
    while place + 12 <= len(content):
        size, kind = struct.unpack(">I4s", content[place : place + 8])
        if kind in kept:
            parts.append(content[place : place + 12 + size])
        place += 12 + size
        if kind == b"IEND":
            break
    return b"".join(parts)


def _clean_webp(content: bytes, exif: bytes) -> bytes:
    parts, place = [], 12
    end = min(len(content), 8 + struct.unpack("<I", content[4:8])[0])
    while place + 8 <= end:
        kind, size = struct.unpack("<4sI", content[place : place + 8])
        chunk = content[place : place + 8 + size + size % 2]
        if kind == b"VP8X":  # its flags must not promise what is gone: EXIF is 8, XMP is 4
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if kind not in (b"EXIF", b"XMP "):
            parts.append(chunk)
        place += 8 + size + size % 2
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def thumbnail(content: bytes, *, edge: int = 480) -> bytes | None:
    """A small WebP, upright; None when the picture cannot be made small."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(io.BytesIO(content))
            turn = picture.getexif().get(ExifTags.Base.Orientation)
            picture.draft("RGB", (edge, edge))
            picture.thumbnail((edge, edge))
            turns = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}
            picture = picture.transpose(turns[turn]) if turn in turns else picture
            out = io.BytesIO()
            picture.convert("RGBA" if "A" in picture.getbands() else "RGB").save(out, "WEBP", quality=70)
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, UnidentifiedImageError):
        return None


def is_blank(content: bytes) -> bool:
    """A drawing without a stroke: hardly any pixel differs from the paper, or all within a dot."""
    with Image.open(io.BytesIO(content)) as picture:
        drawn = picture.convert("RGBA")
    paper = Image.new("RGBA", drawn.size, (255, 255, 255, 255))
    ink = Image.alpha_composite(paper, drawn).convert("L").point(lambda tone: 255 if tone < 200 else 0)
    box = ink.getbbox()
    return box is None or (box[2] - box[0] < 12 and box[3] - box[1] < 12) or ink.histogram()[255] < 20

"""Uploads: what is kept, what is refused, who gets it back and how."""

import base64
import datetime as dt
import hashlib
import io
import random
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from careloop.accounts.models import User
from careloop.core import files, filetypes
from careloop.core.actor import Actor
from careloop.core.errors import DomainError, NotFound
from careloop.core.models import AccessLog, Event, StoredFile
from careloop.staff.models import Department, Person

pytestmark = pytest.mark.django_db

T0 = dt.datetime(2026, 11, 19, 2, 0, tzinfo=dt.UTC)
LI = Actor(1, 1, "李娜", stations=frozenset({1}))


@pytest.fixture(autouse=True)
def folder(tmp_path, settings, monkeypatch):
    kept = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": kept}
    monkeypatch.setattr(files, "_GUARDS", {})
    return tmp_path / "files"


@pytest.fixture
def person():
    return Person.objects.create(name="王伟", department=Department.objects.create(name="维修部"))


def picture(format_="JPEG", size=(64, 48), color=(200, 30, 30), **options):
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, format_, **options)
    return out.getvalue()


def photo_with_place(format_="JPEG"):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Phone of Zhang"
    exif.get_ifd(0x8769).update({0x9003: "2026:11:18 09:30:00", 0xA431: "SERIAL-OF-CAMERA"})
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 18.0, 1.0), 3: "E", 4: (120.0, 37.0, 2.0)})
    return picture(format_, exif=exif)


def office(main="xl/workbook.xml", extra=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(main, "<x/>")
        for name, content in extra:
            archive.writestr(name, content)
    return out.getvalue()


def store(content, name, subject, **options):
    upload = SimpleUploadedFile(name, content, content_type="image/png")
    return files.store(upload, subject=subject, actor=LI, at=T0, **options)


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WAV = b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40
GOOD = [
    ("photo.jpg", picture(), "image/jpeg"),
    ("photo.png", picture("PNG"), "image/png"),
    ("photo.webp", picture("WEBP"), "image/webp"),
    ("photo.gif", picture("GIF"), "image/gif"),
    ("paper.pdf", PDF, "application/pdf"),
    ("film.mp4", b"\0\0\0\x20ftypisom" + b"\0" * 40, "video/mp4"),
    ("film.mov", b"\0\0\0\x20ftypqt  " + b"\0" * 40, "video/quicktime"),
    ("film.webm", b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm" + b"\0" * 40, "video/webm"),
    ("sound.mp3", b"ID3\x04\0\0\0\0\0\0" + b"\0" * 40, "audio/mpeg"),
    ("sound.m4a", b"\0\0\0\x20ftypM4A " + b"\0" * 40, "audio/mp4"),
    ("sound.amr", b"#!AMR\n" + b"\x3c" * 40, "audio/amr"),
    ("sound.wav", WAV, "audio/wav"),
    ("notes.txt", "主轴异响，已停机\n".encode(), "text/plain"),
    ("gb.txt", "主轴异响，已停机\n".encode("gb18030"), "text/plain"),
    ("wide.csv", "客户,电话\n".encode("utf-16"), "text/csv"),
    ("table.csv", "客户,电话\n苏州,1\n".encode(), "text/csv"),
    ("table.xlsx", office(), filetypes.TYPES["xlsx"].content_type),
    ("letter.docx", office("word/document.xml"), filetypes.TYPES["docx"].content_type),
]


@pytest.mark.parametrize(("name", "content", "type_"), GOOD, ids=[row[0] for row in GOOD])
def test_an_allowed_type_is_told_from_its_content(name, content, type_, person):
    file = store(content, name, person, purpose="letter", caption="说明")

    assert (file.content_type, file.name, file.purpose, file.caption) == (type_, name, "letter", "说明")
    with files.open_file(file) as kept:
        data = kept.read()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (file.sha256, file.size)
    assert files.is_intact(file)
    assert [(e.kind, e.subject_id, e.data["name"]) for e in Event.objects.all()] == [("file.add", person.pk, name)]


HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
BOMB = office(extra=[("xl/a.xml", b"0" * 30_000_000)])
BAD = {
    "empty": b"",
    "html as png": HTML,
    "svg": SVG,
    "svg behind blanks": b"\xef\xbb\xbf \n" + SVG,
    "text that turns into a page": b"hello <script>alert(1)</script>",
    "program": b"MZ\x90\0" + b"\0" * 100,
    "elf": b"\x7fELF" + b"\0" * 100,
    "shell archive": b"\x1f\x8b\x08\0" + b"\0" * 100,
    "cut jpeg": picture(size=(800, 600), quality=95)[:2000],
    "only the head of a jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 100,
    "cut png": picture("PNG", size=(800, 600))[:60],
    "png head on html": b"\x89PNG\r\n\x1a\n" + HTML,
    "gif head on script": b"GIF89a=1;alert(1)//",
    "heic": b"\0\0\0\x20ftypheic" + b"\0" * 40,
    "cut pdf": b"%PDF-1.4\n",
    "zip": office("other.xml"),
    "damaged zip": office()[:40],
    "zip bomb": BOMB,
    "macros": office(extra=[("xl/vbaProject.bin", b"x")]),
    "way out": office(extra=[("../../etc/passwd", b"x")]),
    "binary": bytes(range(256)) * 10,
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_hostile_or_damaged_file_is_refused_and_nothing_is_kept(content, person, folder):
    with pytest.raises(filetypes.Refused) as refused:
        store(content, "photo.png", person)

    assert str(refused.value.message)
    assert (StoredFile.objects.count(), Event.objects.count()) == (0, 0)
    assert not folder.exists() or not [p for p in folder.rglob("*") if p.is_file()]


def png_of(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def test_a_decompression_bomb_is_refused_by_its_header(person):
    with pytest.raises(filetypes.Refused, match=r"pixel|像素"):
        store(png_of(60_000, 60_000), "bomb.png", person)


def test_a_file_above_the_limit_is_refused(person, settings):
    settings.MAX_UPLOAD_BYTES = 1000

    with pytest.raises(filetypes.Refused):
        store(b"a" * 1001, "a.txt", person)


def test_a_group_that_does_not_belong_here_is_refused(person):
    with pytest.raises(filetypes.Refused):
        store(PDF, "a.pdf", person, groups=("image",))


def test_what_hangs_behind_a_picture_is_cut_off(person):
    for name, content in (("a.jpg", picture()), ("a.png", picture("PNG")), ("a.webp", picture("WEBP"))):
        file = store(content + HTML + office(), name, person)
        with files.open_file(file) as kept:
            data = kept.read()
        assert b"script" not in data
        assert b"PK\x03\x04" not in data
        assert Image.open(io.BytesIO(data)).size == (64, 48)


def test_a_photo_loses_place_and_camera_and_keeps_time_and_direction(person):
    source = photo_with_place()
    file = store(source, "IMG_1.JPG", person)

    with files.open_file(file) as kept:
        data = kept.read()
    exif = Image.open(io.BytesIO(data)).getexif()
    assert file.detail == {"width": 48, "height": 64, "taken_at": "2026-11-18T09:30:00"}
    assert file.name == "IMG_1.jpg"
    assert 0x8825 not in exif
    assert exif[0x0112] == 6
    assert exif.get_ifd(0x8769) == {0x9003: "2026:11:18 09:30:00"}
    assert b"Zhang" not in data
    assert b"SERIAL" not in data
    assert Image.open(io.BytesIO(data)).tobytes() == Image.open(io.BytesIO(source)).tobytes()


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_other_photos_lose_their_place_too(format_, person):
    file = store(photo_with_place(format_), "a", person)

    with files.open_file(file) as kept:
        assert 0x8825 not in Image.open(kept).getexif()
    assert file.detail["taken_at"] == "2026-11-18T09:30:00"


def test_a_progressive_photo_with_thumbnail_survives_cleaning(person):
    noise = Image.effect_noise((300, 200), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", progressive=True, quality=95, icc_profile=b"ICC" * 50, comment=b"hidden")
    file = store(out.getvalue(), "a.jpg", person)

    with files.open_file(file) as kept:
        data = kept.read()
    assert Image.open(io.BytesIO(data)).tobytes() == Image.open(io.BytesIO(out.getvalue())).tobytes()
    assert Image.open(io.BytesIO(data)).info.get("icc_profile") == b"ICC" * 50
    assert b"hidden" not in data


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("photo.png", "photo.jpg"),
        ("C:\\Users\\li\\现场.JPG", "现场.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("photo.jpg.exe", "photo.jpg.exe.jpg"),
        ("gpj\u202egnp.exe", "gpjgnp.exe.jpg"),
        ("", "file.jpg"),
        ("a" * 400 + ".jpg", "a" * 150 + ".jpg"),
    ],
)
def test_the_name_gets_an_ending_that_belongs_to_the_content(sent, kept):
    assert files.clean_name(sent, filetypes.TYPES["jpeg"]) == kept


def test_the_same_file_on_the_same_record_is_kept_once(person):
    first = store(PDF, "a.pdf", person)
    again = store(PDF, "b.pdf", person)
    other = Person.objects.create(name="李四", department=person.department)
    elsewhere = store(PDF, "c.pdf", other)

    assert again == first
    assert elsewhere.path == first.path
    assert elsewhere.pk != first.pk
    assert Event.objects.count() == 2


def test_a_half_written_content_is_replaced(person, folder):
    file = store(PDF, "a.pdf", person)
    (folder / file.path).write_bytes(PDF[:5])
    assert not files.is_intact(file)
    file.delete()

    assert files.is_intact(store(PDF, "a.pdf", person))


def test_removing_is_a_mark_with_a_reason(person):
    file = store(PDF, "a.pdf", person)
    with pytest.raises(DomainError):
        files.remove(file.key, subject=person, actor=LI, at=T0, reason=" ")

    files.remove(file.key, subject=person, actor=LI, at=T0, reason="发错了")

    file.refresh_from_db()
    assert (file.removed_at, file.removed_by) == (T0, "李娜")
    assert list(StoredFile.objects.of("person", person.pk)) == []
    assert files.is_intact(file)
    assert Event.objects.get(kind="file.remove").data["reason"] == "发错了"
    assert store(PDF, "a.pdf", person).pk != file.pk


# --- signatures


def signature(size=(400, 150), strokes=True, mode="RGBA"):
    image = Image.new(mode, size, (0, 0, 0, 0) if mode == "RGBA" else (255, 255, 255))
    if strokes:
        ImageDraw.Draw(image).line([(20, 100), (120, 30), (200, 120), (300, 40)], fill=(10, 20, 80), width=4)
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize("mode", ["RGBA", "RGB"])
def test_a_signature_is_kept(mode, person):
    file = files.store_data_url(signature(mode=mode), subject=person, purpose="consent", actor=LI, at=T0)

    assert (file.content_type, file.name, file.purpose) == ("image/png", "signature.png", "consent")


@pytest.mark.parametrize(
    "drawn",
    [
        "",
        "data:image/png;base64,",
        "data:image/png;base64,!!!!",
        "data:image/svg+xml;base64," + base64.b64encode(SVG).decode(),
        "data:image/png;base64," + base64.b64encode(HTML).decode(),
        "data:image/png;base64," + base64.b64encode(picture("JPEG")).decode(),
        signature(strokes=False),
        signature(strokes=False, mode="RGB"),
        signature(size=(6000, 20)),
        "data:image/png;base64," + "A" * 500_000,
    ],
    ids=range(10),
)
def test_a_blank_or_wrong_signature_is_refused_at_its_field(drawn, person):
    with pytest.raises(DomainError) as refused:
        files.store_data_url(drawn, subject=person, purpose="consent", actor=LI, at=T0)

    assert refused.value.field == "signature"
    assert StoredFile.objects.count() == 0


# --- handing out


@pytest.fixture
def member(client):
    user = User.objects.create_user("li", password="x")
    client.force_login(user)
    return client


def test_nobody_gets_a_file_without_a_guard_that_says_yes(member, person):
    file = store(PDF, "a.pdf", person)
    assert member.get(f"/files/{file.key}/").status_code == 404

    files.register_guard("person", lambda actor, pk: False)
    assert member.get(f"/files/{file.key}/").status_code == 404

    files.register_guard("person", lambda actor, pk: pk == person.pk)
    assert member.get(f"/files/{file.key}/").status_code == 200
    assert member.get("/files/00000000-0000-0000-0000-000000000000/").status_code == 404

    files.remove(file.key, subject=person, actor=LI, at=T0, reason="x")
    assert member.get(f"/files/{file.key}/").status_code == 404
    with pytest.raises(NotFound):
        files.find(file.key, actor=LI)


@pytest.fixture
def everybody():
    files.register_guard("person", lambda actor, pk: True)


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize(
    ("name", "content", "type_", "disposition"),
    [
        ("a.jpg", picture(), "image/jpeg", "inline"),
        ("a.pdf", PDF, "application/pdf", "inline"),
        (
            "a.pdf",
            PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript>>"),
            "application/octet-stream",
            "attachment",
        ),
        ("a.txt", b"plain", "application/octet-stream", "attachment"),
        ("a.xlsx", office(), "application/octet-stream", "attachment"),
        ("a.mp4", GOOD[5][1], "video/mp4", "attachment"),
    ],
)
def test_only_pictures_and_harmless_papers_open_in_place(name, content, type_, disposition, member, person):
    file = store(content, name, person)

    response = member.get(f"/files/{file.key}/")

    assert response["Content-Type"] == type_
    assert response["Content-Disposition"].startswith(f"{disposition}; filename*=UTF-8''a.")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
    assert ("sandbox" in response["Content-Security-Policy"]) == (type_ != "application/pdf")
    assert len(b"".join(response.streaming_content)) == file.size == int(response["Content-Length"])
    assert AccessLog.objects.count() == (disposition == "attachment")


@pytest.mark.usefixtures("everybody")
def test_content_that_was_exchanged_on_disk_is_not_shown_in_place(member, person, folder):
    file = store(picture("PNG"), "a.png", person)
    (folder / file.path).write_bytes(HTML)

    response = member.get(f"/files/{file.key}/")

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.usefixtures("everybody")
def test_previews_ranges_and_repeated_requests(member, person):
    file = store(picture(size=(2000, 1000)), "a.jpg", person)
    small = member.get(f"/files/{file.key}/small/")
    assert Image.open(io.BytesIO(b"".join(small.streaming_content))).size == (480, 240)

    film = store(b"\0\0\0\x20ftypisom" + bytes(range(200)), "a.mp4", person)
    part = member.get(f"/files/{film.key}/", headers={"Range": "bytes=12-15"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, bytes(range(4)))
    assert part["Content-Range"] == f"bytes 12-15/{film.size}"
    tail = member.get(f"/files/{film.key}/", headers={"Range": "bytes=-2"})
    assert b"".join(tail.streaming_content) == bytes([198, 199])
    assert member.get(f"/files/{film.key}/", headers={"Range": "bytes=9999-"}).status_code == 416

    again = member.get(f"/files/{file.key}/", headers={"If-None-Match": member.get(f"/files/{file.key}/")["ETag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("everybody")
def test_a_missing_content_is_a_404(member, person, folder):
    file = store(PDF, "a.pdf", person)
    (folder / file.path).unlink()

    assert member.get(f"/files/{file.key}/").status_code == 404


@pytest.mark.parametrize("name", [row[0] for row in GOOD])
def test_damage_at_random_places_is_kept_or_refused_but_never_breaks(name, person):
    dice = random.Random(name)
    content = next(row[1] for row in GOOD if row[0] == name)
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(dice.randint(1, 8)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        try:
            store(bytes(damaged[: dice.randint(1, len(damaged))]), name, person)
        except filetypes.Refused:
            continue
    assert all(files.is_intact(file) for file in StoredFile.objects.all())

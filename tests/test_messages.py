"""The catalogues' tool: what it reads out, what it refuses, what it compiles."""

import gettext
import shutil
from pathlib import Path

import pytest

from careloop.core import catalogues
from tests.plugin import missing
from tools import messages

CODE = """\
from django.utils.translation import gettext_lazy as _, ngettext

WARRANTY = _("Warranty until %(day)s")
SAVE = _("Save")


def rows(n):
    return ngettext("%(n)d row", "%(n)d rows", n) % {"n": n}
"""
TEMPLATE = '{% load i18n %}{% translate "Complaint" %}{% blocktranslate trimmed %}Two\n words{% endblocktranslate %}'


@pytest.fixture
def package(tmp_path: Path) -> Path:
    app = tmp_path / "careloop" / "shop"
    (app / "templates").mkdir(parents=True)
    (app / "apps.py").write_text("")
    (app / "views.py").write_text(CODE)
    (app / "templates" / "page.html").write_text(TEMPLATE)
    return tmp_path / "careloop"


@pytest.fixture
def extracted(package: Path) -> Path:
    if not shutil.which("xgettext"):
        missing("GNU gettext was not found; apt-get install gettext")
    messages.run_extract(["shop"], package)
    return messages.source_of("shop", package)


def translate(path: Path, **texts: str) -> None:
    content = path.read_text("utf-8")
    for source, text in texts.items():
        content = content.replace(f'"{source}"\nmsgstr ""', f'"{source}"\nmsgstr "{text}"')
    path.write_text(content, "utf-8")


def finish(path: Path) -> None:
    translate(path, **{"Warranty until %(day)s": "质保至 %(day)s", "Save": "保存", "Complaint": "投诉"})
    translate(path, **{"Two words": "两个词"})
    content = path.read_text("utf-8")
    path.write_text(content.replace('msgstr[0] ""', 'msgstr[0] "%(n)d 行"'), "utf-8")


def test_extraction_reads_code_and_templates_and_writes_no_dates_or_places(package, extracted):
    catalogue = catalogues.read(extracted)
    assert [m.id for m in catalogue if m.id] == [
        "Complaint",
        "Two words",
        "Warranty until %(day)s",
        "Save",
        ("%(n)d row", "%(n)d rows"),
    ]
    content = extracted.read_text("utf-8")
    assert "Date" not in content
    assert "views.py" not in content


def test_a_second_extraction_changes_nothing(package, extracted):
    finish(extracted)
    before = extracted.read_text("utf-8")
    messages.run_extract(["shop"], package)
    assert extracted.read_text("utf-8") == before
    assert messages.run_check(["shop"], package) == 0


def test_a_text_that_is_gone_leaves_the_catalogue(package, extracted):
    (package / "shop" / "templates" / "page.html").unlink()
    messages.run_extract(["shop"], package)
    assert "Complaint" not in extracted.read_text("utf-8")


def test_check_tells_of_a_new_text_and_of_missing_translations(package, extracted, capsys):
    finish(extracted)
    (package / "shop" / "more.py").write_text("from x import _\nA = _('Brand new')\n")
    assert messages.run_check(["shop"], package) == 1
    assert "extract shop" in capsys.readouterr().out

    messages.run_extract(["shop"], package)
    assert list(messages.faults(["shop"], package)) == ["shop: “Brand new”: not translated"]


@pytest.mark.parametrize(
    ("source", "text", "fault"),
    [
        ("Save", "", "not translated"),
        ("Save %(n)s", "保存 %(m)s", "placeholders differ: 保存 %(m)s"),
        ("Save {n}", "保存", "placeholders differ: 保存"),
        ("Save %s", "保存 %s %s", "placeholders differ: 保存 %s %s"),
        ("Save\n", "保存", "line breaks or spaces at the ends differ: '保存'"),
        ("Warranty", "保修", "a free warranty is 质保"),
        ("Satisfaction index", "满意率", "the index is 满意度"),
        ("Share satisfied", "满意度", "a share of answers is 满意率"),
        ("Marketing call", "回访", "回访 is for follow-up"),
        ("Customer", "顾客", "pages say 客户"),
        ("Saved", "已保存！", "no exclamation marks"),
        ("Press Save", '点击"保存"', "Chinese text takes “ ”"),
        ("Saved, go on", "已保存,继续", "Chinese text takes ，；？"),
        ("Wait", "请稍候...", "the ellipsis is ……"),
    ],
)
def test_faults_of_an_entry(source, text, fault):
    found = list(messages.faults_of(messages.Message(source, text)))
    assert len(found) == 1
    assert found[0].startswith(fault)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("100 % of them", "100 % 的记录"),
        ("Repair promise", "保修"),
        ("ISO 10004", "《顾客满意测量指南》"),
        ("Satisfaction", "满意度"),
        ("Follow-up call", "回访"),
        (("%(n)d row", "%(n)d rows"), ("%(n)d 行",)),
        (("one row", "%(n)d rows"), ("%(n)d 行",)),
    ],
)
def test_good_entries(source, text):
    assert list(messages.faults_of(messages.Message(source, text))) == []


def test_one_text_has_one_wording_in_all_apps(package):
    for app, text in (("shop", "保存"), ("yard", "存储")):
        path = messages.source_of(app, package)
        path.parent.mkdir(parents=True)
        path.write_text(f'{messages.HEADER}\nmsgid "Save"\nmsgstr "{text}"\n', "utf-8")
    assert list(messages.faults(["shop", "yard"], package)) == ["“Save” is worded in 2 ways: 保存 (shop); 存储 (yard)"]


def test_a_broken_catalogue_is_named_not_skipped(package):
    path = messages.source_of("shop", package)
    path.parent.mkdir(parents=True)
    path.write_text(f'{messages.HEADER}\nmsgid "Save"\nmsgstr "保存\n', "utf-8")
    (fault,) = messages.faults(["shop"], package)
    assert fault.startswith("shop: ")


def test_compiling_writes_both_scripts_and_only_what_is_old(package, extracted):
    finish(extracted)
    assert catalogues.compile_catalogues(package) == ["shop"]
    assert catalogues.compile_catalogues(package) == []

    locale = package / "shop" / "locale"
    texts = {}
    for script in ("zh_Hans", "zh_Hant"):
        with (locale / script / catalogues.MO).open("rb") as file:
            texts[script] = gettext.GNUTranslations(file)
    assert texts["zh_Hans"].gettext("Warranty until %(day)s") == "质保至 %(day)s"
    assert texts["zh_Hant"].gettext("Warranty until %(day)s") == "保固至 %(day)s"
    assert texts["zh_Hant"].gettext("Complaint") == "客訴"
    assert texts["zh_Hant"].ngettext("%(n)d row", "%(n)d rows", 3) == "%(n)d 行"


def test_what_is_not_translated_is_not_compiled(package, extracted):
    translate(extracted, Save="保存")
    catalogues.compile_catalogues(package)
    with (package / "shop" / "locale" / "zh_Hans" / catalogues.MO).open("rb") as file:
        texts = gettext.GNUTranslations(file)
    assert texts.gettext("Save") == "保存"
    assert texts.gettext("Complaint") == "Complaint"
    assert texts.ngettext("%(n)d row", "%(n)d rows", 3) == "%(n)d rows"


@pytest.mark.parametrize(
    ("hans", "hant"),
    [
        ("检验通过后结算", "檢驗通過後結帳"),
        ("服务水平协议", "服務水準協議"),
        ("设备的联系人", "設備的聯絡人"),
        ("质保金和质保期", "保固金和保固期"),
        ("点击“保存”，共 {n} 条", "點選「儲存」，共 {n} 條"),
        ("发动机里面很干燥", "發動機裡面很乾燥"),
    ],
)
def test_traditional_wording(hans, hant):
    assert catalogues.to_hant(hans) == hant

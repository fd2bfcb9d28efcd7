"""The catalogues of all apps are one for the program."""

from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.utils.translation.trans_real import DjangoTranslation


def test_the_apps_share_few_catalogues_and_each_text_is_found():
    merged = DjangoTranslation("zh-hans")
    assert len(merged._catalog._catalogs) <= 3  # ours and Django's with the same plurals, and the start
    with translation.override("zh-hans"):
        assert gettext("Service requests") == "服务请求"
        assert gettext("Enter a valid date.") != "Enter a valid date."  # Django's own
        assert ngettext("%(n)d request assigned.", "%(n)d requests assigned.", 2) % {"n": 2} == "已派 2 个请求。"


def test_two_forms_of_the_plural_stay_apart():
    with translation.override("en"):
        assert [ngettext("%(n)d day", "%(n)d days", n) % {"n": n} for n in (1, 2)] == ["1 day", "2 days"]

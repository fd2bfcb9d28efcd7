"""Signing in: sessions that end, attempts that are counted, answers that tell a stranger nothing."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client

from careloop.accounts import services
from tests.factories import T0, UserFactory, client_of

pytestmark = pytest.mark.django_db
PAUSED = "登录失败次数过多，请稍后重试。"
PASSWORD = "Chuang-Qian-Ming-Yue"
LOGIN, PASSWORD_PAGE, HOME = "/accounts/login/", "/accounts/password/change/", "/me/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(T0, tick=False) as traveller:
        yield traveller


@pytest.fixture
def user():
    return UserFactory(username="linxm", password=PASSWORD)


def sign_in(client: Client, username: str = "linxm", password: str = PASSWORD, **more: str):
    return client.post(
        LOGIN + (f"?next={more['next']}" if "next" in more else ""), {"login": username, "password": password, **more}
    )


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def test_a_session_ends_after_its_time(user, clock):
    client = Client()
    assert (sign_in(client).status_code, is_in(client)) == (302, True)

    clock.shift(dt.timedelta(days=14, seconds=-1))
    assert is_in(client)
    clock.shift(dt.timedelta(seconds=1))
    assert not is_in(client)


def test_who_changes_the_password_is_signed_out_everywhere(user):
    here, elsewhere = Client(), Client()
    sign_in(here), sign_in(elsewhere)
    new = {"oldpassword": PASSWORD, "password1": "Yi-Shi-Di-Shang-Shuang", "password2": "Yi-Shi-Di-Shang-Shuang"}

    assert here.post(PASSWORD_PAGE, {**new, "oldpassword": "wrong"}).status_code == 200
    assert is_in(elsewhere)
    assert here.post(PASSWORD_PAGE, new).status_code == 302

    assert (is_in(here), is_in(elsewhere)) == (False, False)
    assert sign_in(Client()).status_code == 200
    assert sign_in(Client(), password=new["password1"]).status_code == 302


def test_a_password_set_by_the_administrator_ends_the_sessions(user):
    client = client_of(user)
    services.change_password(user.pk, password="Ju-Tou-Wang-Ming-Yue")
    assert not is_in(client)


def test_five_wrong_passwords_pause_the_account_and_the_right_one_does_not_help(user, clock):
    client = Client()
    said = [sign_in(client, password=f"wrong-{n}") for n in range(5)]
    paused = sign_in(client)

    assert {answer.status_code for answer in said} == {200}
    assert not is_in(client)
    assert PAUSED in paused.content.decode()

    clock.shift(dt.timedelta(minutes=5, seconds=1))
    assert (sign_in(client).status_code, is_in(client)) == (302, True)


def test_a_stranger_who_tries_many_names_is_paused_by_his_address(user):
    client = Client()
    for n in range(10):
        sign_in(client, username=f"nobody{n}")

    assert PAUSED in sign_in(client).content.decode()
    assert not is_in(client)


def test_behind_a_proxy_the_attempts_of_one_address_leave_the_others_alone(user, settings):
    def try_from(address: str, username: str, password: str):
        forwarded = {"X-Forwarded-For": f"10.9.9.9, {address}"}  # the first was written by the client himself
        return Client(headers=forwarded).post(LOGIN, {"login": username, "password": password})

    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(10):
        try_from("203.0.113.5", f"nobody{n}", "wrong")

    assert try_from("203.0.113.5", "linxm", PASSWORD).status_code == 200
    assert try_from("203.0.113.6", "linxm", PASSWORD).status_code == 302


def test_the_answer_does_not_tell_whether_the_name_exists(user):
    def said(name: str) -> str:
        page = sign_in(Client(), username=name, password="wrong").content.decode()
        return re.sub(r'csrfmiddlewaretoken" value="\w+"|CSRFToken": "\w+"|value="(linxm|nobody)"', "", page)

    assert said("linxm") == said("nobody")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_after_signing_in_nobody_is_led_elsewhere(target, user):
    assert sign_in(Client(), next=target)["Location"] == "/"


def test_after_signing_in_one_is_where_one_wanted_to_be(user):
    assert sign_in(Client(), next=HOME)["Location"] == HOME


def test_a_locked_account_cannot_sign_in_and_its_session_ends(user):
    client = client_of(user)
    user.is_active = False
    user.save()

    assert not is_in(client)
    assert sign_in(client).status_code == 302
    assert not is_in(client)


def test_cookies_are_kept_from_scripts_and_from_other_sites(user):
    client = Client()
    sign_in(client)
    cookie = client.cookies["sessionid"]
    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")

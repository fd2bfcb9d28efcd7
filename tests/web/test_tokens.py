"""Tokens of one's own: shown once, usable at once, useless after revoking; nobody revokes those of others."""

import pytest
from django.test import Client
from django.urls import reverse

from careloop.accounts.models import ApiToken
from careloop.api.auth import forget
from tests.test_permissions import person_with

pytestmark = pytest.mark.django_db


def api(key: str) -> int:
    forget()
    return Client().get("/api/v1/search?q=ab", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_token_is_shown_once_and_ends_when_revoked():
    client = Client()
    client.force_login(person_with({"customers.view_customer"}))

    client.post(reverse("web:token-issue"), {"name": "DMS"})
    key = client.get(reverse("web:settings")).context["new_token"]

    assert client.get(reverse("web:settings")).context["new_token"] == ""
    assert api(key) == 200
    token = ApiToken.objects.get()
    assert key not in (token.digest, token.name)
    client.post(reverse("web:token-revoke", kwargs={"pk": token.pk}))
    assert api(key) == 401


def test_the_token_of_somebody_else_stays():
    owner = person_with(set())
    token = ApiToken.objects.create(user=owner, name="x", digest="d", created_at="2026-01-01T00:00:00Z")
    owner.username = "owner"
    owner.save()
    owner.roles.all().delete()
    client = Client()
    client.force_login(person_with(set()))

    response = client.post(reverse("web:token-revoke", kwargs={"pk": token.pk}))

    assert response.status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_wrong_key_is_told_how_to_send_a_right_one():
    response = Client().get("/api/v1/search?q=ab", headers={"Authorization": "Bearer cl_wrong"})

    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response["WWW-Authenticate"] == "Bearer"

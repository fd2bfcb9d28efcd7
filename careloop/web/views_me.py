"""A person's own settings and tokens, the role and station he works in, and the audit list."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from careloop.accounts import queries as accounts
from careloop.accounts import services
from careloop.accounts.models import User
from careloop.core import audit as core_audit
from careloop.core.address import number_of
from careloop.core.http import Request, keyset
from careloop.core.timeline import title_of
from careloop.web.parts import audit as audit_words

LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    text_size = forms.ChoiceField(label=gettext_lazy("Text size"), choices=User.Text.choices)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What the token is for"), max_length=60, help_text=gettext_lazy("For example: DMS interface")
    )


def back(request: Request) -> HttpResponse:
    """To the page the person came from, never to another site."""
    target = request.POST.get("next", "") or request.headers.get("Referer", "")
    is_safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if is_safe else "web:today")


def own_id(request: Request) -> int:
    """The account of the person who is signed in; the middleware let nobody else through."""
    assert request.actor.user_id is not None
    return request.actor.user_id


def settings_page(request: Request) -> HttpResponse:
    assert isinstance(request.user, User)
    key = request.session.pop("new_token", "")
    form = PreferencesForm(initial={"language": request.user.language, "text_size": request.user.text_size})
    return render(request, "web/settings.html", settings_context(request, form, TokenForm(), key))


def settings_context(request: Request, form: forms.Form, token_form: forms.Form, key: str = "") -> dict[str, Any]:
    return {
        "form": form,
        "token_form": token_form,
        "new_token": key,
        "tokens": [
            {
                "pk": token.pk,
                "name": token.name,
                "created": timezone.localtime(token.created_at).strftime("%Y-%m-%d"),
                "used": token.last_used_on.isoformat() if token.last_used_on else _("never"),
            }
            for token in accounts.tokens_of(request.actor)
        ],
    }


@require_POST
def set_preferences(request: Request) -> HttpResponse:
    form = PreferencesForm(request.POST)
    partial = {name: value for name, value in request.POST.items() if name in form.fields}
    for name, value in partial.items():
        form.fields[name].clean(value)
    services.set_preferences(own_id(request), **{k: str(v) for k, v in partial.items()})
    if "language" in partial:
        translation.activate(str(partial["language"]))
    messages.success(request, _("Saved."))
    return back(request)


@require_POST
def switch_role(request: Request) -> HttpResponse:
    """The role orders navigation and Today; rights are those of all roles together (R2)."""
    code = request.POST.get("role", "")
    if code in request.actor.roles:
        request.session["role"] = code
    return redirect("web:today")


@require_POST
def switch_station(request: Request) -> HttpResponse:
    station = number_of(request.POST.get("station", ""))
    if station is not None and request.actor.sees_station(station):
        request.session["station"] = station
    else:
        request.session.pop("station", None)
    return back(request)


@require_POST
def issue_token(request: Request) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        assert isinstance(request.user, User)
        own = PreferencesForm(initial={"language": request.user.language, "text_size": request.user.text_size})
        return render(request, "web/settings.html", settings_context(request, own, form), status=422)
    _token, key = services.issue_token(
        own_id(request), name=form.cleaned_data["name"], actor=request.actor, at=request.now
    )
    request.session["new_token"] = key
    return redirect("web:settings")


@require_POST
def revoke_token(request: Request, pk: int) -> HttpResponse:
    services.revoke_token(pk, actor=request.actor, at=request.now)
    messages.success(request, _("The token no longer works."))
    return redirect("web:settings")


def audit(request: Request) -> HttpResponse:
    """Who did what, and who looked at or took away personal data."""
    request.actor.require("core.view_audit")
    is_access = request.GET.get("list") == "access"
    rows = core_audit.accesses(request.actor) if is_access else core_audit.events(request.actor, request.GET)
    page = keyset(request, rows, prepare=access_row if is_access else event_row)
    columns = [
        {"key": "at", "label": _("At"), "kind": "time"},
        {"key": "what", "label": _("What"), "kind": "text"},
        {"key": "subject", "label": _("Subject"), "kind": "text"},
        {"key": "who", "label": _("Who"), "kind": "text"},
        {"key": "entrance", "label": _("Entrance"), "kind": "text"},
        {"key": "change", "label": _("Rows") if is_access else _("Change"), "kind": "text"},
    ]
    return render(request, "web/audit.html", {"page": page, "columns": columns, "is_access": is_access})


def event_row(event: Any) -> dict[str, Any]:
    return {
        "at": timezone.localtime(event.at).strftime("%Y-%m-%d %H:%M:%S"),
        "who": event.actor_name,
        "entrance": audit_words.entrance(event.entrance),
        "what": title_of(event.kind),
        "subject": event.subject_label,
        "change": audit_words.change(event.kind, event.data),
    }


def access_row(row: Any) -> dict[str, Any]:
    return {
        "at": timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S"),
        "who": row.actor_name,
        "entrance": audit_words.entrance(row.entrance),
        "what": row.what,
        "subject": row.subject_label,
        "change": row.rows,
    }


@require_GET
@login_not_required
def health(request: Request) -> HttpResponse:
    """For a load balancer: the process answers. The state of the database is `careloop doctor`'s business."""
    return HttpResponse("ok", content_type="text/plain")

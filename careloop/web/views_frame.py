"""What belongs to the frame itself: language of visitors, counters of the navigation, the page of living components."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from careloop.cases import queries as cases
from careloop.core import today
from careloop.core.http import Request, fragment
from careloop.web import samples
from careloop.web.views_today import is_late
from careloop.workorders import queries as workorders

YEAR = 365 * 24 * 3600
COUNTS_KEPT = 30  # seconds


@require_POST
@login_not_required
def set_language(request: Request) -> HttpResponse:
    """The language of somebody without an account, kept in a cookie of the browser."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    answer = redirect(target if safe else "/")
    code = request.POST.get("language", "")
    if code in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True
        )
    return answer


@require_GET
def counts(request: Request) -> JsonResponse:
    """Numbers beside the places: `{"today": [17, true]}`, the second says that something is late."""
    key = f"counts:{request.actor.user_id}"
    found: dict[str, tuple[int, bool]] | None = cache.get(key)
    if found is None:
        found = count_duties(request)
        cache.set(key, found, COUNTS_KEPT)
    return JsonResponse(found)


def count_duties(request: Request) -> dict[str, tuple[int, bool]]:
    now = timezone.now()
    duties = today.collect(request.actor, now=now)
    views = {"calls": ("calls",), "complaints": ("complaints",)}
    found = {"today": (len(duties), any(is_late(duty, now) for duty in duties))}
    for name, kinds in views.items():
        mine = [duty for duty in duties if duty.view in kinds]
        found[name] = (len(mine), any(duty.due_at < now for duty in mine))
    if request.actor.may("cases.view_case"):
        requests = cases.view_counts(request.actor, now=now, event=request.newest_event)
        found["cases"] = (requests["open"], requests["late"] > 0)
    if request.actor.may("workorders.view_workorder"):
        orders = workorders.counts(request.actor, now=now)
        found["workorders"] = (orders["open"], orders["late"] > 0)
    return found


class SampleForm(forms.Form):
    """Every kind of field once, for the page of living components."""

    layout = (
        (_("What happened"), ["title", "words", "channel", "urgent", "stopped_on", "stopped_at"]),
        (_("Machine"), ["kind", "mileage", "price", "station", "wishes", "answer", "serial"]),
    )
    title = forms.CharField(
        label=_("Title"), max_length=80, help_text=_("In a few words, as you would tell a colleague.")
    )
    words = forms.CharField(label=_("The customer's words"), widget=forms.Textarea(attrs={"rows": 3}))
    channel = forms.ChoiceField(
        label=_("Channel"), widget=forms.RadioSelect,
        choices=[("phone", _("Phone")), ("sms", _("SMS")), ("mail", _("E-mail")), ("chat", _("Web chat"))],
    )  # fmt: skip
    urgent = forms.BooleanField(label=_("The machine stands still"), required=False)
    stopped_on = forms.DateField(
        label=_("Stopped on"), required=False, widget=forms.DateInput(attrs={"data-width": "half"})
    )
    stopped_at = forms.TimeField(
        label=_("Stopped at"), required=False, widget=forms.TimeInput(attrs={"data-width": "half"})
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", "—"), ("car", _("Vehicle")), ("machine", _("Machine"))],
        widget=forms.Select(attrs={"data-width": "half"}),
    )  # fmt: skip
    mileage = forms.IntegerField(
        label=_("Mileage"), min_value=0, widget=forms.NumberInput(attrs={"data-unit": "km", "data-width": "half"})
    )
    price = forms.DecimalField(
        label=_("Price"), required=False, widget=forms.NumberInput(attrs={"data-unit": "¥", "data-width": "half"})
    )
    station = forms.CharField(label=_("Station"), required=False, disabled=True, initial="苏州城东站")
    wishes = forms.MultipleChoiceField(
        label=_("Wishes"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[("old", _("Keep the old parts")), ("call", _("Call half an hour before")), ("wash", _("Car wash"))],
    )  # fmt: skip
    answer = forms.ChoiceField(
        label=_("How was the service compared with what you expected?"),
        widget=forms.RadioSelect(attrs={"data-keys": ""}),
        choices=[(str(i), label) for i, label in enumerate(
            (_("much worse"), _("worse"), _("as expected"), _("better"), _("much better")), 1)],
    )  # fmt: skip
    serial = forms.CharField(label=_("Serial number"), required=False)

    def clean_serial(self) -> str:
        serial = str(self.cleaned_data["serial"])
        if serial and not serial[0].isdigit():
            raise forms.ValidationError(_("A serial number begins with the year, for example 24A-0317."))
        return serial


class StepSampleForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))
    promised_at = forms.DateTimeField(label=_("New promise"), required=False)


class SignSampleForm(forms.Form):
    signature = forms.CharField(label=_("Customer's signature"), widget=forms.HiddenInput(attrs={"data-signature": ""}))
    code = forms.CharField(label=_("Code"), required=False, max_length=6)


def only_in_development() -> None:
    if not settings.STYLEGUIDE:
        raise Http404


@login_not_required
def styleguide(request: Request) -> HttpResponse:
    """All components in all states. Shown in development only."""
    only_in_development()
    bound = SampleForm(
        {"channel": "phone", "words": "", "serial": "A-0317", "kind": "car", "mileage": "-4", "answer": "2"}
    )
    context: dict[str, Any] = {
        **samples.everything(),
        "empty_form": SampleForm(),
        "refused_form": bound,
        "sign_form": SignSampleForm(),
        "form_sample_key": "styleguide",
    }
    return render(request, "web/styleguide.html", context)


@login_not_required
def styleguide_step(request: Request) -> HttpResponse:
    """A step's form as sheet and as page; refuses a reason below five characters."""
    only_in_development()
    form = StepSampleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if len(form.cleaned_data["reason"]) >= 5:
            return redirect("web:styleguide")
        form.add_error("reason", _("Say why, in a few words; the reason stays on the timeline."))
    context = {
        "form": form,
        "title": _("Change the promise"),
        "intro": _("The customer is told at once; the old promise stays on the timeline."),
        "back_url": "/styleguide/",
        "key": "styleguide-step",
    }
    return fragment(request, "action.html", "sheet", context, status=422 if form.errors else 200)


@login_not_required
def styleguide_print(request: Request) -> HttpResponse:
    only_in_development()
    return render(request, "web/styleguide_print.html", samples.everything())


@login_not_required
def styleguide_public(request: Request) -> HttpResponse:
    only_in_development()
    return render(request, "web/styleguide_public.html", samples.everything())

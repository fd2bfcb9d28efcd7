"""Forms of the customer file (form 2.3), of contact persons and of the small steps."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext as _p

from careloop.core.actor import Actor
from careloop.core.phones import to_e164
from careloop.customers import queries, rules
from careloop.customers.labels import NOTE_KINDS, field_label
from careloop.customers.models import Confidence, Consent, Contact, Customer, Purpose
from careloop.staff import queries as staff
from careloop.staff.models import Person, Station

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Customer]
else:
    ModelForm = forms.ModelForm

# fmt: off
SECTIONS: Sequence[tuple[Any, Sequence[str]]] = (
    (_l("Basic data"), ("name", "short_name", "type", "uscc", "industry", "size", "station", "country", "region",
                        "address", "latitude", "longitude", "source", "referrer")),
    (_l("First contact person"), ("contact_name", "contact_salutation", "contact_role", "contact_department",
                                  "contact_post", "phone", "is_phone_verified", "landline", "email", "wechat",
                                  "preferred_channel", "quiet_from", "quiet_to", "language")),
    (_l("Consent"), ("consent_channel", "consents")),
    (_l("Owners and grade"), ("service_owner", "sales_owner", "engineer_owner", "grade", "grade_reason",
                              "first_contact_at")),
    (_l("Invoices"), ("wants_invoice", "invoice_title", "invoice_tax_no", "invoice_bank", "invoice_account",
                      "invoice_address", "invoice_phone")),
    (_l("Preference and need"), ("buying_frequency", "decision_traits", "tendency", "tendency_confidence",
                                 "preference", "preference_confidence", "expectation", "expectation_confidence",
                                 "expected_price", "spending_power", "potential", "capital_efficiency", "family",
                                 "why")),
    (_l("Machines of competitors and cost of failure"), ("competitor_equipment", "loss_fixed", "loss_per_hour")),
    (_l("Credit"), ("credit_tier", "credit_score", "credit_limit", "payment_days")),
)
"""The blocks of the paper form, in its order."""
# fmt: on
JUDGED = ("tendency", "preference", "expectation")
CREDIT = ("credit_tier", "credit_score", "credit_limit", "payment_days")


def two_columns(form: forms.BaseForm, *full: str) -> None:
    """Short fields stand side by side; `full`, long texts and ticks take the whole width."""
    wide = (forms.Textarea, forms.CheckboxInput, forms.CheckboxSelectMultiple)
    for name, field in form.fields.items():
        if name not in full and not isinstance(field.widget, wide):
            field.widget.attrs["data-width"] = "half"
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = "—"
        elif isinstance(field, forms.ChoiceField) and isinstance(field.widget, forms.Select):
            field.choices = [
                (value, "—" if str(label).startswith("---") else label) for value, label in field.widget.choices
            ]


class CustomerPicker(forms.CharField):
    """A customer by number, name, telephone number or plate, among those the actor sees; cleans to its id."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("help_text", _l("Customer number, or a name or telephone number that fits one customer."))
        super().__init__(**kwargs)
        self.actor = Actor.nobody()

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = queries.find_customers(self.actor, text)
        if len(found) == 1:
            return found[0].pk
        if not found:
            raise ValidationError(_("No customer of your stations fits “%(text)s”.") % {"text": text[:40]})
        listed = " · ".join(f"{row.name} ({row.code})" for row in found[:5])
        raise ValidationError(_("Several customers fit: %(list)s. Write the number.") % {"list": listed})


class RegionField(forms.ChoiceField):
    """Province or city of GB/T 2260."""

    def __init__(self, **kwargs: Any):
        super().__init__(choices=region_choices, **kwargs)

    def valid_value(self, value: str) -> bool:
        return bool(rules.region_name(value))


def region_choices() -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, name in rules.regions().items():
        groups.setdefault(rules.regions()[f"{code[:2]}0000"], []).append((code, name))
    return [("", "—"), *groups.items()]


class LinesField(forms.CharField):
    """A small table as text: one row a line, its columns parted by `|` or a tab; cleans to a list of mappings."""

    def __init__(self, *columns: str, **kwargs: Any):
        self.columns = columns
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3, "data-rows": 3}))
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(" | ".join(str(row.get(name) or "") for name in self.columns).rstrip(" |") for row in value)

    def clean(self, value: Any) -> list[dict[str, str]]:
        text = super().clean(value)
        rows = []
        for number, line in enumerate(text.splitlines(), 1):
            parts = [part.strip() for part in re.split(r"[|\t｜]", line)]
            if not any(parts):
                continue
            if len(parts) > len(self.columns):
                raise ValidationError(
                    _("Line %(line)d has more than %(count)d columns.") % {"line": number, "count": len(self.columns)}
                )
            if not parts[0]:
                raise ValidationError(_("Line %(line)d begins with an empty column.") % {"line": number})
            rows.append({name: part for name, part in zip(self.columns, parts, strict=False) if part})
        return rows


class ReachFields:
    """Numbers and addresses are judged where they were typed, so that the refusal stands at its field."""

    cleaned_data: dict[str, Any]

    def clean_phone(self) -> str:
        return self._number("phone")

    def clean_landline(self) -> str:
        return self._number("landline")

    def clean_email(self) -> str:
        text: str = self.cleaned_data["email"]
        if text:
            validate_email(text)
        return text

    def _number(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if text:
            to_e164(text)
        return text


class CustomerForm(ReachFields, ModelForm):
    """The whole file. Cleans to `values` (fields of the file), `contact` and `confidence`; the services save."""

    referrer = CustomerPicker(label=_l("Recommended by"), required=False, max_length=120)
    region = RegionField(label=_l("Region"), required=False)
    competitor_equipment = LinesField(
        "brand",
        "model",
        "count",
        "remark",
        label=_l("Competitor equipment"),
        help_text=_l("One line each: brand | model | pieces | remark"),
    )
    contact_name = forms.CharField(label=_l("Full name"), max_length=60)
    contact_salutation = forms.ChoiceField(label=_l("Salutation"), choices=Contact.Salutation.choices, required=False)
    contact_role = forms.ChoiceField(label=_l("Role at the customer"), choices=Contact.Role.choices, initial="other")
    contact_department = forms.CharField(label=_l("Department"), max_length=60, required=False)
    contact_post = forms.CharField(label=_l("Post"), max_length=60, required=False)
    phone = forms.CharField(
        label=_l("Mobile phone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    is_phone_verified = forms.BooleanField(label=_l("Verified: the person was reached on this number"), required=False)
    landline = forms.CharField(
        label=_l("Landline"),
        max_length=40,
        required=False,
        help_text=_l("Area code and number, for example 0512-6688 1234"),
    )
    email = forms.CharField(label=_l("E-mail"), max_length=120, required=False)
    wechat = forms.CharField(label=_l("WeChat"), max_length=64, required=False)
    preferred_channel = forms.ChoiceField(
        label=_l("Preferred channel"), choices=Contact.Preferred.choices, required=False
    )
    quiet_from = forms.TimeField(label=_l("Do not disturb from"), required=False)
    quiet_to = forms.TimeField(label=_l("Do not disturb until"), required=False)
    language = forms.ChoiceField(
        label=_l("Language"),
        choices=settings.LANGUAGES,
        required=False,
    )
    consent_channel = forms.ChoiceField(
        label=_l("How the person was asked"), choices=[("", "—"), *Consent.Channel.choices]
    )
    consents = forms.MultipleChoiceField(
        label=_l("The person agrees to"),
        choices=Purpose.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_l("Leave empty what was refused. Each can be withdrawn at any time."),
    )
    tendency_confidence = forms.ChoiceField(label=_l("Known how"), choices=Confidence.choices, required=False)
    preference_confidence = forms.ChoiceField(label=_l("Known how"), choices=Confidence.choices, required=False)
    expectation_confidence = forms.ChoiceField(label=_l("Known how"), choices=Confidence.choices, required=False)
    seen_event = forms.IntegerField(required=False, widget=forms.HiddenInput)
    confirm_duplicates = forms.BooleanField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields = tuple(name for name in rules.FIELDS if name not in ("referrer", "competitor_equipment"))  # asked below

    CONTACT = (
        "contact_name",
        "contact_salutation",
        "contact_role",
        "contact_department",
        "contact_post",
        "phone",
        "is_phone_verified",
        "landline",
        "email",
        "wechat",
        "preferred_channel",
        "quiet_from",
        "quiet_to",
        "language",
        "consent_channel",
        "consents",
    )

    def __init__(self, *args: Any, actor: Actor, is_new: bool, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.actor, self.is_new = actor, is_new
        self.matches: list[queries.Match] = []
        self._prepare_choices()
        left_out = () if is_new else (*self.CONTACT, "first_contact_at")
        if not actor.may("customers.set_credit"):
            left_out = (*left_out, *CREDIT)
        for name in left_out:
            del self.fields[name]
        self.layout = [(title, [n for n in names if n in self.fields]) for title, names in SECTIONS]
        self.layout = [(title, names) for title, names in self.layout if names]

    def _prepare_choices(self) -> None:
        people = staff.colleagues(self.actor)
        for name in ("sales_owner", "service_owner", "engineer_owner"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = people
            field.required = name == "service_owner"
        stations = self.fields["station"]
        assert isinstance(stations, forms.ModelChoiceField)
        stations.queryset = staff.stations_of(self.actor)
        picker = self.fields["referrer"]
        assert isinstance(picker, CustomerPicker)
        picker.actor = self.actor
        source = self.fields["source"]
        assert isinstance(source, forms.ChoiceField)
        if self.is_new:
            source.choices = [("", "—"), *[pair for pair in Customer.Source.choices if pair[0] != "unknown"]]
        two_columns(self, "name", "address", "invoice_address", "grade_reason", "capital_efficiency", "family")
        self.fields["address"].help_text = _("Mandatory for firms and authorities.")
        self.fields["uscc"].help_text = _("18 signs; mandatory for firms with VAT invoices.")
        for name in ("sales_owner", "engineer_owner"):
            self.fields[name].help_text = _("Mandatory for firms and authorities.")
        if "phone" in self.fields:
            self.fields["phone"].help_text = _("At least one number or address is needed.")
        self.fields["family"].help_text = _("Of persons only, with consent to personal care.")
        for name, unit in (
            ("expected_price", "¥"),
            ("loss_fixed", "¥"),
            ("loss_per_hour", "¥/h"),
            ("credit_limit", "¥"),
            ("payment_days", _p("unit", "days")),
            ("size", _p("unit", "persons")),
        ):
            self.fields[name].widget.attrs["data-unit"] = unit

    def clean(self) -> dict[str, Any]:
        """What a new file lacks is told at once, together with what cannot be read."""
        data: dict[str, Any] = super().clean() or {}
        wrong = rules.impossible(data)
        if self.is_new:
            wrong = {**rules.missing(data, by_hand=True), **wrong}
        for name, text in wrong.items():
            if name in self.fields and name not in self.errors:
                self.add_error(name, text)
        return data

    def _post_clean(self) -> None:
        """Rules and uniqueness are checked by the services, which every entrance uses."""

    def mark_mandatory(self) -> None:
        """Stars for what the service will ask for; called before the form is shown, after it was read."""
        shown = {name: self[name].value() for name in self.fields}
        shown["wants_invoice"] = shown.get("wants_invoice") in (True, "on", "True")
        for name in rules.due_fields(shown, by_hand=self.is_new):
            if name in self.fields:
                self.fields[name].required = True

    def values(self) -> dict[str, Any]:
        """Fields of the file as the services take them; related records as ids."""
        found = {name: self.cleaned_data[name] for name in rules.FIELDS if name in self.fields}
        return {name: getattr(v, "pk", v) if isinstance(v, Station | Person) else v for name, v in found.items()}

    def confidence(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(f"{name}_confidence") or "stated" for name in JUDGED}

    def contact(self) -> dict[str, Any]:
        data = self.cleaned_data
        verified = bool(data["is_phone_verified"])
        channels = [
            {"kind": "mobile", "value": data["phone"], "verified": verified},
            {"kind": "phone", "value": data["landline"], "verified": verified and not data["phone"]},
            {"kind": "email", "value": data["email"]},
            {"kind": "wechat", "value": data["wechat"]},
        ]
        return {
            "name": data["contact_name"],
            "salutation": data["contact_salutation"],
            "role": data["contact_role"],
            "department": data["contact_department"],
            "post": data["contact_post"],
            "preferred_channel": data["preferred_channel"],
            "quiet_from": data["quiet_from"],
            "quiet_to": data["quiet_to"],
            "language": data["language"] or "zh-hans",
            "channels": channels,
            "consents": data["consents"],
            "consent_channel": data["consent_channel"],
        }


def initial_of(customer: Customer, confirmations: Mapping[str, Any]) -> dict[str, Any]:
    """What the form of an existing file shows beside the columns."""
    first = {
        "referrer": customer.referrer.code if customer.referrer else "",
        "competitor_equipment": customer.competitor_equipment,
        "region": customer.region,
        "seen_event": queries.last_change_id(customer.pk),
    }
    known = {f"{name}_confidence": confirmations[name].confidence for name in JUDGED if name in confirmations}
    return {**first, **known}


class ContactForm(ReachFields, forms.Form):
    """A contact person: new with numbers and consents, or an existing one without them."""

    name = forms.CharField(label=_l("Full name"), max_length=60)
    salutation = forms.ChoiceField(label=_l("Salutation"), choices=Contact.Salutation.choices, required=False)
    role = forms.ChoiceField(label=_l("Role at the customer"), choices=Contact.Role.choices, initial="other")
    department = forms.CharField(label=_l("Department"), max_length=60, required=False)
    post = forms.CharField(label=_l("Post"), max_length=60, required=False)
    phone = forms.CharField(
        label=_l("Telephone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    is_phone_verified = forms.BooleanField(label=_l("Verified: the person was reached on this number"), required=False)
    email = forms.CharField(label=_l("E-mail"), max_length=120, required=False)
    wechat = forms.CharField(label=_l("WeChat"), max_length=64, required=False)
    preferred_channel = forms.ChoiceField(
        label=_l("Preferred channel"), choices=Contact.Preferred.choices, required=False
    )
    quiet_from = forms.TimeField(label=_l("Do not disturb from"), required=False)
    quiet_to = forms.TimeField(label=_l("Do not disturb until"), required=False)
    do_not_call = forms.BooleanField(label=_l("Does not want to be called"), required=False)
    is_primary = forms.BooleanField(label=_l("First contact person"), required=False)
    consent_channel = forms.ChoiceField(
        label=_l("How the person was asked for consent"), choices=[("", "—"), *Consent.Channel.choices], required=False
    )
    consents = forms.MultipleChoiceField(
        label=_l("The person agrees to"), choices=Purpose.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    confirm_duplicates = forms.BooleanField(label=_l("The number belongs to both"), required=False)

    NEW_ONLY = ("phone", "is_phone_verified", "email", "wechat", "consent_channel", "consents", "confirm_duplicates")

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if not is_new:
            for name in self.NEW_ONLY:
                del self.fields[name]
        elif "confirm_duplicates" not in self.data:
            self.fields["confirm_duplicates"].widget = forms.HiddenInput()

    def offer_confirmation(self) -> None:
        self.fields["confirm_duplicates"].widget = forms.CheckboxInput()

    def person(self) -> dict[str, Any]:
        """As `services.add_contact` takes it."""
        data = dict(self.cleaned_data)
        channels = [
            {"kind": "", "value": data.pop("phone"), "verified": data.pop("is_phone_verified")},
            {"kind": "email", "value": data.pop("email")},
            {"kind": "wechat", "value": data.pop("wechat")},
        ]
        return {**data, "channels": channels}


class ChannelForm(forms.Form):
    kind = forms.ChoiceField(
        label=_l("Kind"),
        choices=[("", _l("telephone")), ("email", _l("e-mail")), ("wechat", _l("WeChat"))],
        required=False,
    )
    value = forms.CharField(label=_l("Number or address"), max_length=120)
    is_verified = forms.BooleanField(label=_l("Verified: the person was reached there"), required=False)
    confirm_duplicates = forms.BooleanField(
        label=_l("The number belongs to both"), required=False, widget=forms.HiddenInput
    )

    def offer_confirmation(self) -> None:
        self.fields["confirm_duplicates"].widget = forms.CheckboxInput()


class ConsentForm(forms.Form):
    purpose = forms.ChoiceField(label=_l("The person agrees to"), choices=Purpose.choices)
    channel = forms.ChoiceField(label=_l("How the person was asked"), choices=Consent.Channel.choices)


class LeaveForm(forms.Form):
    on = forms.DateField(label=_l("Left on"))


class NoteForm(forms.Form):
    """At most three mandatory fields, for everybody who works here (R12)."""

    kind = forms.ChoiceField(label=_l("What about"), choices=list(NOTE_KINDS.items()), initial="contact")
    text = forms.CharField(
        label=_l("What the customer said"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3, "data-rows": 3})
    )
    contact_id = forms.TypedChoiceField(label=_l("Who said it"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, people: Sequence[Contact] = (), **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        field = self.fields["contact_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("not named")), *((str(person.pk), person.name) for person in people)]


class ConfirmForm(forms.Form):
    """The fields to confirm; all of them are ticked at first."""

    fields_ = forms.MultipleChoiceField(label=_l("Still right"), widget=forms.CheckboxSelectMultiple)
    source = forms.CharField(
        label=_l("How it was checked"), max_length=60, help_text=_l("For example: by telephone with Mr Li")
    )

    def __init__(self, *args: Any, stale: Sequence[tuple[str, dt.date]] = (), **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        field = self.fields["fields_"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (name, _("%(field)s (last confirmed %(date)s)") % {"field": field_label(name), "date": day.isoformat()})
            for name, day in stale
        ]
        field.initial = [name for name, _day in stale]


class EmptyForm(forms.Form):
    """A step that needs nothing but the decision."""


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_l("Reason"), max_length=200)


class SiteForm(forms.Form):
    name = forms.CharField(label=_l("Name of the place"), max_length=60)
    region = RegionField(label=_l("Region"), required=False)
    address = forms.CharField(label=_l("Address"), max_length=200, required=False)

"""Fields that several steps share: photos, signature, times, people."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from careloop.core.actions import StepForm
from careloop.workorders import queries


class PhotosInput(forms.FileInput):
    """Several files from the page, or a list of data URLs from a program."""

    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__({"multiple": True, "accept": "image/*", "capture": "environment", **(attrs or {})})

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Any]:
        if files is not None and hasattr(files, "getlist") and files.getlist(name):
            return list(files.getlist(name))
        value = data.get(name)
        return value if isinstance(value, list) else []

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not self.value_from_datadict(data, files, name)


class PhotosField(forms.Field):
    widget = PhotosInput
    api_type = list[str]
    default_error_messages = {"invalid": _("Only photos as JPEG, PNG or WebP can be kept.")}

    def to_python(self, value: Any) -> list[Any]:
        photos = list(value or [])
        if not all(isinstance(photo, str | UploadedFile) for photo in photos):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return photos[:20]


class SignatureField(forms.CharField):
    """A drawn signature as PNG data URL."""

    def __init__(self, **options: Any):
        options.setdefault("label", _("Signature"))
        options.setdefault("max_length", 2_000_000)
        super().__init__(widget=forms.HiddenInput(attrs={"data-signature": ""}), **options)


class PersonField(forms.TypedChoiceField):
    """Somebody of the station, by id; the choices come from `prepare`."""

    def __init__(self, **options: Any):
        super().__init__(coerce=int, empty_value=None, **options)


class MoneyField(forms.DecimalField):
    def __init__(self, **options: Any):
        options.setdefault("max_digits", 12)
        options.setdefault("decimal_places", 2)
        super().__init__(**options)
        self.widget.attrs.update({"data-unit": "¥", "inputmode": "decimal", "step": "0.01"})


class ReasonForm(StepForm):
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "data-rows": 2}))


def people(form: StepForm, permission: str = "", *, empty: Any = None) -> list[tuple[Any, Any]]:
    """Choices of a PersonField: who works at the order's station and holds the right."""
    rows = [(row.pk, row.name) for row in queries.people_at(form.obj.station_id, permission)]
    return [("", "—" if empty is None else empty), *rows]


class PartsField(forms.CharField):
    """Parts to put aside: a line each with number and quantity, or the list of a program."""

    api_type = list[dict[str, str]]

    def __init__(self, **options: Any):
        widget = forms.Textarea(attrs={"rows": 2, "data-rows": 2, "spellcheck": "false"})
        super().__init__(**{"max_length": 2000, "widget": widget, **options})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return [part_wish(str(row.get("number", "")), str(row.get("quantity", "1"))) for row in value]
        return [part_wish(*split_part(line)) for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        """Each line has been read already; that there are none is allowed."""

    def run_validators(self, value: Any) -> None:
        """The length is that of the text, not of the list."""


def split_part(line: str) -> tuple[str, str]:
    """`DF-75W 2` and `DF-75W × 2` → number and quantity; a number alone is one piece."""
    words = line.replace("×", " ").replace("\t", " ").split()
    return (words[0], "1") if len(words) == 1 else (" ".join(words[:-1]), words[-1])


def part_wish(number: str, quantity: str) -> dict[str, str]:
    try:
        count = Decimal(quantity)
    except InvalidOperation:
        count = Decimal(0)
    if not number.strip() or not count.is_finite() or not 0 < count < 100_000:
        raise forms.ValidationError(
            _("“%(line)s” cannot be read. Write the part number, a space and the quantity, for instance “DF-75W 2”."),
            params={"line": f"{number} {quantity}".strip()},
            code="invalid",
        )
    return {"number": number.strip(), "quantity": f"{round(count, 2):f}"}

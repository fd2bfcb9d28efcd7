"""Form fields: label, hint, error, required mark and the wiring for screen readers, by the kind of input."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe  # reason: every value is escaped where it is put in
from django.utils.translation import gettext as _

from careloop.web.parts.signs import icon, labelled

HALF = (forms.NumberInput, forms.DateInput, forms.TimeInput, forms.DateTimeInput)


def field(bound: BoundField, *, hint: str = "", label: str = "", half: bool = False) -> SafeString:
    """One field of a form, whatever its widget. A hidden field is just itself."""
    widget = bound.field.widget
    if widget.is_hidden and "data-signature" not in widget.attrs:
        return mark_safe(str(bound))
    _native(widget)
    if label:  # a name of our own; the form's placeholder would say it twice
        widget.attrs.pop("placeholder", None)
    wide = "is-half" if half or widget.attrs.get("data-width") == "half" else ""
    bad = "is-bad-field" if bound.errors else ""
    css = " ".join(part for part in ("cl-field", wide, bad) if part)
    parts = {"hint": hint or bound.help_text, "label": label or bound.label}
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return _choices(bound, css, parts)
    if isinstance(widget, forms.CheckboxInput):
        return _tick(bound, css, parts)
    return _input(bound, css, parts)


def _native(widget: Any) -> None:
    """The browser's own pickers for day and time; their values are always ISO."""
    kinds = ((forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"), (forms.DateInput, "date", "%Y-%m-%d"),
             (forms.TimeInput, "time", "%H:%M"))  # fmt: skip
    for kind, name, shape in kinds:
        if type(widget) is kind:
            widget.input_type, widget.format = name, shape
            return


def _attributes(bound: BoundField, hint: Any, css: str) -> dict[str, Any]:
    described = [f"{bound.auto_id}-hint"] if hint else []
    described += [f"{bound.auto_id}-error"] if bound.errors else []
    attributes: dict[str, Any] = {"class": f"{css} {bound.field.widget.attrs.get('class', '')}".strip()}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if bound.field.required:
        attributes["aria-required"] = "true"
    return attributes


def _input(bound: BoundField, css: str, parts: dict[str, Any]) -> SafeString:
    widget = bound.field.widget
    kind = "form-select" if isinstance(widget, forms.Select) else "form-control"
    attributes = _attributes(bound, parts["hint"], kind + (" is-invalid" if bound.errors else ""))
    if isinstance(widget, forms.Textarea) and "rows" in widget.attrs:
        attributes["rows"] = widget.attrs.get("data-rows", 3)
    control = _without_required(bound, attributes)
    unit = widget.attrs.get("data-unit")
    if unit:
        control = (
            f'<div class="input-group">{control}<span class="input-group-text">{conditional_escape(unit)}</span></div>'
        )
    if isinstance(widget, forms.PasswordInput):
        control = _with_eye(bound, control)
    label = f'<label class="form-label" for="{bound.auto_id}">{_label(bound, parts["label"])}</label>'
    return mark_safe(f'<div class="{css}">{label}{control}{_hint(bound, parts["hint"])}{_errors(bound)}</div>')


def _without_required(bound: BoundField, attributes: dict[str, Any]) -> str:
    """The server checks and explains; the browser's own bubbles speak another language."""
    had = bound.form.use_required_attribute
    bound.form.use_required_attribute = False
    try:
        return str(bound.as_widget(attrs=attributes))
    finally:
        bound.form.use_required_attribute = had


def _with_eye(bound: BoundField, control: str) -> str:
    name = escape(_("Show the password"))
    return (
        f'<div class="cl-has-eye">{control}<button type="button" class="cl-ib cl-eye" data-eye aria-pressed="false" '
        f'aria-controls="{bound.auto_id}" aria-label="{name}">{icon("eye")}</button></div>'
    )


def _tick(bound: BoundField, css: str, parts: dict[str, Any]) -> SafeString:
    control = _without_required(bound, _attributes(bound, parts["hint"], "form-check-input"))
    label = (
        f'<label class="form-check-label" for="{bound.auto_id}">{_label(bound, parts["label"], optional=False)}</label>'
    )
    hint, errors = _hint(bound, parts["hint"]), _errors(bound)
    return mark_safe(f'<div class="{css}"><div class="form-check">{control}{label}</div>{hint}{errors}</div>')


def _choices(bound: BoundField, css: str, parts: dict[str, Any]) -> SafeString:
    widget, many = bound.field.widget, isinstance(bound.field.widget, forms.CheckboxSelectMultiple)
    attributes = _attributes(bound, parts["hint"], "form-check-input")
    described = attributes.pop("aria-describedby", "")
    attributes.pop("aria-required", None)
    options = list(bound.subwidgets)
    if "data-keys" in widget.attrs:
        body = f'<div class="cl-keys">{"".join(_key(option, number) for number, option in enumerate(options, 1))}</div>'
    else:
        column = " is-col" if many or len(options) > 5 or "data-column" in widget.attrs else ""
        column += " is-many" if many and len(options) > 8 else ""
        body = f'<div class="cl-radios{column}">{"".join(_option(option) for option in options)}</div>'
    extra = f' aria-describedby="{described}"' if described else ""
    role = "" if many else ' role="radiogroup"'
    required = ' aria-required="true"' if bound.field.required and not many else ""
    return mark_safe(
        f'<fieldset class="{css}" id="{bound.auto_id}" tabindex="-1"{role}{required}{extra}><legend class="form-label">'
        f"{_label(bound, parts['label'])}</legend>{body}{_hint(bound, parts['hint'])}{_errors(bound)}</fieldset>"
    )


def _option(option: Any) -> str:
    option.data["attrs"] = {**option.data["attrs"], "class": "form-check-input"}
    option.data["attrs"].pop("required", None)
    label = conditional_escape(option.choice_label)
    return (
        f'<div class="form-check">{option.tag(wrap_label=False)}'
        f'<label class="form-check-label" for="{option.id_for_label}">{label}</label></div>'
    )


def _key(option: Any, number: int) -> str:
    option.data["attrs"] = {**option.data["attrs"], "data-key": str(number)}
    option.data["attrs"].pop("required", None)
    label = conditional_escape(option.choice_label)
    return f'<label class="cl-key">{option.tag(wrap_label=False)}<b>{number}</b>{label}</label>'


def _label(bound: BoundField, text: Any, *, optional: bool = True) -> str:
    shown = conditional_escape(text or "")
    required, may_stay_empty = _("required"), _("optional")
    if bound.field.required or "data-due" in bound.field.widget.attrs:  # due: the service asks for it
        return f'{shown}<span class="req" aria-hidden="true" title="{escape(required)}">*</span>'
    if optional and not bound.field.disabled:
        return f'{shown}<span class="opt">{escape(may_stay_empty)}</span>'
    return shown


def _hint(bound: BoundField, text: Any) -> str:
    return f'<div class="form-hint" id="{bound.auto_id}-hint">{conditional_escape(text)}</div>' if text else ""


def _errors(bound: BoundField) -> str:
    if not bound.errors:
        return ""
    text = " ".join(conditional_escape(str(error)) for error in bound.errors)
    return f'<div class="invalid-feedback" id="{bound.auto_id}-error">{icon("f-alert-circle")}<span>{text}</span></div>'


def errors(form: forms.BaseForm) -> SafeString:
    """The summary above the form: what was refused as a whole, then each field with a link to it."""
    if not form.is_bound or form.is_valid():
        return SafeString("")
    lines = [f"<li>{conditional_escape(str(text))}</li>" for text in form.non_field_errors()]
    for bound in form:
        text = " ".join(conditional_escape(str(error)) for error in bound.errors)
        if text:
            link = f'<a href="#{bound.auto_id}">{conditional_escape(bound.label or bound.name)}</a>'
            lines.append(f"<li>{labelled(link, text)}</li>")
    title = escape(_("Nothing was saved. Please look at this:"))
    return mark_safe(
        f'<div class="cl-errors" role="alert" tabindex="-1">{icon("f-alert-octagon")}'
        f"<div><b>{title}</b><ul>{''.join(lines)}</ul></div></div>"
    )


def grouped(form: forms.BaseForm) -> list[dict[str, Any]]:
    """Fields in the groups of `form.layout`; what the layout forgets comes last, so that nothing is lost."""
    layout = list(getattr(form, "layout", ()))
    named = {name for _title, names in layout for name in names}
    rest = [name for name in form.fields if name not in named]
    groups = [(title, names) for title, names in layout] + ([("", rest)] if rest else [])
    return [
        {"title": title, "fields": [form[name] for name in names if name in form.fields]} for title, names in groups
    ]

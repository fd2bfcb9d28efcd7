"""What the reading of a request refuses, in the reader's words, and how the OpenAPI document tells of refusals."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _l

from careloop.core.rest import PROBLEM

WHOLE = _l("Write a whole number of at most 15 digits.")
NUMBER = _l("Write a number, for example 12.5.")
DAY = _l("Write a date as 2026-11-19.")
MOMENT = _l("Write date and time as 2026-11-19T14:30:00+08:00.")
TEXT = _l("Write a text.")

# Kinds of refusal of pydantic, and what to do instead; texts with a name take it from the refusal's context.
WORDS: Mapping[str, Any] = {
    "missing": _l("This value is needed."),
    "string_type": TEXT,
    "string_unicode": TEXT,
    "string_too_long": _l("At most %(max_length)s signs."),
    "string_too_short": _l("At least %(min_length)s signs."),
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_from_float": WHOLE,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "bool_type": _l("Write true or false."),
    "bool_parsing": _l("Write true or false."),
    "literal_error": _l("Choose one of: %(expected)s."),
    "enum": _l("Choose one of: %(expected)s."),
    "list_type": _l("Write a list."),
    "dict_type": _l("Write an object with names and values."),
    "model_type": _l("Write an object with names and values."),
    "model_attributes_type": _l("Write an object with names and values."),
    "date_type": DAY,
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "greater_than_equal": _l("At least %(ge)s."),
    "less_than_equal": _l("At most %(le)s."),
    "extra_forbidden": _l("This name is not known here."),
}
STATUSES = {
    "400": "The body is not JSON.",
    "401": "No valid token.",
    "403": "The person lacks the right.",
    "404": "No such record, or not to be seen by this person.",
    "409": "The record does not allow it now: its state, another change, a duplicate.",
    "422": "Values are missing or wrong; `errors` names each field.",
}


def said(item: Mapping[str, Any]) -> str:
    """One refusal of pydantic as a sentence; the original text where the kind is not known."""
    words = WORDS.get(str(item.get("type")))
    if words is None:
        return str(item.get("msg", ""))
    context = {name: str(value).replace(" or ", ", ") for name, value in (item.get("ctx") or {}).items()}
    try:
        return str(words) % context
    except KeyError:
        return str(item.get("msg", ""))


def describe(schema: dict[str, Any]) -> None:
    """Add the answers of refusal to every operation of an OpenAPI document, and their shape once."""
    text = {"type": "string"}
    line = {"type": "object", "properties": {"field": text, "detail": text}, "required": ["field", "detail"]}
    names = {"type": text, "title": text, "status": {"type": "integer"}, "detail": text}
    parts = schema.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = {
        "title": "Problem",
        "description": "RFC 9457; `errors` names the fields.",
        "type": "object",
        "properties": {**names, "errors": {"type": "array", "items": line}},
        "required": [*names],
    }
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    parts["responses"] = {
        f"Problem{status}": {"description": meaning, "content": content} for status, meaning in STATUSES.items()
    }
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for status in STATUSES:
                if applies(status, path, operation):
                    operation["responses"].setdefault(int(status), {"$ref": f"#/components/responses/Problem{status}"})


def applies(status: str, path: str, operation: Mapping[str, Any]) -> bool:
    if status == "400":
        return "requestBody" in operation
    if status == "404":
        return "{" in path
    if status == "409":
        return "requestBody" in operation or "/transitions/" in path
    if status == "422":
        return "requestBody" in operation or bool(operation.get("parameters"))
    return True

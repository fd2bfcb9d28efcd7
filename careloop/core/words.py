"""Lists inside a sentence, as the language of the reader writes them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, pgettext


def is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def listed(parts: Iterable[Any]) -> str:
    """`a, b, c` / `甲、乙、丙`."""
    return ("、" if is_chinese() else ", ").join(str(part) for part in parts)


def clauses(parts: Iterable[Any]) -> str:
    """`first; second` / `第一；第二`."""
    return ("；" if is_chinese() else "; ").join(str(part) for part in parts)


def plain(value: Decimal) -> str:
    """`1.50` → `1.5`, `2.00` → `2`: one spelling for equal numbers."""
    return f"{value.normalize():f}"


def unit(name: str) -> str:
    """The unit as people read it: the usual ones are kept as a code, everything else is the writer's own word."""
    known = {
        "h": pgettext("unit", "h"),
        "pc": pgettext("unit", "pc"),
        "set": pgettext("unit", "set"),
        "l": pgettext("unit", "l"),
    }
    return known.get(name.lower(), name)

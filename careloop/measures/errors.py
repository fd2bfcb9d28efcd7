"""What the formulas say when they cannot give a figure: texts that can be translated later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """An English text with named places, kept apart so that a catalogue can translate it."""

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        places = {k: f"{v:g}" if isinstance(v, float) else v for k, v in self.params.items()}
        return self.template.format(**places)


class MeasureError(ValueError):
    """The input does not allow the figure; the message names what is wrong and what to do."""

    def __init__(self, template: str, /, **params: object) -> None:
        self.message = Message(template, params)
        super().__init__(str(self.message))

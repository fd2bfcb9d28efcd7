"""Messages of the command line in English and simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from careloop.measures.errors import Message
from careloop.measures.messages_zh import ZH


class Catalogue:
    """Texts in one language: `zh…` gives Chinese, everything else English."""

    def __init__(self, language: str) -> None:
        self.texts: Mapping[str, str] = ZH if language.lower().startswith("zh") else {}

    def word(self, text: str) -> str:
        """A fixed text; unknown ones (names from the data) stay as they are."""
        return self.texts.get(text, text)

    def message(self, message: Message) -> str:
        """A message with its places filled in; messages inside it are translated too."""
        params = {
            name: self.message(value) if isinstance(value, Message) else self._place(value)
            for name, value in message.params.items()
        }
        return self.word(message.template).format(**params)

    def _place(self, value: object) -> object:
        if isinstance(value, str):
            return self.word(value)
        if isinstance(value, float):
            return f"{value:g}"
        return value

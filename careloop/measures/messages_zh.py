"""All texts of the command line in simplified Chinese."""

from careloop.measures.messages_zh_errors import ERRORS
from careloop.measures.messages_zh_help import HELP
from careloop.measures.messages_zh_words import WORDS

ZH: dict[str, str] = {**WORDS, **HELP, **ERRORS}

"""What a text is found by: normal form, tokens, and the meaning of a query. Pure, the same for both databases.

Tokens: each run of Latin letters and digits, each pair of neighbouring Han characters and the last one of a run
(recall 1 for any substring, no dictionary), the endings of codes (serial numbers, plates, telephone numbers), the
pinyin initials of names, and marks for kind and station. Marks begin with `_`, which no user can type.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from importlib.util import find_spec
from itertools import product
from pathlib import Path

# Raise it when `normal`, `document`, `tokens` or the sizes in `search_postgresql` change: older entries are rebuilt.
VERSION = 4

HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
RUN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
HAN_RUN = re.compile(f"[{HAN}]+")
DIGIT = re.compile("[0-9]")
JOINT = "-_/.·•‧"  # what people put between the parts of a plate or a serial number
NO_JOINTS = dict.fromkeys(map(ord, JOINT))
CODE = re.compile(f"[{HAN}]?[a-z0-9][a-z0-9{re.escape(JOINT)}]{{2,}}[a-z0-9]")
DATE = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}")
PLATE = re.compile(f"([{HAN}][a-z])[ {re.escape(JOINT)}]([a-z0-9]{{5,6}})(?![a-z0-9])")
PHONE = re.compile(
    r"""(?<![a-z0-9])(?:
      (?:(?:\+|00)?86[ -]?)?(?P<mobile>1[3-9]\d[ -]?\d{4}[ -]?\d{4})
    | (?:(?:\+|00)86[ -]?\(?0?|\(?0)(?P<area>[1-9]\d{1,2})\)?[ -]?(?P<line>\d{3,4}[ -]?\d{4})
    | (?P<service>[48]00[ -]?\d{3}[ -]?\d{4}|[48]00[ -]?\d{4}[ -]?\d{3})
    | \+(?P<abroad>\d[\d -]{6,16}\d)
    )(?![a-z0-9])""",
    re.VERBOSE,
)
LONGEST_TOKEN = 64
PREFIX = 6  # longest beginning that SQLite's index keeps ready; longer ones are checked in the text
LONGEST_CODE = 40
LONGEST_BODY = 32_000
LONGEST_QUERY = 200
MOST_TERMS = 8
FIRST_HAN = 0x4E00
# Second readings that names of people, places and firms use.
READINGS = {
    **{"长": "c", "重": "c", "行": "h", "乐": "y", "曾": "z", "单": "s", "解": "x", "仇": "q", "查": "z", "区": "o"},
    **{"盛": "c", "朝": "c", "藏": "z", "尉": "y", "万": "m", "折": "s", "召": "s", "种": "c", "厦": "x", "翟": "z"},
    **{"车": "j", "调": "t", "传": "z", "弹": "t", "都": "d", "会": "k", "贾": "g", "覃": "t", "系": "j", "校": "j"},
    **{"降": "x", "参": "s", "大": "t", "叶": "x", "石": "d", "繁": "p", "盖": "g", "隗": "k", "秘": "b", "宿": "x"},
}


@cache
def _simplified() -> dict[int, str]:
    """Traditional character → simplified, from OpenCC's table (read as data: its converter is far slower)."""
    spec = find_spec("opencc")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("opencc-python-reimplemented is not installed")
    table = Path(spec.submodule_search_locations[0]) / "dictionary" / "TSCharacters.txt"
    pairs = (line.split("\t") for line in table.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return {ord(old): new.split()[0] for old, new in pairs if len(old) == 1}


def normal(text: str) -> str:
    """Full width → half width, capitals → small, 繁體 → 简体; the same for texts and queries."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded if _traditional().isdisjoint(folded) else folded.translate(_simplified())


@cache
def _traditional() -> frozenset[str]:
    """Every character that has a simplified one; most texts hold none, and to see that is quicker than to translate."""
    return frozenset(map(chr, _simplified()))


@cache
def _initials() -> str:
    return resources.files("careloop.core").joinpath("initials.txt").read_text(encoding="ascii")


@lru_cache(maxsize=8192)
def _letters(character: str) -> str:
    """The letters a character may begin with, none for a character without a reading."""
    place = ord(character) - FIRST_HAN
    table = _initials()
    first = table[place] if 0 <= place < len(table) else "."
    return "" if first == "." else "".join(dict.fromkeys(first + READINGS.get(character, "")))


def initials(run: str) -> list[str]:
    """`重庆机械` → `cqjx`, `zqjx`; at most four spellings."""
    letters = [_letters(character) for character in run]
    if "" in letters:
        return []
    spellings = product(*letters)
    return ["".join(spelling) for spelling, _ in zip(spellings, range(4), strict=False)]


def _telephone(found: "re.Match[str]") -> tuple[str, str]:
    """Digits without country code and trunk prefix, and the same with the prefix for a line in China."""
    area, line = found["area"], found["line"]
    raw = f"{area}{line}" if area else found["mobile"] or found["service"] or found["abroad"]
    digits = raw if raw.isdecimal() else re.sub(r"\D", "", raw)
    return digits, f"0{digits}" if area else ""


def _flat(code: str) -> str:
    return code if code.isalnum() else code.translate(NO_JOINTS)


def _codes(text: str) -> Iterator[str]:
    """Serial numbers, plates and the like, without their joints."""
    for code in dict.fromkeys(CODE.findall(text)):
        if DIGIT.search(code):
            flat = _flat(code)
            if len(flat) <= LONGEST_CODE and (flat is code or not DATE.fullmatch(code)):
                yield flat


def document(*parts: str) -> str:
    """The normalised text of a record, with codes and telephone numbers added once more without joints."""
    text = normal("\n".join(part[:LONGEST_BODY] for part in parts if part))[:LONGEST_BODY].replace("\0", " ")
    extra: dict[str, None] = {}
    for found in PHONE.finditer(text):
        extra.update(dict.fromkeys(form for form in _telephone(found) if form))
    for found in PLATE.finditer(text):
        extra[found[1] + found[2]] = None
    extra.update(dict.fromkeys(_codes(text)))
    runs = set(RUN.findall(text))
    added = [form for form in extra if form not in runs]  # inside a longer run it would not be found
    return "\n".join([text, *added]) if added else text


def kind_mark(kind: str) -> str:
    return f"_k{kind}"


def station_mark(station_id: int) -> str:
    return f"_s{station_id}"


def _endings(flat: str) -> list[str]:
    """The last 4 to 8 characters (3 when short, as plates are): looked up as prefixes, any part of a short code."""
    latin = flat if flat.isascii() else flat[1:]
    shortest = 3 if len(latin) <= 8 else 4
    found = [f"_z{latin[-length:]}" for length in range(shortest, min(8, len(latin) - 1) + 1)]
    return found if latin is flat else [*found, f"_p{flat[:2]}"]


def tokens(body: str, names: str, *, kind: str, station_id: int | None) -> set[str]:
    """All tokens of a record. `body` comes from `document`, `names` from `normal`."""
    found = {kind_mark(kind)}
    if station_id is not None:
        found.add(station_mark(station_id))
    for run in RUN.findall(body):
        if run.isascii() or not HAN_RUN.match(run):
            found.add(run[:LONGEST_TOKEN])
        else:
            found.update(map(str.__add__, run, run[1:]))
            found.add(run[-1])
    for flat in set(_codes(body)):  # `document` wrote most of them twice
        found.update(_endings(flat))
    for run in HAN_RUN.findall(names):
        for spelling in initials(run):
            found.update([f"_y{spelling[i : i + n]}" for i in range(len(spelling) - 1) for n in (2, 3, 6)])
    return found


# --- queries ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Expression", ...]


Expression = Token | Every | Either


@dataclass(frozen=True, slots=True)
class Query:
    """What to look up, and texts of which the record must hold one (per row of `verify`).

    `plain`: single Han characters are asked for, and these texts alone decide; empty otherwise.
    """

    terms: tuple[Expression, ...]
    verify: tuple[tuple[str, ...], ...]
    plain: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)


def parse(q: str) -> Query:
    """Read what a person typed. All terms must be met; a query without any usable term finds nothing."""
    text = PLATE.sub(r"\1\2", normal(q[:LONGEST_QUERY]))
    text = PHONE.sub(lambda found: f" {_telephone(found)[0]} ", text)
    terms: list[Expression] = []
    verify: list[tuple[str, ...]] = []
    for raw in re.split(f"[^\\w{re.escape(JOINT)}]+", text):
        for found in _term(raw.strip(JOINT)):
            terms.append(found[0])
            verify.extend([found[1]] if found[1] else [])
    runs = RUN.findall(text)
    is_plain = any(len(run) == 1 for run in runs) and all(HAN_RUN.match(run) for run in runs)
    return Query(tuple(terms[:MOST_TERMS]), tuple(verify[:MOST_TERMS]), tuple(runs[:MOST_TERMS]) if is_plain else ())


def _term(term: str) -> Iterator[tuple[Expression, tuple[str, ...]]]:
    """A term may be several: 漏油/停机 are two words."""
    runs = RUN.findall(term)
    if all(HAN_RUN.match(run) for run in runs):
        yield from ((_han(run), (run,) if len(run) > 2 else ()) for run in runs)
    elif len(runs) > 1:
        yield _mixed(term, runs)
    elif len(runs[0]) > 1:  # one letter is everywhere: it costs 80 ms and tells nothing
        yield _word(runs[0])


def _every(parts: list[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _either(parts: list[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _han(run: str) -> Expression:
    if len(run) == 1:
        return Token(run, prefix=True)  # every character begins a pair or ends its run
    return _every([Token(run[i : i + 2]) for i in range(len(run) - 1)])


def _word(run: str) -> tuple[Expression, tuple[str, ...]]:
    """Two characters are looked up as they stand: as a beginning they would match a tenth of all words."""
    ways: list[Expression] = [_beginning(run) if len(run) > 2 else Token(run)]
    if run.isascii() and run.isalpha() and len(run) <= PREFIX:
        ways.append(Token(f"_y{run}", prefix=3 < len(run) < 6))
        return _either(ways), ()
    return _either([*ways, *_ending(run)]), (run[:LONGEST_TOKEN],) if len(run) > 2 else ()


def _beginning(run: str) -> Token:
    """Words are cut to what the index keeps ready; codes are rare enough as they are."""
    return Token(run[: PREFIX if run.isalpha() else LONGEST_TOKEN], prefix=True)


def _ending(run: str) -> list[Expression]:
    """The run as part of the end of a code; it stands at the start of one of the stored endings."""
    is_code = 3 <= len(run) <= 8 and run.isascii() and any(c.isdigit() for c in run)
    return [Token(f"_z{run}", prefix=True)] if is_code else []


def _mixed(term: str, runs: list[str]) -> tuple[Expression, tuple[str, ...]]:
    """粤b12345, sn-2024-004, 3号机: the runs, or the code without joints; then the text itself decides."""
    flat = _flat(term)
    if len(flat) == 2 and HAN_RUN.match(flat):
        return Token(f"_p{flat}"), ()  # 苏e: the head of a plate
    ways = [_every(_lookups(runs))]
    if flat != term:
        joined = RUN.findall(flat)
        ways.append(_every(_lookups(joined)))
        if len(joined) == 1:
            ways.extend(_ending(flat))
    return _either(ways), tuple(dict.fromkeys((term, flat)))


def _lookups(runs: list[str]) -> list[Expression]:
    """Only the last run may be the beginning of a longer one; prefixes cost most, therefore the others are exact.

    Single characters beside a longer run are left to the check of the text.
    """
    found: list[Expression] = []
    for place, run in enumerate(runs, 1):
        if HAN_RUN.match(run):
            found.extend([_han(run)] if len(run) > 1 else [])
        elif len(run) > 1 or place < len(runs):
            last = place == len(runs)
            word = _beginning(run) if last else Token(run[:LONGEST_TOKEN])
            found.append(_either([word, *(_ending(run) if last else [])]))
    return found or [Token(runs[0], prefix=True)]


# --- spellings of the two databases -------------------------------------------------------------------------------


def fts5(expression: Expression) -> str:
    """For SQLite. Only letters, digits and `_` come through; quoted, so there is nothing to inject."""
    if isinstance(expression, Token):
        return f'"{expression.text}"' + ("*" if expression.prefix else "")
    joint = " AND " if isinstance(expression, Every) else " OR "
    return "(" + joint.join(fts5(part) for part in expression.parts) + ")"


def tsquery(expression: Expression) -> str:
    if isinstance(expression, Token):
        return f"'{expression.text}'" + (":*" if expression.prefix else "")
    joint = " & " if isinstance(expression, Every) else " | "
    return "(" + joint.join(tsquery(part) for part in expression.parts) + ")"

"""Make `careloop/core/initials.txt`: the first pinyin letter of each character from U+4E00 to U+9FFF, one byte each.

The table costs 21 kB and a millisecond; pypinyin, which it is made from (MIT), costs 56 MiB and a quarter of a second
in every process. A dot stands for a character without a reading.

    python tools/pinyin_table.py
"""

from pathlib import Path

from pypinyin import Style, pinyin

TARGET = Path(__file__).resolve().parent.parent / "careloop" / "core" / "initials.txt"


def initial(character: str) -> str:
    readings = pinyin(character, style=Style.FIRST_LETTER, errors="ignore")
    letter = readings[0][0] if readings else ""
    return letter if len(letter) == 1 and "a" <= letter <= "z" else "."


if __name__ == "__main__":
    TARGET.write_text("".join(initial(chr(code)) for code in range(0x4E00, 0xA000)), encoding="ascii")

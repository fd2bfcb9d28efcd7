"""Cut Noto Sans SC down to the characters that papers need: careloop/core/fonts/CareLoopSans-*.ttf.

    npm install --prefix FOLDER @expo-google-fonts/noto-sans-sc
    python tools/fonts.py FOLDER/node_modules/@expo-google-fonts/noto-sans-sc

What it writes is committed, so a user needs neither npm nor fonttools. The family gets a name of its own: nobody takes
the subset for the whole font, and Typst cannot pick one for the other. More characters: add them to EXTRA.
"""

import shutil
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "careloop" / "core" / "fonts"
FAMILY = "CareLoop Sans"
CUTS = {"Regular": "400Regular/NotoSansSC_400Regular.ttf", "Bold": "700Bold/NotoSansSC_700Bold.ttf"}
FEATURES = ["kern", "liga", "vert", "locl", "palt", "calt"]

# Beyond GB 2312 and the first level of Big5: characters of personal and place names in use.
EXTRA = "镕喆堃玥昇祎翀珺彧旻炜晟昊珏璟琦瑄玮琪睿喻䶮煊燚犇甯濛昀暄柠栎桢楠槿沅沄泓洺淏渼澍炘烨焱玟玙珂珩"
MARKS = "①②③④⑤⑥⑦⑧⑨⑩□■○●◎✓×÷±≤≥≠≈°′″℃¥€£§№→←↑↓…—–‘’“”「」『』《》〈〉【】〔〕、。，；：！？（）·・％‰／＋－＝～\u00a0"


def characters() -> set[int]:
    """GB 2312, Big5 level 1, Latin letters with accents, marks, extras."""
    found = {*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, MARKS), *map(ord, EXTRA)}
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            found |= decoded(bytes([high, low]), "gb2312")
    for high in range(0xA4, 0xC7):
        for low in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            found |= decoded(bytes([high, low]), "big5")
    return found


def decoded(pair: bytes, encoding: str) -> set[int]:
    try:
        return {ord(pair.decode(encoding))}
    except (UnicodeDecodeError, TypeError):
        return set()


def rename(font: TTFont, style: str) -> None:
    names = {1: FAMILY, 2: style, 4: f"{FAMILY} {style}", 6: f"CareLoopSans-{style}", 16: FAMILY, 17: style}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]


def cut(source: Path, style: str) -> Path:
    options = subset.Options(
        layout_features=FEATURES, hinting=False, desubroutinize=True, notdef_outline=True, name_IDs=["*"]
    )
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    rename(font, style)
    target = FONTS / f"CareLoopSans-{style}.ttf"
    subset.save_font(font, str(target), options)
    return target


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    package = Path(arguments[0])
    FONTS.mkdir(parents=True, exist_ok=True)
    for style, path in CUTS.items():
        target = cut(package / path, style)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1048576:.2f} MiB")
    shutil.copy(package / "LICENSE_FONT", FONTS / "OFL.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

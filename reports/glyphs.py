"""User text made printable: only characters of the shipped fonts, no control or direction marks.

A character without a glyph would make the file break PDF/A, and a font of the machine would make its bytes
differ from place to place. The attached data keeps the text as it was typed.
"""

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FONTS = Path(__file__).parent / "templates" / "fonts"
FACES = {
    "sans": "DejaVuSansCondensed.ttf",
    "bold": "DejaVuSansCondensed-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
}
MISSING = "\ufffd"

_SPACES = {"Zs", "Zl", "Zp"}
_DROPPED = {"Cc", "Cf"}


@cache
def _covered() -> frozenset[int]:
    """Return the code points that the text faces share; tags and hashes alone are set in the third."""
    covered = []
    for face in ("sans", "bold"):
        with TTFont(FONTS / FACES[face], lazy=True) as font:
            covered.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*covered)


def printable(text: str) -> str:
    """Return the text with nothing in it that the shipped fonts can't print."""
    return "".join(_character(character) for character in unicodedata.normalize("NFC", text))


def unprintable(text: str) -> frozenset[str]:
    """Return the characters of a text that are printed as a replacement mark."""
    composed = unicodedata.normalize("NFC", text)
    return frozenset(
        character for character in composed if character != MISSING and _character(character) == MISSING
    )


def _character(character: str) -> str:
    if character in "\n\t\r":
        return "\n" if character == "\n" else " "
    category = unicodedata.category(character)
    if category in _SPACES:
        return character if character in "\u00a0\u202f" else " "
    if category in _DROPPED or "\ufe00" <= character <= "\ufe0f":
        return ""
    if category in {"Cs", "Co", "Cn"} or ord(character) not in _covered():
        return MISSING
    return character

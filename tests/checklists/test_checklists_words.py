"""The tablet says phases, instruments and competences in the words of the server."""

import re
from pathlib import Path

import pytest

from checklists.words import ALSO, COMPETENCES, INSTRUMENTS, PHASES

TABLET = Path(__file__).parents[2] / "fieldapp" / "tablet" / "src"


def told(file: str, name: str) -> dict[str, str]:
    """Return a table of words as it stands in the tablet's sources."""
    text = (TABLET / file).read_text("utf-8")
    body = re.search(rf"export const {name}[^=]*= \{{(.*?)\n\}};", text, re.DOTALL)
    assert body
    rows = re.findall(r'^\s*"?([\w-]+)"?:\s*"([^"]*)",', body[1], re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize(
    ("name", "words"), [("SECTIONS", PHASES), ("INSTRUMENTS", INSTRUMENTS), ("COMPETENCES", COMPETENCES)]
)
def test_the_tablet_uses_the_same_words(name, words):
    assert told("messages/en/names.ts", name) == dict(words)


def test_the_tablet_knows_which_instrument_does_for_another():
    text = (TABLET / "core" / "instrument.ts").read_text("utf-8")
    body = re.search(r"export const ALSO[^=]*= \{(.*?)\n\};", text, re.DOTALL)
    assert body
    rows = re.findall(r'"([\w-]+)": \[([^\]]*)\]', body[1])
    found = {kind: tuple(re.findall(r'"([\w-]+)"', others)) for kind, others in rows}
    assert found == {kind: tuple(others) for kind, others in ALSO.items()}

"""Who may do what on which day: kinds that fulfil one another, and the reasons why nobody may."""

import pytest

from checklists.library import load_templates
from checklists.qualifications import KINDS, UNCHECKED, Qualification, fulfils, in_words, lack
from checklists.words import COMPETENCES

TESTER = Qualification("tester", "2024-01-01", "2026-06-30")


def test_every_class_that_templates_ask_for_can_be_recorded_or_is_not_checked() -> None:
    asked = {step.who for template in load_templates().values() for step in template.steps} - {""}
    assert asked <= set(KINDS) | UNCHECKED
    assert set(KINDS) | UNCHECKED == set(COMPETENCES)


@pytest.mark.parametrize(
    ("kind", "who", "enough"),
    [
        ("tester", "tester", True),
        ("tester", "electrician", True),
        ("electrician", "tester", False),
        ("mv-authorised", "electrician", True),
        ("electrician", "mv-authorised", False),
        ("engineer", "electrician", True),
        ("engineer", "tester", False),
        ("commissioner", "maker-trained", False),
    ],
)
def test_what_fulfils_what(kind: str, who: str, enough: bool) -> None:
    assert fulfils(kind, who) is enough


@pytest.mark.parametrize("day", ["2024-01-01", "2025-05-05", "2026-06-30"])
def test_first_and_last_day_count(day: str) -> None:
    assert lack("tester", [TESTER], day) is None
    assert lack("electrician", [TESTER], day) is None


@pytest.mark.parametrize(
    ("who", "held", "day", "reason", "words"),
    [
        ("tester", [TESTER], "2026-07-01", "expired", "had run out on 2026-06-30"),
        ("tester", [TESTER], "2023-12-31", "later", "began on 2024-01-01"),
        ("tester", [], "2025-01-01", "none", "no qualification of Timo is recorded"),
        ("civil", [TESTER], "2025-01-01", "other", "other qualifications"),
        (
            "tester",
            [Qualification("tester", "2024-01-01", "", revoked=True, reason="forged")],
            "2025-01-01",
            "revoked",
            "was revoked (forged)",
        ),
    ],
)
def test_the_reasons_are_told_apart(
    who: str, held: list[Qualification], day: str, reason: str, words: str
) -> None:
    missing = lack(who, held, day)
    assert missing is not None
    assert missing.reason == reason
    sentence = in_words(missing, "Timo")
    assert words in sentence
    assert sentence.startswith(COMPETENCES[who])


def test_a_good_one_beside_an_expired_and_a_revoked_one_is_enough() -> None:
    held = [
        TESTER,
        Qualification("tester", "2026-07-01", "", revoked=True),
        Qualification("tester", "2026-07-05", ""),
    ]
    assert lack("tester", held, "2030-01-01") is None
    missing = lack("tester", held, "2026-07-03")
    assert missing is not None
    assert missing.reason == "expired"


@pytest.mark.parametrize("who", ["", "owner", "astronaut"])
def test_what_nobody_can_prove_is_not_asked(who: str) -> None:
    assert lack(who, [], "2025-01-01") is None

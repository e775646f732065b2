"""What becomes of recorded work with a new revision: carried only where nothing it rests on changed."""

from dataclasses import replace

import pytest

from checklists.carry import carry
from checklists.model import Checklist, Criterion, Item
from designs.compare import Touch


def item(step: str, tag: str, section: str = "dead_tests", unit: str = "MΩ", **more) -> Item:
    words = {"title": step, "instruction": "Measure. Expected about 0.43 Ω.", "limit_text": "≤ 1"}
    base = Item(
        f"{step}@{tag}", step, tag, section, words["title"], words["instruction"],
        Criterion("range", maximum="1", unit=unit), words["limit_text"], "study", "clause", safety=True,
    )  # fmt: skip
    return replace(base, **more)


def lists(*items: Item, digest: str = "a" * 64) -> tuple[Checklist, ...]:
    return (Checklist("dead-tests-r1", "dead-tests", digest, 1, "dead_tests", "Dead tests", items),)


ITEM = item("insulation", "F03")


def outcome(old: Item, new: Item, touched=None, digests=("a" * 64, "a" * 64)) -> tuple[str, str]:
    found = carry(lists(old, digest=digests[0]), lists(new, digest=digests[1]), touched or {})
    (only,) = found.items
    return only.outcome, only.reason


def test_an_unchanged_item_is_carried():
    assert outcome(ITEM, ITEM) == ("carried", "")
    assert outcome(ITEM, replace(ITEM, limit_source="other words", clause="x")) == ("carried", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"criterion": Criterion("range", maximum="0.8", unit="MΩ"), "limit_text": "≤ 0.8"},
            "The limit changed from ≤ 1 to ≤ 0.8.",
        ),
        ({"criterion": Criterion("present")}, "What is asked for here changed."),
        ({"photos": 2}, "It takes 2 photos now, not 0."),
        ({"instrument": "other"}, "The step changed."),
        ({"instruction": "Measure twice. Expected about 0.43 Ω."}, "The instruction of the step changed."),
    ],
)
def test_a_changed_step_or_limit_is_stale(change, reason):
    assert outcome(ITEM, replace(ITEM, **change)) == ("stale", reason)


def test_an_expected_figure_is_no_change_of_the_step_unless_the_template_changed():
    other = replace(ITEM, instruction="Measure. Expected about 0.51 Ω.")
    assert outcome(ITEM, other) == ("carried", "")
    assert outcome(ITEM, other, digests=("a" * 64, "b" * 64))[0] == "stale"


@pytest.mark.parametrize(
    ("scope", "section", "unit", "expected"),
    [
        ("all", "inspection", "", "stale"),
        ("tests", "inspection", "", "carried"),
        ("tests", "dead_tests", "MΩ", "stale"),
        ("tests", "evse_function", "", "stale"),
        ("path", "dead_tests", "MΩ", "carried"),  # insulation of a circuit further down
        ("path", "dead_tests", "Ω", "stale"),  # continuity back to the main earthing terminal
        ("path", "live_tests", "", "stale"),
        ("path", "evse_function", "", "carried"),
    ],
)
def test_how_far_a_change_reaches(scope, section, unit, expected):
    one = item("step", "CH03.1", section, unit)
    found = outcome(one, one, {"CH03": Touch(scope, "F03: cable changed.")})
    assert found == (expected, "F03: cable changed." if expected == "stale" else "")


def test_what_was_signed_for_the_whole_site_is_signed_anew_whenever_anything_differs():
    signed = item("signature", "GRID", "handover", criterion=Criterion("signature"))
    added = item("insulation", "F05")
    found = {
        each.item: each.outcome for each in carry(lists(ITEM, signed), lists(ITEM, signed, added), {}).items
    }
    assert found == {"insulation@F03": "carried", "signature@GRID": "stale", "insulation@F05": "new"}
    gone = carry(lists(ITEM, signed, added), lists(ITEM, signed), {})
    assert [(each.item, each.outcome) for each in gone.items] == [
        ("insulation@F03", "carried"),
        ("signature@GRID", "stale"),
        ("insulation@F05", "withdrawn"),
    ]
    assert {each.outcome for each in carry(lists(ITEM, signed), lists(ITEM, signed), {}).items} == {"carried"}


def test_what_is_new_and_what_left_says_why():
    here, there = item("insulation", "F03"), item("insulation", "F04")
    added, gone = item("polarity", "F03"), item("continuity", "F03")
    found = carry(lists(here, gone), lists(here, added, there), {})
    assert {(each.item, each.outcome, each.reason) for each in found.items} == {
        ("insulation@F03", "carried", ""),
        ("polarity@F03", "new", "It is asked for now."),
        ("insulation@F04", "new", "F04 is new on the site."),
        ("continuity@F03", "withdrawn", "It is not asked for any more."),
    }
    left = carry(lists(here, there), lists(here), {}).of("withdrawn")
    assert [each.reason for each in left] == ["F04 left the site."]
    assert carry(lists(here), lists(here, there, added), {}).reasons("new") == (
        ("F04 is new on the site.", 1),
        ("It is asked for now.", 1),
    )


def test_other_evidence_is_another_step_but_what_the_first_release_did_not_say_is_not():
    numbered = replace(ITEM, number="4.1", evidence="number")
    assert outcome(numbered, replace(numbered, number="4.7", minutes=9, who="tester")) == ("carried", "")
    assert outcome(numbered, replace(numbered, evidence="serial")) == ("stale", "The step changed.")
    assert outcome(ITEM, replace(numbered, section="energisation")) == ("carried", "")

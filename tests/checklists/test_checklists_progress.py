import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from checklists.model import Checklist, Criterion, Item, ItemState
from checklists.progress import progress, waiting
from checklists.schema import dump_progress, load_item, load_item_state, load_progress

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "progress.json").read_text("utf-8"))


def item(
    step: str, section: str = "dead_tests", *, safety: bool = False, requires: tuple[str, ...] = ()
) -> Item:
    criterion = Criterion("equals", values=("yes",))
    key = f"{step}@F03"
    return Item(
        key, step, "F03", section, step, "Do.", criterion, "yes", "rule", "", safety, requires=requires
    )


def checklist(*items: Item) -> Checklist:
    return Checklist("dead-tests-r1", "dead-tests", "0" * 64, 1, "dead_tests", "Dead tests", items)


def states(**status: str) -> dict[str, ItemState]:
    keys = {name.replace("_", "-") + "@F03": word for name, word in status.items()}
    return {key: ItemState(key, word) for key, word in keys.items()}


def test_counts_per_section_and_what_is_done():
    items = (item("a"), item("b"), item("c"), item("d", "live_tests"), item("e", "live_tests"))
    result = progress([checklist(*items)], states(a="passed", b="failed", c="open", d="not_applicable"))
    counted = [
        (each.section, each.total, each.passed, each.failed, each.open, each.other)
        for each in result.sections
    ]
    assert counted == [("dead_tests", 3, 1, 1, 1, 0), ("live_tests", 2, 0, 0, 1, 1)]
    assert (result.done, result.total) == (2, 5)
    assert load_progress(dump_progress(result)) == result


@pytest.mark.parametrize(
    ("status", "safety", "submission", "approval"),
    [
        ("open", False, True, True),
        ("incomplete", False, True, True),
        ("conflict", False, True, True),
        ("inconclusive", False, True, True),
        ("returned", False, True, True),
        ("stale", False, True, True),
        ("failed", False, False, True),
        ("failed", True, False, True),
        ("passed", True, False, False),
        ("conceded", False, False, False),
        ("conceded", True, False, True),
        ("not_applicable", False, False, False),
        ("not_applicable", True, False, True),
    ],
)
def test_what_blocks_submission_and_approval(status, safety, submission, approval):
    result = progress([checklist(item("a", safety=safety))], states(a=status))
    assert (bool(result.blocks_submission), bool(result.blocks_approval)) == (submission, approval)
    for blocker in (*result.blocks_submission, *result.blocks_approval):
        assert blocker.item == "a@F03"
        assert blocker.reason.startswith("“a” at F03 ")
        assert blocker.reason.endswith(".")


def test_an_item_nobody_has_a_state_for_is_open():
    result = progress([checklist(item("a"))], {})
    assert [each.reason for each in result.blocks_submission] == ["“a” at F03 is not done yet."]


def test_not_applicable_on_a_safety_item_counts_once_a_reviewer_accepts_it():
    known = states(a="not_applicable")
    accepted = {key: replace(state, accepted=True) for key, state in known.items()}
    assert progress([checklist(item("a", safety=True))], accepted).blocks_approval == ()


def test_an_item_that_passed_before_what_it_requires_blocks_approval():
    items = (item("a"), item("b", requires=("a@F03",)))
    early = progress([checklist(*items)], states(a="failed", b="passed"))
    assert [each.reason for each in early.blocks_approval] == [
        "“a” at F03 failed; do it again or concede it.",
        "“b” at F03 is recorded, but “a” at F03 must pass before it.",
    ]
    assert progress([checklist(*items)], states(a="passed", b="passed")).blocks_approval == ()


def test_blockers_stand_in_the_order_of_work():
    items = [item(name) for name in ("c", "a", "b")]
    assert [each.item for each in progress([checklist(*items)], {}).blocks_submission] == [
        "c@F03",
        "a@F03",
        "b@F03",
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_what_waits_and_what_blocks_is_that_of_the_vectors(vector):
    items = tuple(load_item(each) for each in vector["items"])
    found_states = {key: load_item_state(each) for key, each in vector["states"].items()}
    found = progress([checklist(*items)], found_states)
    assert [asdict(each) for each in found.blocks_submission] == vector["blocks_submission"]
    assert [asdict(each) for each in found.blocks_approval] == vector["blocks_approval"]
    assert (found.done, found.total) == (vector["done"], len(items))
    told = {key: asdict(each) for key, each in waiting(items, found_states).items()}
    assert told == vector["waiting"]

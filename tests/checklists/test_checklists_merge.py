import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checklists.arrival import Desk, arrive
from checklists.item_schema import load_instrument
from checklists.merge import (
    fold,
    heads,
    makes_conflict,
    operation_digest,
    readers,
    receive,
    state_digest,
    touched,
)
from checklists.model import Criterion, Item, KeptOperation, Operation, ProbeOutcome, ReviewMark, Since
from checklists.schema import dump_item_state, load_item, load_kept, load_mark, load_operation, load_outcome

VECTORS = Path(__file__).parent.parent / "vectors"
FOLDS = json.loads((VECTORS / "fold.json").read_text(encoding="utf-8"))

ITEM = Item(
    "loop-impedance@F03",
    "loop-impedance",
    "F03",
    "live_tests",
    "Zs",
    "Measure.",
    Criterion("range", maximum="0.76", unit="Ω"),
    "≤ 0.76 Ω",
    "study",
    "IEC 60364-6",
    safety=False,
    photos=1,
)
PHOTO = {"sha256": "a" * 64, "size": 9, "media_type": "image/jpeg", "caption": ""}


def op_id(number: int) -> str:
    return f"019ab2c4-7e10-7abc-8def-{number:012x}"


def operation(number: int, kind: str = "answer", body=None, base=(), item: str = ITEM.key) -> Operation:
    value = {"type": "measured", "raw": "0.42", "decimal": "0.42", "unit": "Ω", "bound": ""}
    content = {"value": value} if body is None and kind == "answer" else body or {}
    ids = tuple(sorted(op_id(each) for each in base))
    tablet = "5f0c9a52-8b1e-4d0e-9d2f-3c1b2a495867"
    moment = "2026-11-22T09:00:00+01:00"
    return Operation(op_id(number), "site", item, kind, content, ids, tablet, "k" * 43, number, moment)


def keep(each: Operation, number: int = 1, author: str = "ann") -> KeptOperation:
    return KeptOperation(each, author, number, "2026-11-22T09:30:00Z")


READINGS = st.sampled_from(["0.4", "0.9", ">0.5"])


@st.composite
def histories(draw) -> list[KeptOperation]:
    """Operations of a few items; each names some of the earlier ones, as people on several tablets do."""
    count = draw(st.integers(1, 9))
    made = []
    for number in range(count):
        kind = draw(
            st.sampled_from(["answer", "answer", "not_applicable", "retract", "photo", "note", "signature"])
        )
        body = {
            "answer": {
                "value": {
                    "type": "measured",
                    "raw": draw(st.sampled_from(["0.4", "0.9", ">0.5"])),
                    "unit": "Ω",
                }
            },
            "not_applicable": {"reason": "r"},
            "retract": {},
            "photo": PHOTO | {"sha256": draw(st.sampled_from(["a", "b"])) * 64},
            "note": {"text": f"note {number}"},
            "signature": {"statement": "s", "name": "n", "digest": "", "strokes": [[[0, 0]]]},
        }[kind]
        if kind == "answer":
            raw = body["value"]["raw"]
            body["value"] |= {"decimal": raw.lstrip(">"), "bound": "above" if ">" in raw else ""}
        base = draw(st.sets(st.integers(0, number - 1))) if number else set()
        item = draw(st.sampled_from([ITEM.key, ITEM.key, "other@F04"]))
        made.append(keep(operation(number, kind, body, base, item), number + 1))
    return made


@pytest.mark.parametrize("vector", FOLDS, ids=lambda vector: vector["name"])
def test_operations_fold_to_the_states_of_the_vectors(vector):
    states = fold(
        [load_item(each) for each in vector["items"]],
        [load_kept(each) for each in vector["operations"]],
        marks=[load_mark(each) for each in vector["marks"]],
        outcomes=[load_outcome(each) for each in vector["outcomes"]],
        present=frozenset(vector["present"]),
        since={key: Since(**each) for key, each in vector.get("since", {}).items()},
        instruments={each["id"]: load_instrument(each) for each in vector.get("instruments", [])},
        timezone=vector.get("timezone", "UTC"),
    )
    assert {key: dump_item_state(state) for key, state in states.items()} == vector["states"]


@settings(max_examples=200)
@given(histories(), st.randoms(use_true_random=False), st.sets(st.sampled_from(["a" * 64, "b" * 64])))
def test_the_order_of_arrival_and_duplicates_do_not_matter(kept, random, present):
    expected = fold([ITEM], kept, present=present)
    shuffled = [*kept, random.choice(kept)]
    random.shuffle(shuffled)
    renumbered = [replace(each, received_at="2027-01-01T00:00:00Z") for each in shuffled]
    assert fold([ITEM], renumbered, present=present) == expected


LOOP, EARLIER = ITEM, replace(ITEM, key="pe@F03", step="pe", photos=0)
FAMILY = [replace(LOOP, number="6.1", photos=0, repeats=(EARLIER.key,)), EARLIER]


@st.composite
def families(draw) -> list[KeptOperation]:
    """Answers at a test and at one before it that a failure opens again."""
    made = []
    for number in range(draw(st.integers(1, 8))):
        raw = draw(READINGS)
        value = {"type": "measured", "raw": raw, "decimal": raw.lstrip(">"), "unit": "Ω"}
        body = {"value": value | {"bound": "above" if ">" in raw else ""}}
        if draw(st.booleans()):
            body["because"] = draw(st.sampled_from(["mistyped", "repaired", "repeated"]))
        base = draw(st.sets(st.integers(0, number - 1))) if number else set()
        item = draw(st.sampled_from([each.key for each in FAMILY]))
        made.append(keep(operation(number, "answer", body, base, item), number + 1))
    return made


@given(families(), st.randoms(use_true_random=False))
def test_what_a_failure_opens_again_depends_on_no_order(kept, random):
    expected = fold(FAMILY, kept)
    shuffled = [*kept, random.choice(kept)]
    random.shuffle(shuffled)
    assert fold(FAMILY, shuffled) == expected
    newest_failure = max(
        (each.operation.id for each in kept if each.operation.item == LOOP.key and _failed(each, kept)),
        default="",
    )
    state = expected[EARLIER.key]
    if len(state.heads) == 1:
        assert (state.status == "stale") == (state.heads[0] < newest_failure)


def _failed(each: KeptOperation, kept: list[KeptOperation]) -> bool:
    mistyped = any(
        each.operation.id in other.operation.base and other.operation.body.get("because") == "mistyped"
        for other in kept
        if other.operation.item == LOOP.key
    )
    return each.operation.body["value"]["raw"] == "0.9" and not mistyped


@given(families(), st.data())
def test_folding_what_a_change_touches_is_folding_everything(kept, data):
    items = {each.key: each for each in FAMILY}
    number = data.draw(st.integers(0, len(kept) - 1))
    before, changed = fold(FAMILY, kept[:number]), {each.operation.item for each in kept[number:]}
    wanted = touched(items, changed)
    needed = readers(items, wanted)
    some = [each for each in kept if each.operation.item in needed]
    part = fold([items[key] for key in needed], some)
    assert before | {key: part[key] for key in wanted} == fold(FAMILY, kept)


@given(histories(), st.randoms(use_true_random=False), st.data())
def test_any_order_any_duplicates_any_batches_end_in_the_same_states_and_nothing_is_lost(kept, random, data):
    sent = [replace(each.operation, seq=number) for number, each in enumerate(kept)]
    digests = {each.id: operation_digest(each) for each in sent}
    again = [*sent, *data.draw(st.lists(st.sampled_from(sent), max_size=4))]
    random.shuffle(again)
    desk, waiting, accepted = Desk({ITEM.key, "other@F04"}), [], []
    while again:
        size = data.draw(st.integers(1, len(again)))
        batch, again = again[:size], again[size:]
        fates, left = arrive(desk, batch, digests, waiting)
        known = {each.id: each for each in (*batch, *waiting)}
        accepted += [known[key] for key, each in fates.items() if each.accepted]
        waiting = left
        assert all(each.fate != "rejected" and (each.accepted or each.reason) for each in fates.values())
    assert waiting == []  # every base was sent, so nothing waits for ever
    assert sorted(each.id for each in accepted) == sorted(digests)
    kept_again = [keep(each, number) for number, each in enumerate(accepted, 1)]
    sent_kept = [keep(each, number) for number, each in enumerate(sent, 1)]
    states, expected = fold([ITEM], kept_again), fold([ITEM], sent_kept)
    assert states == expected
    assert {item: set(each) for item, each in heads(kept_again).items()} == {
        item: each for item, each in desk.heads.items() if each
    }


@given(histories())
def test_heads_are_the_register_operations_that_nobody_has_seen(kept):
    registers = [each.operation for each in kept if each.operation.kind not in ("photo", "note")]
    for item in (ITEM.key, "other@F04"):
        own = [each for each in registers if each.item == item]
        seen = {base for each in own for base in each.base}
        expected = tuple(sorted(each.id for each in own if each.id not in seen))
        assert heads(kept).get(item, ()) == expected


@given(histories())
def test_nothing_that_was_entered_is_lost(kept):
    state = fold([ITEM], kept)[ITEM.key]
    own = [each.operation for each in kept if each.operation.item == ITEM.key]
    assert state.attempts == sum(each.kind == "answer" for each in own)
    assert list(state.notes) == [each.body["text"] for each in own if each.kind == "note"]
    assert set(state.photos) == {each.body["sha256"] for each in own if each.kind == "photo"}


@given(histories())
def test_a_conflict_is_announced_exactly_when_a_new_operation_leaves_another_head(kept):
    arrived: list[KeptOperation] = []
    for each in kept:
        before = heads(arrived).get(each.operation.item, ())
        arrived.append(each)
        after = heads(arrived).get(each.operation.item, ())
        if each.operation.kind in ("photo", "note"):
            assert not makes_conflict(each.operation, before)
        else:
            assert makes_conflict(each.operation, before) == (len(after) > 1)


def test_receive_tells_new_duplicate_pending_and_rejected_apart():
    first, second = operation(1), operation(2, base=(1,))
    items, known = {ITEM.key}, {first.id: operation_digest(first)}
    assert receive(first, known={}, items=items).status == "new"
    assert receive(first, known=known, items=items).status == "duplicate"
    assert receive(second, known={}, items=items).status == "pending"
    assert receive(second, known=known, items=items).status == "new"
    changed = receive(replace(first, seq=7), known=known, items=items)
    assert (changed.status, changed.reason) == ("rejected", "Another operation with this id is here already.")
    unknown = receive(replace(first, item="x@F99"), known={}, items=items)
    assert (unknown.status, unknown.reason) == ("rejected", "x@F99 is not an item of this site.")


def test_a_photo_never_waits_for_its_base():
    photo = operation(2, "photo", PHOTO, base=(1,))
    assert receive(photo, known={}, items={ITEM.key}).status == "new"


@pytest.mark.parametrize(
    "vector",
    json.loads((VECTORS / "operations.json").read_text(encoding="utf-8")),
    ids=lambda v: v["op"]["kind"],
)
def test_operation_digest_is_that_of_the_vectors(vector):
    assert operation_digest(load_operation(vector["op"])) == vector["digest"]


def test_the_state_digest_changes_with_an_answer_a_photo_a_note_and_the_design():
    answer, note = keep(operation(1)), keep(operation(2, "note", {"text": "n"}))
    photo = keep(operation(3, "photo", PHOTO))
    digests = [
        state_digest("d", (), fold([ITEM], [])),
        state_digest("e", (), fold([ITEM], [])),
        state_digest("d", (), fold([ITEM], [answer])),
        state_digest("d", (), fold([ITEM], [answer, note])),
        state_digest("d", (), fold([ITEM], [answer, photo])),
        state_digest("d", (), fold([ITEM], [answer, photo], present={"a" * 64})),
    ]
    assert len(set(digests)) == len(digests)
    assert state_digest("d", (), fold([ITEM], [keep(operation(1), 99)])) == digests[2]


@given(histories(), st.permutations([("returned", 5), ("conceded", 6)]))
def test_marks_and_outcomes_are_taken_by_number_not_by_order(kept, order):
    head = heads(kept).get(ITEM.key, ())
    marks = [ReviewMark(ITEM.key, kind, head, kind, "rev", "t", number) for kind, number in order]
    runs = [ProbeOutcome("F03", "wiring", "pass", "r", "run", number) for _, number in order]
    one = fold([ITEM], kept, marks=marks, outcomes=runs, present={"a" * 64})
    other = fold([ITEM], kept, marks=marks[::-1], outcomes=runs[::-1], present={"a" * 64})
    assert one == other
    assert one[ITEM.key].status != "returned"  # the concession is the later mark


@settings(max_examples=60)
@given(histories(), st.randoms(use_true_random=False), st.integers(0, 9), st.integers(1, 3))
def test_a_revision_counts_by_number_and_by_what_the_author_saw_not_by_arrival(
    kept, random, number, revision
):
    seen = [replace(each, operation=replace(each.operation, revision=1 + each.number % 3)) for each in kept]
    ground = {ITEM.key: Since(number, revision, "the limit changed")}
    expected = fold([ITEM], seen, since=ground, present={"a" * 64})
    shuffled = [*seen, random.choice(seen)]
    random.shuffle(shuffled)
    assert fold([ITEM], shuffled, since=ground, present={"a" * 64}) == expected
    state = expected[ITEM.key]
    plain = fold([ITEM], seen, present={"a" * 64})[ITEM.key]
    assert (state.heads, state.photos, state.notes, state.attempts) == (
        plain.heads, plain.photos, plain.notes, plain.attempts,
    )  # fmt: skip
    if state.status == "stale":
        assert state.judgement.reason == "the limit changed"
        (head,) = (each for each in seen if each.operation.id == state.heads[0])
        assert head.number <= number or head.operation.revision < revision

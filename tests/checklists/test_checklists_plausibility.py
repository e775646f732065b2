import json
import random
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checklists.item_schema import load_expectation, load_instrument
from checklists.model import Criterion, Expectation, Instrument, Item, ItemState, KeptOperation, Value
from checklists.plausibility import Doubt, doubts, doubts_at
from checklists.plausibility.conduct import early, hurried, unexplained
from checklists.plausibility.elsewhere import OtherSite, copied_from
from checklists.schema import load_criterion, load_item_state, load_operation

VECTORS = json.loads(
    (Path(__file__).parent.parent / "vectors" / "plausibility.json").read_text(encoding="utf-8")
)
STATE = {
    "status": "passed", "heads": [], "value": None, "judgement": {"verdict": "none", "reason": ""},
    "author": None, "instrument": None, "recorded_at": None, "photos": [], "missing_photos": [], "notes": [],
    "attempts": 0, "comment": "", "reason": "", "accepted": False,
}  # fmt: skip
OPERATION = "019aab00-0000-7000-8000-00000000000"


def item_of(short: dict[str, Any]) -> Item:
    """Make the item of a vector, which names only what matters."""
    key = short["key"]
    step, _, tag = key.partition("@")
    expect, criterion = short.get("expect"), load_criterion(short.get("criterion", {"kind": "present"}))
    texts = ("", "Rule", "Clause")
    made = Item(key, step, tag, "dead_tests", step, "Do it.", criterion, *texts, safety=False)
    rest = {name: short[name] for name in ("title", "evidence", "instrument", "varies") if name in short}
    return replace(
        made,
        expect=load_expectation(expect) if expect else None,
        requires=tuple(short.get("requires", ())),
        **rest,
    )


def states_of(vector: dict[str, Any]) -> dict[str, ItemState]:
    shorts = dict(vector["states"])
    typed = vector.get("typed")
    if typed:
        shorts[typed["item"]] = {
            "value": typed["value"],
            "instrument": typed.get("instrument"),
            "recorded_at": typed.get("at"),
        }
    return {key: load_item_state({"item": key, **STATE, **short}) for key, short in shorts.items()}


def surroundings(vector: dict[str, Any]) -> dict[str, Any]:
    history = defaultdict(list)
    for number, document in enumerate(vector.get("history", ()), 1):
        operation = load_operation(document)
        kept = KeptOperation(operation, "p1", number, operation.recorded_at)
        offset = vector.get("offsets", {}).get(operation.id)
        history[operation.item].append(replace(kept, clock_offset_s=offset))
    instruments = [load_instrument(each) for each in vector.get("instruments", ())]
    return {"instruments": {each.id: each for each in instruments}, "history": history}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_what_is_doubted_is_what_the_vectors_say(vector):
    items, states = [item_of(short) for short in vector["items"]], states_of(vector)
    found = doubts(items, states, **surroundings(vector))
    wanted = [
        Doubt(each["code"], each["item"], tuple(each["others"]), each["sentence"])
        for each in vector["doubts"]
    ]
    if "typed" in vector:
        found = tuple(each for each in found if each.item == vector["typed"]["item"])
    assert list(found) == wanted
    for item in items:
        alone = doubts_at(item, items, states, **surroundings(vector))
        assert list(alone) == [each for each in found if each.item == item.key] or "typed" in vector


def reading(key: str, number: str, **changes: Any) -> tuple[Item, ItemState]:
    """Make a varying item with a reading."""
    item = replace(item_of({"key": key, "criterion": {"kind": "range", "unit": "Ω"}}), varies=True, minutes=3)
    value = Value("measured", number, number, "Ω")
    return item, ItemState(key, "passed", value=value, **changes)


def sheet(tag: str, *numbers: str) -> list[tuple[Item, ItemState]]:
    return [reading(f"test-{place}@{tag}", number) for place, number in enumerate(numbers)]


def at(second: int) -> str:
    return f"2026-11-22T09:{second // 60:02}:{second % 60:02}.000+01:00"


def honest_site(chance: random.Random, tags: int) -> list[tuple[Item, ItemState]]:
    """Readings of six tests as they are on a real site: each some ± 10 % around a figure of the test."""
    usual = (0.42, 0.21, 253.0, 0.48, 24.3, 1.24)
    decimals = (2, 2, 0, 2, 1, 2)
    return [
        reading(f"test-{step}@F{tag:03}", f"{usual[step] * chance.uniform(0.9, 1.1):.{decimals[step]}f}")
        for tag in range(tags)
        for step in range(6)
    ]


@pytest.mark.parametrize("tags", [4, 12, 60])
def test_honest_readings_are_hardly_ever_doubted(tags):
    chance = random.Random(20261122)
    doubted = 0
    for _ in range(100):
        laid = honest_site(chance, tags)
        doubted += bool(doubts((item for item, _ in laid), {item.key: state for item, state in laid}))
    assert doubted <= 5


def test_a_copied_tag_is_seen_on_a_large_site():
    laid = [pair for pair in honest_site(random.Random(1), 60) if pair[0].tag != "F007"]
    copy = [
        (item_of({"key": f"{item.step}@F007"}), replace(state, item=f"{item.step}@F007"))
        for item, state in laid
        if item.tag == "F031"
    ]
    laid += [(replace(item, varies=True), state) for item, state in copy]
    found = doubts((item for item, _ in laid), {item.key: state for item, state in laid})
    assert {(each.code, each.item.partition("@")[2]) for each in found} == {("copied", "F007")}
    assert len(found) == 6


def test_a_site_of_two_thousand_items_is_looked_through_in_a_blink_and_twice_as_many_in_twice_the_time():
    def seconds(tags: int) -> float:
        items, states = [], {}
        for item, state in honest_site(random.Random(7), tags):
            expect = Expectation("Study", "0.4", "0.001", "900", "0.0001", "9000")
            items.append(replace(item, expect=expect, requires=(f"test-0@{item.tag}",)))
            states[item.key] = replace(state, recorded_at=at(30), photos=(f"{len(items):064}",))
        started = time.perf_counter()
        doubts(items, states)
        return time.perf_counter() - started

    small = min(seconds(333) for _ in range(3))
    assert small < 0.3, "a tenth of it on a quiet machine"
    assert min(seconds(666) for _ in range(3)) < 4 * small


def test_everything_copied_everywhere_takes_no_longer():
    laid = [
        pair
        for tag in range(400)
        for pair in sheet(f"F{tag:03}", "0.42", "253", "0.48", "24.3", "1.24", "0.217")
    ]
    started = time.perf_counter()
    found = doubts((item for item, _ in laid), {item.key: state for item, state in laid})
    assert time.perf_counter() - started < 1
    assert {each.code for each in found} == {"alike", "copied"}
    assert max(len(each.others) for each in found) <= 8


def run_of(seconds: list[int], author: str = "p1") -> list[tuple[Item, ItemState]]:
    return [
        reading(f"loop@F{number:02}", f"0.4{number}", author=author, recorded_at=at(second))
        for number, second in enumerate(seconds, 1)
    ]


def test_five_readings_within_a_minute_were_recorded_in_one_go():
    (doubt,) = hurried(run_of([0, 10, 20, 30, 60]))
    assert (doubt.code, doubt.item, len(doubt.others)) == ("hurried", "loop@F01", 4)
    assert doubt.sentence == (
        "5 readings that take about 15 minutes were recorded within 1 minute by one person: "
        "ask for the tester's own record."
    )


@pytest.mark.parametrize(
    "laid",
    [
        run_of([0, 10, 20, 30]),
        run_of([0, 10, 20, 30, 61]),
        run_of([0, 200, 400, 600, 800]),
        run_of([0, 1, 2]) + run_of([3, 4, 5], author="p2"),
        [(replace(item, minutes=1), state) for item, state in run_of([0, 1, 2, 3, 4])],
        [
            (replace(item, criterion=Criterion("equals", values=("yes",))), state)
            for item, state in run_of([0, 1, 2, 3, 4])
        ],
    ],
    ids=["four", "more than a minute", "slowly", "two people", "glances", "ticks"],
)
def test_what_can_be_measured_in_time_is_not_doubted(laid):
    assert list(hurried(laid)) == []


def test_two_runs_are_two_doubts_and_one_long_run_is_one():
    first, second = hurried(run_of([0, 1, 2, 3, 4, 600, 601, 602, 603, 604]))
    assert (first.item, second.item) == ("loop@F01", "loop@F06")
    (long,) = hurried(run_of([0, 20, 30, 40, 50, 70, 90, 100]))
    assert long.sentence.startswith("8 readings that take about 24 minutes were recorded within 1 minute")


def test_what_was_recorded_before_the_site_was_opened_is_told_once():
    laid = run_of([0, 1, 2])
    (doubt,) = early(laid, "2026-11-22T08:20:00+00:00")
    assert (doubt.code, doubt.item, doubt.others) == ("early", "loop@F01", ("loop@F02", "loop@F03"))
    assert doubt.sentence.startswith("This and 2 more entries were recorded before the site was opened")
    assert list(early(laid, "2026-11-22T08:04:00+00:00")) == [], "clocks differ by minutes"


def answers(*told: tuple[str, str]) -> dict[str, list[KeptOperation]]:
    """Make the history of one item: readings in ohms with what was said of each."""
    kept = []
    for number, (raw, because) in enumerate(told):
        value = {"type": "measured", "raw": raw, "decimal": raw, "unit": "Ω", "bound": ""}
        body = {"value": value} | ({"because": because} if because else {})
        operation = load_operation(
            {
                "schema": 1, "id": f"{OPERATION}{number}", "site": "s1", "item": "loop@F03", "kind": "answer",
                "body": body, "base": [], "tablet": "11111111-1111-4111-8111-111111111111", "key": "A" * 43,
                "seq": number + 1, "recorded_at": at(number),
            }
        )  # fmt: skip
        kept.append(KeptOperation(operation, "p1", number + 1, at(number)))
    return {"loop@F03": kept}


UNSAID = "It passed after {} had failed, and nobody said why: ask what was repaired or measured again."
MISTYPED = "It passed after {} had failed and was called mistyped: ask for the tester's own record."


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ([("0.9", ""), ("0.7", "")], UNSAID.format("0.9 Ω")),
        ([("0.9", ""), ("0.7", "mistyped")], MISTYPED.format("0.9 Ω")),
        ([("0.9", ""), ("0.7", "repaired")], None),
        ([("0.9", ""), ("0.7", "repeated")], None),
        ([("0.6", ""), ("0.7", "")], None),
        ([("0.9", ""), ("0.8", ""), ("0.7", "repaired")], None),
        ([("0.9", ""), ("0.8", "repaired"), ("0.7", "")], UNSAID.format("0.8 Ω")),
        ([("0.7", "")], None),
    ],
)
def test_a_failure_that_passed_wants_a_word(told, sentence):
    item = replace(item_of({"key": "loop@F03"}), criterion=Criterion("range", maximum="0.76", unit="Ω"))
    state = ItemState("loop@F03", "passed", attempts=len(told))
    found = [each.sentence for each in unexplained([(item, state)], answers(*told))]
    assert found == ([sentence] if sentence else [])


def elsewhere(*laid: tuple[Item, ItemState], **changes: Any) -> OtherSite:
    return OtherSite("Parkhaus Süd", {item.key: state for item, state in laid}, **changes)


def test_a_tag_copied_from_another_site_is_doubted_by_name():
    here = sheet("F03", "0.42", "253", "0.48")
    found = copied_from(here, elsewhere(*sheet("F03", "0.42", "253", "0.48")))
    assert [each.item for each in found] == ["test-0@F03", "test-1@F03", "test-2@F03"]
    assert {(each.code, each.others) for each in found} == {("elsewhere", ())}
    (sentence,) = {each.sentence for each in found}
    assert sentence.startswith(
        "The readings of 3 tests at F03 are digit for digit those at F03 of Parkhaus Süd: "
    )


def test_readings_copied_to_another_tag_of_another_site_are_doubted():
    here = sheet("F03", "0.42", "253", "0.48")
    there = sheet("F03", "0.41", "255", "0.47") + sheet("F09", "0.42", "253", "0.48")
    found = copied_from(here, elsewhere(*there))
    assert {each.sentence.split(" those at ")[1].split(":")[0] for each in found} == {"F09 of Parkhaus Süd"}


def test_the_same_tag_of_another_site_is_the_likeliest_source():
    three = ("0.42", "253", "0.48")
    rest = [pair for tag in range(1, 12) for pair in sheet(f"X{tag}", f"0.{tag}1", f"{tag}01")]
    here = sheet("F03", *three) + rest
    there = elsewhere(*sheet("F01", *three), *sheet("F03", *three), *rest)
    (found,) = {each.sentence for each in copied_from(here, there)}
    assert "those at F03 of Parkhaus Süd" in found
    assert all("F03 of" in each.sentence for each in copied_from(sheet("F03", *three), there))
    assert copied_from(here, elsewhere(*sheet("F01", *three), *rest)) == (), "chance among so many pairs"


@pytest.mark.parametrize(
    "there",
    [
        sheet("F03", "0.42", "253", "0.49"),
        sheet("F03", "0.42", "253"),
        [(item, replace(state, status="returned")) for item, state in sheet("F03", "0.42", "253", "0.48")],
        [],
    ],
    ids=["two alike", "two tests", "returned", "nothing"],
)
def test_what_is_chance_between_sites_is_not_doubted(there):
    assert copied_from(sheet("F03", "0.42", "253", "0.48"), elsewhere(*there)) == ()


def test_readings_that_need_not_vary_may_be_alike_between_sites():
    here = [(replace(item, varies=False), state) for item, state in sheet("F03", "0.42", "253", "0.48")]
    assert copied_from(here, elsewhere(*sheet("F03", "0.42", "253", "0.48"))) == ()


def test_serial_numbers_and_photos_of_another_site_are_doubted():
    serial = item_of({"key": "station-serial@CH01", "evidence": "serial"})
    plate = item_of({"key": "nameplate@CH01", "evidence": "photo"})
    paper = item_of({"key": "insurance@GRID", "evidence": "document"})
    here = [
        (serial, ItemState(serial.key, "passed", value=Value("text", "SN 1001"))),
        (plate, ItemState(plate.key, "passed", photos=("a" * 64,))),
        (paper, ItemState(paper.key, "passed", photos=("b" * 64,))),
    ]
    there = elsewhere(
        (serial, ItemState("station-serial@CH07", "passed", value=Value("text", "sn-1001"))),
        photos={"a" * 64: "nameplate@CH02", "b" * 64: "insurance@GRID"},
    )
    there.states["station-serial@CH07"] = there.states.pop("station-serial@CH01")  # type: ignore[attr-defined, index]
    assert [(each.item, each.sentence) for each in copied_from(here, there)] == [
        (
            serial.key,
            "The same serial number is recorded at CH07 of Parkhaus Süd: have the nameplate read again.",
        ),
        (plate.key, "The same photo stands at CH02 of Parkhaus Süd: have one taken here."),
    ]


def test_a_doubt_needs_no_instruments():
    item, state = reading("loop@F03", "0.437", instrument="IT1")
    assert (
        doubts([item], {item.key: state}, instruments={"IT1": Instrument("IT1", "installation-tester")}) == ()
    )

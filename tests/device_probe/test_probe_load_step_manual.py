"""The load step by hand: whatever a person does, in whatever order, nothing false is said of the site."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device_probe.load_step.manual import ManualState, begin, look_at, manual_result, next_instruction
from device_probe.load_step.manual_follow import Watch, agree, back, cannot, follow
from device_probe.load_step.result import LoadStepResult
from device_probe.load_step.steps import Round

from .load_step_known import KnownSite, Truth
from .load_step_sites import site_plan

PLAN = site_plan(6, 2)
TAGS = tuple(d.tag for d in PLAN.devices if d.role == "station")
PHASES = dict(zip(TAGS, (1, 1, 2, 1, 3, 1), strict=True))
#: what is wrong at the site, and what may be said of it
TRUTHS: tuple[tuple[Truth, frozenset[tuple[str, str]]], ...] = (
    (Truth(), frozenset()),
    (Truth(feeders={"CH02": "PM1"}), frozenset({("station-on-wrong-feeder", "CH02")})),
    (Truth(signs={"PM1": (1, -1, 1)}), frozenset({("ct-reversed", "PM1")})),
    (Truth(ratios={"PM2": 0.5}), frozenset({("ct-ratio", "PM2")})),
    (Truth(landings={"CH01": (2, 0, 1)}), frozenset({("station-phase-rotation", "CH01")})),
    (
        Truth(currents={"PM1": (1, 0, 2)}),
        frozenset({("ct-on-wrong-phase", "PM1"), ("current-with-wrong-voltage", "PM1")}),
    ),
)


@dataclass
class Person:
    """Somebody at a site: charges, walks, and reads a round every second."""

    truth: Truth = field(default_factory=Truth)
    seed: int = 1
    charging: set[str] = field(default_factory=set)
    silent: frozenset[str] = frozenset()
    now: float = 0.0

    def __post_init__(self) -> None:
        self.site = KnownSite(PLAN, TAGS, PHASES, self.truth, self.seed, 0.01, 0.3, 0.0)

    def round(self) -> Round:
        self.now += 1.0
        samples = self.site.read(frozenset(TAGS) - self.charging)
        return Round(self.now, {t: s for t, s in samples.items() if t not in self.silent})

    def watch(self, watch: Watch, seconds: int = 12) -> Watch:
        for _ in range(seconds):
            watch = follow(watch, self.round())
        return watch

    def turn(self, *tags: str) -> None:
        self.charging ^= set(tags)

    def does(self, watch: Watch) -> Watch:
        """Do what is asked for."""
        assert watch.asked is not None
        if watch.asked.kind != "wait":
            self.turn(watch.asked.tag)
        return self.watch(watch)


def codes(result: LoadStepResult) -> set[tuple[str, str]]:
    return {(f.code, f.tag) for f in result.findings}


def obeyed(watch: Watch, person: Person) -> Iterator[Watch]:
    while watch.asked is not None:
        watch = person.does(watch)
        yield watch


@pytest.mark.parametrize(("truth", "true"), TRUTHS)
def test_who_does_what_is_asked_need_not_press_anything(truth: Truth, true: frozenset[object]) -> None:
    person = Person(truth)
    *_, last = obeyed(Watch(begin(PLAN)), person)
    assert last.turn == 1 + 2 * len(TAGS)
    found = codes(manual_result(last.state))
    assert found <= true
    assert bool(found) == bool(true)


def test_another_station_is_named_and_counts_for_itself() -> None:
    person = Person()
    watch = person.does(Watch(begin(PLAN, ("CH01", "CH02"))))
    person.turn("CH02")
    watch = person.watch(watch)
    assert (watch.seen.what, [one.tag for one in watch.seen.changed]) == ("other", ["CH02"])
    assert "CH02 rose from 0.0 to 3.5 kW, CH01 does not charge" in watch.seen.words
    assert watch.turn == 1, "nobody has agreed to it"
    watch = person.watch(agree(watch), 1)
    assert watch.asked is not None
    assert (watch.asked.kind, watch.asked.tag) == ("stop", "CH02"), "it is brought to its end first"
    *_, last = obeyed(watch, person)
    result = manual_result(last.state)
    assert codes(result) == set()
    assert [s.below.verdict for s in result.stations] == ["pass", "pass"]


def test_who_puts_it_right_by_himself_need_not_press_either() -> None:
    person = Person()
    watch = person.does(Watch(begin(PLAN, ("CH01",))))
    for tags in (("CH03",), ("CH03",), ("CH01",)):
        person.turn(*tags)
        watch = person.watch(watch)
    assert watch.asked is not None
    assert (watch.asked.kind, watch.asked.tag) == ("stop", "CH01")
    assert codes(manual_result(watch.state)) == set()


def test_two_at_once_are_told_and_parted_later() -> None:
    person = Person()
    watch = person.does(Watch(begin(PLAN, ("CH01", "CH02"))))
    person.turn("CH01", "CH02")
    watch = person.watch(watch)
    assert watch.seen.what == "several"
    assert "at once" in watch.seen.words
    watch = person.watch(agree(watch), 1)
    *_, last = obeyed(watch, person)
    result = manual_result(last.state)
    assert codes(result) == set()
    assert [s.below.verdict for s in result.stations] == ["pass", "pass"], "each stopped alone"


def test_a_car_that_stops_by_itself_is_noticed_and_is_a_step_as_well() -> None:
    person = Person()
    watch = person.does(Watch(begin(PLAN, ("CH01", "CH02"))))
    person.turn("CH01")
    watch = person.watch(watch, 4)
    person.turn("CH01")
    watch = person.watch(watch)
    assert watch.seen.what == "gone"
    assert "charged and stopped by itself" in watch.seen.words
    watch = person.does(watch)
    assert watch.asked is not None
    assert watch.asked.tag == "CH02", "up, down and up: all that is wanted of CH01"
    assert codes(manual_result(watch.state)) == set()


def test_a_station_that_charges_from_the_beginning_is_stopped_first() -> None:
    person = Person(charging={"CH02"})
    watch = person.does(Watch(begin(PLAN, ("CH02",))))
    asked = watch.asked
    assert asked is not None
    assert (asked.kind, asked.words) == ("stop", "Stop charging at CH02.")
    *_, last = obeyed(watch, person)
    assert manual_result(last.state).stations[0].below.verdict == "pass"


def test_pressing_too_early_is_answered_and_a_step_back_waits_for_a_press() -> None:
    person = Person()
    watch = person.does(Watch(begin(PLAN, ("CH01",))))
    watch = person.watch(agree(watch))
    assert watch.complained
    assert "that is no step yet" in watch.seen.words
    watch = person.does(watch)
    assert watch.asked is not None
    assert watch.asked.kind == "stop"
    watch = person.watch(back(watch), 20)
    assert watch.asked is not None
    assert (watch.asked.kind, watch.seen.what) == ("start", "done"), "it is charging, but nobody agreed yet"
    watch = person.watch(agree(watch), 1)
    assert watch.asked is not None
    assert watch.asked.kind == "stop"


def test_a_slow_ramp_and_a_battery_that_gets_full_are_no_steps_of_their_own() -> None:
    person = Person()
    person.charging.add("CH03")
    watch = person.does(Watch(begin(PLAN, ("CH01",))))
    for _ in range(60):  # CH03 tapers by three quarters of a per cent a second
        amperes, angle = person.site.loads["CH03"]
        person.site.loads["CH03"] = amperes * 0.9925, angle
        watch = person.watch(watch, 1)
    assert watch.turn == 1
    full = person.site.loads["CH01"]
    person.site.loads["CH01"] = 0.0, full[1]
    person.turn("CH01")
    for share in range(1, 21):  # CH01 takes twenty seconds to its full power
        person.site.loads["CH01"] = full[0] * share / 20, full[1]
        watch = person.watch(watch, 1)
    watch = person.watch(watch)
    assert watch.asked is not None
    assert (watch.asked.kind, watch.asked.tag) == ("stop", "CH01")
    *_, last = obeyed(watch, person)
    assert codes(manual_result(last.state)) == set()


def test_who_is_silent_is_told_and_costs_no_other() -> None:
    person = Person(silent=frozenset({"CH01"}))
    watch = person.does(Watch(begin(PLAN, ("CH01", "CH02"))))
    watch = person.watch(watch)
    assert watch.seen.what == "silent"
    watch = cannot(watch)
    assert watch.asked is not None
    assert watch.asked.tag == "CH02"
    person.silent = frozenset()
    watch = person.does(watch)
    person.silent = frozenset({"PM1"})
    watch = person.watch(watch)
    person.silent = frozenset()
    *_, last = obeyed(watch, person)
    result = manual_result(last.state)
    assert [s.below.verdict for s in result.stations] == ["pass"]
    assert {m.tag for m in result.meters} == {"PM0", "PM2"}


def test_rounds_read_after_the_fact_do_as_well() -> None:
    """The terminal reads some rounds when a key was pressed, and sees nothing of the time before."""
    person = Person()
    state = begin(PLAN, ("CH01",))
    assert look_at(state, [person.round() for _ in range(4)]).what == "done"
    moving = []
    for _ in range(4):
        person.turn("CH05")
        moving.append(person.round())
    assert look_at(state, moving).what == "moving"


DEEDS = st.lists(
    st.tuples(st.sampled_from(("right",) * 5 + ("wrong", "both", "skip", "back", "press", "flicker", "mute")),
              st.integers(0, 5)),
    min_size=4, max_size=22,
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(
    deeds=DEEDS, seed=st.integers(1, 10_000), truth=st.sampled_from(TRUTHS),
    first=st.sets(st.sampled_from(TAGS), max_size=2),
)  # fmt: skip
@example(
    deeds=[("wrong", k) for k in range(6)] + [("both", 1), ("mute", 2), ("right", 0)] * 4, seed=7,
    truth=TRUTHS[1], first=set(),
)  # fmt: skip
def test_whatever_a_person_does_nothing_false_is_found(deeds, seed, truth, first) -> None:
    person = Person(truth[0], seed, set(first))
    watch = person.does(Watch(begin(PLAN, tuple(random.Random(seed).sample(TAGS, 4)))))
    for deed, number in deeds:
        if watch.asked is None or watch.asked.kind == "wait":
            break
        watch = did(person, watch, deed, TAGS[number])
    result = manual_result(watch.state)
    assert codes(result) <= truth[1]
    for station in result.stations:
        wrong = {code for code, tag in truth[1] if tag == station.tag}
        assert "station-on-wrong-feeder" not in wrong or station.below.verdict != "pass"
        assert "station-phase-rotation" not in wrong or station.phases.verdict != "pass"
    for meter in result.meters:
        if any(tag == meter.tag for _, tag in truth[1]):
            assert meter.verdict != "pass"


def did(person: Person, watch: Watch, deed: str, tag: str) -> Watch:
    asked = watch.asked
    assert asked is not None
    if deed == "skip":
        return person.watch(cannot(watch), 3)
    if deed == "back":
        return person.watch(back(watch), 9)
    if deed == "press":
        return person.watch(agree(watch), 9)
    if deed == "mute":  # a device is silent for a while
        person.silent = frozenset({tag, "PM1"} if tag == "CH03" else {tag})
        watch = person.watch(watch, 5)
        person.silent = frozenset()
    if deed == "flicker":
        person.turn(tag)
        watch = person.watch(watch, 5)
        person.turn(tag)
    person.turn(*{"wrong": (tag,), "both": {asked.tag, tag}}.get(deed, (asked.tag,)))
    watch = person.watch(watch)
    return person.watch(agree(watch), 10) if deed in ("wrong", "both") else watch


def test_an_undone_move_leaves_nothing_behind() -> None:
    state = ManualState(PLAN, ("CH01",))
    person = Person()
    watch = person.does(Watch(state))
    assert back(watch).state == state
    assert next_instruction(replace(watch.state, moves=())) == next_instruction(state)

"""The load step by hand: a person starts and stops the stations, nothing is written. Pure.

The caller asks ``next_instruction``, lets the person do it, reads some rounds and hands them to
``note_done``; ``manual_result`` judges what was seen so far. What counts is what the stations themselves
say they did, in whatever order: another station than the one asked for is a step of that other one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from device_probe.load_step.judge import judge_load_step
from device_probe.load_step.manual_look import (
    LEAST_CHANGE_W,
    Calm,
    Change,
    calm_parts,
    calm_tail,
    changes,
    levels,
    power_in,
    stations_of,
)
from device_probe.load_step.result import LoadStepResult
from device_probe.load_step.steps import LEAST_ROUNDS, METERS, Hold, Round
from device_probe.model import SitePlan

CHANGES_WANTED = 2  # of every station: up and down
Kind = Literal["wait", "start", "stop"]
What = Literal["done", "nothing", "other", "several", "silent", "moving", "gone"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the person is to do next."""

    number: int
    of: int
    kind: Kind
    tag: str
    words: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What rounds show of an instruction: carried out, or what happened instead."""

    what: What
    tag: str  # the station that was asked for
    changed: tuple[Change, ...]
    words: str  # "" when it was carried out


@dataclass(frozen=True, slots=True)
class Held:
    """The rounds that were read after something was done, and the calm stretches of them."""

    hold: Hold
    calm: tuple[Calm, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A station that a person could not use."""

    tag: str


Move = Held | LeftOut


@dataclass(frozen=True, slots=True)
class ManualState:
    """How far a load step by hand has come: everything follows from what was done so far."""

    plan: SitePlan
    tags: tuple[str, ...]
    moves: tuple[Move, ...] = ()

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Return everything that was read."""
        return tuple(move.hold for move in self.moves if isinstance(move, Held))

    @property
    def calm(self) -> tuple[Calm, ...]:
        """Return the calm stretches of everything that was read."""
        return tuple(each for move in self.moves if isinstance(move, Held) for each in move.calm)

    @property
    def left_out(self) -> frozenset[str]:
        """Return the stations that could not be used."""
        return frozenset(move.tag for move in self.moves if isinstance(move, LeftOut))

    @property
    def now(self) -> Mapping[str, float]:
        """Return what every station drew when it told so last, in W."""
        return {tag: power for each in self.calm for tag, power in each.powers.items()}

    @property
    def charging(self) -> frozenset[str]:
        """Return the chosen stations that charged in the last rounds."""
        return frozenset(tag for tag in self.tags if self.now.get(tag, 0.0) >= LEAST_CHANGE_W)

    def steps(self) -> dict[str, int]:
        """Return of each chosen station how many of the two it has done: up and down."""
        found: dict[str, set[bool]] = {tag: set() for tag in self.tags}
        known: Mapping[str, float] = {}
        for each in self.calm:
            for one in changes(known, each.powers):
                if one.tag in found:
                    found[one.tag].add(one.up)
            known = {**known, **each.powers}
        return {tag: len(ways) for tag, ways in found.items()}


def begin(plan: SitePlan, tags: Sequence[str] = ()) -> ManualState:
    """Return the state before the first instruction; no tags: every station of the plan."""
    return ManualState(plan, tuple(t for t in stations_of(plan) if not tags or t in tags))


def next_instruction(state: ManualState) -> Instruction | None:
    """Return what is to be done next, None when every station was changed and changed back."""
    of = 1 + CHANGES_WANTED * len(state.tags)
    if not state.holds:
        words = "Leave every station as it is until the first rounds are read."
        return Instruction(1, of, "wait", "", words)
    steps, left = state.steps(), state.left_out
    tags = [tag for tag in state.tags if tag not in left and steps[tag] < CHANGES_WANTED]
    if not tags:
        return None
    done = sum(CHANGES_WANTED if tag in left else min(steps[tag], CHANGES_WANTED) for tag in state.tags)
    tag = min(tags, key=lambda each: not steps[each])  # what was begun comes to its end first
    if tag in state.charging:
        return Instruction(2 + done, of, "stop", tag, f"Stop charging at {tag}.")
    words = f"Plug in and start charging at {tag}; wait until it really charges."
    return Instruction(2 + done, of, "start", tag, words)


def note_done(state: ManualState, rounds: Sequence[Round]) -> ManualState:
    """Return the state after something was done and these rounds were read."""
    calm = calm_parts(state.plan, rounds)
    changed = {one.tag for each in calm for one in changes(state.now, each.powers)}
    held = Held(Hold(frozenset(changed), tuple(rounds)), calm)
    return replace(state, moves=(*state.moves, held))


def leave_out(state: ManualState) -> ManualState:
    """Return the state when the station asked for can't be used: it is neither changed nor changed back."""
    asked = next_instruction(state)
    if asked is None or asked.kind == "wait":
        return state
    return replace(state, moves=(*state.moves, LeftOut(asked.tag)))


def undo(state: ManualState) -> ManualState:
    """Return the state before the last move; what was read of it is forgotten."""
    return replace(state, moves=state.moves[:-1])


def look_at(state: ManualState, rounds: Sequence[Round]) -> Seen:
    """Return what rounds read since the last move show of the instruction.

    What was asked for counts against the last move, or against what stood just before: others may have
    come and gone meanwhile, or a battery got full.
    """
    asked, calm = next_instruction(state), calm_tail(state.plan, rounds)
    if rounds and len(calm) < LEAST_ROUNDS:
        return Seen("moving", asked.tag if asked else "", (), "A station is on its way still; wait a moment.")
    if asked is None or asked.kind == "wait":
        return Seen("done", "", (), "")
    now = levels(state.plan, calm)
    seen = _compared(asked, state.now, now)
    between = calm_parts(state.plan, rounds[: len(rounds) - len(calm)])
    since = [_compared(asked, {**state.now, **part.powers}, now) for part in between]
    return next((one for one in (seen, *reversed(since)) if one.what == "done"), seen)


def _compared(asked: Instruction, before: Mapping[str, float], now: Mapping[str, float]) -> Seen:
    found = changes(before, now)
    others = tuple(one for one in found if one.tag != asked.tag)
    if asked.tag not in now or asked.tag not in before:
        words = f"{asked.tag} gives no current or power; see that it answers."
        return Seen("silent", asked.tag, others, words)
    right = any(one.tag == asked.tag and one.up == (asked.kind == "start") for one in found)
    if right and not others:
        return Seen("done", asked.tag, found, "")
    if right:
        return Seen("several", asked.tag, found, f"{_said(found)}, at once: one at a time tells more.")
    if others:
        return Seen("other", asked.tag, others, _instead(asked, others))
    b, a = before[asked.tag] / 1000, now[asked.tag] / 1000
    words = f"{asked.tag} draws {a:.1f} kW, before {b:.1f} kW: that is no step yet."
    return Seen("nothing", asked.tag, found, words)


def complaint_about(state: ManualState, rounds: Sequence[Round]) -> str:
    """Return why rounds read after an instruction don't show that it was carried out, "" when they do."""
    return look_at(state, rounds).words


def manual_result(state: ManualState) -> LoadStepResult:
    """Judge what was seen so far, in whatever order it was done."""
    holds, tests = judged_holds(state)
    return judge_load_step(state.plan, holds, tests)


def judged_holds(state: ManualState) -> tuple[tuple[Hold, ...], tuple[str, ...]]:
    """Return what is judged: the calm stretches with what changed before each, and the stations that moved.

    Every station that moved is judged, chosen or not: one that is elsewhere than planned would else be
    taken for a mistake at the meters.
    """
    kept, first = usable(state), dict[str, float]()
    holds, tests = [], set[str]()
    for number, each in enumerate(kept):
        before = kept[number - 1].powers if number else each.powers
        changed = frozenset(one.tag for one in changes(before, each.powers))
        holds.append(replace(each.hold, lowered=changed))
        tests |= {tag for tag, power in each.powers.items() if tag in first
                  and abs(power - first[tag]) >= LEAST_CHANGE_W}  # fmt: skip
        first = {**each.powers, **first}
    return tuple(holds), tuple(tag for tag in stations_of(state.plan) if tag in tests)


def usable(state: ManualState) -> tuple[Calm, ...]:
    """Return the calm stretches in which everything is known that matters.

    A station that ever drew something must have told what it draws, or what the meters saw of it would be
    taken for another's. A meter that was silent for a while costs these stretches, not itself.
    """
    calm = state.calm
    drew = {tag for each in calm for tag, power in each.powers.items() if power >= LEAST_CHANGE_W}
    meters = [device.tag for device in state.plan.devices if device.role in METERS]
    told = {tag: [_tells(state.plan, each, tag) for each in calm] for tag in (*drew, *meters)}
    wanted = [tag for tag, each in told.items() if tag in drew or 2 * sum(each) > len(each)]
    return tuple(each for k, each in enumerate(calm) if all(told[tag][k] for tag in wanted))


def _tells(plan: SitePlan, calm: Calm, tag: str) -> bool:
    return sum(power_in(plan, one, tag) is not None for one in calm.hold.rounds) >= LEAST_ROUNDS


def _instead(asked: Instruction, others: tuple[Change, ...]) -> str:
    still = "charges on" if asked.kind == "stop" else "does not charge"
    return (
        f"{_said(others)}, {asked.tag} {still}. If the label says {asked.tag}, the addresses of the stations "
        "are exchanged; else it counts for the station that changed."
    )


def _said(found: tuple[Change, ...]) -> str:
    """Return what some stations did, in words."""
    return " and ".join(
        f"{one.tag} {'rose' if one.up else 'fell'} from {one.before_w / 1000:.1f} to "
        f"{one.after_w / 1000:.1f} kW" for one in found
    )  # fmt: skip

"""The load step by hand: a person starts and stops the stations, nothing is written. Pure.

The caller asks ``next_instruction``, lets the person do it, reads some rounds and hands them to
``note_done``; ``manual_result`` judges what was seen so far.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from device_probe.load_step.judge import judge_load_step
from device_probe.load_step.result import LoadStepResult
from device_probe.load_step.steps import Hold, Round, powers
from device_probe.model import SitePlan

LEAST_CHANGE_W = 3.0 * 230.0  # of a station's own power, for it to count
Kind = Literal["wait", "start", "stop"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the person is to do next."""

    number: int
    of: int
    kind: Kind
    tag: str
    words: str


@dataclass(frozen=True, slots=True)
class ManualState:
    """How far a load step by hand has come."""

    plan: SitePlan
    tags: tuple[str, ...]
    holds: tuple[Hold, ...] = ()
    given: int = 0  # instructions done or left out

    @property
    def charging(self) -> frozenset[str]:
        """Return the stations that charged in the last rounds."""
        if not self.holds:
            return frozenset()
        return frozenset(
            tag for tag in self.tags if power_of(self.plan, self.holds[-1], tag) >= LEAST_CHANGE_W
        )


def begin(plan: SitePlan, tags: Sequence[str] = ()) -> ManualState:
    """Return the state before the first instruction; no tags: every station of the plan."""
    stations = [d.tag for d in plan.devices if d.role == "station"]
    return ManualState(plan, tuple(t for t in stations if not tags or t in tags))


def next_instruction(state: ManualState) -> Instruction | None:
    """Return what is to be done next, None when every station was changed and changed back."""
    of = 1 + 2 * len(state.tags)
    if state.given >= of:
        return None
    if state.given == 0:
        words = "Leave every station as it is until the first rounds are read."
        return Instruction(1, of, "wait", "", words)
    tag = state.tags[(state.given - 1) // 2]
    if tag in state.charging:
        return Instruction(state.given + 1, of, "stop", tag, f"Stop charging at {tag}.")
    words = f"Plug in and start charging at {tag}; wait until it really charges."
    return Instruction(state.given + 1, of, "start", tag, words)


def note_done(state: ManualState, rounds: Sequence[Round]) -> ManualState:
    """Return the state after an instruction was carried out and these rounds were read."""
    asked = next_instruction(state)
    changed = frozenset((asked.tag,)) if asked and asked.kind == "stop" else frozenset()
    return replace(state, holds=(*state.holds, Hold(changed, tuple(rounds))), given=state.given + 1)


def leave_out(state: ManualState) -> ManualState:
    """Return the state when a station can't be used: it is neither changed nor changed back."""
    if state.given == 0:
        return state
    return replace(state, given=state.given + 2 - (state.given - 1) % 2)


def complaint_about(state: ManualState, rounds: Sequence[Round]) -> str:
    """Return why rounds read after an instruction don't show that it was carried out, "" when they do."""
    asked = next_instruction(state)
    if asked is None or asked.kind == "wait" or not state.holds:
        return ""
    before = power_of(state.plan, state.holds[-1], asked.tag)
    after = power_of(state.plan, Hold(frozenset(), tuple(rounds)), asked.tag)
    if math.isnan(before) or math.isnan(after):
        return f"{asked.tag} gives no current or power; see that it answers."
    if (after - before) * (1 if asked.kind == "start" else -1) >= LEAST_CHANGE_W:
        return ""
    return f"{asked.tag} draws {after / 1000:.1f} kW, before {before / 1000:.1f} kW: that is no step yet."


def manual_result(state: ManualState) -> LoadStepResult:
    """Judge what was seen so far."""
    changed = [
        tag for tag in state.tags
        if max((abs(power_of(state.plan, b, tag) - power_of(state.plan, a, tag))
                for a, b in zip(state.holds, state.holds[1:], strict=False)), default=0.0) >= LEAST_CHANGE_W
    ]  # fmt: skip
    return judge_load_step(state.plan, state.holds, changed)


def power_of(plan: SitePlan, hold: Hold, tag: str) -> float:
    """Return what a station drew in the last round that has it; not a number when none has."""
    for each in reversed(hold.rounds):
        if tag in each.samples:
            own, _ = powers(each.samples[tag], plan.voltage_v / math.sqrt(3))
            known = [value.real for value in own if value is not None]
            if known:
                return sum(known)
    return math.nan

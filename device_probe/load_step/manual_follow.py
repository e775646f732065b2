"""A load step by hand, followed reading by reading: what was done is seen without being told. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from device_probe.load_step.manual import (
    Instruction,
    ManualState,
    Seen,
    leave_out,
    look_at,
    next_instruction,
    note_done,
    undo,
)
from device_probe.load_step.manual_look import calm_tail, counts, power_in
from device_probe.load_step.steps import Round

NEED = 6  # rounds in which nothing moves, after something was done
SETTLING = 2  # rounds before these: meters that average over a second or two
MOST_RECENT = 240
NOTHING = Seen("nothing", "", (), "")


@dataclass(frozen=True, slots=True)
class Watch:
    """How far it has come, and what was read since the last move."""

    state: ManualState
    recent: tuple[Round, ...] = ()
    seen: Seen = NOTHING
    agreed: bool = False  # a person says that it is done: what is seen counts as soon as it is calm
    alone: bool = True  # goes on by itself when what was asked for is seen; not after a step back
    complained: bool = False  # a person said that it is done, and it was not
    turn: int = 0  # counts every move, so that the same press from two tablets is one
    still: int = 0  # rounds in a row in which nothing moved, of those that are needed

    @property
    def asked(self) -> Instruction | None:
        """Return what the person is to do now."""
        return next_instruction(self.state)

    @property
    def needed(self) -> int:
        """Return how many calm rounds it takes."""
        return NEED + (SETTLING if self.state.holds else 0)


def follow(watch: Watch, one: Round) -> Watch:
    """Return what stands after one more round was read."""
    asked, state = watch.asked, watch.state
    recent = (*watch.recent, one)[-MOST_RECENT:]
    if asked is None:
        return replace(watch, recent=recent)
    still = len(calm_tail(state.plan, recent))
    seen = _came_and_went(look_at(state, recent), asked, state, recent)
    now = replace(watch, recent=recent, seen=seen, still=min(still, watch.needed))
    if still < watch.needed:
        return now
    if asked.kind == "wait" or _counts(now):
        return _moved(now, note_done(state, recent))
    # there is nothing to agree to: what is missing is said
    return replace(
        now, agreed=False, complained=watch.agreed or (watch.complained and seen.what == watch.seen.what)
    )


def agree(watch: Watch) -> Watch:
    """Return what stands after a person said that it is done."""
    return replace(watch, agreed=True)


def cannot(watch: Watch) -> Watch:
    """Return what stands after a person said that the station asked for can't be used."""
    asked = watch.asked
    return watch if asked is None or asked.kind == "wait" else _moved(watch, leave_out(watch.state))


def back(watch: Watch) -> Watch:
    """Return what stands before the last move; it then waits for a person to say that all is right again."""
    if not watch.state.moves:
        return watch
    return replace(_moved(watch, undo(watch.state)), alone=False)


def _moved(watch: Watch, state: ManualState) -> Watch:
    return Watch(state, turn=watch.turn + 1)


def _counts(watch: Watch) -> bool:
    what = watch.seen.what
    if what == "done":
        return watch.alone or watch.agreed
    return watch.agreed and what in ("other", "several")


def _came_and_went(seen: Seen, asked: Instruction, state: ManualState, recent: Sequence[Round]) -> Seen:
    """Say so when the station did what was asked for, and then went back by itself."""
    before = state.now.get(asked.tag)
    if seen.what != "nothing" or before is None:
        return seen
    drawn = [power for one in recent if (power := power_in(state.plan, one, asked.tag)) is not None]
    if not any(counts(before, power) for power in drawn):
        return seen
    did = "charged and stopped" if asked.kind == "start" else "stopped and charged again"
    return replace(seen, what="gone", words=f"{asked.tag} {did} by itself; see why, then do it once more.")

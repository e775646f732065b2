"""What a load step leaves behind: all that was read and written, raw, so that anybody can judge it again."""

from dataclasses import dataclass
from typing import Literal

from device_probe.load_step.result import LoadStepResult
from device_probe.model import RawBlock

Need = Literal["contact", "set_point", "life_sign"]
How = Literal["written", "by_hand"]


@dataclass(frozen=True, slots=True)
class RawRead:
    """One device read once: its registers as they came; the values are decoded from them."""

    tag: str
    taken_at: str  # UTC, ISO 8601
    blocks: tuple[RawBlock, ...] = ()
    problem: str | None = None  # it could not be read at all


@dataclass(frozen=True, slots=True)
class RecordedRound:
    """What was read at about the same moment, in seconds since the run began."""

    at_s: float
    reads: tuple[RawRead, ...]


@dataclass(frozen=True, slots=True)
class RecordedHold:
    """One state: how it came about, and what was read while it was held."""

    lowered: tuple[str, ...]  # the code words, state by state
    changed_at_s: float | None  # when its set-points began to be written; None: nothing was written for it
    following: tuple[RecordedRound, ...]
    rounds: tuple[RecordedRound, ...]


@dataclass(frozen=True, slots=True)
class KnownLoad:
    """One test load as it was found, and the value to which it was lowered."""

    tag: str
    quantity: str  # of its set-point
    unit: str
    found: float
    low: float
    low_a: float  # the same as current per phase
    drawn_a: float
    limit: float  # the circuit's design current, in the unit of the set-point
    refresh_s: float | None = None  # it was written again so often
    failsafe_a: float | None = None
    watchdog_s: float | None = None


@dataclass(frozen=True, slots=True)
class SetPointWrite:
    """One value written, and what the device then said it was."""

    at: str
    at_s: float
    tag: str
    quantity: str
    value: float
    unit: str
    read_back: float | None = None  # None: it can't be read, or the write failed
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A station to which nobody spoke for a time, to see whether it falls back."""

    tag: str
    need: Need  # what it misses then: any contact, its set-point repeated, or its life sign
    timeout_s: float | None  # None: no register tells it; 0: it is switched off
    failsafe_a: float | None
    from_s: float
    to_s: float
    before: RawRead
    after: RawRead


@dataclass(frozen=True, slots=True)
class LoadStepRecord:
    """One run: its settings, its evidence, and what was judged of it."""

    how: How
    started_at: str
    finished_at: str
    order: str
    follow_s: float  # within this a station had to follow
    tests: tuple[str, ...]  # tags of the stations that were changed on purpose
    loads: tuple[KnownLoad, ...]
    survey: tuple[RawRead, ...]  # of every station before anything was written
    holds: tuple[RecordedHold, ...]
    writes: tuple[SetPointWrite, ...]
    left_alone: tuple[LeftAlone, ...]
    result: LoadStepResult

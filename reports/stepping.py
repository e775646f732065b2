"""The load step of a probe run as printed: what each load showed of itself and of every meter."""

from dataclasses import dataclass

from device_probe.load_step.record import LoadStepRecord
from device_probe.load_step.result import FollowResult, InputResult, Judged, StationResult
from reports.words import Mark, mark, number

HOW = {"written": "set-points were lowered and put back", "by_hand": "by hand, nothing was written"}


@dataclass(frozen=True, slots=True)
class LoadLine:
    """Where a test load really is."""

    tag: str
    feeder: str
    phases: str
    below: Mark
    landing: Mark
    note: str


@dataclass(frozen=True, slots=True)
class InputLine:
    """What one input of a meter showed of the loads that were changed."""

    tag: str
    phase: str
    gets: str
    expected: str
    seen: str
    mark: Mark
    note: str


@dataclass(frozen=True, slots=True)
class FollowLine:
    """Whether a station followed its limit, or fell back when it was left alone."""

    tag: str
    what: str
    before: str
    after: str
    seconds: str
    mark: Mark
    note: str


@dataclass(frozen=True, slots=True)
class StepPages:
    """A load step as printed."""

    mark: Mark
    how: str
    steps: int
    rounds: int
    loads: tuple[LoadLine, ...]
    inputs: tuple[InputLine, ...]
    following: tuple[FollowLine, ...]


def step_pages(record: LoadStepRecord | None) -> StepPages | None:
    """Return a load step as printed, None when there was none."""
    if record is None:
        return None
    result = record.result
    return StepPages(
        mark(result.verdict), HOW.get(record.how, record.how), result.steps, result.rounds,
        tuple(_load(one) for one in result.stations),
        tuple(_input(meter.tag, one) for meter in result.meters for one in meter.inputs),
        tuple(_follow(one) for one in result.following),
    )  # fmt: skip


def _load(one: StationResult) -> LoadLine:
    landing = "-".join(one.landing)
    return LoadLine(
        one.tag, one.feeder or "–", landing or "–", mark(one.below.verdict), mark(one.phases.verdict),
        _note(one.below, one.phases),
    )  # fmt: skip


def _input(tag: str, one: InputResult) -> InputLine:
    return InputLine(
        tag, one.phase, one.current, _kw(one.expected_w), _kw(one.seen_w), mark(one.judged.verdict),
        _note(one.judged),
    )  # fmt: skip


def _follow(one: FollowResult) -> FollowLine:
    what = "falls back when left alone" if one.kind == "fall_back" else "follows its limit"
    limit = "" if one.limit_a is None else f" ({number(one.limit_a, 1)} A)"
    return FollowLine(
        one.tag, f"{what}{limit}", _amperes(one.before_a), _amperes(one.after_a),
        "–" if one.seconds is None else f"{number(one.seconds, 0)} s", mark(one.judged.verdict),
        _note(one.judged),
    )  # fmt: skip


def _note(*judged: Judged) -> str:
    """Return why something doesn't pass, and what is to be done."""
    said = (f"{one.reason} {one.action}".strip() for one in judged if one.verdict != "pass")
    return " ".join(dict.fromkeys(said))


def _kw(watts: float) -> str:
    return f"{number(watts / 1000, 2)} kW"


def _amperes(value: float | None) -> str:
    return "–" if value is None else f"{number(value, 1)} A"

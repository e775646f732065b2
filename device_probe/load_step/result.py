"""What the load step found: values with their evidence, and the verdicts. Pure."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from device_probe.model import Finding, VerdictWord

NOT_READ = "not-read"
ORDER: tuple[VerdictWord, ...] = ("pass", "inconclusive", "fail")


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing decided: how sure, why, and the one action that would decide it or put it right."""

    verdict: VerdictWord
    probability: float
    reason: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class StationResult:
    """Where a test load is: below which meter, and on which supply phases."""

    tag: str
    feeder: str
    landing: tuple[str, ...]  # supply phase of each own phase
    below: Judged
    phases: Judged

    @property
    def verdict(self) -> VerdictWord:
        """Return the worse of both."""
        return worst(self.below, self.phases)


@dataclass(frozen=True, slots=True)
class InputResult:
    """One input of a meter against the loads known to flow there."""

    phase: str
    current: str  # "+L1", "-L2", "0"
    voltage: str
    conductors: tuple[str, ...]  # that could carry its current as well as the first of them
    expected_w: float  # what the loads changed in sum of all changes, without sign
    seen_w: float
    judged: Judged


@dataclass(frozen=True, slots=True)
class MeterResult:
    """One meter: its inputs and its ratio."""

    tag: str
    inputs: tuple[InputResult, ...]
    ratio: float  # what it reads of the truth
    likely_ct_a: float | None
    wiring: Judged
    scale: Judged  # the ratio of its current transformers

    @property
    def verdict(self) -> VerdictWord:
        """Return the worse of both."""
        return worst(self.wiring, self.scale)


@dataclass(frozen=True, slots=True)
class FollowResult:
    """Whether a station follows its set-point down and how long it took; or falls back when left alone."""

    tag: str
    limit_a: float | None  # the failsafe current of a fall-back; None: no register tells it
    before_a: float
    after_a: float | None
    seconds: float | None
    judged: Judged
    kind: Literal["limit", "fall_back"] = "limit"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Whether the import at the main meter follows when the stations are lowered."""

    tag: str  # of the main meter
    lowered_w: float  # by how much the stations fell at once, the largest of all
    fell_w: float  # by how much the import did then
    share: float  # of all changes of the stations that the import went along with
    spread: float | None  # how far the background may take that share: one standard deviation
    seconds: float | None  # until the largest fall was seen; None: it does not stand out while it goes on
    judged: Judged


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A station that was no test load, and why."""

    tag: str
    code: str
    reason: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class LoadStepResult:
    """Everything of one run."""

    stations: tuple[StationResult, ...]
    meters: tuple[MeterResult, ...]
    following: tuple[FollowResult, ...]
    findings: tuple[Finding, ...]
    steps: int
    rounds: int
    left_out: tuple[LeftOut, ...] = ()
    imported: ImportResult | None = None  # None: nothing was written, or there is no main meter

    @property
    def verdict(self) -> VerdictWord:
        """Return the worst of all."""
        words = [s.verdict for s in self.stations] + [m.verdict for m in self.meters]
        words += [f.judged.verdict for f in self.following]
        words += [self.imported.judged.verdict] if self.imported else []
        words += ["inconclusive" for out in self.left_out if out.code == NOT_READ]
        words += ["fail" for out in self.left_out if out.finding and out.finding.severity == "error"]
        if not words:
            return "inconclusive"
        return max(words, key=ORDER.index)

    @property
    def suspects(self) -> tuple[str, ...]:
        """Return the test loads to be looked at once more: not as planned, or not sure."""
        return tuple(s.tag for s in self.stations if any(_suspect(j) for j in (s.below, s.phases)))


def _suspect(judged: Judged) -> bool:
    # several mistakes may add up to what others would look like: a step of its own tells
    return judged.verdict == "fail" or (judged.verdict == "inconclusive" and judged.probability > 0)


def worst(*judged: Judged) -> VerdictWord:
    """Return the worst verdict."""
    return max((j.verdict for j in judged), key=ORDER.index)


def dump_result(result: LoadStepResult) -> dict[str, Any]:
    """Return a result as JSON."""
    return {
        "verdict": result.verdict, "steps": result.steps, "rounds": result.rounds,
        "stations": [
            {"tag": s.tag, "verdict": s.verdict, "feeder": s.feeder, "phases": list(s.landing),
             "below": _judged(s.below), "phase_map": _judged(s.phases)}
            for s in result.stations
        ],
        "meters": [_meter(m) for m in result.meters],
        "following": [
            {"tag": f.tag, "kind": f.kind, "limit_a": f.limit_a, "before_a": round(f.before_a, 2),
             "after_a": None if f.after_a is None else round(f.after_a, 2), "seconds": f.seconds,
             **_judged(f.judged)}
            for f in result.following
        ],
        "import": _imported(result.imported),
        "left_out": [
            {"tag": o.tag, "code": o.code, "reason": o.reason,
             "finding": None if o.finding is None else _finding(o.finding)}
            for o in result.left_out
        ],
        "findings": [_finding(f) for f in result.findings],
    }  # fmt: skip


def _judged(one: Judged) -> dict[str, Any]:
    return {"verdict": one.verdict, "probability": round(one.probability, 6), "reason": one.reason,
            "action": one.action}  # fmt: skip


def _meter(m: MeterResult) -> dict[str, Any]:
    inputs = [
        {"phase": i.phase, "current": i.current, "voltage": i.voltage, "conductors": list(i.conductors),
         "expected_w": round(i.expected_w, 1), "seen_w": round(i.seen_w, 1), **_judged(i.judged)}
        for i in m.inputs
    ]  # fmt: skip
    return {
        "tag": m.tag, "verdict": m.verdict, "ratio": round(m.ratio, 4), "likely_ct_a": m.likely_ct_a,
        "wiring": _judged(m.wiring), "ct_ratio": _judged(m.scale), "inputs": inputs,
    }  # fmt: skip


def _imported(one: ImportResult | None) -> dict[str, Any] | None:
    if one is None:
        return None
    spread = None if one.spread is None else round(one.spread, 4)
    return {
        "tag": one.tag, "lowered_w": round(one.lowered_w, 1), "fell_w": round(one.fell_w, 1),
        "share": round(one.share, 4), "spread": spread, "seconds": one.seconds,
        **_judged(one.judged),
    }  # fmt: skip


def _finding(f: Finding) -> dict[str, Any]:
    return {
        "code": f.code, "severity": f.severity, "tag": f.tag, "sentence": f.sentence, "phase": f.phase,
        "figures": [asdict(g) for g in f.figures], "limit": asdict(f.limit) if f.limit else None,
        "clause": f.clause, "remedy": f.remedy,
    }  # fmt: skip

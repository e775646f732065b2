"""What the load step found: values with their evidence, and the verdicts. Pure."""

from dataclasses import dataclass
from typing import Any

from device_probe.model import Finding, VerdictWord

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
    """Whether a station follows its set-point down, and how long it took."""

    tag: str
    limit_a: float
    before_a: float
    after_a: float | None
    seconds: float | None
    judged: Judged


@dataclass(frozen=True, slots=True)
class LoadStepResult:
    """Everything of one run."""

    stations: tuple[StationResult, ...]
    meters: tuple[MeterResult, ...]
    following: tuple[FollowResult, ...]
    findings: tuple[Finding, ...]
    steps: int
    rounds: int

    @property
    def verdict(self) -> VerdictWord:
        """Return the worst of all."""
        words = [s.verdict for s in self.stations] + [m.verdict for m in self.meters]
        words += [f.judged.verdict for f in self.following]
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

    def judged(one: Judged) -> dict[str, Any]:
        return {"verdict": one.verdict, "probability": round(one.probability, 6), "reason": one.reason,
                "action": one.action}  # fmt: skip

    return {
        "verdict": result.verdict, "steps": result.steps, "rounds": result.rounds,
        "stations": [
            {"tag": s.tag, "verdict": s.verdict, "feeder": s.feeder, "phases": list(s.landing),
             "below": judged(s.below), "phase_map": judged(s.phases)}
            for s in result.stations
        ],
        "meters": [
            {"tag": m.tag, "verdict": m.verdict, "ratio": round(m.ratio, 4), "likely_ct_a": m.likely_ct_a,
             "wiring": judged(m.wiring), "ct_ratio": judged(m.scale),
             "inputs": [{"phase": i.phase, "current": i.current, "voltage": i.voltage,
                         "conductors": list(i.conductors),
                         "expected_w": round(i.expected_w, 1), "seen_w": round(i.seen_w, 1),
                         **judged(i.judged)}
                        for i in m.inputs]}
            for m in result.meters
        ],
        "following": [
            {"tag": f.tag, "limit_a": f.limit_a, "before_a": round(f.before_a, 2),
             "after_a": None if f.after_a is None else round(f.after_a, 2), "seconds": f.seconds,
             **judged(f.judged)}
            for f in result.following
        ],
        "findings": [
            {"code": f.code, "severity": f.severity, "tag": f.tag, "sentence": f.sentence, "phase": f.phase,
             "figures": [{"name": g.name, "value": g.value, "unit": g.unit} for g in f.figures],
             "clause": f.clause, "remedy": f.remedy}
            for f in result.findings
        ],
    }  # fmt: skip

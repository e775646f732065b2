"""The verdicts of a load step put together with those of the readings alone. Pure.

The rule stands in docs/load-step.md: what the load step decided decides what was open; where both decided and
contradict each other about the same thing, nothing is decided; what only one of them can see stays.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from device_probe.load_step.fit import NOWHERE
from device_probe.load_step.result import Judged, LoadStepResult, MeterResult, StationResult
from device_probe.model import Finding, Verdict

#: What the readings of one meter tell and steps don't: settings, the direction in which the phases follow.
NOT_SEEN_BY_STEPS = frozenset({"system-setting", "phase-sequence"})
#: What steps tell and the readings of one meter don't.
ONLY_SEEN_BY_STEPS = frozenset({"phases-rotated", "ct-ratio"})
PHASE_ORDER = "charger-phase-order"
Outcome = tuple[list[Verdict], list[Finding]]


def merged(
    verdicts: Sequence[Verdict], findings: Sequence[Finding], result: LoadStepResult, held: Collection[str]
) -> Outcome:
    """Return all verdicts and findings of a report; ``held``: devices whose readings can't be true."""
    found = {(v.tag, v.aspect): v for v in verdicts}
    doubted: set[str] = set()
    for meter in result.meters:
        alone = found.get((meter.tag, "wiring"))
        both = _meter(meter, alone, _codes(findings, meter.tag), _codes(result.findings, meter.tag))
        if meter.tag not in held:
            found[meter.tag, "wiring"] = both
            if alone is not None and alone.verdict != "inconclusive" == both.verdict:
                doubted.add(meter.tag)
    for station in result.stations:
        turned = PHASE_ORDER in _codes(findings, station.tag)
        found[station.tag, "wiring"] = one = _station(station, turned)
        if turned and one.verdict == "inconclusive":
            doubted.add(station.tag)
    for each in managed(result):
        found[each.tag, each.aspect] = each
    return list(found.values()), _findings(findings, result.findings, doubted)


def managed(result: LoadStepResult) -> list[Verdict]:
    """Return the verdicts of load management: of the site's import, and of every station that was limited."""
    found = []
    if result.imported is not None:
        found.append(_verdict("", "load_management", result.imported.judged))
    nowhere = {s.tag for s in result.stations if s.feeder == NOWHERE and s.below.verdict == "fail"}
    for tag in dict.fromkeys(f.tag for f in result.following):
        parts = [f.judged for f in result.following if f.tag == tag]
        if tag in nowhere:
            words = f"No meter sees what {tag} says that it draws less: the import doesn't follow."
            action = f"Find out where {tag} is fed from, and measure its current with a clamp."
            parts.append(Judged("fail", 0.99, words, action))
        found.append(_verdict(tag, "load_management", _joined(parts)))
    for out in result.left_out:
        if out.finding is not None and out.finding.severity == "error":
            judged = Judged("fail", 1.0, out.finding.sentence, out.finding.remedy)
            found.append(_verdict(out.tag, "load_management", judged))
    return found


def _meter(meter: MeterResult, alone: Verdict | None, codes: set[str], stepped: set[str]) -> Verdict:
    steps = _shown(meter)
    if alone is None or (alone.verdict == "inconclusive" and steps.verdict != "inconclusive"):
        said = f" The readings alone left it open: {alone.reason}" if alone else ""
        return _verdict(meter.tag, "wiring", replace(steps, reason=f"Load step: {steps.reason}{said}"))
    if steps.verdict == "inconclusive":
        return replace(alone, reason=f"{alone.reason} The load step leaves it open: {steps.reason}")
    if alone.verdict == steps.verdict:
        return replace(alone, reason=f"{alone.reason} The load step says the same: {steps.reason}")
    if alone.verdict == "fail" and codes and codes <= NOT_SEEN_BY_STEPS:
        return replace(alone, reason=f"{alone.reason} That the load step can't see.")
    if steps.verdict == "fail" and stepped and stepped <= ONLY_SEEN_BY_STEPS:
        return _verdict(meter.tag, "wiring", replace(steps, reason=f"Load step: {steps.reason}"))
    words = f"Readings and load step contradict each other. {alone.reason} Load step: {steps.reason}"
    action = f"Let one station charge, and measure the currents of {meter.tag} with a clamp, phase by phase."
    return Verdict(meter.tag, "wiring", "inconclusive", words, action)


def _shown(meter: MeterResult) -> Judged:
    """Return what the steps decided of a meter: a wrong ratio too; a whole rotation counts as correct.

    That the phases are rotated together no meter shows by itself, so its absence is no condition of a pass.
    """
    if meter.wiring.verdict == "fail" or meter.scale.verdict != "fail":
        together = len(meter.inputs) == 3 and all(i.judged.verdict == "pass" for i in meter.inputs)
        if meter.wiring.verdict == "inconclusive" and together:
            return replace(meter.wiring, verdict="pass", action="")
        return meter.wiring
    return meter.scale


def _station(station: StationResult, turned: bool) -> Verdict:
    joined = _joined([station.below, station.phases])
    if turned and station.phases.verdict == "pass":
        words = f"Station, meter and load step contradict each other about the phases. {joined.reason}"
        action = f"Measure the currents at {station.tag} with a clamp, phase by phase."
        joined = Judged("inconclusive", 0.5, words, action)
    return _verdict(station.tag, "wiring", joined)


def _joined(parts: Sequence[Judged]) -> Judged:
    """Return the worst with its action, and all that was said: the worst first."""
    order = ("fail", "inconclusive", "pass")
    ranked = sorted(parts, key=lambda part: order.index(part.verdict))
    return replace(ranked[0], reason=" ".join(part.reason for part in ranked))


def _verdict(tag: str, aspect: str, judged: Judged) -> Verdict:
    return Verdict(tag, aspect, judged.verdict, judged.reason, judged.action)  # type: ignore[arg-type]


def _codes(findings: Iterable[Finding], tag: str) -> set[str]:
    return {f.code for f in findings if f.tag == tag and f.severity == "error"}


def _findings(
    alone: Sequence[Finding], stepped: Sequence[Finding], doubted: Collection[str]
) -> list[Finding]:
    """Return all findings, each once; what is contradicted is no error any more, but something to look at."""
    found = {(f.code, f.tag, f.phase): f for f in stepped}
    found |= {(f.code, f.tag, f.phase): f for f in alone}
    same = [f for f in alone if found[f.code, f.tag, f.phase] is not f]  # several of one kind stay
    return [
        replace(f, severity="warning") if f.tag in doubted and f.severity == "error" and _of_wiring(f) else f
        for f in (*found.values(), *same)
    ]


def _of_wiring(finding: Finding) -> bool:
    return finding.code == PHASE_ORDER or finding.clause.startswith(("IEC 61869", "IEC 60364-6", "IEC 61851"))

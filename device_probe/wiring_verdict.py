"""From wiring hypotheses to a verdict, findings and the correction in trade language. Pure.

No sentence here ever tells anyone to open the secondary of a loaded current transformer.
"""

from device_probe.model import Figure, Finding, PlannedDevice, SitePlan, Snapshot, Verdict
from device_probe.plausibility import implausible
from device_probe.wiring import IDENTITY, Element, Hypothesis, WiringResult, examine

SAFE_CT = (
    "First isolate the circuit and prove it dead, or short the current transformer at its test block; "
    "never open its secondary while current flows."
)
SAFE_DIRECT = "First isolate the circuit and prove it dead."
SAFE_VOLTAGE = "First isolate the meter's voltage tap and prove it dead."
CLAUSE = "IEC 60364-6 6.4.3.6 (polarity)"
SEQUENCE_CLAUSE = "IEC 60364-6 6.4.3.9 (phase sequence)"
Judged = tuple[Verdict, tuple[Finding, ...]]


def judge_wiring(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, generation: bool) -> Judged:
    """Judge how one meter is connected; ``generation`` says that power may really flow back here."""
    if words := implausible(plan, snapshot):
        return _decode_doubt(device, words)
    result = examine(plan, device, snapshot)
    if result.without_voltage:
        return _without_voltage(device, result)
    if not result.loaded:
        return _no_load(device, result)
    best = result.best
    if best is None:
        return _unexplained(device, result)
    if best.correct:
        return _correct(device, result)
    if generation and _only_reversed(best):
        return _maybe_generation(device, best)
    return _wrong(device, result, best)


def _decode_doubt(device: PlannedDevice, words: str) -> Judged:
    action = f"Check unit id, model ({device.profile}) and word order of {device.tag}, then probe again."
    finding = Finding("decoding-implausible", "error", device.tag, f"{device.tag}: {words}.", remedy=action)
    return Verdict(
        device.tag, "wiring", "inconclusive", f"The readings contradict each other: {words}.", action
    ), (finding,)


def _without_voltage(device: PlannedDevice, result: WiringResult) -> Judged:
    phase = _names(result.without_voltage)
    reason = f"There is no voltage at {phase} of {device.tag}."
    remedy = f"Check the supply, the fuse and the lead of the voltage input {phase}. {SAFE_VOLTAGE}"
    finding = Finding(
        "voltage-input-missing", "error", device.tag, reason, remedy=remedy, clause=CLAUSE, phase=phase
    )
    return Verdict(device.tag, "wiring", "fail", reason, remedy), (finding,)


def _no_load(device: PlannedDevice, result: WiringResult) -> Judged:
    needed = f"{result.min_current_a:.3g} A"
    reason = f"No input of {device.tag} carries the {needed} that a judgement needs."
    action = f"Let stations charge until each phase of {device.tag} carries {needed}, then probe again."
    return Verdict(device.tag, "wiring", "inconclusive", reason, action), ()


def _unexplained(device: PlannedDevice, result: WiringResult) -> Judged:
    angles = ", ".join(f"L{e.index + 1} {e.angles_deg[0]:.0f}°" for e in result.loaded)
    reason = f"No wiring explains the angles of {device.tag} ({angles}) with charging vehicles as the load."
    action = (
        f"Let only electric vehicles charge below {device.tag}, at least 6 A per phase, then probe again."
    )
    return Verdict(device.tag, "wiring", "inconclusive", reason, action), ()


def _correct(device: PlannedDevice, result: WiringResult) -> Judged:
    findings: tuple[Finding, ...] = ()
    if result.sequence == "counter_clockwise":
        sentence = (
            f"{device.tag} reads a counter-clockwise phase sequence, with currents that fit their voltages."
        )
        remedy = f"Check the phase sequence at the supply of {device.tag} with a phase-sequence tester."
        findings = (
            Finding("phase-sequence", "warning", device.tag, sentence, clause=SEQUENCE_CLAUSE, remedy=remedy),
        )
    if result.unloaded:
        phase = _names(result.unloaded)
        reason = (
            f"{phase} of {device.tag} carries less than {result.min_current_a:.3g} A; the other inputs fit."
        )
        action = f"Let a station charge that uses {phase}, then probe again."
        return Verdict(device.tag, "wiring", "inconclusive", reason, action), findings
    lowest = min(e.current_a for e in result.loaded)
    reason = (
        f"Voltages and currents of {device.tag} belong together on all phases, at {lowest:.3g} A or more."
    )
    return Verdict(device.tag, "wiring", "pass", reason), findings


def _only_reversed(best: Hypothesis) -> bool:
    return best.voltage_inputs == best.current_inputs == IDENTITY


def _maybe_generation(device: PlannedDevice, best: Hypothesis) -> Judged:
    phase = _names(tuple(k for k in range(3) if best.polarity[k] < 0))
    reason = (
        f"Power flows back on {phase} of {device.tag}: a reversed current transformer or real generation."
    )
    action = "Switch the generation and the storage off, let stations charge, then probe again."
    return Verdict(device.tag, "wiring", "inconclusive", reason, action), ()


def _wrong(device: PlannedDevice, result: WiringResult, best: Hypothesis) -> Judged:
    rivals = [h for h in result.explanations if h.faults == best.faults and h != best]
    findings = tuple(_findings(device, result, best, rivals))
    reason = " ".join(finding.sentence for finding in findings)
    return Verdict(device.tag, "wiring", "fail", reason, findings[0].remedy), findings


def _findings(
    device: PlannedDevice, result: WiringResult, best: Hypothesis, rivals: list[Hypothesis]
) -> list[Finding]:
    found: list[Finding] = []
    if best.voltage_inputs != IDENTITY:
        found.append(_voltages_swapped(device, best))
    moved = tuple(
        k for k in range(3) if best.current_inputs[k] != best.voltage_inputs[k] and _relevant(best, k)
    )
    if moved:
        found.append(_currents_moved(device, best, moved, rivals))
    by_index = {element.index: element for element in result.loaded}
    found += [_reversed(device, k, by_index.get(k)) for k in range(3) if best.polarity[k] < 0]
    return found


def _relevant(best: Hypothesis, k: int) -> bool:
    return best.voltage_inputs == IDENTITY or best.current_inputs[k] != k


def _voltages_swapped(device: PlannedDevice, best: Hypothesis) -> Finding:
    phase = _names(tuple(k for k in range(3) if best.voltage_inputs[k] != k))
    return Finding(
        "voltage-leads-swapped", "error", device.tag,
        f"The voltage leads of {phase} at {device.tag} are swapped.",
        clause=SEQUENCE_CLAUSE, phase=phase,
        remedy=f"{SAFE_VOLTAGE} Then exchange the voltage leads {phase} of {device.tag} and probe again.",
    )  # fmt: skip


def _currents_moved(
    device: PlannedDevice, best: Hypothesis, moved: tuple[int, ...], rivals: list[Hypothesis]
) -> Finding:
    phase = _names(moved)
    seen = ", ".join(f"input {k + 1} gets the current of L{best.current_inputs[k] + 1}" for k in moved)
    doubt = (
        " The voltage leads may be swapped instead."
        if any(h.voltage_inputs != IDENTITY for h in rivals)
        else ""
    )
    return Finding(
        "ct-on-wrong-phase", "error", device.tag,
        f"The current transformers of {device.tag} are on the wrong phases: {seen}.{doubt}",
        clause=CLAUSE, phase=phase,
        remedy=f"{_safe(device)} Then exchange the current transformers or their leads of {phase} at "
               f"{device.tag} and probe again.",
    )  # fmt: skip


def _reversed(device: PlannedDevice, k: int, element: Element | None) -> Finding:
    figures: tuple[Figure, ...] = ()
    expect = ""
    if element is not None:
        figures = (
            Figure("active_power", round(element.power_w, 1), "W"),
            Figure("current", round(element.current_a, 2), "A"),
        )
        expect = f" L{k + 1} must then read about {abs(element.power_w) / 1000:+.1f} kW at the same load."
    what, cure = _parts(device, k)
    return Finding(
        "ct-reversed", "error", device.tag, f"{what} on L{k + 1} of {device.tag} is reversed.", figures,
        clause=CLAUSE, phase=f"L{k + 1}", remedy=f"{_safe(device)} Then {cure} and probe again.{expect}",
    )  # fmt: skip


def _parts(device: PlannedDevice, k: int) -> tuple[str, str]:
    if device.ct_primary_a is None:
        return "The current path", f"exchange incoming and outgoing conductor of L{k + 1} at {device.tag}"
    return "The CT", f"swap S1 and S2 of the CT on L{k + 1} of {device.tag}"


def _safe(device: PlannedDevice) -> str:
    return SAFE_DIRECT if device.ct_primary_a is None else SAFE_CT


def _names(phases: tuple[int, ...]) -> str:
    return " and ".join(f"L{k + 1}" for k in phases)

"""Findings of a load step in the words of the trade. Pure."""

from device_probe.diagnosis.transformers import STANDARD_PRIMARY_A
from device_probe.load_step.result import InputResult, MeterResult, StationResult
from device_probe.model import Figure, Finding, PlannedDevice

NEAR = 0.06
CLAUSE = "IEC 61869-2; IEC 60364-6"
SAFELY = "Isolate and prove dead, or short the CT at its test block; never open a loaded secondary; then"
SEALED = "Sealed meters: their operator only."


def likely_ct(device: PlannedDevice, ratio: float) -> float | None:
    """Return the standard rating that would make a meter read so many times the truth."""
    if device.ct_primary_a is None or ratio == 1.0:
        return None
    real = device.ct_primary_a / ratio
    nearest = min(STANDARD_PRIMARY_A, key=lambda rating: abs(rating / real - 1))
    return float(nearest) if abs(nearest / real - 1) <= NEAR else None


def findings_of_station(station: StationResult, device: PlannedDevice) -> list[Finding]:
    """Return what is wrong with the place of a station."""
    found = []
    if station.below.verdict == "fail":
        found.append(Finding(
            "station-on-wrong-feeder", "error", station.tag, station.below.reason,
            (Figure("probability", round(station.below.probability, 4)),), remedy=station.below.action,
        ))  # fmt: skip
    if station.phases.verdict == "fail":
        found.append(Finding(
            "station-phase-rotation", "error", station.tag, station.phases.reason,
            (Figure("declared", device.phase_rotation), Figure("found", "".join(station.landing))),
            clause="IEC 61851-1", remedy=station.phases.action,
        ))  # fmt: skip
    return found


def findings_of_meter(meter: MeterResult, device: PlannedDevice) -> list[Finding]:
    """Return what is wrong at the inputs and in the ratio of a meter."""
    found = []
    for each in meter.inputs:
        if each.judged.verdict != "fail":
            continue
        figures = (Figure("changed", round(each.expected_w), "W"), Figure("seen", round(each.seen_w), "W"))
        for code, remedy in _mistakes(each):
            found.append(Finding(code, "error", meter.tag, each.judged.reason, figures, clause=CLAUSE,
                                 remedy=f"{remedy} {SEALED}", phase=each.phase))  # fmt: skip
    if meter.scale.verdict == "fail":
        found.append(Finding(
            "ct-ratio", "error", meter.tag, meter.scale.reason,
            (Figure("ratio", round(meter.ratio, 4)), Figure("planned", device.ct_primary_a or 0.0, "A")),
            clause=CLAUSE,
            remedy=f"Read the rating plates of the CTs of {meter.tag}, then correct the setting of the meter "
            f"or the plan. {SEALED}",
        ))  # fmt: skip
    return found


def _mistakes(one: InputResult) -> list[tuple[str, str]]:
    phase, conductor, said = one.phase, one.current[1:], " or ".join(one.conductors)
    if one.current == "0":
        return [("ct-missing", f"{SAFELY} look for the open or shorted secondary of the CT on {phase}.")]
    found = []
    if one.current[0] == "-":
        found.append(("ct-reversed", f"{SAFELY} swap S1/S2 of the CT that leads to input {phase}."))
    if conductor == one.voltage:
        together = f"Current and voltage of input {phase} come from {said} together"
        if phase not in one.conductors:
            words = f"{together}: bring both in the order of the plan, or correct the plan."
            found.append(("phases-rotated", words))
        return found
    if len(one.conductors) > 1:
        either = f"Either the CT or the voltage lead of input {phase} is on another phase"
        words = f"{either}, these loads can't show which: follow both to their conductors."
        return [*found, ("current-with-wrong-voltage", words)]
    if conductor != phase:
        found.append(("ct-on-wrong-phase", f"{SAFELY} bring the CT of {phase} from {conductor} to {phase}."))
    if one.voltage != phase:
        words = f"Isolate the voltage leads, then bring the lead of {phase} from {one.voltage} to {phase}."
        found.append(("voltage-leads-swapped", words))
    return found

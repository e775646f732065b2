"""The wiring of every meter of a site: verdicts and findings that name the meter. Pure."""

from dataclasses import replace

from device_probe.diagnosis.balance import Circumstances, judge_balance
from device_probe.diagnosis.correction import Mistake, names
from device_probe.diagnosis.evidence import Evidence, Load, Meter, Role, Sample, gather
from device_probe.diagnosis.site_evidence import (
    Samples,
    above,
    at_work,
    ends_below,
    for_sources_only,
    meter_of,
    roles_of,
)
from device_probe.diagnosis.systems import LAYOUTS
from device_probe.diagnosis.wiring import WiringVerdict, judge
from device_probe.model import Figure, Finding, PlannedDevice, SitePlan, Verdict

CLAUSE = "IEC 60364-6 6.4.3.6 (polarity)"
SEQUENCE_CLAUSE = "IEC 60364-6 6.4.3.9 (phase sequence)"
OF_SEQUENCE = ("phase-sequence", "voltage-leads-swapped")
#: What devices call systems in which they don't measure three phases against neutral, each by its own input.
NOT_FOUR_WIRE = {
    "system_type": frozenset({
        "1P", "1P2W", "1LN", "1LL", "2P", "2LL", "3P", "3P.1", "3P3W", "3P3WB", "3P4WB", "3LL",
        "single_phase",
    }),
    "ct_wiring": frozenset({"1CT", "2CT"}),
}  # fmt: skip
DIRECTIONS: tuple[tuple[Role, str], ...] = (("load", "import"), ("generation", "export"))
UNUSABLE = "What it tells of current and power can't be used."
CLEAR = "Clear what is found about its readings first, then measure again."
CHARGE = "Let stations charge"
PROVEN = 2.0  # a phase carries so many times what its comparison permits
Judged = tuple[Verdict, tuple[Finding, ...]]


def judge_wiring(plan: SitePlan, device: PlannedDevice, samples: Samples) -> Judged:
    """Judge how one meter of a site is connected by what all devices said in the same rounds."""
    return judge_meter(plan, device, samples)[0]


def judge_meter(plan: SitePlan, device: PlannedDevice, samples: Samples) -> tuple[Judged, WiringVerdict]:
    """Judge the same, and return besides what the judgement is made of."""
    if wrong := _set_wrongly(device, samples.get(device.tag, ())):
        verdict = wrong[0]
        return wrong, WiringVerdict("fail", verdict.reason, verdict.action, correction=verdict.action)
    meter, found = wiring_of(plan, device, samples)
    found = replace(found, action=_for_sources(plan, device, found.action))
    if found.verdict == "inconclusive" and _unusable(samples.get(device.tag, ())):
        found = replace(found, reason=UNUSABLE, action=CLEAR)
    return told(meter, found, samples.get(device.tag, ())), found


def _unusable(samples: tuple[Sample, ...]) -> bool:
    """Return True when the meter tells power or current of its phases, but never so that it can be used."""
    for kind in ("active_power_l", "current_l"):
        told = [s.readings[f"{kind}{k}"] for s in samples for k in (1, 2, 3) if f"{kind}{k}" in s.readings]
        if told and all(value is None for value in told):
            return True
    return False


def _set_wrongly(device: PlannedDevice, samples: tuple[Sample, ...]) -> Judged | None:
    """Hold the meter's own settings against the one-line; they decide without any load."""
    for quantity, wrong in NOT_FOUR_WIRE.items():
        told = {str(value) for sample in samples if (value := sample.readings.get(quantity)) is not None}
        if device.phases != 3 or len(told) != 1 or not told <= wrong:
            continue
        label = told.pop()
        reason = f"{device.tag} is set to {label} ({quantity}), but it measures three phases with neutral."
        remedy = (
            f"Let {quantity} of {device.tag} be set for three phases with neutral; a sealed meter is set by "
            "its operator only. Then measure again."
        )
        finding = Finding(
            "system-setting", "error", device.tag, reason, (Figure(quantity, label),), clause=CLAUSE,
            remedy=remedy,
        )  # fmt: skip
        return Verdict(device.tag, "wiring", "fail", reason, remedy), (finding,)
    return None


def wiring_of(plan: SitePlan, device: PlannedDevice, samples: Samples) -> tuple[Meter, WiringVerdict]:
    """Return the judgement of one meter, and as what it was judged."""
    own = samples.get(device.tag, ())
    meter = meter_of(plan, device, _role(plan, device, samples), _load(device))
    found = judge(meter, own)
    if found.verdict == "pass":
        return meter, found
    if device.role == "main_meter":
        meter = _as_balance_shows(plan, device, samples, meter, found)
    elif found.verdict == "fail" and _may_flow_back(plan, samples):
        # where a source is connected the plan doesn't say: it must not be taken for a wrong wiring
        meter = replace(meter, role="mixed")
    found = judge(meter, own)
    if meter.role == "mixed" and found.verdict == "inconclusive":
        return meter, _by_direction(plan, device, samples, meter) or found
    return meter, found


def _by_direction(
    plan: SitePlan, device: PlannedDevice, samples: Samples, meter: Meter
) -> WiringVerdict | None:  # fmt: skip
    """Pass a meter through which power may flow either way, where the meters below it prove the direction.

    By itself it can't tell a reversed input from generation. But a reversed input changes its phase by twice
    the power, and then the sum below would be far off on that phase.
    """
    for role, way in DIRECTIONS:
        found = judge(replace(meter, role=role), samples.get(device.tag, ()))
        if found.verdict == "pass" and _direction_proven(plan, device, samples):
            note = f"The meters below it have the same sum on each phase: {way} it is."
            return replace(found, notes=(*found.notes, note))
    return None


def _direction_proven(plan: SitePlan, device: PlannedDevice, samples: Samples) -> bool:
    balance = judge_balance(plan, samples, Circumstances(roles=roles_of(plan)))
    node = next((node for node in balance.nodes if node.tag == device.tag), None)
    if node is None or node.verdict != "pass":
        return False
    powers = {c.phase: c for c in node.comparisons if c.quantity == "active_power" and c.phase}
    return len(powers) == device.phases and all(
        c.verdict != "fail" and abs(c.parent) > PROVEN * c.permitted for c in powers.values()
    )


def _load(device: PlannedDevice) -> Load:
    return "general" if device.load == "general" else "ev_charging"


def _role(plan: SitePlan, device: PlannedDevice, samples: Samples) -> Role:
    """Power may flow either way above a source that works; one without a place is above its main meter."""
    if device.load == "generation":
        return "generation"
    for source in at_work(plan, samples):
        if device.tag in above(plan, source) or (source.parent is None and device.role == "main_meter"):
            return "mixed"
    return "load"


def _for_sources(plan: SitePlan, device: PlannedDevice, action: str) -> str:
    """Return an action that can be taken where no station is connected: its sources must work."""
    if not action.startswith(CHARGE) or not for_sources_only(plan, device.tag):
        return action
    sources = (each.tag for each in ends_below(plan, device.tag))
    return f"Let {' and '.join(sources)} work{action.removeprefix(CHARGE)}"


def _may_flow_back(plan: SitePlan, samples: Samples) -> bool:
    return any(source.parent is None for source in at_work(plan, samples))


def _as_balance_shows(
    plan: SitePlan, device: PlannedDevice, samples: Samples, meter: Meter, found: WiringVerdict
) -> Meter:
    """Take loads and generation into account that the plan doesn't name but the meters below show."""
    if found.verdict == "fail" and {m.code for m in found.mistakes} == {"phase-sequence"}:
        return meter  # the sense of rotation was read: no load and no generation turns it
    balance = judge_balance(plan, samples, Circumstances(roles=roles_of(plan)))
    node = next((node for node in balance.nodes if node.tag == device.tag), None)
    explained = node.explanations if node else ()
    loads = [(h.factor or 1.0) > 0 for h in explained if h.kind == "unmetered"]
    if True in loads:
        meter = replace(meter, load="general")
    backwards = found.verdict == "fail" and {m.code for m in found.mistakes} == {"ct-reversed"}
    whole = backwards and len(found.mistakes) == len(LAYOUTS[meter.system].elements)
    confirmed = bool(explained) and all(
        h.kind in ("meter_reversed", "ct_reversed") and h.tags == (device.tag,) for h in explained
    )
    if False in loads or (whole and not confirmed):
        meter = replace(meter, role="mixed")
    return meter


def told(meter: Meter, found: WiringVerdict, samples: tuple[Sample, ...]) -> Judged:
    """Return a judgement in the shape of a report: with the meter's tag, figures and clauses."""
    findings = tuple(_findings(meter, found, gather(meter, samples))) if found.verdict == "fail" else ()
    reason = " ".join((_of(meter, found.reason), *found.notes))
    action = found.action and f"{meter.tag}: {found.action}"
    return Verdict(meter.tag, "wiring", found.verdict, reason, action), findings


def _findings(meter: Meter, found: WiringVerdict, evidence: Evidence) -> list[Finding]:
    after = f" At the same load it must then read {found.expect}." if found.expect else ""
    remedy = f"{meter.tag}: {found.correction or found.action}{after}"
    if not found.mistakes:
        return [
            Finding(
                "wiring-ambiguous", "error", meter.tag, _of(meter, found.reason),
                _figures(evidence, ()), clause=CLAUSE, remedy=remedy,
            )
        ]  # fmt: skip
    return [_finding(meter, mistake, evidence, remedy) for mistake in found.mistakes]


def _finding(meter: Meter, mistake: Mistake, evidence: Evidence, remedy: str) -> Finding:
    return Finding(
        mistake.code, "error", meter.tag, _of(meter, mistake.sentence), _figures(evidence, mistake.phases),
        clause=SEQUENCE_CLAUSE if mistake.code in OF_SEQUENCE else CLAUSE, remedy=remedy,
        phase=names(mistake.phases) or None,
    )  # fmt: skip


def _figures(evidence: Evidence, phases: tuple[int, ...]) -> tuple[Figure, ...]:
    """Return power and current of the phases concerned, of all when none is named."""
    several = len(phases) != 1
    found: list[Figure] = []
    for element in evidence.elements:
        if phases and element.current_input not in phases:
            continue
        phase = f"_l{element.current_input + 1}" if several else ""
        if element.power_w is not None:
            found.append(Figure(f"active_power{phase}", round(element.power_w, 1), "W"))
        found.append(Figure(f"current{phase}", round(element.current_a, 2), "A"))
    return tuple(found)


def _of(meter: Meter, sentence: str) -> str:
    """Return a sentence that names its meter; no sentence of these begins with a name."""
    return f"{meter.tag}: {sentence[0].lower()}{sentence[1:]}"

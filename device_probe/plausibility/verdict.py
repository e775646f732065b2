"""What the gate says in a report: the finding of a device read wrongly, and what waits for it. Pure."""

from device_probe.model import Aspect, Finding, PlannedDevice, SitePlan, Snapshot, Verdict, VerdictWord
from device_probe.plausibility.gate import implausible

Judged = tuple[Verdict, tuple[Finding, ...]]
NOT_DECODING = "no_voltage"  # the wiring verdict says more about it


def judge_decoding(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot) -> Judged | None:
    """Return the verdict on a device whose readings cannot be true, with the mistake; None when they can."""
    found = snapshot.diagnosis
    if found is None or found.kind == NOT_DECODING:
        return _suspect(device, snapshot)
    code = "implausible" if found.kind == "unknown" else found.kind.replace("_", "-").replace("+", "-")
    finding = Finding(
        f"decoding-{code}", "error", device.tag, found.sentence, found.figures, remedy=found.remedy
    )
    word: VerdictWord = (
        "inconclusive" if found.kind == "ambiguous" and not implausible(plan, snapshot) else "fail"
    )
    return Verdict(device.tag, "communication", word, found.sentence, found.remedy), (finding,)


def held_back(plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, aspect: Aspect) -> Verdict | None:
    """Return why nothing can be said of an aspect while the readings cannot be true; None when they can."""
    words = implausible(plan, snapshot)
    if words is None:
        return None
    reason = snapshot.diagnosis.sentence if snapshot.diagnosis else f"{device.tag}: {words}."
    action = snapshot.diagnosis.remedy if snapshot.diagnosis else "Read it once more."
    return Verdict(
        device.tag, aspect, "inconclusive", f"The readings contradict each other. {reason}", action
    )


def _suspect(device: PlannedDevice, snapshot: Snapshot) -> Judged | None:
    suspect = [r for r in snapshot.readings if r.problem == "suspect" and isinstance(r.value, int | float)]
    if not suspect:
        return None
    count = f"{len(suspect)} of {len(snapshot.readings)} values"
    sentence = f"{count} of {device.tag} cannot be true: {suspect[0].cause}."
    remedy = f"Compare model and firmware of {device.tag} with the profile {device.profile}."
    finding = Finding("values-suspect", "warning", device.tag, sentence, remedy=remedy)
    return Verdict(device.tag, "communication", "pass", sentence), (finding,)

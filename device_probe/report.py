"""Plan and snapshots -> verdicts and findings in one file that can be judged again without the site.

Pure but for ids.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from importlib import metadata

from device_probe.balance import judge_balance
from device_probe.blocks import decode_blocks
from device_probe.model import Finding, PlannedDevice, ProbeReport, SitePlan, Snapshot, Verdict, VerdictWord
from device_probe.plausibility import device_of, examined, held_back, implausible, judge_decoding
from device_probe.power_quality import judge_power_quality, load_statement, thd_voltage
from device_probe.problems import PlanFileError, ProfileError
from device_probe.profile import Profile, for_connector
from device_probe.profile_schema import load_profile
from device_probe.schema import SCHEMA_VERSION, dump_plan, dump_report, dump_snapshot, load_plan, load_report
from device_probe.wiring_verdict import judge_wiring

__all__ = ["dump_plan", "dump_report", "dump_snapshot", "judge", "load_plan", "load_report", "rejudge"]

METERS = ("main_meter", "group_meter")
GENERATORS = ("inverter", "bess")
Outcome = tuple[list[Verdict], list[Finding]]


def judge(
    plan: SitePlan,
    snapshots: Iterable[Snapshot],
    started_at: str | None = None,
    finished_at: str | None = None,
) -> ProbeReport:
    """Judge what was read of a whole plan."""
    taken = tuple(_examined(plan, snapshot) for snapshot in snapshots)
    if not taken:
        raise PlanFileError("Nothing was read, so there is nothing to judge; probe the site first.")
    by_tag = {snapshot.tag: snapshot for snapshot in taken}
    verdicts, findings = _judge_devices(plan, by_tag)
    verdict, reason = _bottom_line(verdicts)
    times = sorted(snapshot.taken_at for snapshot in taken)
    started, finished = started_at or times[0], finished_at or times[-1]
    return ProbeReport(
        SCHEMA_VERSION,
        _id(plan, taken, started),
        plan,
        started,
        finished,
        _software(),
        taken,
        tuple(verdicts),
        tuple(findings),
        verdict,
        reason,
        _load(plan, by_tag),
    )


def rejudge(report: ProbeReport) -> ProbeReport:
    """Decode the raw registers of a report again and judge them with the rules of today; needs no network."""
    connectors = {device.tag: device.connector for device in report.plan.devices}
    snapshots = tuple(
        _decoded_again(snapshot, connectors.get(snapshot.tag, 1)) for snapshot in report.snapshots
    )
    return judge(report.plan, snapshots, report.started_at, report.finished_at)


def _judge_devices(plan: SitePlan, snapshots: dict[str, Snapshot]) -> Outcome:
    verdicts: list[Verdict] = []
    findings: list[Finding] = []
    generation = _generation(plan)
    answering = {tag: s for tag, s in snapshots.items() if s.problem is None}
    for device in plan.devices:
        _add(_communication(plan, device, snapshots.get(device.tag)), verdicts, findings)
        if device.tag in answering and device.role in METERS:
            _judge_meter(plan, device, answering[device.tag], generation, verdicts, findings)
    doubtful = frozenset(tag for tag, s in answering.items() if implausible(plan, s))
    wrong = frozenset(v.tag for v in verdicts if v.aspect == "wiring" and v.verdict == "fail")
    for device in plan.devices:
        if device.tag in answering and device.role in METERS:
            _add(judge_balance(plan, device, answering, wrong, doubtful), verdicts, findings)
    return verdicts, findings


def _judge_meter(
    plan: SitePlan,
    device: PlannedDevice,
    snapshot: Snapshot,
    generation: bool,
    verdicts: list[Verdict],
    findings: list[Finding],
) -> None:
    if held := held_back(plan, device, snapshot, "wiring"):  # why, the finding about the decoding says
        verdicts.append(held)
        if thd_voltage(snapshot):
            verdicts.append(replace(held, aspect="power_quality"))
        return
    wiring = judge_wiring(plan, device, snapshot, generation)
    _add(wiring, verdicts, findings)
    wired_right = wiring[0].verdict == "pass"
    _add(judge_power_quality(plan, device, snapshot, wired_right), verdicts, findings)


def _examined(plan: SitePlan, snapshot: Snapshot) -> Snapshot:
    device = device_of(plan, snapshot)
    try:
        profile = load_profile(snapshot.profile)
    except ProfileError:
        return examined(snapshot, None, plan, device)
    return examined(snapshot, for_connector(profile, device.connector if device else 1), plan, device)


def _add(
    judged: tuple[Verdict, tuple[Finding, ...]] | None, verdicts: list[Verdict], findings: list[Finding]
) -> None:
    if judged is not None:
        verdicts.append(judged[0])
        findings.extend(judged[1])


def _communication(
    plan: SitePlan, device: PlannedDevice, snapshot: Snapshot | None
) -> tuple[Verdict, tuple[Finding, ...]]:
    where = f"{device.host}:{device.port} unit {device.unit}"
    if snapshot is None or snapshot.problem is not None:
        cause = snapshot.problem if snapshot else "it was not read"
        remedy = f"Check power, network and unit id of {device.tag} at {where}, then probe again."
        finding = Finding(
            "no-answer", "error", device.tag, f"{device.tag} does not answer: {cause}.", remedy=remedy
        )
        return Verdict(device.tag, "communication", "fail", finding.sentence, remedy), (finding,)
    if decoding := judge_decoding(plan, device, snapshot):
        return decoding
    unreadable = [r.quantity for r in snapshot.readings if r.problem == "unreadable"]
    if unreadable:
        count = f"{len(unreadable)} of {len(snapshot.readings)} values"
        sentence = f"{count} of {device.tag} could not be read, among them {unreadable[0]}."
        remedy = f"Compare the model and firmware of {device.tag} with the profile {device.profile}."
        finding = Finding("values-unreadable", "warning", device.tag, sentence, remedy=remedy)
        return Verdict(device.tag, "communication", "pass", sentence), (finding,)
    reason = f"All {len(snapshot.readings)} values of {device.tag} answered in {snapshot.requests} requests."
    return Verdict(device.tag, "communication", "pass", reason), ()


def _generation(plan: SitePlan) -> bool:
    """Return True when the plan names something that can feed power back."""
    return any(
        profile is not None and profile.kind in GENERATORS for profile in map(_profile_of, plan.devices)
    )


def _profile_of(device: PlannedDevice) -> Profile | None:
    try:
        return load_profile(device.profile)
    except ProfileError:  # a report may be judged where a user's own profile is not at hand
        return None


def _decoded_again(snapshot: Snapshot, connector: int) -> Snapshot:
    try:
        profile = for_connector(load_profile(snapshot.profile), connector)
    except ProfileError:
        return snapshot
    causes = {r.quantity: r.cause for r in snapshot.readings if r.problem == "unreadable"}
    wanted = [r.quantity for r in snapshot.readings]
    readings = decode_blocks(profile, snapshot.unit, snapshot.blocks, causes, wanted)
    return replace(snapshot, profile_digest=profile.digest, readings=readings)


def _bottom_line(verdicts: list[Verdict]) -> tuple[VerdictWord, str]:
    for word in ("fail", "inconclusive"):
        found = [v for v in verdicts if v.verdict == word]
        if found:
            more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
            return word, f"{found[0].reason}{more}"
    return "pass", f"All {len(verdicts)} judgements are good."


def _load(plan: SitePlan, snapshots: dict[str, Snapshot]) -> str:
    for device in plan.devices:
        if device.role == "main_meter" and device.tag in snapshots and snapshots[device.tag].problem is None:
            return load_statement(plan, device, snapshots[device.tag])
    return "indicative at an unknown load: the main meter was not read"


def _id(plan: SitePlan, snapshots: tuple[Snapshot, ...], started_at: str) -> str:
    evidence = [[s.tag, s.taken_at, [b.data_hex for b in s.blocks]] for s in snapshots]
    text = json.dumps([plan.site, started_at, evidence])
    return hashlib.sha256(b"device-probe/report/1\n" + text.encode()).hexdigest()[:32]


def _software() -> str:
    return f"device-probe {metadata.version('fieldapp')}"

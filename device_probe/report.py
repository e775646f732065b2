"""Plan and snapshots -> verdicts and findings in one file that can be judged again without the site.

Pure but for ids.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata

from device_probe.blocks import decode_blocks
from device_probe.diagnosis.quality_values import measures_distortion
from device_probe.diagnosis.site_balance import aside_of
from device_probe.diagnosis.site_compared import judge_compared, settled
from device_probe.diagnosis.site_evidence import Samples, samples_of, skew_of
from device_probe.diagnosis.site_judgement import wiring_judgement
from device_probe.diagnosis.site_quality import judge_site_quality
from device_probe.diagnosis.site_wiring import judge_meter
from device_probe.judgement import MeterJudgement, QualityVerdict, WiringJudgement
from device_probe.load_step.evidence import judged_again
from device_probe.load_step.merged import merged
from device_probe.load_step.record import LoadStepRecord
from device_probe.model import (
    Finding,
    PlannedDevice,
    ProbeReport,
    ProfileText,
    SitePlan,
    Snapshot,
    Verdict,
    VerdictWord,
)
from device_probe.plausibility import device_of, examined, held_back, implausible, judge_decoding
from device_probe.problems import PlanFileError, ProfileError
from device_probe.profile import digest_of, for_connector
from device_probe.profile_schema import lent_profiles, load_profile, text_of
from device_probe.schema import SCHEMA_VERSION, dump_plan, dump_report, dump_snapshot, load_plan, load_report
from device_probe.sunspec.definitions import edition

__all__ = [
    "dump_plan", "dump_report", "dump_snapshot", "judge", "judge_rounds", "load_plan", "load_report",
    "rejudge", "software",
]  # fmt: skip

METERS = ("main_meter", "group_meter")
MOST_SEARCHES = 24  # a search takes some 0.2 s; a site of nonsense must not hold whoever judges it
UNKNOWN_LOAD = "indicative at an unknown load"


@dataclass(slots=True)
class Outcome:
    """What is judged, as it grows."""

    verdicts: list[Verdict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    judgements: list[MeterJudgement] = field(default_factory=list)

    def add(self, judged: tuple[Verdict, Iterable[Finding]] | None) -> None:
        """Take a verdict with its findings."""
        if judged is not None:
            self.verdicts.append(judged[0])
            self.findings.extend(judged[1])


def judge(
    plan: SitePlan,
    snapshots: Iterable[Snapshot],
    started_at: str | None = None,
    finished_at: str | None = None,
    earlier: Iterable[Snapshot] = (),
    versions: Mapping[str, str] | None = None,
    background: Iterable[Snapshot] = (),
    load_step: LoadStepRecord | None = None,
) -> ProbeReport:
    """Judge what was read of a whole plan: the last round, and the rounds before it in ``earlier``.

    ``background`` is what the meters said with all stations off, ``load_step`` what known loads showed.
    """
    taken = tuple(_all_examined(plan, snapshots))
    # what made the readings wrong is looked for once, where the verdict is given
    before = tuple(_examined(plan, snapshot, search=False) for snapshot in earlier)
    quiet = tuple(_examined(plan, snapshot, search=False) for snapshot in background)
    if not taken:
        raise PlanFileError("Nothing was read, so there is nothing to judge; probe the site first.")
    by_tag = {snapshot.tag: snapshot for snapshot in taken}
    outcome = _judge_devices(plan, by_tag, before, quiet)
    if load_step is not None:
        held = {tag for tag, snapshot in by_tag.items() if implausible(plan, snapshot)}
        both = merged(outcome.verdicts, outcome.findings, load_step.result, held)
        outcome.verdicts, outcome.findings = both
    verdict, reason = _bottom_line(outcome.verdicts)
    times = sorted(snapshot.taken_at for snapshot in (*before, *taken))
    times += [load_step.finished_at] if load_step else []
    started, finished = started_at or times[0], finished_at or times[-1]
    return ProbeReport(
        SCHEMA_VERSION,
        _id(plan, (taken, before, quiet), started, load_step),
        plan,
        started,
        finished,
        f"device-probe {metadata.version('fieldapp')}",
        taken,
        tuple(outcome.verdicts),
        tuple(outcome.findings),
        verdict,
        reason,
        _load(plan, outcome.judgements),
        before,
        _own_profiles(plan),
        software() if versions is None else versions,
        tuple(outcome.judgements),
        quiet,
        load_step,
    )


def judge_rounds(
    plan: SitePlan, rounds: Sequence[tuple[Snapshot, ...]], load_step: LoadStepRecord | None = None
) -> ProbeReport:
    """Judge what ``read_rounds`` brought, with what a load step showed after it."""
    earlier = (each for one in rounds[:-1] for each in one)
    return judge(plan, rounds[-1], earlier=earlier, load_step=load_step)


def rejudge(report: ProbeReport) -> ProbeReport:
    """Decode the raw registers of a report again and judge them with the rules of today; needs no network."""
    with lent_profiles({profile.name: profile.text for profile in report.profiles}):
        connectors = {device.tag: device.connector for device in report.plan.devices}
        snapshots, earlier, background = (
            tuple(_decoded_again(each, connectors.get(each.tag, 1)) for each in some)
            for some in (report.snapshots, report.earlier, report.background)
        )
        step = judged_again(report.plan, report.load_step) if report.load_step else None
        return judge(
            report.plan, snapshots, report.started_at, report.finished_at, earlier, report.versions,
            background, step,
        )  # fmt: skip


def software() -> dict[str, str]:
    """Return the versions of what reads and decodes."""
    found = {"python": platform.python_version(), "sunspec": edition()}
    for name, package in (("device-probe", "fieldapp"), ("pymodbus", "pymodbus")):
        found[name] = metadata.version(package)
    return found


def _judge_devices(
    plan: SitePlan, last: dict[str, Snapshot], earlier: tuple[Snapshot, ...], quiet: tuple[Snapshot, ...]
) -> Outcome:
    outcome = Outcome()
    answering = {tag: s for tag, s in last.items() if s.problem is None}
    taken = (*earlier, *last.values())
    samples, background = samples_of(plan, taken), samples_of(plan, quiet)
    for device in plan.devices:
        outcome.add(_communication(plan, device, last.get(device.tag), earlier))
        if device.tag in answering and device.role in METERS:
            _judge_meter(plan, device, answering[device.tag], (samples, background), outcome)
    aside = aside_of(plan, last, outcome.verdicts)
    verdicts, findings = judge_compared(plan, samples, aside, skew_of(taken))
    outcome.verdicts += verdicts
    outcome.findings += findings
    outcome.verdicts[:] = settled(plan, outcome.verdicts, outcome.findings)
    return outcome


def _judge_meter(
    plan: SitePlan, device: PlannedDevice, snapshot: Snapshot, said: tuple[Samples, Samples], outcome: Outcome
) -> None:
    samples, background = said
    if held := held_back(plan, device, snapshot, "wiring"):  # why, the finding about the decoding says
        outcome.verdicts.append(held)
        if measures_distortion(reading.quantity for reading in snapshot.readings):
            outcome.verdicts.append(replace(held, aspect="power_quality"))
        wiring = WiringJudgement(held.verdict, held.reason, held.action)
        quality = QualityVerdict(held.verdict, held.reason, held.action, (), UNKNOWN_LOAD)
        outcome.judgements.append(MeterJudgement(device.tag, wiring, quality))
        return
    judged, found = judge_meter(plan, device, samples)
    outcome.add(judged)
    power = judge_site_quality(plan, device, snapshot, samples, background, found)
    outcome.judgements.append(MeterJudgement(device.tag, wiring_judgement(found), power.judged))
    outcome.findings += power.findings
    if power.verdict is not None:
        outcome.verdicts.append(power.verdict)


def _all_examined(plan: SitePlan, snapshots: Iterable[Snapshot]) -> Iterator[Snapshot]:
    """Examine the last round; for the first devices that can't be right, the mistake is searched for."""
    left = MOST_SEARCHES
    for snapshot in snapshots:
        seen = _examined(plan, snapshot, search=False)
        if seen.diagnosis is not None and left > 0:
            left -= 1
            seen = _examined(plan, snapshot, search=True)
        yield seen


def _examined(plan: SitePlan, snapshot: Snapshot, search: bool) -> Snapshot:
    device = device_of(plan, snapshot)
    connector = device.connector if device else 1
    try:
        profile = load_profile(snapshot.profile)
    except ProfileError:
        return examined(snapshot, None, plan, device, search)
    if snapshot.blocks and any(reading.problem == "suspect" for reading in snapshot.readings):
        # the reader marked it without the plan; judging again starts from the registers, so this must, too
        snapshot = _decoded_again(snapshot, connector)
    return examined(snapshot, for_connector(profile, connector), plan, device, search)


def _communication(
    plan: SitePlan, device: PlannedDevice, snapshot: Snapshot | None, earlier: tuple[Snapshot, ...]
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
    failed = [each for each in earlier if each.tag == device.tag and each.problem is not None]
    if failed:
        sentence = f"{device.tag} did not answer in {len(failed)} of the rounds: {failed[-1].problem}."
        remedy = f"Check cable, termination and network of {device.tag} at {where}, then probe again."
        finding = Finding("answers-sometimes", "warning", device.tag, sentence, remedy=remedy)
        return Verdict(device.tag, "communication", "pass", sentence), (finding,)
    unreadable = [r.quantity for r in snapshot.readings if r.problem == "unreadable"]
    if unreadable:
        count = f"{len(unreadable)} of {len(snapshot.readings)} values"
        sentence = f"{count} of {device.tag} could not be read, among them {unreadable[0]}."
        remedy = f"Compare the model and firmware of {device.tag} with the profile {device.profile}."
        finding = Finding("values-unreadable", "warning", device.tag, sentence, remedy=remedy)
        return Verdict(device.tag, "communication", "pass", sentence), (finding,)
    reason = f"All {len(snapshot.readings)} values of {device.tag} answered in {snapshot.requests} requests."
    return Verdict(device.tag, "communication", "pass", reason), ()


def _own_profiles(plan: SitePlan) -> tuple[ProfileText, ...]:
    """Return the text of every profile that is not the package's, so that anybody can decode."""
    found: dict[str, ProfileText] = {}
    for device in plan.devices:
        if device.profile in found:
            continue
        try:
            text = text_of(device.profile)
        except ProfileError:  # a report may be judged where a user's own profile is not at hand
            continue
        if text is not None:
            found[device.profile] = ProfileText(device.profile, digest_of(text), text)
    return tuple(found.values())


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


def _load(plan: SitePlan, judgements: Iterable[MeterJudgement]) -> str:
    """Return under which load the site was measured: what the first main meter says of it."""
    mains = {device.tag for device in plan.devices if device.role == "main_meter"}
    for judged in judgements:
        if judged.tag in mains and judged.power_quality is not None:
            return judged.power_quality.statement
    return f"{UNKNOWN_LOAD}: the main meter was not read"


def _id(
    plan: SitePlan, evidence: tuple[tuple[Snapshot, ...], ...], started_at: str, step: LoadStepRecord | None
) -> str:
    last, *others = evidence
    more: list[object] = [_evidence(each) for each in others if each]
    if step is not None:
        reads = (read for hold in step.holds for one in hold.rounds for read in one.reads)
        more.append([step.started_at, [[r.tag, [b.data_hex for b in r.blocks]] for r in reads]])
    text = json.dumps([plan.site, started_at, _evidence(last), *more])
    return hashlib.sha256(b"device-probe/report/1\n" + text.encode()).hexdigest()[:32]


def _evidence(snapshots: tuple[Snapshot, ...]) -> list[object]:
    return [[s.tag, s.taken_at, [b.data_hex for b in s.blocks]] for s in snapshots]

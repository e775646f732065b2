"""The record of a load step: made of its holds, and judged again from its registers alone. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from device_probe.blocks import decode_blocks
from device_probe.connector import profile_at
from device_probe.diagnosis.evidence import Sample
from device_probe.load_step.follow import fall_backs_of, following_of
from device_probe.load_step.judge import judge_load_step
from device_probe.load_step.record import (
    How,
    KnownLoad,
    LeftAlone,
    LoadStepRecord,
    RawRead,
    RecordedHold,
    RecordedRound,
    SetPointWrite,
)
from device_probe.load_step.result import NOT_READ, LeftOut, LoadStepResult, dump_result
from device_probe.load_step.result_schema import ResultSchema, result_of
from device_probe.load_step.steps import Hold, Round
from device_probe.model import PlannedDevice, SitePlan, Snapshot
from device_probe.plausibility import gated
from device_probe.problems import ProfileError
from device_probe.profile import Profile, unit_of_connector
from device_probe.profile_schema import load_profile
from device_probe.sunspec.profile import fitted

POWERS = tuple(f"{kind}_power_l{k}" for kind in ("active", "reactive") for k in (1, 2, 3))
CURRENTS = tuple(f"current_l{k}" for k in (1, 2, 3))
VOLTAGES = tuple(f"voltage_l{k}_n" for k in (1, 2, 3))
LIMITS = ("max_current_limit", "max_current_limit_fine", "max_power_limit")
LIFE_SIGN = "life_bit"


@dataclass(frozen=True, slots=True)
class Run:
    """What a run brought, before it is judged."""

    how: How
    started_at: str
    finished_at: str
    order: str
    follow_s: float
    tests: tuple[str, ...]
    holds: tuple[Hold, ...]
    loads: tuple[KnownLoad, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    survey: tuple[RawRead, ...] = ()
    writes: tuple[SetPointWrite, ...] = ()
    left_alone: tuple[LeftAlone, ...] = ()


def quantities_watched(device: PlannedDevice, profile: Profile) -> tuple[str, ...]:
    """Return what is read of a device in every round."""
    wanted: tuple[str, ...] = (*POWERS, *CURRENTS, *VOLTAGES)
    if device.role == "station":
        shared = () if "active_power_l1" in profile.quantities else ("active_power_total",)
        wanted = (*wanted, *shared, *LIMITS)
    return tuple(name for name in wanted if name in profile.quantities)


def raw(snapshot: Snapshot) -> RawRead:
    """Return the registers of a snapshot."""
    return RawRead(snapshot.tag, snapshot.taken_at, snapshot.blocks, snapshot.problem)


def sample_of(snapshot: Snapshot) -> Sample:
    """Return what of a snapshot can be used."""
    good = {
        r.quantity: r.value
        for r in snapshot.readings
        if r.problem is None and isinstance(r.value, int | float | str)
    }
    return Sample(snapshot.taken_at, good)


def round_of(at_s: float, snapshots: Iterable[Snapshot]) -> Round:
    """Return a round with the registers behind it."""
    taken = tuple(snapshots)
    samples = {s.tag: sample_of(s) for s in taken if s.problem is None}
    return Round(at_s, samples, tuple(raw(s) for s in taken))


def recorded(plan: SitePlan, run: Run) -> LoadStepRecord:
    """Judge a run and return all of it as it is kept."""
    alone = _samples(plan, [read for one in run.left_alone for read in (one.before, one.after)])
    result = _judged(plan, run.tests, run.holds, run.loads, run.left_out, run.follow_s, run.left_alone, alone)
    return LoadStepRecord(
        run.how, run.started_at, run.finished_at, run.order, run.follow_s, run.tests, run.loads, run.survey,
        tuple(_hold(hold) for hold in run.holds), run.writes, run.left_alone, result,
    )  # fmt: skip


def judged_again(plan: SitePlan, record: LoadStepRecord) -> LoadStepRecord:
    """Decode the registers of a record and judge them with the rules of today."""
    holds = holds_of(plan, record)
    alone = _samples(plan, [read for one in record.left_alone for read in (one.before, one.after)])
    result = _judged(
        plan, record.tests, holds, record.loads, record.result.left_out, record.follow_s, record.left_alone,
        alone,
    )  # fmt: skip
    return replace(record, result=result)


def holds_of(plan: SitePlan, record: LoadStepRecord) -> tuple[Hold, ...]:
    """Return the holds of a record with the values decoded from its registers."""
    devices = {device.tag: device for device in plan.devices}

    def made(one: RecordedRound) -> Round:
        samples = {read.tag: _sample(devices.get(read.tag), read) for read in one.reads}
        return Round(one.at_s, {tag: s for tag, s in samples.items() if s is not None}, one.reads)

    return tuple(
        Hold(frozenset(h.lowered), tuple(map(made, h.rounds)), tuple(map(made, h.following)), h.changed_at_s)
        for h in record.holds
    )


def _judged(
    plan: SitePlan, tests: Sequence[str], holds: Sequence[Hold], loads: Sequence[KnownLoad],
    left_out: tuple[LeftOut, ...], follow_s: float, left_alone: Sequence[LeftAlone],
    alone: Mapping[tuple[str, str], Sample],
) -> LoadStepResult:  # fmt: skip
    following = following_of(holds, loads, follow_s) + fall_backs_of(left_alone, alone)
    result = judge_load_step(plan, holds, tests, following)
    findings = tuple(out.finding for out in left_out if out.finding is not None)
    left_out = tuple(out for out in left_out if out.code != NOT_READ)  # that follows from the registers
    left_out += tuple(
        LeftOut(tag, NOT_READ, f"{tag}: it could not be read in every state, so it shows nothing.")
        for tag in tests
        if tag not in {station.tag for station in result.stations}
    )
    whole = replace(result, left_out=left_out, findings=(*result.findings, *findings))
    return result_of(ResultSchema().load(dump_result(whole)))  # with as many digits as are kept


def _samples(plan: SitePlan, reads: Sequence[RawRead]) -> dict[tuple[str, str], Sample]:
    devices = {device.tag: device for device in plan.devices}
    made = {(r.tag, r.taken_at): _sample(devices.get(r.tag), r) for r in reads}
    return {key: sample for key, sample in made.items() if sample is not None}


def _sample(device: PlannedDevice | None, read: RawRead) -> Sample | None:
    """Decode one read; None when the device didn't answer, or nobody knows its profile here."""
    if device is None or read.problem is not None:
        return None
    try:
        profile = profile_at(device, load_profile(device.profile))
    except ProfileError:
        return None
    unit = unit_of_connector(profile, device.unit, device.connector)
    wanted = (
        *quantities_watched(device, profile),
        *((LIFE_SIGN,) if LIFE_SIGN in profile.quantities else ()),
    )
    readings = decode_blocks(profile, unit, read.blocks, {}, wanted)
    snapshot = Snapshot(
        device.tag, device.profile, profile.digest, device.host, device.port, unit, read.taken_at, readings,
        read.blocks, 0,
    )  # fmt: skip
    return sample_of(gated(snapshot, fitted(profile, unit, read.blocks), device))


def _hold(hold: Hold) -> RecordedHold:
    return RecordedHold(
        tuple(sorted(hold.lowered)), hold.changed_at_s,
        tuple(RecordedRound(one.at_s, one.reads) for one in hold.following),
        tuple(RecordedRound(one.at_s, one.reads) for one in hold.rounds),
    )  # fmt: skip

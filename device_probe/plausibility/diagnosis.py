"""Which mistake of decoding makes sense of readings that cannot be true.

Every mistake that is known is tried on the recorded registers and counted by how many independent checks
hold then. What explains as much as another is named together with it; what explains nothing is not named.
Pure, but for the other profiles, which are read when no single mistake will do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from device_probe.model import Diagnosis, PlannedDevice, SitePlan, Snapshot
from device_probe.plausibility.gate import doubts_of, marked, outcomes, profile_of
from device_probe.plausibility.measured import Context, Values, context_of, device_of, measured
from device_probe.plausibility.mistakes import Mistake, combined, structural
from device_probe.plausibility.outcome import Doubt
from device_probe.plausibility.ranges import flows, phase_names
from device_probe.plausibility.ranking import Trial, best_of, most_exact, same_values
from device_probe.plausibility.registers import Recorded, checked_points, recorded, values_of
from device_probe.plausibility.scales import scaled, scales
from device_probe.plausibility.settings import NEVER_EMPTY, filler
from device_probe.plausibility.wording import (
    different_setting,
    empty,
    explained,
    nothing_known,
    several,
    without_voltage,
)  # fmt: skip
from device_probe.profile import Profile
from device_probe.profile_schema import list_profiles
from device_probe.sunspec.profile import fitted

LEAST_HELD = 2  # checks that must hold before anything is named
LEAST_OF_A_PROFILE = 4  # another profile has more freedom to fit by chance
NEARLY = 0.1  # of the checks that hold may fail, when nothing makes all of them hold


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that a trial needs."""

    snapshot: Snapshot
    profile: Profile
    registers: Recorded
    plan: SitePlan | None
    device: PlannedDevice | None

    def context(self, values: Values, profile: Profile) -> Context:
        return context_of(values, profile, self.plan if self.device else None, self.device)


def diagnose(
    snapshot: Snapshot,
    profile: Profile | None = None,
    plan: SitePlan | None = None,
    device: PlannedDevice | None = None,
    search: bool = True,
) -> Diagnosis | None:
    """Return what makes sense of a snapshot that cannot be true; None when nothing speaks against it.

    ``search=False`` says that it can't be true, and tries no mistakes: a quarter of a second saved.
    """
    profile = profile or profile_of(snapshot)
    if plan is not None and device is None:
        device = device_of(plan, snapshot)
    if profile is None:
        found = doubts_of(snapshot, None, plan, device)
        return nothing_known(snapshot, found) if any(doubt.decoding for doubt in found) else None
    profile = fitted(profile, snapshot.unit, snapshot.blocks)
    found = doubts_of(snapshot, profile, plan, device)
    return _diagnosis(snapshot, profile, plan, device, found, search)


def examined(
    snapshot: Snapshot,
    profile: Profile | None = None,
    plan: SitePlan | None = None,
    device: PlannedDevice | None = None,
    search: bool = True,
) -> Snapshot:
    """Return the snapshot with what cannot be true marked, and with its diagnosis (see ``diagnose``)."""
    if snapshot.problem is not None:
        return snapshot
    profile = profile or profile_of(snapshot)
    found = doubts_of(snapshot, profile, plan, device)
    return replace(marked(snapshot, found), diagnosis=diagnose(snapshot, profile, plan, device, search))


def _diagnosis(
    snapshot: Snapshot,
    profile: Profile,
    plan: SitePlan | None,
    device: PlannedDevice | None,
    found: tuple[Doubt, ...],
    search: bool,
) -> Diagnosis | None:
    if content := filler(snapshot.blocks):
        return _filled(snapshot, profile, content)
    if any(doubt.decoding for doubt in found):
        if not search:
            return nothing_known(snapshot, found, searched=False)
        case = _Case(snapshot, checked_points(profile), recorded(snapshot.blocks), plan, device)
        return _explained(case, found)
    if any(not doubt.decoding and "ct_primary" in doubt.quantities for doubt in found):
        return different_setting(snapshot, found)
    return without_voltage(snapshot) if _dead(measured(snapshot.readings, profile), profile) else None


def _filled(snapshot: Snapshot, profile: Profile, content: str) -> Diagnosis | None:
    """Nothing but zeros: a device that is not there, or a meter that has neither voltage nor a history."""
    if content != "0" or any(NEVER_EMPTY.fullmatch(r.quantity) for r in snapshot.readings):
        return empty(snapshot, content)
    asked = {reading.quantity for reading in snapshot.readings}
    telling = {"voltage_l1_n", "frequency", "active_energy_import_total"}
    certain = profile.kind in ("meter", "analyser") and telling <= asked
    return several(snapshot, [empty(snapshot, content), without_voltage(snapshot)]) if certain else None


def _dead(values: Values, profile: Profile) -> bool:
    names = phase_names("", values)
    dead = all(abs(values[name].value) < 1 for name in names)
    return profile.kind in ("meter", "analyser") and bool(names) and dead and not flows(values)


def _explained(case: _Case, found: tuple[Doubt, ...]) -> Diagnosis:
    before = _tried(case, Mistake("", "", "", case.profile, cost=0))
    tried: list[Trial] = []
    for stage in (_single(case, before), _others(case), _double(case)):
        trials = [t for t in stage if t.held >= LEAST_HELD and not _loses(t, before)]
        clean = [trial for trial in trials if not trial.failed]
        if any(trial.held > before.held for trial in clean):
            return _named(case, before, clean)
        tried += trials
    # nothing makes sense of everything; what makes sense of nearly everything is said next
    nearly = [
        t for t in tried
        if t.held > before.held and t.failed < before.failed and t.failed <= NEARLY * t.held
    ]  # fmt: skip
    return _named(case, before, nearly) if nearly else nothing_known(case.snapshot, found)


def _loses(trial: Trial, before: Trial) -> bool:
    """A value that is no number any more is not explained; but elsewhere less may have been recorded."""
    elsewhere = any(kind in trial.mistake.kind for kind in ("address", "table", "profile"))
    return not elsewhere and bool(before.values.keys() - trial.values.keys())


def _named(case: _Case, before: Trial, trials: list[Trial]) -> Diagnosis:
    named = [
        explained(case.snapshot, t.mistake, before.values, t.values, before.held, t.held)
        for t in most_exact(best_of(trials))
    ]
    return named[0] if len(named) == 1 else several(case.snapshot, named)


def _single(case: _Case, before: Trial) -> Iterator[Trial]:
    context = case.context(before.values, case.profile)
    found = outcomes(before.values, context)
    held = {name for one in found if one.holds for name in one.quantities}
    doubtful = {name for one in found if not one.holds for name in one.quantities} - held
    for mistake in structural(case.profile, case.registers, case.snapshot.unit, frozenset(doubtful)):
        yield _tried(case, mistake)
    for mistake in scales(case.profile, before.values, context):
        yield _judged(case, mistake, before.values)


def _others(case: _Case) -> Iterator[Trial]:
    """Every other profile whose registers were recorded by chance: the device may be one of those."""
    tables = case.registers.tables(case.snapshot.unit)
    found: list[Trial] = []
    for other in list_profiles():
        checked = checked_points(other)
        if other.id == case.profile.id or not tables & {point.table for point in checked.points}:
            continue
        words = f"as those of another device: {other.vendor} {other.model} (profile {other.id})"
        remedy = f"Read it with the profile {other.id}, or correct the unit id if another device is meant."
        trial = _tried(case, Mistake("profile", words, remedy, checked))
        if trial.held >= LEAST_OF_A_PROFILE:
            found.append(trial)
    yield from _relatives_together(found)


def _relatives_together(found: list[Trial]) -> list[Trial]:
    """Name devices with the same registers in one breath."""
    groups: list[Trial] = []
    for trial in sorted(found, key=lambda t: (t.failed, -t.held)):
        index = next((i for i, one in enumerate(groups) if same_values(one, trial)), None)
        if index is None:
            groups.append(trial)
        elif trial.failed == groups[index].failed:
            first = groups[index].mistake
            words = f"{first.words} or {trial.mistake.words.split(': ', 1)[1]}"
            groups[index] = replace(groups[index], mistake=replace(first, words=words))
    return groups


def _double(case: _Case) -> Iterator[Trial]:
    unit = case.snapshot.unit
    for mistake in combined(case.profile):
        yield _tried(case, mistake)
    for mistake in structural(case.profile, case.registers, unit, frozenset()):
        values = values_of(mistake.profile, case.registers, unit)
        context = case.context(values, mistake.profile)
        for scale in scales(mistake.profile, values, context):
            both = replace(
                scale,
                kind=f"{mistake.kind}+{scale.kind}",
                words=f"{mistake.words}, and {scale.words}",
                remedy=f"{mistake.remedy} {scale.remedy}",
                cost=mistake.cost + scale.cost,
            )
            yield _judged(case, both, values)


def _tried(case: _Case, mistake: Mistake) -> Trial:
    return _judged(case, mistake, values_of(mistake.profile, case.registers, case.snapshot.unit))


def _judged(case: _Case, mistake: Mistake, values: Values) -> Trial:
    values = scaled(values, mistake.factors) if mistake.factors else values
    found = outcomes(values, case.context(values, mistake.profile))
    counted = [one for one in found if one.sort != "setting"]
    held = sum(one.holds for one in counted)
    return Trial(mistake, held, len(counted) - held, values)

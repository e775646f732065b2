"""The gate before any judgement: which readings contradict one another or what is possible at all. Pure.

A value that fails stays in the record, with the problem "suspect" and the cause in words.
"""

from collections.abc import Iterable
from dataclasses import replace

from device_probe.model import PlannedDevice, Reading, SitePlan, Snapshot
from device_probe.plausibility.measured import (
    Context,
    Values,
    context_of,
    device_of,
    electrical,
    measured,
)
from device_probe.plausibility.neutral import VOLTAGE, swapped_neutral
from device_probe.plausibility.outcome import Doubt, Outcome
from device_probe.plausibility.ranges import ranges
from device_probe.plausibility.relations import relations
from device_probe.plausibility.settings import blank, settings
from device_probe.problems import ProfileError
from device_probe.profile import Profile
from device_probe.profile_schema import load_profile


def outcomes(values: Values, context: Context) -> tuple[Outcome, ...]:
    """Return what all checks say about the values of one device."""
    found = (*ranges(values, context), *relations(values, context), *settings(values, context))
    if any(not one.holds for one in found) and swapped_neutral(values, context) is not None:
        # read right, connected wrongly: the wiring verdict says more about it
        return tuple(one for one in found if one.holds or not all(map(VOLTAGE.fullmatch, one.quantities)))
    return found


def doubts_of(
    snapshot: Snapshot,
    profile: Profile | None = None,
    plan: SitePlan | None = None,
    device: PlannedDevice | None = None,
) -> tuple[Doubt, ...]:
    """Return what cannot be true about a snapshot, () when everything fits together."""
    if plan is not None and device is None:
        device = device_of(plan, snapshot)
    values = measured(snapshot.readings, profile)
    context = context_of(values, profile, plan if device else None, device)
    if plan is not None and device is None:
        context = replace(context, nominal_v=plan.voltage_v / 3**0.5)
    return (*blank(snapshot.readings, snapshot.blocks), *_doubts(outcomes(values, context)))


def marked(snapshot: Snapshot, doubts: Iterable[Doubt]) -> Snapshot:
    """Return the snapshot with every reading that is in doubt marked as suspect; its value stays."""
    causes: dict[str, str] = {}
    for doubt in doubts:
        for quantity in doubt.quantities:
            causes.setdefault(quantity, doubt.words)
    if not causes:
        return snapshot
    return replace(snapshot, readings=tuple(_marked(r, causes.get(r.quantity)) for r in snapshot.readings))


def gated(snapshot: Snapshot, profile: Profile, device: PlannedDevice | None = None) -> Snapshot:
    """Return a snapshot just read with what cannot be true in it marked."""
    return marked(snapshot, doubts_of(snapshot, profile, device=device))


def implausible(plan: SitePlan, snapshot: Snapshot) -> str | None:
    """Return in words what cannot be true about a snapshot, None when everything fits together."""
    found = doubts_of(snapshot, profile_of(snapshot), plan)
    return next((doubt.words for doubt in found if doubt.decoding), None)


def profile_of(snapshot: Snapshot) -> Profile | None:
    """Return the profile a snapshot was read with, None when it is not at hand here."""
    try:
        return load_profile(snapshot.profile)
    except ProfileError:
        return None


def _marked(reading: Reading, cause: str | None) -> Reading:
    if cause is None or reading.problem is not None:
        return reading
    return replace(reading, problem="suspect", cause=cause)


def _doubts(found: tuple[Outcome, ...]) -> tuple[Doubt, ...]:
    failed = [outcome for outcome in found if not outcome.holds]
    if not failed:
        return ()
    return tuple(
        Doubt(_blamed(one, found), one.words, one.sort != "setting" and any(map(electrical, one.quantities)))
        for one in failed
    )


def _blamed(failed: Outcome, found: tuple[Outcome, ...]) -> tuple[str, ...]:
    """Return the readings that a contradiction speaks against.

    All that take part; but only those that are impossible by themselves, where there are such; and not those
    that another check of at least the same reach bears out, unless it bears out all.
    """
    if failed.sort in ("range", "setting"):
        return failed.quantities
    impossible = {name for one in found if not one.holds and one.sort == "range" for name in one.quantities}
    if alone := tuple(name for name in failed.quantities if name in impossible):
        return alone
    reach = ("across",) if failed.sort == "across" else ("across", "within")
    supported: set[str] = set()
    for one in found:
        if one.holds and one.sort in reach:
            supported.update(one.quantities)
        elif one.holds and one.sort == "within":  # a factor has no scale: P and S of the same scale will do
            supported.update(name for name in one.quantities if "factor" in name)
    others = tuple(name for name in failed.quantities if name not in supported)
    return others or failed.quantities

"""The report of a load step by hand: what was read, the step with its evidence, the verdicts. Pure."""

from device_probe.load_step.evidence import Run, recorded
from device_probe.load_step.manual import ManualState, judged_holds
from device_probe.load_step.result import LeftOut
from device_probe.model import ProbeReport, Snapshot
from device_probe.report import judge

METERS = ("main_meter", "group_meter")


def report_of(
    state: ManualState, rounds: tuple[tuple[Snapshot, ...], ...], quiet: tuple[Snapshot, ...],
    started_at: str, finished_at: str,
) -> ProbeReport:  # fmt: skip
    """Return the report; ``rounds``: read while most of it charged, ``quiet``: with the stations off."""
    holds, tests = judged_holds(state)
    left = tuple(
        LeftOut(tag, "left-out", f"{tag} could not be used; a person left it out.")
        for tag in state.tags if tag in state.left_out and tag not in tests
    )  # fmt: skip
    run = Run("by_hand", started_at, finished_at, "single", 0.0, tests, holds, left_out=left)
    meters = {device.tag for device in state.plan.devices if device.role in METERS}
    return judge(
        state.plan, rounds[-1], started_at, finished_at, [each for one in rounds[:-1] for each in one],
        background=[each for each in quiet if each.tag in meters], load_step=recorded(state.plan, run),
    )  # fmt: skip

"""What the page shows of a load step by hand, as one document: pure, from the run."""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from device_probe.agent.hand import HandRun
from device_probe.load_step.manual import ManualState
from device_probe.load_step.manual_follow import Watch
from device_probe.load_step.manual_look import counts, power_in, stations_of
from device_probe.load_step.steps import METERS, Round, powers
from device_probe.model import SitePlan

FEW_ROUNDS = 3
MOST_OTHERS = 4
PART_OF_IT = 0.5  # a meter that saw so much of the change of a station is shown with it


def run_view(run: HandRun) -> dict[str, Any]:
    """Return a run that goes on."""
    watch = run.watch
    asked, state = watch.asked, watch.state
    shown: dict[str, Any] = {
        "phase": run.phase, "turn": watch.turn, "begun_at": run.begun_at, "trouble": run.trouble,
        "everything": run.all_at_once, "still": watch.still, "needed": watch.needed, "alone": watch.alone,
        "complained": watch.complained, "can_undo": bool(state.moves), "tags": list(state.tags),
        "left_out": [tag for tag in state.tags if tag in state.left_out], "asked": None, "seen": None,
        "finished": [tag for tag, count in state.steps().items() if count > 1], "live": [],
    }  # fmt: skip
    if asked is None or run.phase != "running":
        return shown
    shown["asked"] = {"number": asked.number, "of": asked.of, "kind": asked.kind, "tag": asked.tag}
    shown["seen"] = {
        "what": watch.seen.what, "tag": watch.seen.tag,
        "changed": [
            {"tag": one.tag, "up": one.up, "before_kw": _kw(one.before_w), "after_kw": _kw(one.after_w)}
            for one in watch.seen.changed
        ],
    }  # fmt: skip
    shown["live"] = live(watch, run.trace)
    return shown


def live(watch: Watch, trace: Sequence[Round]) -> list[dict[str, Any]]:
    """Return the station asked for, the meters upstream of it, and whatever else moves."""
    state, asked = watch.state, watch.asked
    tag = asked.tag if asked else ""
    stations = [tag] if tag else []
    moved = [one.tag for one in watch.seen.changed if one.tag != tag][:MOST_OTHERS]
    charging = [
        t for t in stations_of(state.plan) if t not in (*stations, *moved) and state.now.get(t, 0) > 500
    ]
    above = upstream(state.plan, tag) if tag else _meters(state.plan)
    rows = [_row(state, trace, t, role) for role, tags in
            (("asked", stations), ("upstream", above), ("moved", moved), ("charging", charging[:MOST_OTHERS]))
            for t in tags]  # fmt: skip
    size = max(
        (abs(row["change_kw"] or 0.0) for row in rows if row["role"] in ("asked", "moved")), default=0.0
    )
    elsewhere = (_row(state, trace, t, "elsewhere") for t in _meters(state.plan) if t not in above)
    if size and counts(0.0, 1000 * size):
        rows += [row for row in elsewhere if abs(row["change_kw"] or 0.0) >= PART_OF_IT * size][:MOST_OTHERS]
    return rows


def upstream(plan: SitePlan, tag: str) -> list[str]:
    """Return the meters upstream of a device as the plan has them, the nearest first."""
    devices = {device.tag: device for device in plan.devices}
    found: list[str] = []
    at = devices[tag].parent if tag in devices else None
    while at in devices and at not in found:
        found.append(at)
        at = devices[at].parent
    return [t for t in found if devices[t].role in METERS]


def _meters(plan: SitePlan) -> list[str]:
    return [device.tag for device in plan.devices if device.role in METERS]


def _row(state: ManualState, trace: Sequence[Round], tag: str, role: str) -> dict[str, Any]:
    """Return one line: power now, its change since the last move, by phase too, and how it went."""
    now = phases_of(state.plan, trace[-1:], tag)
    before = phases_of(state.plan, state.calm[-1].hold.rounds[-FEW_ROUNDS:] if state.calm else (), tag)
    drawn = [power_in(state.plan, one, tag) for one in trace]
    both = [a - b if a is not None and b is not None else None for a, b in zip(now, before, strict=True)]
    known = [value for value in both if value is not None]
    return {
        "tag": tag, "role": role, "kw": _kw(drawn[-1]) if drawn else None,
        "change_kw": _kw(sum(known)) if known else None, "phases_kw": [_kw(value) for value in both],
        "trace_kw": [_kw(value) for value in drawn],
    }  # fmt: skip


def phases_of(plan: SitePlan, rounds: Iterable[Round], tag: str) -> tuple[float | None, ...]:
    """Return the middle of the active power of each phase in some rounds, in W."""
    rows = [
        powers(one.samples[tag], plan.voltage_v / math.sqrt(3))[0] for one in rounds if tag in one.samples
    ]
    columns = [[row[k].real for row in rows if row[k] is not None] for k in range(3)]  # type: ignore[union-attr]
    return tuple(statistics.median(column) if column else None for column in columns)


def _kw(watts: float | None) -> float | None:
    return None if watts is None else round(watts / 1000, 2)

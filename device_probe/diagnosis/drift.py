"""What moved between the report of the approved state and a later one of the same site. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from device_probe.diagnosis.balance import BalanceVerdict, Circumstances, Comparison, judge_balance
from device_probe.diagnosis.drift_devices import devices
from device_probe.diagnosis.drift_electrical import LIKE_LOAD, Pair, electrical, pairs
from device_probe.diagnosis.drift_item import Compared, Moved, Open, joined, number
from device_probe.diagnosis.site_evidence import Samples, roles_of, samples_of
from device_probe.model import ProbeReport, Verdict
from device_probe.problems import PlanFileError

Answer = Literal["same", "moved", "not_comparable"]


@dataclass(frozen=True, slots=True)
class Drift:
    """Everything that moved, and what could not be compared."""

    answer: Answer
    sentence: str
    action: str
    site: str
    baseline: tuple[str, str, str]  # id, time, load
    now: tuple[str, str, str]
    moved: tuple[Moved, ...]
    still_open: tuple[Open, ...]


def drift(baseline: ProbeReport, now: ProbeReport) -> Drift:
    """Compare two reports that were judged with the same rules; PlanFileError for two sites."""
    if baseline.plan.site != now.plan.site:
        raise PlanFileError(
            f"These are reports of two sites, {baseline.plan.name} and {now.plan.name}; give two of one site."
        )
    old, new = (samples_of(each.plan, (*each.earlier, *each.snapshots)) for each in (baseline, now))
    seen = pairs(baseline, now, old, new)
    moved, still_open = joined([
        (list(devices(baseline, now)), []), _wiring(baseline, now),
        *(electrical(pair) for pair in seen), _balance(baseline, now, old, new),
    ])  # fmt: skip
    answer, sentence, action = _answer(moved, still_open, seen)
    return Drift(
        answer,
        sentence,
        action,
        now.plan.name,
        _named(baseline),
        _named(now),
        tuple(moved),
        tuple(still_open),
    )


def dump_drift(found: Drift) -> dict[str, Any]:
    """Return a comparison as JSON."""
    keys = ("id", "started_at", "load")
    return {
        "answer": found.answer,
        "sentence": found.sentence,
        "action": found.action,
        "site": found.site,
        "baseline": dict(zip(keys, found.baseline, strict=True)),
        "now": dict(zip(keys, found.now, strict=True)),
        "moved": [asdict(each) for each in found.moved],
        "not_compared": [asdict(each) for each in found.still_open],
    }


def _named(report: ProbeReport) -> tuple[str, str, str]:
    return report.id, report.started_at, report.load_statement


def _answer(moved: list[Moved], still_open: list[Open], seen: tuple[Pair, ...]) -> tuple[Answer, str, str]:
    unlike = [pair for pair in seen if not pair.alike]
    more = f" {len(still_open)} comparisons are open." if still_open else ""
    if moved:
        count = f"{len(moved)} things moved" if len(moved) > 1 else "One thing moved"
        return "moved", f"{count}, the first: {moved[0].sentence}{more}", moved[0].remedy
    if not seen:
        return (
            "not_comparable", "No meter gave usable values in both reports.",
            "Make the meters answer, then probe the site again.",
        )  # fmt: skip
    if unlike:
        first = next((p for p in unlike if p.device.role == "main_meter"), unlike[0])
        return (
            "not_comparable",
            f"What can be compared did not move, but the load of {first.device.tag} is {first.loads}.",
            f"Probe again at a load within {LIKE_LOAD:g} times that of the baseline.",
        )  # fmt: skip
    return "same", f"Nothing moved.{more}", ""


def _wiring(baseline: ProbeReport, now: ProbeReport) -> Compared:
    before, after = ({v.tag: v for v in each.verdicts if v.aspect == "wiring"} for each in (baseline, now))
    moved: list[Moved] = []
    still_open: list[Open] = []
    for tag in (tag for tag in before if tag in after):
        was, is_now = before[tag], after[tag]
        otherwise_wrong = is_now.verdict == "fail" and _codes(baseline, tag) != _codes(now, tag)
        if otherwise_wrong or (was.verdict == "fail" and is_now.verdict == "pass"):
            moved.append(_wiring_moved(was, is_now))
        elif "inconclusive" in (was.verdict, is_now.verdict) and was.verdict != is_now.verdict:
            reason = is_now.reason if is_now.verdict == "inconclusive" else was.reason
            still_open.append(Open(tag, "wiring", reason))
    return moved, still_open


def _codes(report: ProbeReport, tag: str) -> set[tuple[str, str | None]]:
    return {(f.code, f.phase) for f in report.findings if f.tag == tag}


def _wiring_moved(was: Verdict, is_now: Verdict) -> Moved:
    remedy = is_now.action or "Approve a new baseline when this was the purpose."
    return Moved(
        "wiring", is_now.tag, "wiring", was.verdict, is_now.verdict, "", None,
        f"Wiring was judged {was.verdict} and is {is_now.verdict} now. {is_now.reason}", remedy,
    )  # fmt: skip


def _balance(baseline: ProbeReport, now: ProbeReport, old: Samples, new: Samples) -> Compared:
    before, after = _judged(baseline, old), _judged(now, new)
    moved = list(_phases(before, after))
    still_open: list[Open] = []
    known = {node.tag: node for node in before.nodes}
    for node in (n for n in after.nodes if n.tag in known):
        was, is_now = _total(known[node.tag].comparisons), _total(node.comparisons)
        if was is None or is_now is None:
            still_open.append(
                Open(node.tag, "balance", node.reason if is_now is None else known[node.tag].reason)
            )
        else:
            moved += _remainder(node.tag, was, is_now)
    return moved, still_open


def _judged(report: ProbeReport, samples: Samples) -> BalanceVerdict:
    wrong = {
        v.tag: "it is wired wrongly." for v in report.verdicts if (v.aspect, v.verdict) == ("wiring", "fail")
    }
    return judge_balance(report.plan, samples, Circumstances(roles=roles_of(report.plan), set_aside=wrong))


def _total(comparisons: tuple[Comparison, ...]) -> Comparison | None:
    return next((c for c in comparisons if (c.quantity, c.phase) == ("active_power", "")), None)


def _remainder(tag: str, was: Comparison, is_now: Comparison) -> Iterator[Moved]:
    """Errors of meters stay the same share of the load; what goes beyond is a load or a changed meter."""
    ratio = is_now.parent / was.parent if was.parent else 1.0
    expected = was.difference * ratio
    level = math.hypot(was.likely * ratio, is_now.likely)
    if abs(is_now.difference - expected) > level:
        yield Moved(
            "balance", tag, "remainder", round(was.difference, 1), round(is_now.difference, 1), "W",
            round(level, 1),
            f"{tag} reads {number(is_now.difference)} W more than what is below it, where "
            f"{number(expected)} W are likely by the baseline.",
            f"Look for a load without a meter below {tag}, and for a meter or transformer that was changed.",
        )  # fmt: skip


def _phases(before: BalanceVerdict, after: BalanceVerdict) -> Iterator[Moved]:
    known: Mapping[str, tuple[int, ...]] = {
        s.tag: s.found or s.declared for s in before.stations if s.verdict in ("confirmed", "other")
    }
    for station in after.stations:
        was, is_now = known.get(station.tag), station.found or station.declared
        if was is None or station.verdict not in ("confirmed", "other") or was == is_now:
            continue
        old, new = ("".join(f"L{k + 1}" for k in each) for each in (was, is_now))
        yield Moved(
            "phases", station.tag, "phase_rotation", old, new, "", None,
            f"{station.tag} is on {new} instead of {old}.",
            f"Find out who reconnected {station.tag}; correct its rotation in the load management.",
        )  # fmt: skip

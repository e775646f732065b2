"""The meters of a probe run as printed: wiring, power quality row by row, and which are printed in full."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from device_probe.judgement import Check, MeterJudgement
from device_probe.model import ProbeReport, Verdict
from reports.words import Mark, figure, mark

METERS = ("main_meter", "group_meter")
MOST_IN_FULL = 6  # of a larger site's group meters those that pass stand in one table
#: In this order; single orders stand in the bars, and here only when they are over a limit or nearest to it.
TITLES = {
    "voltage-band": "Voltage off nominal",
    "frequency": "Frequency off nominal",
    "voltage-unbalance": "Voltage unbalance",
    "thd-voltage": "THD of the voltage",
    "harmonic-voltage": "Voltage, order",
    "thd-current": "THD of the current",
    "tdd-current": "Harmonic current (TDD)",
    "harmonic-current": "Current, order",
    "neutral-current": "Neutral current",
    "k-factor": "K-factor",
}
ORDERS = ("harmonic-voltage", "harmonic-current")


@dataclass(frozen=True, slots=True)
class QualityLine:
    """One quantity: its worst phase, beside what was expected, what the grid has alone, and the limit."""

    title: str
    measured: str
    expected: str
    background: str
    limit: str
    mark: Mark
    note: str


@dataclass(frozen=True, slots=True)
class MeterPages:
    """One meter printed in full."""

    tag: str
    role: str
    profile: str
    wiring: Verdict | None
    wiring_mark: Mark | None
    action: str
    expect: str
    quality: Verdict | None
    quality_mark: Mark | None
    statement: str
    lines: tuple[QualityLine, ...]


@dataclass(frozen=True, slots=True)
class ShortMeter:
    """One meter that passes, in a line of a table."""

    tag: str
    wiring: str
    quality: str


def in_full(report: ProbeReport) -> tuple[str, ...]:
    """Return the tags of the meters that are printed with figures: of many, those that don't just pass."""
    roles = {device.tag: device.role for device in report.plan.devices}
    read = [s.tag for s in report.snapshots if s.problem is None and roles.get(s.tag) in METERS]
    if len(read) <= MOST_IN_FULL:
        return tuple(read)
    return tuple(tag for tag in read if roles[tag] == "main_meter" or not _passes(report, tag))


def _passes(report: ProbeReport, tag: str) -> bool:
    return all(verdict.verdict == "pass" for verdict in report.verdicts_of(tag).values())


def meters(report: ProbeReport) -> tuple[MeterPages, ...]:
    """Return the meters that are printed in full."""
    devices = {device.tag: device for device in report.plan.devices}
    return tuple(
        _meter(report, tag, devices[tag].role.replace("_", " "), devices[tag].profile)
        for tag in in_full(report)
    )


def short_meters(report: ProbeReport) -> tuple[ShortMeter, ...]:
    """Return the other meters."""
    full = set(in_full(report))
    roles = {device.tag: device.role for device in report.plan.devices}
    found = [s.tag for s in report.snapshots if s.problem is None and roles.get(s.tag) in METERS]
    return tuple(_short(report, tag) for tag in found if tag not in full)


def _short(report: ProbeReport, tag: str) -> ShortMeter:
    verdicts = report.verdicts_of(tag)
    wiring, quality = verdicts.get("wiring"), verdicts.get("power_quality")
    return ShortMeter(tag, wiring.reason if wiring else "", quality.reason if quality else "")


def _meter(report: ProbeReport, tag: str, role: str, profile: str) -> MeterPages:
    judged, verdicts = report.judgement(tag), report.verdicts_of(tag)
    wiring, quality = verdicts.get("wiring"), verdicts.get("power_quality")
    own = judged.wiring if judged else None
    action = own.correction or own.action if own else wiring.action if wiring else ""
    return MeterPages(
        tag, role, profile, wiring, mark(wiring.verdict) if wiring else None, action,
        own.expect if own else "", quality, mark(quality.verdict) if quality else None,
        _statement(report, judged), quality_lines(judged),
    )  # fmt: skip


def _statement(report: ProbeReport, judged: MeterJudgement | None) -> str:
    if judged is not None and judged.power_quality is not None:
        return judged.power_quality.statement
    return report.load_statement


def quality_lines(judged: MeterJudgement | None) -> tuple[QualityLine, ...]:
    """Return one line for each quantity, the phase nearest to its limit, and one for every other failure."""
    if judged is None or judged.power_quality is None:
        return ()
    checks = judged.power_quality.checks
    return tuple(_line(check) for code in _codes(checks) for check in _shown(checks, code))


def _codes(checks: Iterable[Check]) -> tuple[str, ...]:
    found = dict.fromkeys(check.code for check in checks)
    return tuple(sorted(found, key=_place))


def _place(code: str) -> int:
    known = tuple(TITLES)
    return known.index(code) if code in known else len(known)


def _shown(checks: Iterable[Check], code: str) -> tuple[Check, ...]:
    own = [check for check in checks if check.code == code]
    worst: dict[tuple[str, str], Check] = {}
    for check in own:
        key = (_order(check), check.unit)
        if key not in worst or _share(check) > _share(worst[key]):
            worst[key] = check
    if code not in ORDERS:
        return tuple(worst.values())
    limited = [check for check in worst.values() if check.limit]
    nearest = max(limited, key=_share, default=None)
    return tuple(check for check in worst.values() if check is nearest or check.verdict == "fail")


def _share(check: Check) -> float:
    return check.value / check.limit if check.limit else check.value


def _order(check: Check) -> str:
    found = re.search(r"_h(\d+)\Z", check.quantity)
    return found[1] if found else ""


def _line(check: Check) -> QualityLine:
    title, order = TITLES.get(check.code, check.code.replace("-", " ").capitalize()), _order(check)
    phase = re.search(r"_(l\d(?:_(?:l\d|n))?)(?:_h\d+)?\Z", check.quantity)
    where = f" {phase[1].upper().replace('_', '-')}" if phase else ""
    unit = "" if check.unit == "-" else check.unit
    return QualityLine(
        f"{title} {order}{where}" if order else f"{title}{where}", _figure(check.value, unit),
        _figure(check.expected, unit), _figure(check.background, unit), _figure(check.limit, unit),
        mark(check.verdict), "; ".join(part for part in (check.clause, check.note) if part),
    )  # fmt: skip


def _figure(value: float | None, unit: str) -> str:
    return "–" if value is None else figure(float(f"{value:.3g}"), unit)


@dataclass(frozen=True, slots=True)
class StationLine:
    """One charging station against its meter, where there is something to say."""

    tag: str
    mark: Mark
    reason: str
    action: str


@dataclass(frozen=True, slots=True)
class Stations:
    """The charging stations against their meters: those that agree by name, the others line by line."""

    agree: tuple[str, ...]
    others: tuple[StationLine, ...]


def stations(report: ProbeReport) -> Stations:
    """Return what the stations tell of themselves, held against the meters above them."""
    roles: Mapping[str, str] = {device.tag: device.role for device in report.plan.devices}
    judged = [v for v in report.verdicts if v.aspect == "balance" and roles.get(v.tag) == "station"]
    return Stations(
        tuple(v.tag for v in judged if v.verdict == "pass"),
        tuple(StationLine(v.tag, mark(v.verdict), v.reason, v.action) for v in judged if v.verdict != "pass"),
    )

"""Findings of power quality: one for each kind of value that is over its limit, with what to do. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from device_probe.diagnosis.quality import cure
from device_probe.diagnosis.quality_values import largest_current
from device_probe.diagnosis.site_quality_background import Background
from device_probe.diagnosis.site_quality_expected import order_of
from device_probe.judgement import Check
from device_probe.model import Figure, Finding, PlannedDevice

RECORD = (
    "First record the background: with all stations off, device-probe site PLAN --record-background; then "
    "probe with --background."
)
PER_ORDER = ("harmonic-voltage", "harmonic-current")
NEUTRAL_A = 1.0  # less on the phases says nothing about their neutral


@dataclass(frozen=True, slots=True)
class _Over:
    """The checks of one kind at one meter, the worst of those over their limit, and the circumstances."""

    tag: str
    worst: Check
    alike: tuple[Check, ...]
    said: str  # under which load


def findings_of(
    device: PlannedDevice, values: Mapping[str, float], checks: Sequence[Check],
    background: Background | None, said: str,
) -> tuple[Finding, ...]:  # fmt: skip
    """Return what is over its limit, the distortion of the voltage first, and a neutral that carries much."""
    found = []
    for code, sentence in SENTENCES.items():
        alike = tuple(check for check in checks if check.code == code)
        for group in _groups(code, alike):
            failed = [check for check in group if check.verdict == "fail"]
            if failed:
                worst = max(failed, key=lambda check: check.value)
                found.append(_finding(_Over(device.tag, worst, group, said), sentence, background))
    return (*found, *_neutral(device, values, checks))


def _groups(code: str, alike: tuple[Check, ...]) -> list[tuple[Check, ...]]:
    """Return the checks that make one finding: of single orders each order, of voltages each phase."""
    keys: dict[object, list[Check]] = {}
    for check in alike:
        key = (
            order_of(check.quantity) if code in PER_ORDER else check.quantity if code == "voltage-band" else 0
        )
        keys.setdefault(key, []).append(check)
    return [tuple(group) for group in keys.values()]


def _finding(over: _Over, sentence: Callable[[_Over], str], background: Background | None) -> Finding:
    worst = over.worst
    phase = None if worst.code in (*PER_ORDER, "voltage-unbalance", "frequency") else phase_of(worst.quantity)
    return Finding(
        worst.code, "error", over.tag, sentence(over),
        tuple(Figure(_name(check), round(check.value, 2), check.unit) for check in over.alike),
        Figure("limit", worst.limit or 0.0, worst.unit), worst.clause, _remedy(worst, background), phase,
    )  # fmt: skip


def _remedy(worst: Check, background: Background | None) -> str:
    """Return what to do, which depends on what the grid brings by itself."""
    if background is None or worst.background is None or worst.limit is None:
        return f"{RECORD} {cure(worst)}"
    if worst.background > worst.limit:
        return (
            f"With all stations off it is {worst.background:.3g} {worst.unit}, over the limit without this "
            "site: show the network operator this before anything is changed here."
        )
    if worst.code in ("voltage-band", "frequency", "voltage-unbalance"):
        return f"With all stations off it is {worst.background:.3g} {worst.unit}. {cure(worst)}"
    return (
        f"With all stations off it is {worst.background:.3g} {worst.unit}: let stations charge one group at "
        "a time to find which bring it, then measure over a week before filters are ordered."
    )


def phase_of(quantity: str) -> str | None:
    """Return the phase or the two conductors that a quantity speaks of ("L1", "L1-L2"), None for all."""
    parts = [part.upper() for part in quantity.split("_") if part in ("l1", "l2", "l3")]
    return "-".join(parts) or None


def _name(check: Check) -> str:
    order = order_of(check.quantity)
    if order is None or (phase := phase_of(check.quantity)) is None:
        return check.quantity
    return f"h{order}_{phase.lower().replace('-', '_')}"


def _thd(over: _Over) -> str:
    return (
        f"The voltage {phase_of(over.worst.quantity) or 'of the phases'} at {over.tag} has a THD of "
        f"{over.worst.value:.1f} %, limit {over.worst.limit:g} % ({over.said})."
    )


def _order_of_voltage(over: _Over) -> str:
    return (
        f"Order {order_of(over.worst.quantity)} of the voltage at {over.tag} is {over.worst.value:.1f} % "
        f"({phase_of(over.worst.quantity)}), limit {over.worst.limit:g} % ({over.said})."
    )


def _band(over: _Over) -> str:
    where = phase_of(over.worst.quantity) or ""
    name = where if "-" in where else f"{where}-N"
    volts, _, nominal = _measured(over.worst).partition(" against ")
    return (
        f"The voltage {name} at {over.tag} is {volts}, outside {nominal} ±{over.worst.limit:g} % "
        f"({over.said})."
    )


def _frequency(over: _Over) -> str:
    measured = _measured(over.worst)
    return f"The frequency at {over.tag} is {measured}, outside ±{over.worst.limit:g} % ({over.said})."


def _measured(check: Check) -> str:
    """Return the value itself, with which the note of a deviation begins."""
    return check.note.partition(";")[0]


def _unbalance(over: _Over) -> str:
    return (
        f"The voltage unbalance at {over.tag} is {over.worst.value:.1f} %, over {over.worst.limit:g} % "
        f"({over.said})."
    )


def _tdd(over: _Over) -> str:
    return (
        f"The harmonic current on {phase_of(over.worst.quantity)} is {over.worst.value:.1f} % of the demand "
        f"current, over {over.worst.limit:g} % ({over.said})."
    )


def _order_of_current(over: _Over) -> str:
    return (
        f"Order {order_of(over.worst.quantity)} of the current at {over.tag} is {over.worst.value:.1f} % of "
        f"the demand current ({phase_of(over.worst.quantity)}), limit {over.worst.limit:g} % ({over.said})."
    )


SENTENCES: Mapping[str, Callable[[_Over], str]] = {
    "thd-voltage": _thd, "harmonic-voltage": _order_of_voltage, "voltage-band": _band,
    "frequency": _frequency, "tdd-current": _tdd, "harmonic-current": _order_of_current,
    "voltage-unbalance": _unbalance,
}  # fmt: skip


def _neutral(
    device: PlannedDevice, values: Mapping[str, float], checks: Sequence[Check]
) -> tuple[Finding, ...]:
    """Warn of a neutral that carries more than any phase; without its check it was held back."""
    told = next((check for check in checks if check.code == "neutral-current" and check.unit == "%"), None)
    neutral, phase = values.get("current_n"), largest_current(values)
    if told is None or neutral is None or phase is None or phase < NEUTRAL_A or abs(neutral) <= phase:
        return ()
    return (
        Finding(
            "neutral-current", "warning", device.tag,
            f"The neutral of {device.tag} carries {abs(neutral):.1f} A, more than any phase ({phase:.1f} A).",
            (Figure("current_n", round(abs(neutral), 2), "A"),), Figure("phase", round(phase, 2), "A"),
            remedy="Check the cross-section of the neutral and the third harmonic of the load.",
        ),
    )  # fmt: skip

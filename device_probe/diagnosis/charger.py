"""What a charger tells of itself against the meter of its circuit, its own figures, state and limit. Pure.

A charger's own readings have no accuracy class. Where its circuit's meter sees other stations too, only their
sum can be compared: then a station is held against the meter through the balance, and against itself.
"""

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from device_probe.diagnosis.balance.accuracy import chain_of
from device_probe.diagnosis.balance.judge import BalanceVerdict, judge_gathered
from device_probe.diagnosis.balance.node import median, seen
from device_probe.diagnosis.balance.series import PHASES, TOTAL, Circumstances, Series, Site, gather_site
from device_probe.diagnosis.charger_checks import (
    Check,
    Facts,
    consistent,
    limit,
    phases_in_use,
    state,
    voltage,
)
from device_probe.diagnosis.charger_time import energy, frozen
from device_probe.diagnosis.evidence import Sample
from device_probe.model import Figure, Finding, PlannedDevice, Severity, SitePlan, VerdictWord

STANDBY_W = 25.0  # of the station itself, which its own meter may not see
CHARGING_A = 1.0
OF_CHARGERS = ("charger_readings", "chargers_scaled", "station_phases")
MIN_ROUNDS = 3
TURNS = ((1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0), (1, 0, 2))
CLAUSE = "charger against the meter of its circuit"


@dataclass(frozen=True, slots=True)
class ChargerVerdict:
    """The judgement of one station."""

    tag: str
    verdict: VerdictWord
    reason: str
    action: str = ""
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()


def judge_chargers(
    plan: SitePlan, samples: Mapping[str, Sequence[Sample]], around: Circumstances | None = None,
    balance: BalanceVerdict | None = None,
) -> tuple[ChargerVerdict, ...]:  # fmt: skip
    """Judge every station of a plan by samples taken side by side with its meter."""
    site = gather_site(plan, samples, around)
    judged = balance or judge_gathered(site)
    return tuple(judge_charger(site, d, judged) for d in plan.devices if d.role == "station")


def judge_charger(site: Site, device: PlannedDevice, balance: BalanceVerdict) -> ChargerVerdict:
    """Judge one station."""
    own = site.series[device.tag]
    if own.silent:
        why = site.around.set_aside.get(device.tag, f"{device.tag} gave neither power nor current.")
        return ChargerVerdict(
            device.tag, "inconclusive", why, f"Make {device.tag} answer, then measure again."
        )
    meter = _meter(site, device)
    facts = _facts(site, device, own, meter)
    checks = [c for check in CHECKS if (c := check(facts)) is not None]
    checks += list(_against(site, device, own, meter, balance))
    judged = _bottom_line(device, facts, checks, meter is not None)
    return (
        replace(judged, reason=judged.reason + _phases(device, balance))
        if judged.verdict == "pass"
        else judged
    )


def _phases(device: PlannedDevice, balance: BalanceVerdict) -> str:
    """Say whether the declared rotation is proven: power that agrees in sum says nothing about it."""
    found = next((one for one in balance.stations if one.tag == device.tag), None)
    if found is None or found.verdict == "other":
        return ""
    if found.verdict == "confirmed":
        return " It is on its phases as declared."
    return f" Its declared rotation is not proven. {found.reason} {found.action}"


CHECKS: tuple[Callable[[Facts], Check | None], ...] = (
    consistent, voltage, phases_in_use, state, limit, frozen, energy,
)  # fmt: skip


def _meter(site: Site, device: PlannedDevice) -> Series | None:
    """Return the meter of the circuit when it sees this station alone."""
    if device.parent is None or device.parent not in site.series:
        return None
    meter = site.series[device.parent]
    alone = site.children(device.parent) == (device.tag,)
    return meter if alone and not meter.silent else None


def _facts(site: Site, device: PlannedDevice, own: Series, meter: Series | None) -> Facts:
    # without a meter of its own circuit a station's current is what it says itself
    source = meter or own
    amperes = tuple(
        max(
            (abs(source.amperes[a][k]) for a in PHASES if source.amperes[a][k] == source.amperes[a][k]),
            default=math.nan,
        )
        for k in range(site.rounds)
    )
    return Facts(
        device, site.samples[device.tag], amperes, own, meter, site.voltage_v, site.around.skew_s,
        chain_of(device, True).percent,
    )  # fmt: skip


def _against(
    site: Site, device: PlannedDevice, own: Series, meter: Series | None, balance: BalanceVerdict
) -> Iterator[Check]:
    if meter is not None:
        yield from _alone(site, own, meter)
        return
    node = next((n for n in balance.nodes if n.tag == device.parent), None)
    if node is None:
        yield Check("meter", "info", f"No meter stands above {device.tag} that was read.")
        return
    accused = node.named
    if accused is not None and accused.kind in OF_CHARGERS and device.tag in accused.tags:
        yield Check("against-meter", "fail", node.reason, node.action, accused.factor)
        return
    if node.verdict == "pass":
        yield Check("against-meter", "pass", f"{node.tag} agrees with the sum of its stations: {node.reason}")
    else:
        yield Check(
            "against-meter", "open", f"{node.tag} can't confirm {device.tag}: {node.reason}", node.action
        )


def _alone(site: Site, own: Series, meter: Series) -> Iterator[Check]:
    """Power in total and by phase, with the factor or the order of phases that explains a difference."""
    told = seen(site, own)
    rounds = [
        k
        for k in range(site.rounds)
        if told.power[TOTAL][k] == told.power[TOTAL][k] and meter.power[TOTAL][k] == meter.power[TOTAL][k]
    ]
    if len(rounds) < MIN_ROUNDS:
        yield Check("against-meter", "open", f"{meter.tag} and {own.tag} have too few samples together.")
        return
    wrong = [a for a in (*PHASES, TOTAL) if _differs(site, told, meter, a, a, rounds)]
    read, true = (median(s.power[TOTAL][k] for k in rounds) for s in (own, meter))
    permitted = _permitted(site, told, meter, TOTAL, TOTAL, rounds)
    if not wrong:
        sentence = f"{own.tag} tells {read:.0f} W, {meter.tag} {true:.0f} W, permitted ±{permitted:.0f} W."
        yield Check("against-meter", "pass", sentence, "", read, true, permitted, "W")
        return
    order = _order(site, told, meter, rounds) if TOTAL not in wrong else None
    if order is not None:
        places = ", ".join(f"its L{a + 1} is {meter.tag}'s L{order[a] + 1}" for a in PHASES if order[a] != a)
        sentence = f"{own.tag} and {meter.tag} agree in sum, but not in their phases: {places}."
        yield Check(
            "phase-order", "fail", sentence, "Correct the declared rotation, or the connection.", None
        )
        return
    factor = read / true if abs(true) > permitted else None
    how = f": {factor:.3g} times as much" if factor else ""
    where = "" if TOTAL in wrong else f" on {', '.join(f'L{a + 1}' for a in wrong)}"
    sentence = (
        f"{own.tag} tells {read:.0f} W, its meter {meter.tag} reads {true:.0f} W{where}{how}; "
        f"permitted ±{permitted:.0f} W."
    )
    action = f"Measure one phase with a clamp meter: it decides between {own.tag} and {meter.tag}."
    # the two contradict one another; which of them is right neither can say
    yield Check("against-meter", "fail", sentence, action, read, true, permitted, "W")


def _permitted(site: Site, told: Series, meter: Series, a: int, b: int, rounds: Sequence[int]) -> float:
    errors = median(told.worst[a][k] + meter.worst[b][k] for k in rounds)
    return errors + STANDBY_W + site.share * median(told.move[a][k] + meter.move[b][k] for k in rounds)


def _differs(site: Site, told: Series, meter: Series, a: int, b: int, rounds: Sequence[int]) -> bool:
    apart = [meter.power[b][k] - told.power[a][k] for k in rounds]
    if any(d != d for d in apart):
        return False
    if abs(statistics.median(apart)) > _permitted(site, told, meter, a, b, rounds):
        return True
    far = sum(
        abs(d) > told.worst[a][k] + meter.worst[b][k] + told.move[a][k] + meter.move[b][k] + STANDBY_W
        for d, k in zip(apart, rounds, strict=True)
    )
    return far >= max(MIN_ROUNDS, 0.2 * len(rounds))


def _order(site: Site, told: Series, meter: Series, rounds: Sequence[int]) -> tuple[int, int, int] | None:
    """Return on which of the meter's phases each phase of the station lies, when one order fits."""
    fitting = [t for t in TURNS if not any(_differs(site, told, meter, a, t[a], rounds) for a in PHASES)]
    return fitting[0] if fitting else None


def _bottom_line(device: PlannedDevice, facts: Facts, checks: list[Check], alone: bool) -> ChargerVerdict:
    failed = [c for c in checks if c.word == "fail"]
    findings = tuple(_finding(device, c) for c in checks if c.word in ("fail", "doubt"))
    everything = tuple(checks)
    if failed:
        return ChargerVerdict(device.tag, "fail", failed[0].sentence, failed[0].action, everything, findings)
    if not any(i >= CHARGING_A for i in facts.amperes):
        return ChargerVerdict(
            device.tag, "inconclusive", f"{device.tag} did not charge during the window.",
            f"Let a vehicle charge at {device.tag}, then measure again.", everything, findings,
        )  # fmt: skip
    open_ones = [c for c in checks if c.word == "open"]
    if open_ones:
        return ChargerVerdict(
            device.tag, "inconclusive", open_ones[0].sentence, open_ones[0].action, everything, findings
        )
    if not any(c.code == "against-meter" and c.word == "pass" for c in checks):
        action = f"Read the meter above {device.tag} in the same window."
        return ChargerVerdict(
            device.tag, "inconclusive", f"No meter confirms {device.tag}.", action, everything, findings
        )
    passed = sum(c.word == "pass" for c in checks)
    how = "its own meter" if alone else "the sum at its meter"
    reason = f"{device.tag} agrees with {how} and with itself in {passed} checks."
    return ChargerVerdict(device.tag, "pass", reason, "", everything, findings)


def _finding(device: PlannedDevice, check: Check) -> Finding:
    severity: Severity = "error" if check.word == "fail" else "warning"
    figures = () if check.value is None else (Figure("value", round(check.value, 3), check.unit),)
    if check.expected is not None:
        figures = (*figures, Figure("expected", round(check.expected, 3), check.unit))
    allowed = None if check.permitted is None else Figure("permitted", round(check.permitted, 3), check.unit)
    return Finding(
        f"charger-{check.code}",
        severity,
        device.tag,
        check.sentence,
        figures,
        allowed,
        CLAUSE,
        check.action,
    )

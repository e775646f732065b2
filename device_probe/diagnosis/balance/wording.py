"""What is said about a balance: the sentences, their figures and what to do. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_probe.diagnosis.balance.compare import Comparison
from device_probe.diagnosis.balance.hypothesis import Board, Hypothesis, Kind
from device_probe.diagnosis.balance.node import Node
from device_probe.diagnosis.balance.series import PHASES, TOTAL, Site
from device_probe.model import Figure, Finding, PlannedDevice, VerdictWord

CLAUSE = "sum of sub-meters against the main meter within the chain of accuracy classes"
SAFE = "Isolate and prove dead, or short the current transformers at their test block first; never open a loaded secondary"
CODES: dict[Kind, str] = {
    "ct_ratio": "ct-ratio", "ct_ratio_phase": "ct-ratio-phase", "meter_reversed": "meter-reversed",
    "ct_reversed": "ct-reversed", "no_current": "no-current", "wrong_circuit": "wrong-circuit",
    "meter_wrong": "meter-wrong", "addresses_swapped": "addresses-swapped", "unmetered": "unmetered-load",
    "wrong_parent": "wrong-parent", "counted_twice": "counted-twice", "meter_phases": "meter-phases",
    "station_phases": "station-phases", "charger_readings": "charger-readings", "chargers_scaled": "charger-readings",
}  # fmt: skip
#: Mistakes of a meter, of which chargers alone never accuse it.
OF_METERS: frozenset[Kind] = frozenset({
    "ct_ratio", "ct_ratio_phase", "meter_reversed", "ct_reversed", "no_current", "meter_wrong", "meter_phases",
})  # fmt: skip
MANY = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict in words."""

    verdict: VerdictWord
    reason: str
    action: str = ""
    findings: tuple[Finding, ...] = ()


def told_phases(where: Sequence[int], device: PlannedDevice) -> str:
    """Return "L2" for a single-phase station, "L2-L3-L1" for a three-phase one."""
    return "-".join(f"L{p + 1}" for p in where[: device.phases])


def named(board: Board, node: Node, one: Hypothesis, comparisons: Sequence[Comparison]) -> Judged:
    """Say the one mistake that explains everything that is off."""
    sentence, remedy = sentence_of(board.site, one), remedy_of(board.site, one)
    weak = one.kind in OF_METERS and all(board.nodes[tag].weak for tag in one.covers)
    if weak:
        reason = f"{sentence} Only chargers' own readings say so, which have no accuracy class."
        action = f"Measure one phase of {one.tags[0]} with a clamp meter: it decides between the meter and the chargers."
        finding = _finding("balance-broken", "warning", node.tag, reason, action, comparisons, one)
        return Judged("inconclusive", reason, action, (finding,))
    finding = _finding(_code(one), "error", one.tags[0], sentence, remedy, comparisons, one)
    return Judged("fail", sentence, remedy, (finding,))


def _code(one: Hypothesis) -> str:
    if one.kind == "unmetered" and (one.factor or 1.0) < 0:
        return "unmetered-generation"
    return CODES[one.kind]


def several(
    board: Board, node: Node, explained: Sequence[Hypothesis], comparisons: Sequence[Comparison]
) -> Judged:
    """Name every mistake that fits; which it is can't be told."""
    told = [sentence_of(board.site, one) for one in explained[:MANY]]
    more = f" {len(explained) - MANY} more fit as well." if len(explained) > MANY else ""
    reason = f"{_size(node, comparisons)} More than one mistake fits: " + " Or: ".join(told) + more
    action = decider(explained)
    finding = _finding("balance-ambiguous", "error", node.tag, reason, action, comparisons)
    return Judged("inconclusive", reason, action, (finding,))


def decider(explained: Sequence[Hypothesis]) -> str:
    """Return the one action that tells explanations apart."""
    kinds = {one.kind for one in explained}
    if kinds & {"charger_readings", "chargers_scaled"}:
        return "Let one station after the other pause for a minute, all others steady, then measure again."
    if kinds <= {"station_phases", "meter_phases"}:
        return (
            "Let these stations charge one at a time, best with a single-phase vehicle, then measure again."
        )
    return "Measure again while loads move: let one group of stations pause for a minute, then the next."


def broken(board: Board, node: Node, comparisons: Sequence[Comparison]) -> Judged:
    """Nothing known explains it: say what is off, and where to look."""
    reason = f"{_size(node, comparisons)} No single mistake explains it."
    action = f"Look for more than one mistake below {node.tag}: measure with only one group of stations charging at a time."
    if node.weak:
        reason += " Only chargers stand below it, whose readings have no accuracy class."
        finding = _finding("balance-broken", "warning", node.tag, reason, action, comparisons)
        return Judged("inconclusive", reason, action, (finding,))
    finding = _finding("balance-broken", "error", node.tag, reason, action, comparisons)
    return Judged("fail", reason, action, (finding,))


def doubtful(site: Site, node: Node, comparisons: Sequence[Comparison]) -> Judged:
    """A meter that passes, with a warning where classes make the difference unlikely."""
    total = next((c for c in comparisons if c.quantity == "active_power" and not c.phase), None)
    total = total or next(c for c in comparisons if c.quantity == "active_power")
    missing = [f"L{a + 1}" for a in PHASES if not node.rounds(a)]
    left = f" Not judged for lack of load: {', '.join(missing)}." if missing and node.rounds(TOTAL) else ""
    reason = (
        f"{node.tag} reads {kw(total.parent)}, the {len(node.children)} below it {kw(total.children)} together: "
        f"{total.difference:+.0f} W, permitted ±{total.permitted:.0f} W.{left}"
    )
    findings = tuple(_doubt(node, c) for c in comparisons if c.verdict == "doubt")
    return Judged("pass", reason, "", findings[:1])


def _doubt(node: Node, c: Comparison) -> Finding:
    return Finding(
        "balance-doubtful", "warning", node.tag,
        f"{c.quantity.replace('_', ' ')}{_on(c)}: {node.tag} and what is below it differ by {c.difference:+.4g} {c.unit}, "
        f"more than their classes make likely ({c.likely:.4g} {c.unit}).",
        _figures(c), Figure("likely", round(c.likely, 1), c.unit), CLAUSE,
        "Measure again at a higher and steadier load; if it stays, look for a small load without a meter.", c.phase or None,
    )  # fmt: skip


def _on(c: Comparison) -> str:
    return f" on {c.phase}" if c.phase else ""


def kw(watts: float) -> str:
    """Return watts as kW."""
    return f"{watts / 1000:.2f} kW"


def _worst(comparisons: Sequence[Comparison]) -> Comparison | None:
    failed = [c for c in comparisons if c.verdict == "fail"]
    return max(failed, key=lambda c: abs(c.difference) - c.permitted, default=None)


def _size(node: Node, comparisons: Sequence[Comparison]) -> str:
    c = _worst(comparisons)
    if c is None:
        return f"{node.tag} does not balance in some samples."
    return (
        f"{node.tag} reads {kw(c.parent)}{_on(c)}, the devices below it {kw(c.children)} and losses {kw(c.losses)}: "
        f"{c.difference:+.0f} W, permitted ±{c.permitted:.0f} W."
    )


def _figures(c: Comparison) -> tuple[Figure, ...]:
    return (
        Figure("parent", round(c.parent, 1), c.unit), Figure("children", round(c.children, 1), c.unit),
        Figure("losses", round(c.losses, 1), c.unit), Figure("difference", round(c.difference, 1), c.unit),
    )  # fmt: skip


def _finding(
    code: str, severity: str, tag: str, sentence: str, remedy: str, comparisons: Sequence[Comparison],
    one: Hypothesis | None = None,
) -> Finding:  # fmt: skip
    worst = _worst(comparisons)
    figures = _figures(worst) if worst else ()
    limit = Figure("permitted", round(worst.permitted, 1), worst.unit) if worst else None
    if one is not None and one.factor is not None and one.kind != "unmetered":
        figures = (*figures, Figure("ratio", round(one.factor, 3)))
    if one is not None:
        figures += tuple(
            Figure(f"size L{a + 1}", round(one.sizes_w[a], 1), "W")
            for a in PHASES
            if one.sizes_w and one.sizes_w[a] == one.sizes_w[a]
        )
    phase = f"L{one.phase + 1}" if one is not None and one.phase is not None else None
    return Finding(code, severity, tag, sentence, figures, limit, CLAUSE, remedy, phase)  # type: ignore[arg-type]


def sentence_of(site: Site, one: Hypothesis) -> str:
    """Return what an explanation says, as one sentence."""
    tag = one.tags[0]
    device = site.devices[tag]
    factor, where = one.factor or 1.0, f" on L{(one.phase or 0) + 1}" if one.phase is not None else ""
    set_to = f"{device.ct_primary_a:g}/{device.ct_secondary_a or 5:g} A" if device.ct_primary_a else ""
    maybe = f" probably {' or '.join(one.likely[:3])} instead of {set_to}" if one.likely else ""
    match one.kind:
        case "ct_ratio":
            what = (
                f"its current transformers are{maybe}"
                if maybe
                else "its multiplier or its transformers' ratio is wrong"
            )
            return f"{tag} reads {factor:.3g} times what flows on every phase: {what}."
        case "ct_ratio_phase":
            what = (
                f"its current transformer there is{maybe}"
                if maybe
                else "its current transformer there is another one"
            )
            return f"{tag} reads {factor:.3g} times what flows{where}, and right on the other phases: {what}."
        case "meter_reversed":
            return f"{tag} reads the right size in the wrong direction on every phase: it is fed from its load side, or all its current transformers are reversed."
        case "ct_reversed":
            return f"{tag} reads the right size in the wrong direction{where}: its current transformer there is reversed."
        case "no_current":
            return f"{tag} gets no current{where or ' on any phase'} although what is around it shows one: a transformer shorted, missing or on an idle circuit."
        case "wrong_circuit":
            return f"{tag} reads what flows in the circuit of {one.tags[1]}, not in its own: its current transformers are on the wrong circuit."
        case "meter_wrong":
            return f"{tag} fits neither the devices below it nor the meter above it, which fit one another: it measures something else."
        case "addresses_swapped":
            return f"{tag} and {one.tags[1]} are exchanged: each reads what the other should, by address or by connection."
        case "wrong_parent":
            return f"{tag} is fed from {one.tags[1]}, not from {device.parent}."
        case "counted_twice":
            return f"{device.parent} does not see {tag}: it stands below another device, or is counted twice in the plan."
        case "meter_phases" | "station_phases":
            places = ", ".join(f"{t} on {told_phases(where_, site.devices[t])}" for t, where_ in one.landings)
            return f"The phases are not those of the plan: {places}."
        case "unmetered":
            return _unmetered(one)
        case "charger_readings":
            how = (
                f"tells {factor:.3g} times what it takes"
                if one.factor
                else "always tells the same value, whatever it takes"
            )
            return f"{tag} {how}: its own readings are wrong."
    return f"All {len(one.tags)} stations like {tag} tell {factor:.3g} times what they take: a scale in their profile or setting."


def _unmetered(one: Hypothesis) -> str:
    sizes = ", ".join(f"L{a + 1} {one.sizes_w[a]:+.0f} W" for a in PHASES if one.sizes_w[a] == one.sizes_w[a])
    kind = "A load without a meter takes" if (one.factor or 1.0) > 0 else "Generation without a meter gives"
    total = f"{kw(abs(one.sizes_w[TOTAL]))} below {one.tags[0]}"
    return f"{kind} {total}" + (f" ({sizes})." if sizes else ".")


def remedy_of(site: Site, one: Hypothesis) -> str:
    """Return what puts it right."""
    tag = one.tags[0]
    match one.kind:
        case "ct_ratio" | "ct_ratio_phase":
            return f"Read the plates of {tag}'s current transformers and its setting, make them agree, then measure again. {SAFE}."
        case "meter_reversed" | "ct_reversed" | "no_current" | "wrong_circuit" | "meter_wrong":
            return f"{SAFE}; then check where {tag}'s current transformers sit, their direction and S1/S2. Measure again."
        case "addresses_swapped":
            return f"Read the plates of {tag} and {one.tags[1]}, set their addresses as planned, then measure again."
        case "unmetered":
            return f"Follow the outgoing ways below {tag} with a clamp meter; put what is found into the plan, or give it a meter."
        case "wrong_parent" | "counted_twice":
            return f"Switch {tag} off for a minute and see which meter follows; then correct the plan or the connection."
        case "meter_phases" | "station_phases":
            return f"Correct the declared rotation in the plan, or the connection of {', '.join(one.tags)}, then measure again."
        case "charger_readings" | "chargers_scaled":
            return f"Check scale and setting of the built-in meter of {', '.join(one.tags[:MANY])}; don't bill by it until it agrees."
    return ""

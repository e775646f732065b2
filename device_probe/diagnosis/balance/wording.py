"""The verdict of one meter in words, with its finding and figures. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_probe.diagnosis.balance.compare import Comparison
from device_probe.diagnosis.balance.hypothesis import Board, Hypothesis, Kind
from device_probe.diagnosis.balance.node import Node
from device_probe.diagnosis.balance.sentences import MANY, kw, remedy_of, sentence_of
from device_probe.diagnosis.balance.series import PHASES, TOTAL
from device_probe.model import Figure, Finding, Severity, VerdictWord

CLAUSE = "sum of sub-meters against the main meter within the chain of accuracy classes"
#: Mistakes of a meter, of which chargers alone never accuse it.
OF_METERS: frozenset[Kind] = frozenset({
    "ct_ratio", "ct_ratio_phase", "meter_reversed", "ct_reversed", "no_current",
    "meter_wrong", "meter_phases",
})  # fmt: skip


OF_CHARGERS: frozenset[Kind] = frozenset({"charger_readings", "chargers_scaled"})
#: Mistakes of where a device is fed from: its own pause shows them.
ELSEWHERE: frozenset[Kind] = frozenset({"wrong_parent", "counted_twice"})
FEW = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict in words."""

    verdict: VerdictWord
    reason: str
    action: str = ""
    findings: tuple[Finding, ...] = ()


def code_of(one: Hypothesis) -> str:
    """Return the code of an explanation's finding."""
    if one.kind == "unmetered":
        return "unmetered-generation" if (one.factor or 1.0) < 0 else "unmetered-load"
    return "charger-readings" if one.kind == "chargers_scaled" else one.kind.replace("_", "-")


def named(board: Board, node: Node, one: Hypothesis, comparisons: Sequence[Comparison]) -> Judged:
    """Say the one mistake that explains everything that is off."""
    sentence, remedy = sentence_of(board.site, one), remedy_of(one)
    if one.kind in OF_METERS and all(board.nodes[tag].weak for tag in one.covers):
        reason = f"{sentence} Only chargers' own readings say so, which have no accuracy class."
        action = (
            f"Measure one phase of {one.tags[0]} with a clamp meter: it decides between it and the chargers."
        )
        finding = _finding("balance-broken", "warning", node.tag, reason, action, comparisons, one)
        return Judged("inconclusive", reason, action, (finding,))
    finding = _finding(code_of(one), "error", one.tags[0], sentence, remedy, comparisons, one)
    return Judged("fail", sentence, remedy, (finding,))


def several(
    board: Board, node: Node, explained: Sequence[Hypothesis], comparisons: Sequence[Comparison]
) -> Judged:
    """Name every mistake that fits; which it is can't be told."""
    told = " Or: ".join(sentence_of(board.site, one) for one in explained[:MANY])
    more = f" {len(explained) - MANY} more fit as well." if len(explained) > MANY else ""
    reason = f"{_size(node, comparisons)} More than one mistake fits: {told}{more}"
    action = decider(explained)
    finding = _finding("balance-ambiguous", "error", node.tag, reason, action, comparisons)
    return Judged("inconclusive", reason, action, (finding,))


def decider(explained: Sequence[Hypothesis]) -> str:
    """Return the one action that tells explanations apart."""
    kinds = {one.kind for one in explained}
    if kinds <= {"station_phases", "meter_phases"}:
        return (
            "Let these stations charge one at a time, best with a single-phase vehicle, then measure again."
        )
    pausing = dict.fromkeys(one.tags[0] for one in explained if one.kind in ELSEWHERE)
    if pausing and len(pausing) <= FEW and not kinds & OF_CHARGERS:
        first = ", then ".join(pausing)
        return f"Let {first} pause for a minute, all others steady, then measure again."
    if kinds & OF_CHARGERS:
        return "Let one station after the other pause for a minute, all others steady, then measure again."
    return "Measure again while loads move: let one group of stations pause for a minute, then the next."


def broken(node: Node, comparisons: Sequence[Comparison]) -> Judged:
    """Nothing known explains it: say what is off, and where to look."""
    reason = f"{_size(node, comparisons)} No single mistake explains it."
    action = (
        f"There is more than one mistake around {node.tag}: measure while only one group charges at a time."
    )
    if node.weak:
        reason += " Only chargers stand below it, whose readings have no accuracy class."
        finding = _finding("balance-broken", "warning", node.tag, reason, action, comparisons)
        return Judged("inconclusive", reason, action, (finding,))
    finding = _finding("balance-broken", "error", node.tag, reason, action, comparisons)
    return Judged("fail", reason, action, (finding,))


def doubtful(node: Node, comparisons: Sequence[Comparison]) -> Judged:
    """A meter that passes, with a warning where classes make a difference unlikely."""
    powers = [c for c in comparisons if c.quantity == "active_power"]
    total = next((c for c in powers if not c.phase), powers[0])
    missing = [f"L{a + 1}" for a in PHASES if not node.rounds(a)]
    left = f" Not judged for lack of load: {', '.join(missing)}." if missing and node.rounds(TOTAL) else ""
    reason = (
        f"{node.tag} reads {kw(total.parent)}, the {len(node.children)} below it {kw(total.children)} "
        f"together: {total.difference:+.0f} W, permitted ±{total.permitted:.0f} W.{left}"
    )
    findings = tuple(_doubt(node, c) for c in comparisons if c.verdict == "doubt")
    return Judged("pass", reason, "", findings)


def _doubt(node: Node, c: Comparison) -> Finding:
    what = c.quantity.replace("_", " ")
    return Finding(
        "balance-doubtful", "warning", node.tag,
        f"{what}{_on(c)}: {node.tag} and what is below it differ by {c.difference:+.4g} {c.unit}, "
        f"more than their classes make likely ({c.likely:.4g} {c.unit}).",
        _figures(c), Figure("likely", round(c.likely, 1), c.unit), CLAUSE,
        "Measure again at a higher and steadier load; if it stays, look for a small load without a meter.",
        c.phase or None,
    )  # fmt: skip


def _on(c: Comparison) -> str:
    return f" on {c.phase}" if c.phase else ""


def _worst(comparisons: Sequence[Comparison]) -> Comparison | None:
    failed = [c for c in comparisons if c.verdict == "fail"]
    return max(failed, key=lambda c: abs(c.difference) - c.permitted, default=None)


def _size(node: Node, comparisons: Sequence[Comparison]) -> str:
    c = _worst(comparisons)
    if c is None:
        return f"{node.tag} does not balance in some samples."
    return (
        f"{node.tag} reads {kw(c.parent)}{_on(c)}, the devices below it {kw(c.children)} and losses "
        f"{kw(c.losses)}: {c.difference:+.0f} W, permitted ±{c.permitted:.0f} W."
    )


def _figures(c: Comparison) -> tuple[Figure, ...]:
    named_values = (
        ("parent", c.parent), ("children", c.children), ("losses", c.losses), ("difference", c.difference),
    )  # fmt: skip
    return tuple(Figure(name, round(value, 1), c.unit) for name, value in named_values)


def _finding(
    code: str, severity: Severity, tag: str, sentence: str, remedy: str, comparisons: Sequence[Comparison],
    one: Hypothesis | None = None,
) -> Finding:  # fmt: skip
    worst = _worst(comparisons)
    figures = _figures(worst) if worst else ()
    limit = Figure("permitted", round(worst.permitted, 1), worst.unit) if worst else None
    if one is not None:
        figures += _own_figures(one)
    phase = f"L{one.phase + 1}" if one is not None and one.phase is not None else None
    return Finding(code, severity, tag, sentence, figures, limit, CLAUSE, remedy, phase)


def _own_figures(one: Hypothesis) -> tuple[Figure, ...]:
    if one.kind != "unmetered":
        return () if one.factor is None else (Figure("ratio", round(one.factor, 3)),)
    known = [a for a in PHASES if one.sizes_w[a] == one.sizes_w[a]]
    return tuple(Figure(f"size L{a + 1}", round(one.sizes_w[a], 1), "W") for a in known)

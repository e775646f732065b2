"""What a rule looks at, and how it writes what it found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from designs.model import (
    BoardStudy,
    Circuit,
    CircuitStudy,
    Figure,
    Finding,
    OneLine,
    Severity,
    Station,
    Study,
    Switchboard,
)
from designs.topology import Topology

#: Codes of findings that may be a warning: what a design may name under ``strict``.
WARNINGS = (
    "board_peak", "board_sources", "busbar_withstand", "electrode_unstable", "fallback_unknown",
    "harmonic_current", "harmonic_voltage", "neutral_overload", "neutral_reduced", "not_approved",
    "open_pen", "pe_size", "rcd_selectivity", "rcd_type", "rule_set_without_data", "selectivity_none",
    "spd_missing", "transformer_loading", "voltage_drop",
)  # fmt: skip
#: So many tags are written out in a sentence.
TAGS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Studied:
    """A studied one-line with its look-ups: what every rule is given."""

    one_line: OneLine
    study: Study
    topology: Topology
    circuits: Mapping[str, CircuitStudy]
    boards: Mapping[str, BoardStudy]

    def clause(self, part: str, number: str, uk: str | None = None) -> str:
        """Return a clause of a part of IEC 60364, or of BS 7671, which shares most numbers."""
        if self.one_line.rule_set == "bs7671":
            return f"BS 7671, {uk or number}"
        if self.one_line.rule_set == "nec":  # only amounts of current are judged there
            return "what was agreed with the network operator"
        return f"IEC 60364-{part}, {number}"

    def stations_below(self, node: str) -> tuple[Station, ...]:
        """Return the stations fed through a node, itself included."""
        below = (self.topology.node_of.get(tag) for tag in self.topology.below(node))
        return tuple(each for each in below if isinstance(each, Station))

    def feeders(self) -> tuple[tuple[Station, Circuit], ...]:
        """Return every station with the circuit that feeds it."""
        feeder = self.topology.feeder
        return tuple((each, feeder[each.tag]) for each in self.one_line.stations if each.tag in feeder)

    def boards_above(self, node: str) -> tuple[Switchboard, ...]:
        """Return the switchboards on the way to a node, the first one first."""
        way = (self.topology.node_of.get(tag) for tag in self.topology.way(node))
        return tuple(each for each in way if isinstance(each, Switchboard))


Rule = Callable[[Studied], Iterable[Finding]]


def studied(one_line: OneLine, study: Study) -> Studied:
    """Return a studied one-line with its look-ups."""
    circuits = {each.tag: each for each in study.circuits}
    boards = {each.tag: each for each in study.boards}
    return Studied(one_line, study, Topology(one_line), circuits, boards)


def finding(
    code: str,
    severity: Severity,
    tag: str,
    sentence: str,
    figure: Figure,
    limit: Figure | None,
    clause: str,
    remedy: str,
) -> Finding:
    """Return a finding with one figure against one limit."""
    return Finding(code, severity, tag, sentence, (figure,), limit, clause, remedy)


def known(figure: float | None) -> float:
    """Return a figure of the study; rules that read it are judged only where the rule set computes it."""
    if figure is None:
        raise LookupError("a rule asked for a figure that its rule set does not compute")
    return figure


def listed(tags: Sequence[str]) -> str:
    """Return tags as a list in a sentence: ``F01``, ``F01 and F02``, ``F01, F02, F03 and 57 more``."""
    shown, more = list(tags[:TAGS_SHOWN]), len(tags) - TAGS_SHOWN
    if more > 1:
        return f"{', '.join(shown)} and {more} more"
    shown = list(tags)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with errors first, then warnings, each by tag and code."""
    order = {"error": 0, "warning": 1, "info": 2}
    return tuple(sorted(found, key=lambda each: (order[each.severity], each.tag, each.code)))


def stricter(found: Finding, strict: Sequence[str]) -> Finding:
    """Return the finding, as an error where it is a warning whose code the design names as strict."""
    if found.severity == "warning" and found.code in strict:
        return replace(found, severity="error")
    return found


def merged(study: Study, found: Iterable[Finding]) -> Study:
    """Return the study with further findings in their places."""
    return replace(study, findings=in_order((*study.findings, *found)))

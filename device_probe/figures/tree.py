"""The meters of a site as a tree: what each reads, what is below it, what is left over."""

from collections.abc import Mapping
from dataclasses import dataclass

from device_probe.diagnosis.balance import BalanceVerdict, Comparison, Hypothesis, NodeVerdict, Site
from device_probe.diagnosis.balance.node import median
from device_probe.diagnosis.balance.series import TOTAL
from device_probe.diagnosis.site_balance import balance_of
from device_probe.model import ProbeReport, VerdictWord

MANY = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """What is left over, and how much may be. Watts; phase "" for all three."""

    phase: str
    difference: float
    likely: float
    permitted: float

    @property
    def words(self) -> str:
        """Return it in words."""
        where = f" on {self.phase}" if self.phase else ""
        return f"difference{where} {signed(self.difference)}, permitted ±{kilowatts(self.permitted)}"


@dataclass(frozen=True, slots=True)
class Branch:
    """One meter with the devices below it. Watts; None: not read."""

    tag: str
    depth: int
    reads: float | None
    below: float | None
    losses: float
    children: tuple[tuple[str, float | None], ...]
    verdict: VerdictWord
    gap: Gap | None = None
    explained: tuple[str, ...] = ()
    reason: str = ""

    @property
    def children_words(self) -> list[str]:
        """Return the devices below with their readings, the largest first."""
        ordered = sorted(self.children, key=lambda each: -abs(each[1] or 0.0))
        return [f"{tag}\u00a0{kilowatts(watts)}".replace(" ", "\u00a0") for tag, watts in ordered]

    @property
    def explanation(self) -> str:
        """Return the names of what explains it."""
        if not self.explained:
            return ""
        more = len(self.explained) - MANY
        told = "; or ".join(self.explained[:MANY]) + (f"; or {more} more" if more > 0 else "")
        return f"Explained by: {told}." if len(self.explained) == 1 else f"It may be: {told}."

    @property
    def sum_words(self) -> str:
        """Return what is below, with the losses."""
        lost = f" + lost {kilowatts(self.losses)}" if self.losses >= 1 else ""
        return f"below it {kilowatts(self.below)}{lost}"

    @property
    def words(self) -> str:
        """Return all of it in words."""
        said = [f"{self.tag} reads {kilowatts(self.reads)}, {self.sum_words}"]
        said += [self.gap.words] if self.gap else []
        said += [self.explanation] if self.explained else []
        return f"{', '.join(said)}: {self.verdict}"


def kilowatts(watts: float | None) -> str:
    """Return a power in words."""
    return "not read" if watts is None else f"{watts / 1000:.2f} kW"


def signed(watts: float) -> str:
    """Return a difference in words."""
    return f"{round(watts / 1000, 2) + 0.0:+.2f} kW"


def branches(report: ProbeReport) -> tuple[Branch, ...]:
    """Return every meter that has devices below it, in the order of the tree, judged by the rules of today.

    The verdict is the recorded one; where today's differs, today's explanations are left out.
    """
    site, balance = balance_of(report)
    recorded = {v.tag: v.verdict for v in report.verdicts if v.aspect == "balance"}
    return branches_of(site, balance, recorded)


def branches_of(
    site: Site, balance: BalanceVerdict, recorded: Mapping[str, VerdictWord] | None = None
) -> tuple[Branch, ...]:
    """Return every meter with devices below it, each above those below it."""
    judged = {node.tag: node for node in balance.nodes}
    tags = [device.tag for device in site.plan.devices]
    tops = [tag for tag in tags if site.devices[tag].parent not in site.devices]
    found: list[Branch] = []

    def visit(tag: str, depth: int) -> None:
        if tag in judged:
            found.append(_branch(site, judged[tag], depth, (recorded or {}).get(tag)))
        for child in site.children(tag):
            visit(child, depth + 1)

    for tag in tops:
        visit(tag, 0)
    return tuple(found)


def _branch(site: Site, node: NodeVerdict, depth: int, recorded: VerdictWord | None) -> Branch:
    powers = [c for c in node.comparisons if c.quantity == "active_power"]
    total = next((c for c in powers if not c.phase), None)
    children = tuple((tag, _read(site, tag)) for tag in site.children(node.tag))
    known = [watts for _, watts in children if watts is not None]
    below = sum(known) if len(known) == len(children) else None
    word = recorded or node.verdict
    explained = tuple(name_of(site, one) for one in node.explanations) if word == node.verdict else ()
    return Branch(
        node.tag, depth, _read(site, node.tag) if total is None else total.parent,
        below if total is None else total.children, total.losses if total else 0.0, children, word,
        _gap(powers, total), explained, node.reason,
    )  # fmt: skip


def _read(site: Site, tag: str) -> float | None:
    """Return what a device reads, in the middle of its rounds; also where that can't be compared."""
    told = (sample.number("active_power_total") for sample in site.samples[tag] if sample is not None)
    known = [watts for watts in told if watts is not None]
    value = median(known or site.series[tag].power[TOTAL])
    return None if value != value else value


def _gap(powers: list[Comparison], total: Comparison | None) -> Gap | None:
    """Return the total, or the phase that is off most where the total isn't."""
    failed = [c for c in powers if c.verdict == "fail"]
    worst = max(failed, key=lambda c: abs(c.difference) / max(c.permitted, 1.0), default=None)
    shown = total if total is not None and (total.verdict == "fail" or worst is None) else worst
    if shown is None:
        return None
    return Gap(shown.phase, shown.difference, shown.likely, shown.permitted)


def name_of(site: Site, one: Hypothesis) -> str:
    """Return the name of a mistake: a few words, with the devices it is about."""
    tag, other = one.tags[0], one.tags[1] if len(one.tags) > 1 else ""
    at = f" on L{one.phase + 1}" if one.phase is not None else ""
    ratio = f" ({' or '.join(one.likely[:2])})" if one.likely else ""
    size = one.sizes_w[TOTAL] if one.kind == "unmetered" else 0.0
    what = "generation" if (one.factor or 1.0) < 0 else "load"
    some = f"{', '.join(one.tags[:2])}{' …' if len(one.tags) > MANY - 1 else ''}"
    return {
        "ct_ratio": f"CT ratio of {tag}{ratio}",
        "ct_ratio_phase": f"CT ratio of {tag}{at}{ratio}",
        "meter_reversed": f"{tag} reversed",
        "ct_reversed": f"CT of {tag}{at} reversed",
        "no_current": f"no current at {tag}{at}",
        "wrong_circuit": f"{tag} on the circuit of {other}",
        "meter_wrong": f"{tag} measures something else",
        "addresses_swapped": f"{tag} and {other} exchanged",
        "unmetered": f"{what} without a meter" + (f", {kilowatts(abs(size))}" if size == size else ""),
        "wrong_parent": f"{tag} fed from {other}",
        "counted_twice": f"{tag} not below {site.devices[tag].parent}",
        "meter_phases": f"phases of {tag}",
        "station_phases": f"phases of {some}",
        "charger_readings": f"readings of {tag} itself",
        "chargers_scaled": f"readings of all like {tag}",
    }[one.kind]

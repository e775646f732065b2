"""The meters of a site as a tree: what each reads, what is below it, and what is left over."""

from dataclasses import dataclass

from device_probe import svg
from device_probe.balance import compare
from device_probe.figures.drawing import SHADES, VERDICT_INK, VERDICT_WORD, heading, key, spoken, verdict_box
from device_probe.model import PlannedDevice, ProbeReport, VerdictWord

ROW = 68.0
LINE = 80  # characters below a pair of bars
CELLS = 30


@dataclass(frozen=True, slots=True)
class Branch:
    """One meter with the meters below it. Watts; None: not read."""

    tag: str
    depth: int
    reads: float | None
    below: float | None
    children: tuple[tuple[str, float | None], ...]
    verdict: VerdictWord

    @property
    def remainder(self) -> float | None:
        """Return what the meter reads more than those below it."""
        return None if self.reads is None or self.below is None else self.reads - self.below

    @property
    def remainder_words(self) -> str:
        """Return the remainder with its share of the meter's reading."""
        if self.remainder is None:
            return "remainder unknown"
        share = f" ({_signed(100 * self.remainder / self.reads, 1)} %)" if self.reads else ""
        return f"remainder {_signed(self.remainder / 1000, 2)} kW{share}"

    def children_words(self, length: int) -> str:
        """Return the meters below with their readings, the largest first, as many as there is room for."""
        ordered = sorted(self.children, key=lambda each: -abs(each[1] or 0.0))
        said = [f"{tag} {kilowatts(watts)}" for tag, watts in ordered]
        for count in range(len(said), 0, -1):
            more = [f"{len(said) - count} more"] if count < len(said) else []
            if len(words := " + ".join([*said[:count], *more])) <= length:
                return words
        return f"{len(said)} meters"

    @property
    def words(self) -> str:
        """Return all of it in words."""
        compared = f"{kilowatts(self.reads)} against {kilowatts(self.below)}"
        return f"{self.tag} {compared}, {self.remainder_words}: {self.verdict}"


def _signed(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def kilowatts(watts: float | None) -> str:
    """Return a power in words."""
    return "not read" if watts is None else f"{watts / 1000:.2f} kW"


def balance_svg(report: ProbeReport) -> str:
    """Draw the meters as a tree: what each reads, what the meters below it read together, and the verdict."""
    return branches_svg(branches(report), key("balance", report.id))


def balance_text(report: ProbeReport) -> str:
    """Return the tree of meters for a terminal."""
    return branches_text(branches(report))


def branches(report: ProbeReport) -> tuple[Branch, ...]:
    """Return every meter that has meters below it, in the order of the plan."""
    parents = [d for d in report.plan.devices if any(c.parent == d.tag for c in report.plan.devices)]
    return tuple(_branch(report, depth, device) for depth, device in _tree_rows(report, parents))


def _branch(report: ProbeReport, depth: int, device: PlannedDevice) -> Branch:
    reads, below = _powers(report, device)
    by_tag = {s.tag: s for s in report.snapshots}
    children = tuple(
        (child.tag, by_tag[child.tag].value("active_power_total") if child.tag in by_tag else None)
        for child in report.plan.devices
        if child.parent == device.tag
    )
    verdict = report.verdicts_of(device.tag).get("balance")
    return Branch(device.tag, depth, reads, below, children, verdict.verdict if verdict else "inconclusive")


def branches_svg(rows: tuple[Branch, ...], name: str) -> str:
    """Draw branches as pairs of bars."""
    parts = [heading("Meters against one another", "each meter beside the sum of the meters below it")]
    largest = max([1.0, *(abs(v) for row in rows for v in (row.reads, row.below) if v is not None)])
    for i, row in enumerate(rows):
        above = [k for k in range(i) if rows[k].depth < row.depth]
        parts += _row(row, 70.0 + ROW * i, (i - above[-1]) * ROW if above else 0.0, 280 / largest)
    if not rows:
        parts.append(svg.text(24, 84, "No meter of this plan has meters below it."))
    said = spoken(row.words for row in rows) or "nothing to compare"
    height = 100.0 if not rows else 76.0 + ROW * len(rows)
    return svg.document(640, height, "Balance of the meters", said, parts, name)


def _row(row: Branch, y: float, rise: float, scale: float) -> list[str]:
    x, indent = 120.0, 16.0 * row.depth
    parts = [svg.text(24 + indent, y + 14, row.tag, weight="bold")]
    if rise:
        corner = f"M{svg.number(indent + 12)} {svg.number(y + 28 - rise)} V{svg.number(y + 10)} h8"
        parts.append(svg.path(corner, stroke=svg.SOFT))
    left_over = _left_over(x, y + 19, row, scale)
    parts += _bar(x, y + 2, row.reads, scale, "reads")
    parts += _bar(x, y + 19, row.below, scale, "below it", row.reads if left_over else None)
    parts += left_over
    words = f"{row.remainder_words}; below: "
    words += row.children_words(LINE - len(words))
    parts.append(svg.text(x, y + 47, words, size=10.5, fill=svg.SOFT))
    return [*parts, *verdict_box(560, y + 6, row.verdict)]


def _left_over(x: float, y: float, row: Branch, scale: float) -> list[str]:
    """Outline what the meter reads more than those below it, in the colour of its verdict."""
    if row.reads is None or row.below is None or not 0 <= row.below < row.reads:
        return []
    start, width = x + max(row.below * scale, 1), (row.reads - row.below) * scale
    if width < 3:
        return []
    return [svg.rect(start, y, width, 13, fill=svg.PAPER, stroke=VERDICT_INK[row.verdict], stroke_width=1.4)]


def _bar(
    x: float, y: float, watts: float | None, scale: float, name: str, until: float | None = None
) -> list[str]:
    if watts is None:
        return [svg.text(x, y + 11, f"{name}: not read", size=11, fill=svg.SOFT)]
    width, own = max(abs(watts) * scale, 1), name == "reads"
    back = " (exported)" if watts < 0 else ""
    return [
        svg.rect(x, y, width, 13, fill=SHADES[0] if own else "#dfe6ec", stroke=SHADES[0]),
        svg.text(
            x + max(width, (until or 0.0) * scale) + 8, y + 11, f"{name} {watts / 1000:.2f} kW{back}", size=11
        ),
    ]


def branches_text(rows: tuple[Branch, ...]) -> str:
    """Return branches as lines of a tree with bars of characters."""
    if not rows:
        return "No meter of this plan has meters below it."
    largest = max([1.0, *(abs(v) for row in rows for v in (row.reads, row.below) if v is not None)])
    lines = ["Meters against one another"]
    for row in rows:
        indent = "   " * max(row.depth - 1, 0) + ("└─ " if row.depth else "")
        gap = " " * (len(indent) + len(row.tag))
        for lead, name, watts, mark in (
            (f"{indent}{row.tag}", "reads", row.reads, "█"), (gap, "below", row.below, "▒")
        ):  # fmt: skip
            bar = mark * round(CELLS * abs(watts or 0.0) / largest)
            lines.append(f"{lead:<16} {name} {bar} {kilowatts(watts)}")
        lines.append(f"{'':<16} {row.remainder_words}  [{VERDICT_WORD[row.verdict]}]")
    return "\n".join(lines)


def _tree_rows(report: ProbeReport, parents: list[PlannedDevice]) -> list[tuple[int, PlannedDevice]]:
    by_tag = {d.tag: d for d in report.plan.devices}

    def depth(device: PlannedDevice) -> int:
        above = device.parent
        return 0 if above is None or above not in by_tag else 1 + depth(by_tag[above])

    return [(depth(d), d) for d in parents]


def _powers(report: ProbeReport, device: PlannedDevice) -> tuple[float | None, float | None]:
    by_tag = {s.tag: s for s in report.snapshots}
    children = [d for d in report.plan.devices if d.parent == device.tag]
    own = by_tag[device.tag].value("active_power_total") if device.tag in by_tag else None
    known = [by_tag[c.tag].value("active_power_total") if c.tag in by_tag else None for c in children]
    if own is None or any(value is None for value in known):
        return own, None
    return own, compare(device, children, by_tag)[0].children_w

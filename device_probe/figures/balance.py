"""The balance tree drawn: each meter beside what is below it, and the difference on its own scale."""

from device_probe import svg
from device_probe.figures.drawing import (
    LEFT,
    LIGHT,
    RIGHT,
    SHADES,
    SMALL,
    VERDICT_INK,
    VERDICT_WORD,
    WIDTH,
    Drawn,
    heading,
    key,
    paragraph,
    spoken,
    verdict_at,
)
from device_probe.figures.tree import Branch, Gap, branches, kilowatts
from device_probe.model import ProbeReport

INDENT, BAR, CELLS = 16.0, 11.0, 30
GAUGE = 58.0  # half of a gauge stands for twice what is permitted
NONE = "No meter of this plan has devices below it."
__all__ = ["Branch", "balance_svg", "balance_text", "branches", "branches_svg", "branches_text"]


def balance_svg(report: ProbeReport) -> str:
    """Draw the meters as a tree: what each reads, what is below it and lost, the tolerance, the verdict."""
    return branches_svg(branches(report), key("balance", report.id), report.load_statement)


def balance_text(report: ProbeReport) -> str:
    """Return the tree of meters for a terminal."""
    return branches_text(branches(report))


def branches_svg(rows: tuple[Branch, ...], name: str, load: str = "") -> str:
    """Draw branches one below the other."""
    parts, y = heading("Meters against one another", "each meter beside the devices below it", load)
    largest = max([1.0, *(abs(v) for row in rows for v in (row.reads, _whole(row)) if v is not None)])
    tops: list[tuple[int, float]] = []
    for row in rows:
        above = next((at for depth, at in reversed(tops) if depth < row.depth), None)
        tops.append((row.depth, y + 12))
        if above is not None:
            parts.append(_branch_line(row.depth, above, y + 12))
        more, y = _row(row, y + 12, largest)
        parts += more
    if not rows:
        parts.append(svg.text(LEFT, y + 14, NONE))
        y += 24
    more, y = _legend(y + 10) if rows else ([], y)
    said = spoken(row.words for row in rows) or "nothing to compare"
    return svg.document(WIDTH, y, "Balance of the meters", said, [*parts, *more], name)


def _whole(row: Branch) -> float | None:
    return None if row.below is None else row.below + row.losses


def _branch_line(depth: int, above: float, y: float) -> str:
    x = LEFT + INDENT * (depth - 1) + 3
    return svg.path(
        f"M{svg.number(x)} {svg.number(above + 5)} V{svg.number(y - 4)} h9", stroke=svg.SOFT
    )  # fmt: skip


def _row(row: Branch, y: float, largest: float) -> Drawn:
    x = LEFT + INDENT * row.depth
    parts = [svg.text(x, y, row.tag, size=13, weight="bold"), *verdict_at(RIGHT, y, row.verdict)]
    scale, x = (220 - INDENT * row.depth) / largest, x + 10
    parts += _bar(x, y + 8, row.reads, scale, _reads(row.reads), SHADES[0])
    parts += _bar(x, y + 24, row.below, scale, f"below {kilowatts(row.below)}", LIGHT, row.losses)
    y += 42
    if row.gap is not None:
        parts += _gauge(row.gap, x, y, row.verdict)
        words = f"{row.gap.words}{f'; lost {kilowatts(row.losses)}' if row.losses >= 1 else ''}"
        more, y = paragraph(y + 10, words, x=x + 2 * GAUGE + 10, most=3)
        parts, y = [*parts, *more], max(y, 0.0)
    else:
        more, y = paragraph(y + 10, row.reason or "not compared", x=x, most=3, fill=svg.SOFT)
        parts += more
    more, y = paragraph(y, row.explanation, x=x, most=4, weight="bold")
    parts += more
    more, y = paragraph(y, f"below: {', '.join(row.children_words)}", x=x, most=4, fill=svg.SOFT)
    return [*parts, *more], y + 8


def _reads(watts: float | None) -> str:
    back = watts is not None and watts < 0
    return f"exports {kilowatts(-(watts or 0.0))}" if back else f"reads {kilowatts(watts)}"


def _bar(
    x: float, y: float, watts: float | None, scale: float, words: str, fill: str, losses: float = 0.0
) -> list[str]:
    if watts is None:
        return [svg.text(x, y + 10, words, size=SMALL, fill=svg.SOFT)]
    width, lost = max(abs(watts) * scale, 1.0), losses * scale
    parts = [svg.rect(x, y, width, BAR, fill=fill, stroke=SHADES[0])]
    if lost >= 1:
        parts.append(svg.rect(x + width, y, lost, BAR, fill=svg.SOFT, stroke=SHADES[0]))
    return [*parts, svg.text(x + width + lost + 6, y + 10, words, size=SMALL)]


def _gauge(gap: Gap, x: float, y: float, verdict: str) -> list[str]:
    """Draw the difference around zero: the box is what is permitted, the inner one what is likely."""
    centre, middle, unit = x + GAUGE, y + 8, GAUGE / 2 / max(gap.permitted, 1e-9)
    likely = min(gap.likely, gap.permitted) * unit
    at = gap.difference * unit
    beyond = abs(at) > GAUGE - 6
    at = max(-GAUGE + 6, min(GAUGE - 6, at))
    ink = VERDICT_INK[verdict]
    parts = [
        svg.line(centre - GAUGE, middle, centre + GAUGE, middle, stroke=svg.SOFT),
        svg.rect(centre - GAUGE / 2, middle - 7, GAUGE, 14, fill=svg.PAPER, stroke=svg.INK),
        svg.rect(centre - likely, middle - 7, 2 * likely, 14, fill=LIGHT),
        svg.line(centre, middle - 7, centre, middle + 7, stroke=svg.SOFT, dash="2 2"),
    ]
    if beyond:
        way = 1 if gap.difference > 0 else -1
        tip = f"M{svg.number(centre + at)} {svg.number(middle - 6)} l{6 * way} 6 l{-6 * way} 6 Z"
        return [*parts, svg.path(tip, fill=ink, stroke=ink)]
    return [*parts, svg.circle(centre + at, middle, 4.5, fill=ink, stroke=svg.PAPER, width=1.2)]


def _legend(y: float) -> Drawn:
    soft = svg.SOFT
    parts = [
        svg.line(LEFT, y - 8, RIGHT, y - 8, stroke=svg.RULE),
        svg.rect(LEFT, y + 2, 40, 12, fill=svg.PAPER, stroke=svg.INK),
        svg.rect(LEFT + 10, y + 2, 20, 12, fill=LIGHT),
        svg.circle(LEFT + 22, y + 8, 4, fill=svg.INK, stroke=svg.PAPER),
        svg.text(LEFT + 48, y + 12, "difference inside what is permitted (grey: likely)", size=SMALL,
                 fill=soft),
        svg.path(f"M{svg.number(LEFT + 30)} {svg.number(y + 18)} l6 6 l-6 6 Z", fill=svg.INK),
        svg.text(LEFT + 48, y + 28, "difference far beyond it", size=SMALL, fill=soft),
    ]  # fmt: skip
    return parts, y + 40


def branches_text(rows: tuple[Branch, ...]) -> str:
    """Return branches as lines of a tree with bars of characters."""
    if not rows:
        return NONE
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
        said = row.gap.words if row.gap else "not compared"
        lost = f", lost {kilowatts(row.losses)}" if row.losses >= 1 else ""
        lines.append(f"{'':<16} {said}{lost}  [{VERDICT_WORD[row.verdict]}]")
        if row.explained:
            lines.append(f"{'':<16} {row.explanation}")
    return "\n".join(lines)

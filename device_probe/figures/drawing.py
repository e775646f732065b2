"""What all figures share: headings, arrows, marks. Nothing depends on colour alone."""

import math
import re
from collections.abc import Iterable

from device_probe import svg

#: L1, L2, L3: three clearly different greys when printed without colour.
SHADES = ("#0b3c5d", "#2f7f79", "#8a5a00")
WINDOW = "#e9eef2"
VERDICT_WORD = {"pass": "pass", "fail": "FAIL", "inconclusive": "open"}
VERDICT_INK = {"pass": svg.GOOD, "fail": svg.BAD, "inconclusive": svg.DOUBT}
Point = tuple[float, float]


def heading(title: str, subtitle: str) -> str:
    """Return the two lines at the top of a figure."""
    return svg.text(24, 32, title, size=16, weight="bold") + svg.text(
        24, 51, subtitle, size=11, fill=svg.SOFT
    )


def key(kind: str, name: str) -> str:
    """Return the name that keeps the ids of several drawings on a page apart."""
    return re.sub(r"[^A-Za-z0-9-]", "-", f"{kind}-{name}")


def point(centre: Point, radius: float, angle_deg: float) -> Point:
    """Return a point on a circle, angles counter-clockwise from the right."""
    angle = math.radians(angle_deg)
    return centre[0] + radius * math.cos(angle), centre[1] - radius * math.sin(angle)


def arrow(
    centre: Point, radius: float, angle_deg: float, ink: str, width: float, *, hollow: bool, dash: str = ""
) -> str:
    """Return an arrow from the centre outwards."""
    tip, neck = point(centre, radius, angle_deg), point(centre, max(radius - 12, 0), angle_deg)
    left, right = point(tip, 12, angle_deg + 158), point(tip, 12, angle_deg - 158)
    head = "M" + " L".join(f"{svg.number(x)} {svg.number(y)}" for x, y in (tip, left, right)) + " Z"
    stem = svg.line(*centre, *neck, stroke=ink, width=width, dash=dash)
    return stem + svg.path(head, fill=svg.PAPER if hollow else ink, stroke=ink, width=1.5)


def sector(centre: Point, radius: float, from_deg: float, to_deg: float) -> str:
    """Return a sector of a circle."""
    start, end = point(centre, radius, from_deg), point(centre, radius, to_deg)
    corners = [svg.number(value) for value in (*centre, *start, *end)]
    size = svg.number(radius)
    edge = f"L{corners[2]} {corners[3]} A{size} {size} 0 0 0 {corners[4]} {corners[5]} Z"
    return svg.path(f"M{corners[0]} {corners[1]} {edge}", fill=WINDOW, stroke=svg.RULE)


def wrapped_lines(words: str, width: int, most: int) -> list[str]:
    """Return a text in lines of at most ``width`` characters; what is too long ends with an ellipsis."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word[:width])
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][: width - 2]} …"]
    return lines


def verdict_box(x: float, y: float, word: str) -> list[str]:
    """Return a verdict as a word in a box of its colour."""
    ink = VERDICT_INK[word]
    return [
        svg.rect(x, y, 56, 24, fill=svg.PAPER, stroke=ink, radius=4, stroke_width=1.6),
        svg.text(x + 28, y + 16, VERDICT_WORD[word], size=11.5, weight="bold", anchor="middle", fill=ink),
    ]


def grid(left: float, right: float, base: float, top: float, scale: float, unit: str = "%") -> list[str]:
    """Return horizontal lines with their values from 0 to ``top``."""
    step = next(s for s in STEPS if top / s <= 6)
    parts = []
    for i in range(int(top / step) + 1):
        y = base - i * step * scale
        parts.append(svg.line(left, y, right, y, stroke=svg.RULE if i else svg.INK))
        parts.append(svg.text(left - 6, y + 4, f"{i * step:g} {unit}", size=10, anchor="end", fill=svg.SOFT))
    return parts


def spoken(parts: Iterable[str]) -> str:
    """Return parts of a text alternative as one."""
    return "; ".join(parts)


STEPS = tuple(m * 10.0**e for e in range(-4, 9) for m in (1, 2, 5))

"""What all figures share: headings, paragraphs, arrows, marks of a verdict. Nothing depends on colour alone.

A figure is 400 units wide and no letter is smaller than 11, so that it can be read on a telephone.
"""

import math
import re
from collections.abc import Iterable

from device_probe import svg

WIDTH, LEFT, RIGHT = 400.0, 12.0, 388.0
BODY, SMALL = 12.0, 11.0
LETTER = 0.58  # mean width of a letter, as a share of its size
#: L1, L2, L3: three clearly different greys when printed without colour.
SHADES = ("#0b3c5d", "#2f7f79", "#8a5a00")
LIGHT = "#dfe6ec"
WINDOW = "#e9eef2"
VERDICT_WORD = {"pass": "pass", "fail": "FAIL", "inconclusive": "open", "info": "no limit"}
VERDICT_INK = {"pass": svg.GOOD, "fail": svg.BAD, "inconclusive": svg.DOUBT, "info": svg.SOFT}
WORD_WIDTH = {"pass": 31.0, "fail": 31.0, "inconclusive": 35.0, "info": 56.0}
Point = tuple[float, float]
Drawn = tuple[list[str], float]  # elements, and the height at which the next may begin


def heading(title: str, *lines: str) -> Drawn:
    """Return title and subtitles at the top of a figure, in as many lines as they need."""
    parts, y = paragraph(24, title, size=15, most=2, weight="bold", step=18)
    for line in lines:
        more, y = paragraph(y, line, most=3, fill=svg.SOFT)
        parts += more
    return parts, y + 4


def paragraph(
    y: float, words: str, *, x: float = LEFT, right: float = RIGHT, size: float = SMALL, most: int = 4,
    fill: str = svg.INK, weight: str = "normal", step: float = 0.0,
) -> Drawn:  # fmt: skip
    """Return a text in lines from x to right; the first one stands at y."""
    wide = LETTER + (0.05 if weight == "bold" else 0.0)
    lines = wrapped_lines(words, int((right - x) / (wide * size)), most) if words else []
    step = step or size + 4
    parts = [svg.text(x, y + step * i, one, size=size, fill=fill, weight=weight)
             for i, one in enumerate(lines)]  # fmt: skip
    return parts, y + step * len(lines)


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
    stem = svg.line(*centre, *neck, stroke=ink, width=width, dash=dash)
    return stem + svg.path(shape(tip, left, right), fill=svg.PAPER if hollow else ink, stroke=ink, width=1.5)


def shape(*corners: Point) -> str:
    """Return the path of a closed shape."""
    return "M" + " L".join(f"{svg.number(x)} {svg.number(y)}" for x, y in corners) + " Z"


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
    for word in re.sub(UNIT, "\u00a0", words).split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word[:width])
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][: width - 2]} …"]
    return lines


def sign(x: float, y: float, word: str) -> str:
    """Return the sign of a verdict around a point: a tick in a ring, a cross on a disc, a broken ring."""
    ink = VERDICT_INK[word]
    if word == "pass":
        tick = f"M{svg.number(x - 3.5)} {svg.number(y)} l2.5 3 l5 -6"
        return svg.circle(x, y, 7, stroke=ink, width=1.6) + svg.path(tick, stroke=ink, width=2)
    if word == "fail":
        cross = f"M{svg.number(x - 3)} {svg.number(y - 3)} l6 6 m0 -6 l-6 6"
        return svg.circle(x, y, 7.5, fill=ink, stroke=ink) + svg.path(cross, stroke=svg.PAPER, width=2.2)
    mark = "?" if word == "inconclusive" else "–"
    return svg.circle(x, y, 7, stroke=ink, width=1.6) + svg.text(
        x, y + 4, mark, size=11, weight="bold", anchor="middle", fill=ink
    )


def verdict_at(right: float, y: float, word: str) -> list[str]:
    """Return a verdict as sign and word that ends at the right; y is the line of the word."""
    ink, words = VERDICT_INK[word], VERDICT_WORD[word]
    start = right - WORD_WIDTH[word] - 14
    return [
        sign(start, y - 4, word),
        svg.text(right, y, words, size=BODY, weight="bold", anchor="end", fill=ink),
    ]


def grid(left: float, right: float, base: float, top: float, scale: float, unit: str = "%") -> list[str]:
    """Return horizontal lines with their values from 0 to ``top``."""
    step = next(s for s in STEPS if top / s <= 6)
    parts = []
    for i in range(int(top / step) + 1):
        y = base - i * step * scale
        words = f"{i * step:g} {unit}" if not i or i == int(top / step) else f"{i * step:g}"
        parts.append(svg.line(left, y, right, y, stroke=svg.RULE if i else svg.INK))
        parts.append(svg.text(left - 5, y + 4, words, size=SMALL, anchor="end", fill=svg.SOFT))
    return parts


def spoken(parts: Iterable[str]) -> str:
    """Return parts of a text alternative as one."""
    return "; ".join(parts)


UNIT = re.compile(r"(?<=\d) (?=(kW|W|A|V|%|s)\b|%)")  # a number stays with its unit
STEPS = tuple(m * 10.0**e for e in range(-4, 9) for m in (1, 2, 5))

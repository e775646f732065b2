"""Shapes and graphical symbols after IEC 60617 as SVG, drawn on a vertical conductor; text stays text."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

FONT = "DejaVu Sans, Arial, sans-serif"
INK = "#111111"
SOFT = "#4d4d4d"
FAINT = "#8c8c8c"
#: Dark enough to stay readable in greyscale; a sign (▲, ■) always stands with it.
WARNING = "#8a4b00"
ERROR = "#a00000"
#: Width of an average DejaVu Sans character, in em; narrow and wide ones that occur often.
CHARACTER_EM = 0.61
_EM = (
    dict.fromkeys(" ijl.,:;|'·()[]I!", 0.33)
    | dict.fromkeys("frt-–/", 0.42)
    | dict.fromkeys("0123456789", 0.64)
    | dict.fromkeys("wm≤≥→Ω", 0.86)
    | dict.fromkeys("WM@%", 0.99)
)


#: What XML can't hold, what a line of text can't show, and what turns the direction of the words around it.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)


def clean(value: str) -> str:
    """Return a text without control characters and marks that turn the direction of writing."""
    return _UNSEEN.sub("", value)


@lru_cache(maxsize=4096)
def _em(sign: str) -> float:
    known = _EM.get(sign)
    if known is not None:
        return known
    return 1.05 if unicodedata.east_asian_width(sign) in "WF" else CHARACTER_EM + 0.08 * sign.isupper()


def width_of(content: str, size: float) -> float:
    """Return about how wide a text is in DejaVu Sans."""
    return size * sum(map(_em, content))


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def line(
    x1: float, y1: float, x2: float, y2: float, width: float = 1.5, dash: str = "", color: str = INK
) -> str:
    """Return a straight line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f'<line {ends} stroke="{color}" stroke-width="{number(width)}"{dashes}/>'


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = "none",
    stroke: str = INK,
    stroke_width: float = 1.5,
    dash: str = "",
    radius: float = 0,
) -> str:
    """Return a rectangle."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    corner = f' rx="{number(radius)}"' if radius else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"{corner} '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{number(stroke_width)}"{dashes}/>'
    )


def circle(x: float, y: float, radius: float, fill: str = "none") -> str:
    """Return a circle."""
    place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
    return f'<circle {place} fill="{fill}" stroke="{INK}" stroke-width="1.5"/>'


def path(data: str, fill: str = "none", width: float = 1.5) -> str:
    """Return a path."""
    return f'<path d="{data}" fill="{fill}" stroke="{INK}" stroke-width="{number(width)}"/>'


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = 10.5,
    bold: bool = False,
    anchor: str = "start",
    color: str = INK,
) -> str:
    """Return one line of text."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-family="{FONT}" font-size="{number(size)}"{weight} '
        f'text-anchor="{anchor}" fill="{color}">{escape(clean(content))}</text>'
    )


def lines_of_text(
    x: float,
    y: float,
    contents: Sequence[str],
    size: float = 10.5,
    step: float = 14.0,
    bold_first: bool = False,
) -> str:
    """Return several lines of text under one another."""
    return "".join(
        text(x, y + step * place, content, size=size, bold=bold_first and place == 0)
        for place, content in enumerate(contents)
    )


def symbol(title: str, description: str, *parts: str) -> str:
    """Return a group that a screen reader announces with a title and a description."""
    label = quoteattr(clean(title))
    return (
        f'<g role="img" aria-label={label}><title>{escape(clean(title))}</title>'
        f"<desc>{escape(clean(description))}</desc>{''.join(parts)}</g>"
    )


def shorten(content: str, width: float, size: float) -> str:
    """Return a text cut with an ellipsis to what fits in a width."""
    said = clean(content)
    if width_of(said, size) <= width:
        return said
    room, kept = width - size * CHARACTER_EM, 0
    for sign in said:
        room -= size * _em(sign)
        if room < 0:
            break
        kept += 1
    return (said[:kept].rstrip() if kept else "") + "…"


def wrap(content: str, width: float, size: float, separator: str = " ") -> list[str]:
    """Return a text broken at a separator into lines that fit a width."""
    made: list[str] = []
    for word in clean(content).split(separator):
        joined = f"{made[-1]}{separator}{word}" if made else word
        if made and width_of(joined, size) <= width:
            made[-1] = joined
            continue
        if made and separator != " ":
            made[-1] += separator.rstrip()
        made.append(word)
    return [shorten(each, width, size) for each in made]


def supply_source(x: float, y: float) -> str:
    """Return an AC source: circle with a sine wave, 44 high."""
    wave = f"M {number(x - 11)} {number(y + 22)} q 5.5 -12 11 0 q 5.5 12 11 0"
    return circle(x, y + 22, 20) + path(wave)


def transformer(x: float, y: float) -> str:
    """Return a transformer with two windings, 50 high."""
    return circle(x, y + 17, 16) + circle(x, y + 35, 16)


def breaker(x: float, y: float) -> str:
    """Return a circuit-breaker: contact with a cross, 44 high."""
    cross = line(x - 5, y + 5, x + 5, y + 15) + line(x - 5, y + 15, x + 5, y + 5)
    return line(x, y, x, y + 10) + cross + line(x, y + 32, x - 12, y + 11) + line(x, y + 32, x, y + 44)


def fuse(x: float, y: float) -> str:
    """Return a fuse: a box with the conductor through it, 44 high."""
    return line(x, y, x, y + 44) + box(x - 6, y + 10, 12, 24)


def _sum_transformer(x: float, y: float) -> str:
    place = f'cx="{number(x)}" cy="{number(y)}" rx="11" ry="5"'
    return f'<ellipse {place} fill="none" stroke="{INK}" stroke-width="1.5"/>'


def rcd(x: float, y: float) -> str:
    """Return a residual current device: a switch tripped by a sum current transformer, 56 high."""
    blade = line(x, y, x, y + 8) + line(x - 4, y + 8, x + 4, y + 8) + line(x, y + 28, x - 11, y + 9)
    ring = _sum_transformer(x, y + 42)
    link = line(x - 11, y + 42, x - 17, y + 42) + line(x - 17, y + 42, x - 17, y + 19)
    return (
        blade + line(x, y + 28, x, y + 56) + ring + link + line(x - 17, y + 19, x - 6, y + 19, dash="2.5 2")
    )


def breaker_with_rcd(x: float, y: float) -> str:
    """Return a circuit-breaker that a sum current transformer trips too, 62 high."""
    ring = _sum_transformer(x, y + 48)
    link = line(x - 11, y + 48, x - 18, y + 48) + line(x - 18, y + 48, x - 18, y + 22)
    return (
        breaker(x, y)
        + ring
        + link
        + line(x - 18, y + 22, x - 6, y + 22, dash="2.5 2")
        + line(x, y + 44, x, y + 62)
    )


def current_transformer(x: float, y: float, to_x: float) -> str:
    """Return a measuring current transformer: a ring and its secondary lead, centred on y."""
    ticks = "".join(line(x + 12 + off, y + 4, x + 17 + off, y - 4, 1.2) for off in (0, 4))
    return circle(x, y, 8) + line(x + 8, y, to_x, y, 1.2) + ticks


def energy_meter(x: float, y: float, word: str = "Wh") -> str:
    """Return an integrating meter, 34 wide and 30 high, centred on y."""
    return (
        box(x, y - 15, 34, 30, fill="#ffffff")
        + line(x, y - 8, x + 34, y - 8)
        + text(x + 17, y + 8, word, anchor="middle")
    )


def cable(x: float, y: float, height: float, cores: int) -> str:
    """Return a conductor with the stroke and the number that tell how many cores it has."""
    middle = y + height / 2
    return (
        line(x, y, x, y + height)
        + line(x - 6, middle + 5, x + 6, middle - 5)
        + text(x - 9, middle + 4, str(cores), size=9, anchor="end", color=SOFT)
    )


def earth(x: float, y: float) -> str:
    """Return a protective earth, 12 high."""
    return "".join(line(x - half, y + off, x + half, y + off) for off, half in ((0, 10), (5, 6.5), (10, 3)))


def surge_arrester(x: float, y: float) -> str:
    """Return a surge protective device to earth, 70 high."""
    head = f"M {number(x - 4)} {number(y + 27)} l 4 8 l 4 -8 Z"
    arrow = line(x, y + 14, x, y + 30) + path(head, INK)
    return (
        line(x, y, x, y + 14)
        + box(x - 8, y + 14, 16, 34)
        + arrow
        + line(x, y + 48, x, y + 60)
        + earth(x, y + 60)
    )


def charging_station(x: float, y: float, outlets: int) -> str:
    """Return a charging station: a cabinet with one socket-outlet per connector, 54 high."""
    width = max(44, 26 * outlets + 12)
    first = x - 13 * (outlets - 1)
    sockets = "".join(_socket(first + 26 * place, y + 38) for place in range(outlets))
    rail = line(first, y + 10, first + 26 * (outlets - 1), y + 10) if outlets > 1 else ""
    return box(x - width / 2, y, width, 54, fill="#ffffff", radius=3) + line(x, y, x, y + 10) + rail + sockets


def _socket(x: float, y: float) -> str:
    """A socket-outlet with protective contact: half circle, stem and the bar of the contact."""
    half = f"M {number(x - 10)} {number(y + 6)} a 10 10 0 0 1 20 0"
    return path(half) + line(x - 10, y - 4, x + 10, y - 4) + line(x, y - 4, x, y - 28)

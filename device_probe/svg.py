"""The few SVG elements that the figures use: presentation attributes only, for every viewer."""

from collections.abc import Iterable
from html import escape

FONT = "DejaVu Sans, Arial, sans-serif"
INK = "#1b2430"
SOFT = "#5b6673"
RULE = "#c9d0d8"
PAPER = "#ffffff"
GOOD = "#1f6f54"
BAD = "#b3261e"
DOUBT = "#8a5a00"


def number(value: float) -> str:
    """Return a coordinate in its shortest form."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def attributes(values: dict[str, object]) -> str:
    """Return attributes in the given order; underscores become hyphens."""
    pairs = ((k.replace("_", "-"), number(v) if isinstance(v, float) else str(v)) for k, v in values.items())
    return "".join(f' {key}="{escape(text)}"' for key, text in pairs)


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = 12,
    fill: str = INK,
    anchor: str = "start",
    weight: str = "normal",
) -> str:
    """Return a line of text."""
    described = attributes({
        "x": float(x), "y": float(y), "font_family": FONT, "font_size": float(size), "fill": fill,
        "text_anchor": anchor, "font_weight": weight,
    })  # fmt: skip
    return f"<text{described}>{escape(words)}</text>"


def line(
    x1: float, y1: float, x2: float, y2: float, *, stroke: str = INK, width: float = 1, dash: str = ""
) -> str:
    """Return a straight line."""
    values: dict[str, object] = {
        "x1": float(x1), "y1": float(y1), "x2": float(x2), "y2": float(y2), "stroke": stroke,
        "stroke_width": float(width),
    }  # fmt: skip
    return f"<line{attributes(values | ({'stroke_dasharray': dash} if dash else {}))}/>"


def rect(
    x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "none", radius: float = 0,
    stroke_width: float = 1,
) -> str:  # fmt: skip
    """Return a rectangle."""
    described = attributes({
        "x": float(x), "y": float(y), "width": float(width), "height": float(height), "rx": float(radius),
        "fill": fill, "stroke": stroke, "stroke_width": float(stroke_width),
    })  # fmt: skip
    return f"<rect{described}/>"


def path(d: str, *, fill: str = "none", stroke: str = "none", width: float = 1) -> str:
    """Return a path."""
    return f"<path{attributes({'d': d, 'fill': fill, 'stroke': stroke, 'stroke_width': float(width)})}/>"


def circle(
    x: float, y: float, radius: float, *, fill: str = "none", stroke: str = RULE, width: float = 1
) -> str:
    """Return a circle."""
    described = attributes({
        "cx": float(x), "cy": float(y), "r": float(radius), "fill": fill, "stroke": stroke,
        "stroke_width": float(width),
    })  # fmt: skip
    return f"<circle{described}/>"


def moved(parts: str, x: float, y: float) -> str:
    """Return elements drawn around the origin at another place."""
    return f'<g transform="translate({number(x)} {number(y)})">{parts}</g>'


def document(
    width: float, height: float, title: str, description: str, parts: Iterable[str], key: str
) -> str:
    """Return a whole drawing with its text alternative; ``key`` keeps the ids of several drawings apart."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width)}" height="{number(height)}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc">'
    )
    spoken = (
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>'
    )
    return "".join((head, spoken, rect(0, 0, width, height, fill=PAPER), *parts, "</svg>"))

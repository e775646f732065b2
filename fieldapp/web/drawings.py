"""The one place that trusts markup: SVG made by our own rooms, put inside a page."""

import re

from markupsafe import Markup

_DECLARATION = re.compile(r"\A\s*(<\?xml[^>]*\?>|<!DOCTYPE[^>]*>|\s)*", re.IGNORECASE)
_ID = re.compile(r'(\sid=")([^"]+)"')
_REFERENCE = re.compile(r'((?:xlink:)?href="#|url\(#)([^")]+)')
_DESCRIPTION = re.compile(r'(\saria-(?:labelledby|describedby)=")([^"]+)"')


def drawing(svg: str, scope: str = "drawing") -> Markup:
    """Return a drawing of our own as safe markup, its ids prefixed so that several fit on one page."""
    text = _DECLARATION.sub("", svg, count=1)
    text = _ID.sub(rf'\g<1>{scope}-\g<2>"', text)
    text = _REFERENCE.sub(rf"\g<1>{scope}-\g<2>", text)
    text = _DESCRIPTION.sub(lambda found: f'{found[1]}{_prefixed(found[2], scope)}"', text)
    return Markup(text)  # noqa: S704 - our own rooms drew it and escaped every text in it


def _prefixed(names: str, scope: str) -> str:
    return " ".join(f"{scope}-{name}" for name in names.split())

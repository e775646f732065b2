"""Drawings made safe to embed, and drawn signatures as pictures. SVG in, SVG out."""

import re
from xml.etree import ElementTree as ET

from reports.errors import DrawingError
from reports.glyphs import printable
from reports.model import SignatureDrawing

FAMILY = "Pack Sans"
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_HREFS = ("href", f"{{{_XLINK}}}href")
_KEPT = {
    f"{{{_SVG}}}{name}"
    for name in (
        *(
            "svg",
            "g",
            "defs",
            "symbol",
            "use",
            "title",
            "desc",
            "marker",
            "pattern",
            "style",
            "clipPath",
            "mask",
        ),
        *("path", "line", "polyline", "polygon", "rect", "circle", "ellipse", "text", "tspan", "textPath"),
        *("linearGradient", "radialGradient", "stop"),
    )
}
_PAD = 12
_VIEW_BOX = re.compile(r"viewBox=[\"'][\d.\s,-]*?([\d.]+)[\s,]+([\d.]+)[\"']")
_FOREIGN = re.compile(r"url\((?!\s*['\"]?#)", re.IGNORECASE)

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


def embeddable(text: str) -> bytes:
    """Return a drawing with nothing in it that fetches, scripts or needs another font."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DrawingError("A drawing declares a document type; give plain SVG without one.")
    try:
        # Without a document type there are no entities to expand or to fetch.
        root = ET.fromstring(text)  # noqa: S314
    except (ET.ParseError, ValueError) as problem:
        raise DrawingError(f"A drawing is not well-formed SVG: {problem}.") from problem
    if root.tag != f"{{{_SVG}}}svg":
        raise DrawingError("A drawing is not SVG: its root is not an svg element of the SVG namespace.")
    root.set("font-family", FAMILY)
    _clean(root)
    return bytes(ET.tostring(root, encoding="utf-8"))


def _clean(element: ET.Element) -> None:
    for name, value in list(element.attrib.items()):
        if name.lower().startswith("on") or not _harmless(name, value):
            del element.attrib[name]
    _retype(element)
    element.text = printable(element.text) if element.text else element.text
    for child in list(element):
        # An element outside the list goes with everything in it.
        if child.tag not in _KEPT:
            element.remove(child)
            continue
        child.tail = printable(child.tail) if child.tail else child.tail
        _clean(child)


def _harmless(name: str, value: str) -> bool:
    if name in _HREFS:
        return value.startswith("#")
    return not _FOREIGN.search(value)


def _retype(element: ET.Element) -> None:
    """Set our font; a style sheet that loads anything is dropped."""
    if "font-family" in element.attrib:
        element.set("font-family", FAMILY)
    if "font" in element.get("style", ""):
        element.set("style", _without_family(element.attrib["style"]))
    if element.tag == f"{{{_SVG}}}style" and element.text:
        sheet = element.text.lower()
        element.text = "" if "@" in sheet or _FOREIGN.search(sheet) else _without_family(element.text)


def _without_family(sheet: str) -> str:
    # "font-family:" and the "font:" shorthand both may name a font of the machine.
    return sheet.replace("font-family", "-ignored").replace("font:", "-ignored:")


def taller_than_wide(text: str) -> bool:
    """Return whether a drawing wants an upright page; False when it does not say."""
    found = _VIEW_BOX.search(text)
    return found is not None and float(found[2]) > float(found[1])


def signature(drawing: SignatureDrawing) -> bytes:
    """Return a drawn signature as a picture that keeps its proportions."""
    points = [point for stroke in drawing.strokes for point in stroke]
    left, top = (min((point[axis] for point in points), default=0) - _PAD for axis in (0, 1))
    right, bottom = (max((point[axis] for point in points), default=0) + _PAD for axis in (0, 1))
    lines = "".join(_stroke(stroke) for stroke in drawing.strokes if stroke)
    return (
        f'<svg xmlns="{_SVG}" viewBox="{left} {top} {right - left} {bottom - top}"'
        f' width="{right - left}" height="{bottom - top}"><g fill="none" stroke="#14213d" stroke-width="3"'
        f' stroke-linecap="round" stroke-linejoin="round">{lines}</g></svg>'
    ).encode()


def _stroke(stroke: tuple[tuple[int, int], ...]) -> str:
    # A dot is a stroke of one point: it needs a second one to be drawn.
    points = stroke if len(stroke) > 1 else (stroke[0], stroke[0])
    return f'<polyline points="{" ".join(f"{int(x)},{int(y)}" for x, y in points)}"/>'

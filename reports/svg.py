"""Drawings made safe to embed, and drawn signatures as pictures. SVG in, SVG out."""

from lxml import etree

from reports.errors import DrawingRefused
from reports.glyphs import printable
from reports.model import SignatureDrawing

FAMILY = "Pack Sans"
_SVG = "http://www.w3.org/2000/svg"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_KEPT = frozenset(
    "svg g defs symbol use title desc path line polyline polygon rect circle ellipse text tspan textPath marker"
    " linearGradient radialGradient stop clipPath mask pattern style".split()
)
_PAD = 12


def embeddable(text: str) -> bytes:
    """Return a drawing with nothing in it that fetches, scripts or needs another font."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode(errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise DrawingRefused(f"A drawing is not well-formed SVG: {problem}.") from problem
    if root.tag != f"{{{_SVG}}}svg":
        raise DrawingRefused("A drawing is not SVG: its root is not an svg element of the SVG namespace.")
    for element in list(root.iter()):
        _clean(element)
    return bytes(etree.tostring(root, encoding="utf-8"))


def _clean(element: etree._Element) -> None:
    # An entity or an element outside the list goes with everything in it.
    if not isinstance(element.tag, str) or _local(element) not in _KEPT:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
        return
    for name, value in list(element.attrib.items()):
        if name.lower().startswith("on") or not _harmless(name, value):
            del element.attrib[name]
    if "font-family" in element.attrib:
        element.set("font-family", FAMILY)
    _retype(element)
    element.text = printable(element.text) if element.text else element.text
    element.tail = printable(element.tail) if element.tail else element.tail


def _local(element: etree._Element) -> str:
    name = etree.QName(element)
    return name.localname if name.namespace == _SVG else ""


def _harmless(name: str, value: str) -> bool:
    if name in _HREFS:
        return value.startswith("#")
    return "url(" not in value.lower() or value.strip().lower().startswith("url(#")


def _retype(element: etree._Element) -> None:
    """Set our font at the root and in style sheets; a style sheet that loads anything is dropped."""
    style = element.get("style", "")
    if "font" in style:
        kept = [part for part in style.split(";") if not part.strip().lower().startswith("font-family")]
        element.set("style", ";".join(kept))
    if _local(element) == "style" and element.text:
        sheet = element.text.lower()
        element.text = "" if "@" in sheet or "url(" in sheet else _without_family(element.text)
    if element.getparent() is None:
        element.set("font-family", FAMILY)


def _without_family(sheet: str) -> str:
    # "font-family:" and the "font:" shorthand both may name a font of the machine.
    return sheet.replace("font-family", "-ignored").replace("font:", "-ignored:")


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

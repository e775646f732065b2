"""The frame of a PDF file: it begins with its first byte and ends with its last."""

from fieldapp.inspection.refusal import Refused, truncated
from fieldapp.inspection.shape import Shape, is_padding


def walk(data: bytes) -> Shape:
    """Return the shape of a PDF file; its objects are counted by ``reports.documents``."""
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise truncated()
    if not is_padding(data[end + 5 :]):
        raise Refused("Behind the document lie bytes that belong to none; save it anew as PDF.")
    return Shape(0, 0, ())

"""The frame of HEIC and of the films behind motion photos: boxes, one after another, to the last byte."""

from fieldapp.inspection.refusal import Refused, damaged, moving, truncated
from fieldapp.inspection.shape import Shape

_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"heif", b"MiHE", b"MiPr"})
_FILMS = frozenset({b"hevc", b"hevx", b"msf1"})
_MOST_BOXES = 10_000


def is_heif(data: bytes) -> bool:
    """True when the first box says that this is a still or moving HEIF picture."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS | _FILMS


def walk(data: bytes) -> Shape:
    """Return the shape of a HEIC file; its size in pixels is known when its header has been read."""
    found = boxes(data, 0)
    kinds = {kind for kind, _, _ in found}
    if b"moov" in kinds:
        raise moving()
    if b"meta" not in kinds:
        raise damaged()
    # Metadata may lie among the pixels, so everything is looked through.
    return Shape(0, 0, ((0, len(data)),))


def boxes(data: bytes, start: int) -> list[tuple[bytes, int, int]]:
    """Return (kind, start, end) of the boxes that fill the file from ``start`` to its end."""
    found: list[tuple[bytes, int, int]] = []
    while start < len(data):
        kind, end = _box(data, start)
        found.append((kind, start, end))
        start = end
        if len(found) > _MOST_BOXES:
            raise damaged()
    return found


def _box(data: bytes, start: int) -> tuple[bytes, int]:
    size, kind, least = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8], 8
    if len(kind) < 4:
        raise truncated()
    if size == 1:
        size, least = int.from_bytes(data[start + 8 : start + 16], "big"), 16
    end = len(data) if size == 0 else start + size
    if not all(0x20 <= each < 0x7F for each in kind) or end < start + least:
        raise Refused("Behind the picture lie bytes that belong to no photo; take the photo again.")
    if end > len(data):
        raise truncated()
    return kind, end

"""The frame of a PNG file: its chunks up to the last one."""

from fieldapp.inspection.refusal import Refused, damaged, moving, truncated
from fieldapp.inspection.shape import MOST_PARTS, Shape, is_padding

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def walk(data: bytes) -> Shape:
    """Return the shape of a PNG file."""
    at = len(SIGNATURE)
    aside: list[tuple[int, int]] = []
    if data[12:16] != b"IHDR" or data[8:12] != b"\x00\x00\x00\x0d":
        raise damaged() if len(data) >= 16 else truncated()
    width, height = (int.from_bytes(data[place : place + 4], "big") for place in (16, 20))
    if not 0 < width < 2**31 or not 0 < height < 2**31:
        raise damaged()
    for _ in range(MOST_PARTS):
        kind, end = _chunk(data, at)
        if kind == b"IEND":
            if not is_padding(data[end:]):
                raise Refused("Behind the picture lie bytes that belong to no photo; take the photo again.")
            return Shape(width, height, (*aside, (end, len(data))))
        if kind != b"IDAT":
            aside.append((at, end))
        at = end
    raise damaged()


def _chunk(data: bytes, at: int) -> tuple[bytes, int]:
    size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
    end = at + 12 + size
    if len(kind) < 4 or end > len(data):
        raise truncated()
    if not kind.isalpha():
        raise damaged()
    if kind in (b"acTL", b"fcTL", b"fdAT"):
        raise moving()
    return kind, end

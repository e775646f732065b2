"""The frame of a WebP file: a RIFF container with one picture."""

from fieldapp.inspection.refusal import Refused, damaged, moving, truncated
from fieldapp.inspection.shape import MOST_PARTS, Shape, is_padding

_PICTURES = (b"VP8 ", b"VP8L", b"ALPH")


def walk(data: bytes) -> Shape:
    """Return the shape of a WebP file."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise truncated()
    if not is_padding(data[end:]):
        raise Refused("Behind the picture lie bytes that belong to no photo; take the photo again.")
    at, size, aside = 12, (0, 0), []
    for _ in range(MOST_PARTS):
        if at >= end:
            break
        kind, body, after = _chunk(data, at, end)
        size = max(size, _size(kind, body))
        if kind not in _PICTURES:
            aside.append((at, after))
        at = after
    if at < end or not size[0]:
        raise damaged()
    return Shape(*size, (*aside, (end, len(data))))


def _chunk(data: bytes, at: int, end: int) -> tuple[bytes, bytes, int]:
    kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
    after = at + 8 + length + length % 2
    if len(kind) < 4 or at + 8 + length > end:
        raise truncated()
    if kind in (b"ANIM", b"ANMF"):
        raise moving()
    return kind, data[at + 8 : at + 18], min(after, end)


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    """Return width and height that a chunk tells, (0, 0) when it tells none."""
    if kind == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and len(body) >= 10:
        return (
            int.from_bytes(body[6:8], "little") & 0x3FFF,
            int.from_bytes(body[8:10], "little") & 0x3FFF,
        )
    return 0, 0

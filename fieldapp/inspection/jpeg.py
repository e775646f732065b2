"""The frame of a JPEG file: its segments, its end, and what phones put behind it."""

import re
from dataclasses import dataclass

from fieldapp.inspection import heif
from fieldapp.inspection.refusal import Refused, damaged, truncated
from fieldapp.inspection.shape import MOST_PARTS, PLAIN_PIXELS, Shape, is_padding

#: Progressive pictures have about ten passes; thousands of them are made to keep a decoder busy.
MOST_SCANS = 64
#: A phone's picture with its gain map, depth map and preview.
_MOST_PICTURES = 8
#: Fill bytes between a picture and its film.
_MOST_GAP = 4096
_MARKER = re.compile(rb"\xff+([^\xff\x00])", re.DOTALL)
_IN_SCAN = re.compile(rb"\xff+[^\xff\x00\xd0-\xd7]", re.DOTALL)
_GAP = re.compile(rb"[\x00\r\n\t ]*")
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_END, _SCAN = 0xD9, 0xDA


@dataclass(slots=True)
class _Picture:
    """One JPEG picture as it is walked."""

    start: int
    end: int = 0
    frame: int = 0
    width: int = 0
    height: int = 0
    components: int = 0
    scans: int = 0
    first_scan: int = 0
    has_more: bool = False  # declares further pictures behind it (MPF)


def walk(data: bytes) -> Shape:
    """Return the shape of a JPEG file; a motion photo or gain map of a phone may follow, nothing else."""
    first = _picture(data, 0)
    _check_rest(data, first)
    aside = ((0, first.first_scan), (first.end, len(data)))
    plain = (
        first.frame in (_BASELINE, _EXTENDED)
        and first.components in (1, 3)
        and first.width * first.height <= PLAIN_PIXELS
    )
    return Shape(first.width, first.height, aside, plain)


def length(data: bytes) -> int:
    """Return where the first picture of a JPEG file ends."""
    return _picture(data, 0).end


def _picture(data: bytes, start: int) -> _Picture:
    found, at = _Picture(start), start + 2
    for _ in range(MOST_PARTS):
        marker = _MARKER.match(data, at)
        if marker is None:
            raise damaged() if at + 2 < len(data) else truncated()
        code, at = marker[1][0], marker.end()
        if code == _END:
            return _complete(found, at)
        if code not in _ALONE:
            at = _segment(data, at, code, found)
    raise damaged()


def _complete(found: _Picture, end: int) -> _Picture:
    if not found.frame or not found.scans:
        raise damaged()
    found.end = end
    return found


def _segment(data: bytes, at: int, code: int, found: _Picture) -> int:
    """Take one segment in; return where the next one begins."""
    if code == 0xD8:
        raise damaged()
    end = at + int.from_bytes(data[at : at + 2], "big")
    if end > len(data) or at + 2 > len(data):
        raise truncated()
    if end < at + 2:
        raise damaged()
    if code in _FRAMES:
        _frame(data[at + 2 : end], code, found)
    elif code == 0xE2 and data[at + 2 : at + 6] == b"MPF\x00":
        found.has_more = True
    elif code == _SCAN:
        return _scan(data, end, found)
    return end


def _frame(body: bytes, code: int, found: _Picture) -> None:
    if found.frame or len(body) < 6 or body[0] != 8 or code not in (_BASELINE, _EXTENDED, _PROGRESSIVE):
        raise Refused("This kind of JPEG is not taken; take the photo again with the camera.")
    found.frame, found.components = code, body[5]
    found.height, found.width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    if not found.width or not found.height or found.components not in (1, 3, 4):
        raise damaged()


def _scan(data: bytes, at: int, found: _Picture) -> int:
    found.scans += 1
    found.first_scan = found.first_scan or at
    if found.scans > MOST_SCANS:
        raise Refused("The picture is made of too many passes; take the photo again.")
    end = _IN_SCAN.search(data, at)
    if end is None:
        raise truncated()
    return end.start()


def _check_rest(data: bytes, picture: _Picture) -> None:
    for _ in range(_MOST_PICTURES):
        if is_padding(data[picture.end :]) or _is_motion(data, picture.end):
            return
        gap = _GAP.match(data, picture.end)
        at = gap.end() if gap else picture.end
        if not picture.has_more or not data.startswith(b"\xff\xd8\xff", at):
            break
        declared, picture = picture.has_more, _picture(data, at)
        picture.has_more = declared
    raise Refused(
        f"Behind the picture lie {len(data) - picture.end} bytes that belong to no photo; "
        "take the photo again with the camera."
    )


def _is_motion(data: bytes, at: int) -> bool:
    """True for the short film of a motion photo, and for the directory that Samsung's cameras append."""
    film = data.find(b"ftyp", at, at + _MOST_GAP) - 4
    if film >= at and is_padding(data[at:film]):
        heif.boxes(data, film)
        return True
    if not data.endswith(b"SEFT"):
        return False
    size = int.from_bytes(data[-8:-4], "little")
    return at <= len(data) - 8 - size and data[len(data) - 8 - size :].startswith(b"SEFH")

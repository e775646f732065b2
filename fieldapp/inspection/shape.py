"""What the frame of a file says before anything is unpacked."""

from dataclasses import dataclass

#: A plain picture has at most so many pixels.
PLAIN_PIXELS = 16_000_000
#: No real file has more parts than this.
MOST_PARTS = 50_000


@dataclass(frozen=True, slots=True)
class Shape:
    """Width and height in pixels (0 when only decoding tells), and the places that hold no picture."""

    width: int
    height: int
    aside: tuple[tuple[int, int], ...]  # (start, end) of metadata and whatever else
    plain: bool = False  # cheap to decode, whatever its bytes are


def is_padding(data: bytes) -> bool:
    """True for what means nothing: zeros, fill bytes and white space."""
    return not data.strip(b"\x00\xff\r\n\t ")

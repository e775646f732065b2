"""Untrusted bytes looked at before they become evidence: what they are, or one sentence why they are none.

The type is read from the bytes, never from what was claimed. The frame of a file is walked here, in plain
Python and before anything is unpacked; then the picture is decoded once. A plain photo, as a tablet sends it,
is decoded in this process; everything larger or rarer in one of its own with hard limits.
"""

from dataclasses import dataclass

from fieldapp.inspection import heif, jpeg, pdf, png, webp
from fieldapp.inspection.refusal import Refused
from fieldapp.inspection.shape import Shape
from fieldapp.inspection.signatures import refuse_hidden
from reports import apart, photos
from reports.errors import PhotoError
from reports.photos import Rendition

__all__ = ["ACCEPTED", "Inspected", "Refused", "inspect", "render", "sniff"]

#: What is taken, in words.
ACCEPTED = "JPEG, PNG, WebP, HEIC or PDF"
_WALKS = {
    "image/jpeg": jpeg.walk,
    "image/png": png.walk,
    "image/webp": webp.walk,
    "image/heic": heif.walk,
    "application/pdf": pdf.walk,
}


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file is; width and height in pixels as stored, 0 for a document."""

    media_type: str
    width: int
    height: int


def sniff(data: bytes) -> str:
    """Return the media type that the first bytes say, "" for anything that is not taken."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(png.SIGNATURE):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if heif.is_heif(data):
        return "image/heic"
    return "application/pdf" if data.startswith(b"%PDF-") else ""


def inspect(data: bytes, max_megapixels: int) -> Inspected:
    """Return what these bytes are; refused when they are damaged, too large or something else in disguise."""
    media_type, shape = _walked(data)
    most = max_megapixels * 1_000_000
    _refuse_large(shape.width, shape.height, max_megapixels)
    try:
        if media_type == "application/pdf":
            apart.look_at_document(data)
            return Inspected(media_type, 0, 0)
        size = photos.look(data, most) if shape.plain else apart.look_at_picture(data, most)
    except PhotoError as problem:
        raise Refused(str(problem)) from problem
    return Inspected(media_type, *size)


def render(data: bytes, kinds: tuple[str, ...]) -> tuple[Rendition, ...]:
    """Return a picture anew for some purposes, without anything but the picture.

    Raises Refused for what can't be decoded.
    """
    try:
        _, shape = _walked(data)
        if not shape.width and sniff(data) != "image/heic":
            raise Refused("A document has no picture of itself.")
        return photos.renditions(data, kinds) if shape.plain else apart.renditions(data, kinds)
    except PhotoError as problem:
        raise Refused(str(problem)) from problem


def _walked(data: bytes) -> tuple[str, Shape]:
    media_type = sniff(data)
    if not media_type:
        raise Refused(f"The file is neither {ACCEPTED}; take the photo again.")
    shape = _WALKS[media_type](data)
    refuse_hidden(data, shape.aside, picture=media_type != "application/pdf")
    return media_type, shape


def _refuse_large(width: int, height: int, max_megapixels: int) -> None:
    if width * height > max_megapixels * 1_000_000:
        raise Refused(
            f"The picture has {width} × {height} pixels; at most {max_megapixels} megapixels are taken. "
            "Send a smaller one."
        )

"""Photos as they are shown and printed: upright, small, JPEG in sRGB, nothing but the picture.

The only door to Pillow and pillow-heif.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError

from reports.errors import PhotoError

LONGEST_PX = 1200
QUALITY = 82
#: kind -> longest side in pixels and JPEG quality; print is 380 dpi at the width that a photo has in a pack.
KINDS: Mapping[str, tuple[int, int]] = {
    "print": (LONGEST_PX, QUALITY),
    "screen": (1600, 80),
    "thumbnail": (320, 75),
}
_LARGEST_BYTES = 100_000_000
#: Whatever a caller allows, no picture has more.
MOST_PIXELS = 250_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
)
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Beyond this Pillow itself refuses to go on; below it we decide, from the size that the header tells.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture made from another for one purpose; ``data`` is a JPEG."""

    kind: str
    data: bytes
    width: int
    height: int


def renditions(data: bytes, kinds: tuple[str, ...] = tuple(KINDS)) -> tuple[Rendition, ...]:
    """Return a photo re-encoded for some purposes; a broken one is refused with one sentence."""
    longest = max(KINDS[kind][0] for kind in kinds)
    image = _open(data, MOST_PIXELS)
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (longest * 2, longest * 2))  # decodes a 12-megapixel photo four times faster
    _load(image)
    flat = _flat(image, longest)
    return tuple(_rendition(flat, kind) for kind in kinds)


def prepare(data: bytes) -> tuple[bytes, str]:
    """Return a photo re-encoded for print and its media type; a broken one is refused with one sentence."""
    return renditions(data, ("print",))[0].data, "image/jpeg"


def look(data: bytes, most_pixels: int = MOST_PIXELS) -> tuple[int, int]:
    """Return width and height in pixels of a picture that decodes; anything else is refused."""
    image = _open(data, most_pixels)
    size = image.size
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise PhotoError("The file holds several pictures; send one.")
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (max(size[0] // 8, 1), max(size[1] // 8, 1)))
    _load(image)
    return size


def printable(data: bytes) -> bytes:
    """Return the bytes as they stand in the document: unchanged when they need no re-encoding."""
    return data if _ready(data) else prepare(data)[0]


def size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels."""
    return _open(data, MOST_PIXELS).size


def _ready(data: bytes) -> bool:
    image = _open(data, MOST_PIXELS)
    _load(image)
    plain = image.format == "JPEG" and image.mode == "RGB" and max(image.size) <= LONGEST_PX
    return plain and not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(image.info)


def _rendition(flat: Image.Image, kind: str) -> Rendition:
    longest, quality = KINDS[kind]
    image = flat.copy()
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return Rendition(kind, out.getvalue(), *image.size)


def _flat(image: Image.Image, longest: int) -> Image.Image:
    """Return a picture upright, in sRGB and on white, at most so long, without anything that came with it."""
    orientation, profile = _orientation(image), image.info.get("icc_profile")
    image = _with_channels(image)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", image.size, "white")
    mask = image.getchannel("A") if image.mode == "RGBA" else None
    flat.paste(_in_srgb(image.convert("RGB") if mask else image, profile), mask=mask)
    return flat.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else flat


def _with_channels(image: Image.Image) -> Image.Image:
    """Return a picture in a mode that can be made smaller."""
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    return image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    if isinstance(profile, bytes):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            found = ImageCms.profileToProfile(image, source, _srgb(), outputMode="RGB")
        except (ImageCms.PyCMSError, *_BROKEN):
            found = None  # a profile that fits nothing says nothing about the colours
        if found is not None:
            return found
    return image.convert("RGB")


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except _BROKEN:
        return 1


@cache
def _with_heif() -> None:
    """Teach Pillow HEIC when the first one comes; it takes a while."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def _open(data: bytes, most_pixels: int) -> Image.Image:
    if len(data) > _LARGEST_BYTES:
        raise PhotoError(f"The photo has {len(data)} bytes; at most {_LARGEST_BYTES} are taken.")
    if data[4:8] == b"ftyp":
        _with_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=[each for each in _FORMATS if each in _known(data)])
    except (UnidentifiedImageError, Image.DecompressionBombError, *_BROKEN) as problem:
        raise PhotoError(
            "The file is not a JPEG, PNG, WebP or HEIC picture; take the photo again."
        ) from problem
    if image.width * image.height > most_pixels:
        raise PhotoError(
            f"The photo has {image.width} × {image.height} pixels; at most {most_pixels // 1_000_000} "
            "megapixels are taken. Send a smaller one."
        )
    return image


def _known(data: bytes) -> tuple[str, ...]:
    return _FORMATS if data[4:8] == b"ftyp" else _FORMATS[:-1]


def _load(image: Image.Image) -> None:
    # WeasyPrint switches this on for the whole process when it is imported: half a photo would pass as one.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        image.load()
    except _BROKEN as problem:
        raise PhotoError("The picture is damaged and can't be decoded; take the photo again.") from problem

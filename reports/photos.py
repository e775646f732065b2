"""Photos as they are printed: upright, at most 1200 pixels, JPEG without EXIF. The only door to Pillow."""

import io
import struct
import warnings

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from reports.errors import PhotoError

LONGEST_PX = 1200
QUALITY = 82
_LARGEST_BYTES = 60_000_000
_MOST_PIXELS = 120_000_000


def prepare(data: bytes) -> tuple[bytes, str]:
    """Return a photo re-encoded for print and its media type; a broken one is refused with one sentence."""
    image = _decode(data)
    image = ImageOps.exif_transpose(image)
    image.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A") if image.mode in {"RGBA", "LA"} else None)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), "image/jpeg"


def printable(data: bytes) -> bytes:
    """Return the bytes as they stand in the document: unchanged when they need no re-encoding."""
    return data if _ready(data) else prepare(data)[0]


def size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels."""
    return _open(data).size


def _ready(data: bytes) -> bool:
    image = _open(data)
    _load(image)
    plain = image.format == "JPEG" and image.mode == "RGB" and max(image.size) <= LONGEST_PX
    return plain and not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & set(image.info)


def _decode(data: bytes) -> Image.Image:
    image = _open(data)
    if image.format == "JPEG":
        image.draft("RGB", (LONGEST_PX * 2, LONGEST_PX * 2))  # decodes a 12-megapixel photo four times faster
    _load(image)
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("RGB")


def _open(data: bytes) -> Image.Image:
    if len(data) > _LARGEST_BYTES:
        raise PhotoError(f"The photo has {len(data)} bytes; at most {_LARGEST_BYTES} are taken.")
    try:
        with warnings.catch_warnings():
            # Pillow only warns up to twice its limit; our own limit below decides.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as problem:
        raise PhotoError("The file is not a JPEG, PNG or WebP picture; take the photo again.") from problem
    if image.width * image.height > _MOST_PIXELS:
        raise PhotoError(f"The photo has {image.width} x {image.height} pixels; send a smaller one.")
    return image


def _load(image: Image.Image) -> None:
    # WeasyPrint switches this on for the whole process when it is imported: half a photo would pass as one.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, struct.error) as problem:
        raise PhotoError("The picture is damaged and can't be decoded; take the photo again.") from problem

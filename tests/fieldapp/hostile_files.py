"""Files that pretend, made here so that none of them lies in the repository."""

import io
import struct
import zipfile
import zlib
from typing import Any

import pikepdf
import pillow_heif
from PIL import Image, PngImagePlugin


def still(form: str = "JPEG", edge: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    """Return a small picture with something on it."""
    image = Image.radial_gradient("L").resize(edge).convert(mode)
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def heic(edge: tuple[int, int] = (64, 48), pictures: int = 1, **options: Any) -> bytes:
    """Return a HEIC file."""
    pillow_heif.register_heif_opener()
    images = [Image.new("RGB", edge, (40 * number, 90, 90)) for number in range(pictures)]
    out = io.BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if pictures > 1 else {}
    images[0].save(out, "HEIF", quality=50, **more, **options)
    return out.getvalue()


def located() -> bytes:
    """Return a photo that says where it was taken, by whom, and lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = "Kim Marker"
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 32.0, 0.0), 3: "E", 4: (9.0, 59.0, 0.0)})
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><place>Hamburg</place></x:xmpmeta>"
    return still(edge=(640, 480), exif=exif, xmp=xmp, comment=b"seen by Kim")


def document(pages: int = 1, **root: Any) -> bytes:
    """Return a PDF."""
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page()
        for key, value in root.items():
            pdf.Root[f"/{key}"] = value
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def archive(name: str = "a.html", text: str = "<script>alert(1)</script>") -> bytes:
    """Return a ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, text)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG whose header promises more than any memory holds."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def with_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a good PNG with one chunk more before its end."""
    whole = still("PNG")
    return whole[:33] + chunk(kind, body) + whole[33:]


def text_bomb() -> bytes:
    """Return a PNG with 60 KB of text that unpack to 60 MB."""
    return with_chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(60_000_000), 9))


def profile_bomb() -> bytes:
    """Return a PNG with a colour profile that unpacks to 60 MB."""
    return with_chunk(b"iCCP", b"p\x00\x00" + zlib.compress(bytes(60_000_000), 9))


def animated(form: str) -> bytes:
    """Return a moving picture."""
    images = [Image.new("RGB", (40, 30), (40 * number, 0, 0)) for number in range(3)]
    out = io.BytesIO()
    images[0].save(out, form, save_all=True, append_images=images[1:], duration=100)
    return out.getvalue()


def motion_photo() -> bytes:
    """Return a JPEG with a film behind it, as phones write it."""
    film = struct.pack(">I4s4sI4s", 20, b"ftyp", b"mp42", 0, b"isom") + struct.pack(">I4s", 58, b"mdat")
    return still() + film + bytes(50)


def samsung_photo() -> bytes:
    """Return a JPEG with the directory that Samsung's cameras append."""
    entry = b"\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1700000000000"
    directory = b"SEFH" + struct.pack("<II", 107, 1) + struct.pack("<HHII", 0, 0x0A01, len(entry), len(entry))
    return still() + entry + directory + struct.pack("<I", len(directory)) + b"SEFT"


def two_pictures() -> bytes:
    """Return a JPEG that declares a second picture behind it (MPF), such as a gain map."""
    images = [Image.new("RGB", (64, 48), "red"), Image.new("L", (32, 24), 90)]
    out = io.BytesIO()
    images[0].save(out, "MPO", save_all=True, append_images=images[1:])
    return out.getvalue()


def many_scans(count: int = 200) -> bytes:
    """Return a progressive JPEG with far too many passes."""
    whole = still(edge=(16, 16), progressive=True)
    place = whole.rindex(b"\xff\xda")
    last = whole[place:-2]
    return whole[:-2] + last * count + b"\xff\xd9"


def with_comment(text: bytes) -> bytes:
    """Return a JPEG with a comment."""
    return still(comment=text)


def png_with_text(text: str) -> bytes:
    """Return a PNG with a text chunk."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    return still("PNG", pnginfo=info)

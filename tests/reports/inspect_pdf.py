"""Look into a PDF as a reader program does: text, fonts, glyphs."""

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pikepdf

SHIPPED = {"Pack-Sans", "Pack-Mono"}


def text_of(data: bytes, folder: Path, *options: str) -> str:
    """Return the text as poppler reads it."""
    file = folder / "text.pdf"
    file.write_bytes(data)
    run = subprocess.run(["pdftotext", *options, file, "-"], check=True, capture_output=True, text=True)
    return run.stdout


def fonts(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    """Return every font dictionary of the file."""
    found = [entry for entry in pdf.objects if isinstance(entry, pikepdf.Dictionary)]
    return [entry for entry in found if entry.get("/Type") == "/Font" and "/DescendantFonts" in entry]


def streams(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Return every page and every form that is drawn on one."""
    yield from (page.obj for page in pdf.pages)
    for entry in pdf.objects:
        if isinstance(entry, pikepdf.Stream) and entry.get("/Subtype") == "/Form":
            yield entry


def missing_glyphs(data: bytes) -> int:
    """Count the glyphs shown that are .notdef (glyph 0 of an Identity-H font)."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        shown = [bytes(text) for stream in streams(pdf) for text in _shown(stream)]
    return sum(text[at : at + 2] == b"\0\0" for text in shown for at in range(0, len(text), 2))


def _shown(stream: pikepdf.Object) -> Iterator[pikepdf.Object]:
    for operands, operator in pikepdf.parse_content_stream(stream, "Tj TJ ' \""):
        if str(operator) == "TJ":
            yield from (part for part in operands[0] if isinstance(part, pikepdf.String))
        elif str(operator) == "Tj":
            yield operands[0]

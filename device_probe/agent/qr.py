"""The one door to segno in this room: a text as a QR code, for a page, a file or a terminal."""

import io
import os
from pathlib import Path
from typing import TextIO

import segno

from device_probe.problems import AgentCallError, OutputError

BORDER = 4


def qr_svg(text: str) -> bytes:
    """Return a QR code as SVG, black on white with its quiet zone."""
    output = io.BytesIO()
    _code(text).save(output, kind="svg", border=BORDER, light="#fff", omitsize=True)
    return output.getvalue()


def qr_terminal(text: str) -> str:
    """Return a QR code for a terminal."""
    output = io.StringIO()
    _code(text).terminal(out=output, compact=True, border=2)
    return output.getvalue()


def qr_for(stream: TextIO, text: str) -> str:
    """Return a QR code that a stream can show; nothing where its characters have no blocks."""
    drawn = qr_terminal(text)
    try:
        drawn.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ""
    return drawn


def write_qr(path: Path, text: str) -> None:
    """Write a QR code as .svg or .png, for its owner alone."""
    kind = path.suffix.lower()
    if kind not in (".svg", ".png"):
        raise AgentCallError(f"{path}: a QR code is written as .svg or .png.")
    output = io.BytesIO()
    _code(text).save(output, kind=kind[1:], border=BORDER, scale=8, light="#fff")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags, 0o600), "wb") as opened:
            opened.write(output.getvalue())
    except OSError as error:
        raise OutputError(f"{path}: the file cannot be written ({error.strerror or error}).") from error


def _code(text: str) -> segno.QRCode:
    # never a micro code, which many cameras don't read; UTF-8 is what they guess
    return segno.make_qr(text, error="l", boost_error=True, encoding="utf-8")

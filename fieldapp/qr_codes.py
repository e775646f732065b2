"""The one door to segno: addresses as QR codes, for a page and for a terminal."""

import io

import segno


def qr_svg(text: str) -> str:
    """Return a QR code as SVG with its quiet zone, black on white."""
    output = io.BytesIO()
    _code(text).save(output, kind="svg", border=4, light="#fff", xmldecl=False, nl=False, omitsize=True)
    return output.getvalue().decode()


def qr_text(text: str) -> str:
    """Return a QR code for a terminal."""
    output = io.StringIO()
    _code(text).terminal(out=output, compact=True, border=2)
    return output.getvalue()


def _code(text: str) -> segno.QRCode:
    # Never a micro code: many cameras don't read them.
    return segno.make_qr(text, error="m")

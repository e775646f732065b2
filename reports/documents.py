"""PDF documents from outside: do they open, and do they do nothing by themselves. Read with pikepdf."""

import io

import pikepdf

from reports.errors import PhotoError

#: More than any handover pack or manual.
MOST_OBJECTS = 500_000
MOST_PAGES = 5_000
_ACTIONS = ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm")


def look(data: bytes) -> int:
    """Return how many pages a PDF has; damaged, locked, huge or active ones are refused with one sentence."""
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return _pages(pdf)
    except pikepdf.PasswordError as problem:
        raise PhotoError("The document asks for a password; save it without one.") from problem
    except (pikepdf.PdfError, ValueError, TypeError, LookupError, RuntimeError) as problem:
        raise PhotoError("The document is damaged; save it anew as PDF.") from problem


def _pages(pdf: pikepdf.Pdf) -> int:
    if len(pdf.objects) > MOST_OBJECTS or len(pdf.pages) > MOST_PAGES:
        raise PhotoError(
            f"The document has more than {MOST_PAGES} pages or {MOST_OBJECTS} objects; split it."
        )
    if pdf.is_encrypted:
        raise PhotoError("The document is encrypted; save it without a password.")
    if not len(pdf.pages):
        raise PhotoError("The document has no pages; save it anew as PDF.")
    for thing in pdf.objects:
        if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)) and _acts(thing):
            raise PhotoError("The document runs something when it is opened; print it to PDF anew.")
    return len(pdf.pages)


def _acts(thing: pikepdf.Object) -> bool:
    """True for an action that runs a script or a program; actions may lie inside other objects."""
    if _is_action(thing):
        return True
    return any(_is_action(value) for _, value in thing.items() if isinstance(value, pikepdf.Dictionary))


def _is_action(thing: pikepdf.Object) -> bool:
    return str(thing.get("/S", "")) in _ACTIONS or "/JS" in thing

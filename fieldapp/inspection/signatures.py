"""Files inside files: what some other program would run, open or unpack although it looks like a picture."""

import re
from collections.abc import Iterable

from fieldapp.inspection.refusal import Refused

#: The end of a ZIP or JAR archive lies within the last so many bytes of whatever it is hidden in.
_ARCHIVE_TAIL = 22 + 65_535
#: Readers of PDF look for its beginning in so many bytes; browsers guess a page from fewer.
_HEAD = 1024
_ACTIVE = re.compile(
    rb"<\s*(?:script|html|!doctype\s+html|svg|iframe|body)[\s>/]|<\?php|javascript:", re.IGNORECASE
)
_PACKED = re.compile(rb"PK\x03\x04|PK\x05\x06|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x7fELF|%PDF-\d")


def refuse_hidden(data: bytes, aside: Iterable[tuple[int, int]], *, picture: bool) -> None:
    """Refuse a file that is something else as well: an archive, a page, a script, a document in a picture."""
    if b"PK\x05\x06" in data[-_ARCHIVE_TAIL:]:
        raise _hidden("an archive")
    head = data[:_HEAD]
    if _ACTIVE.search(head):
        raise _hidden("a web page")
    if not picture:
        return
    if b"%PDF-" in head:
        raise _hidden("a PDF document")
    for start, end in aside:
        part = data[start:end]
        if _ACTIVE.search(part):
            raise _hidden("a web page or script")
        if _PACKED.search(part):
            raise _hidden("an archive, a document or a program")


def _hidden(what: str) -> Refused:
    return Refused(f"Inside the file hides {what}; take the photo again with the camera.")

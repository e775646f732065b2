"""What a pack file says of its site's journal: the head it was sealed over, and the hash of every entry."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports import contents
from reports.errors import ReportError


@dataclass(frozen=True, slots=True)
class SealedJournal:
    """The journal of one site as it stands in a pack; ``hashes`` by number, the head among them."""

    pack: str
    site: str
    number: int
    hashes: Mapping[int, str]


def sealed_journal(data: bytes) -> SealedJournal:
    """Return the journal in a pack file; ReportError when there is none that can be read.

    Nothing is said here about the seal: ``verify`` judges that.
    """
    found = contents.read(data).manifest
    try:
        head, entries = found["journal_head"], found["journal"]
        hashes = {int(each["number"]): str(each["hash"]) for each in entries}  # type: ignore[attr-defined]
        hashes[int(head["number"])] = str(head["hash"])  # type: ignore[index]
        return SealedJournal(str(found["id"]), str(found["site_id"]), int(head["number"]), hashes)  # type: ignore[index]
    except (KeyError, TypeError, ValueError) as error:
        raise ReportError("it holds no journal of a handover pack.") from error

"""Check, rebuild and export journals.

A journal is checked against itself (numbers, chain, signatures), against what is kept beside it (item states,
proposals, look-up rows) and against every hash of it that was ever given out: in receipts, in sealed packs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.problems import Problem, not_found
from fieldapp.store import journal, operation_rows, sites
from fieldapp.store.database import reading, session
from fieldapp.store.journal import START, Entry, entry_hash
from fieldapp.tables import SiteRow
from fieldapp.usecases import journal_heads, operation_index, permissions, projection
from fieldapp.usecases.journal_heads import GivenHead
from fieldapp.usecases.viewer import Viewer

Tell = Callable[[int, int], None]
_REBUILD = "run fieldapp journal rebuild."
#: Of one kind of difference so many are named.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class JournalCheck:
    """What was found in one site's journal; ``first`` is the first entry that differs, if one does."""

    site: str
    name: str
    entries: int
    head: str
    compared: int  # heads from outside the chain that it was held against
    first: int | None
    problems: tuple[str, ...]

    @property
    def good(self) -> bool:
        """True when nothing differs."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class _Fault:
    sentence: str
    number: int | None = None


def verify_journals(
    site_id: str | None = None, *, given: Iterable[GivenHead] = (), tell: Tell | None = None
) -> tuple[JournalCheck, ...]:
    """Check the journal of one site or of all; at the machine, so nobody's permission is asked.

    ``given`` are heads from files. A site that they name and that is not among the checked ones is a Problem.
    """
    chosen, by_site = _chosen(site_id), _by_site(given)
    if strange := set(by_site) - set(chosen):
        raise Problem(
            "invalid", where="file", problem=f"it is about the site {min(strange)}, which isn't here."
        )
    found = []
    for done, each in enumerate(chosen):
        if tell is not None:
            tell(done, len(chosen))
        found.append(_check(each, by_site.get(each, [])))
    return tuple(found)


def verify_site(viewer: Viewer, site_id: str) -> JournalCheck:
    """Check the journal of a site for somebody who may read it."""
    with reading() as db:
        permissions.site_for(db, viewer, site_id, "read_journal")
    return _check(site_id, [])


def _by_site(given: Iterable[GivenHead]) -> dict[str, list[GivenHead]]:
    found: dict[str, list[GivenHead]] = {}
    for each in given:
        found.setdefault(each.site, []).append(each)
    return found


def _check(site_id: str, given: list[GivenHead]) -> JournalCheck:
    with reading() as db:
        site = sites.get(db, site_id)
        if site is None:
            raise not_found("site")
        entries = journal.read(db, site.id)
        packs = journal_heads.stored_packs(db, site.id)
        heads = [*journal_heads.anchored(db, site.id), *given]
        faults = [*_chain_faults(entries, site), *_signature_faults(db, entries)]
        faults += [_Fault(sentence) for sentence in _pack_faults(entries, [row.id for row in packs])]
        # What is kept beside a broken journal can't be compared with it.
        faults += _kept_faults(db, site, entries) if not faults else []
    sealed, unreadable = journal_heads.of_packs(packs)  # files are read when the transaction has ended
    heads += sealed
    faults += [*_head_faults(entries, heads), *map(_Fault, unreadable)]
    numbers = [each.number for each in faults if each.number is not None]
    return JournalCheck(
        site.id, site.name, site.head_number, site.head_hash, len(heads), min(numbers, default=None),
        tuple(dict.fromkeys(each.sentence for each in faults)),
    )  # fmt: skip


def _chain_faults(entries: list[Entry], site: SiteRow) -> Iterator[_Fault]:
    previous = START
    for expected, entry in enumerate(entries, 1):
        if entry.number != expected:
            yield _Fault(f"Entry {expected} is missing.", expected)
            return
        if entry.previous != previous:
            yield _Fault(f"Entry {expected} does not follow entry {expected - 1}.", expected)
            return
        if entry_hash(entry.unhashed()) != entry.hash:
            yield _Fault(f"Entry {expected} has been changed: its content does not match its hash.", expected)
            return
        previous = entry.hash
    if (len(entries), previous) != (site.head_number, site.head_hash):
        sentence = f"The journal ends at entry {len(entries)}, but its head says {site.head_number}."
        yield _Fault(sentence, min(len(entries), site.head_number) + 1)


def _signature_faults(db: Session, entries: list[Entry]) -> list[_Fault]:
    """A chain can be made anew as a whole; what people signed can't."""
    signed = (each for each in entries if each.type == "operation")
    return [
        _Fault(f"Entry {number} was never signed by its author: its signature does not belong to it.", number)
        for number in operation_index.unsigned(db, signed)[:_NAMED]
    ]


def _pack_faults(entries: list[Entry], kept: list[str]) -> list[str]:
    issued = {str(each.body["pack"]): each.number for each in entries if each.type == "pack_issued"}
    missing = [
        f"Pack {key} was issued (entry {issued[key]}), but is not kept." for key in issued.keys() - kept
    ]
    return sorted(missing) + [f"Pack {key} was never issued." for key in sorted(set(kept) - issued.keys())]


def _head_faults(entries: list[Entry], heads: Iterable[GivenHead]) -> list[_Fault]:
    actual = {entry.number: entry.hash for entry in entries}
    found = []
    for head in heads:
        wrong = [number for number in sorted(head.hashes) if actual.get(number) != head.hashes[number]]
        if wrong:
            sentence = f"Entry {wrong[0]} is not the one whose hash {head.source}."
            found.append(_Fault(sentence, wrong[0]))
    return sorted(found, key=lambda fault: fault.number or 0)[:_NAMED]


def _kept_faults(db: Session, site: SiteRow, entries: list[Entry]) -> list[_Fault]:
    faults = [
        f"The kept state of {item} is not what the journal says; {_REBUILD}"
        for item in projection.differences(db, site)
    ]
    true = _index_of(entries)
    faults += [
        f"Where operation {key} stands is not what the journal says; {_REBUILD}"
        for key in operation_index.differences(db, site.id, true)
    ]
    return [_Fault(sentence) for sentence in faults[:_NAMED]]


def _index_of(entries: Iterable[Entry]) -> dict[str, Mapping[str, object]]:
    rows = (operation_index.row_of(each) for each in entries if each.type == "operation")
    return {str(row["id"]): row for row in rows}


def rebuild(site_id: str) -> None:
    """Make everything that is kept beside a site's journal anew from it."""
    with session() as db:
        site = sites.lock(db, site_id)
        if site is None:
            raise not_found("site")
        rows = _index_of(journal.read(db, site.id, types=["operation"]))
        operation_rows.replace_all(db, site.id, list(rows.values()))
        projection.renew_proposals(db, site)
        projection.refold(db, site)


def export(site_id: str) -> Iterator[dict[str, object]]:
    """Yield every entry of a site's journal as JSON, in order."""
    with reading() as db:
        if sites.get(db, site_id) is None:
            raise not_found("site")
        for entry in journal.stream(db, site_id):
            yield entry.document()


def _chosen(site_id: str | None) -> list[str]:
    if site_id is not None:
        return [site_id]
    with reading() as db:
        return [site.id for site in sites.listed(db)]

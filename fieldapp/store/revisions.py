"""Revisions of a site, what they took the ground from, and the deviations that contractors recorded."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete
from sqlmodel import Session, col, select

from checklists.model import KeptOperation, OpenDeviation, Since
from fieldapp.store import journal, operations, sites
from fieldapp.store.journal import Entry
from fieldapp.store.sites import Generated
from fieldapp.tables import ItemStateRow, JournalEntryRow, OperationRow, ProposalRow, SiteRevisionRow

REVISED = "site_revised"


def generated_at(session: Session, site_id: str, revision: int) -> Generated:
    """Return what was generated for one revision of a site; LookupError when there is none."""
    row = session.get(SiteRevisionRow, (site_id, revision))
    if row is None:
        raise LookupError(f"site {site_id} has no revision {revision}")
    return sites.load_generated(row.model_dump())


def opened_at(session: Session, site_id: str) -> dict[int, str]:
    """Return when each revision of a site was made."""
    query = select(SiteRevisionRow.revision, SiteRevisionRow.created_at)
    return dict(session.exec(query.where(SiteRevisionRow.site_id == site_id)).all())


def revised(session: Session, site_id: str) -> list[Entry]:
    """Return the journal's entries about new revisions, the oldest first."""
    return journal.read(session, site_id, types=[REVISED])


def since(entries: Iterable[Entry]) -> dict[str, Since]:
    """Return from where on entries count, for every item whose ground changed.

    New items are among them: one that was withdrawn earlier may come back with its old records.
    """
    found: dict[str, Since] = {}
    for entry in entries:
        number, revision = entry.number, int(entry.body["revision"])
        for stale in entry.body["items"]["stale"]:
            found[stale["item"]] = Since(number, revision, stale["reason"])
        for item in entry.body["items"]["new"]:
            found[item] = Since(number, revision, f"It belongs to the site anew since revision {revision}.")
    return found


def withdrawn(entries: Iterable[Entry]) -> dict[str, int]:
    """Return the items that the site had once and has no more, with the revision that took them out."""
    found: dict[str, int] = {}
    for entry in entries:
        for item in entry.body["items"]["new"]:
            found.pop(item, None)
        for item in entry.body["items"]["withdrawn"]:
            found[item] = int(entry.body["revision"])
    return found


def forget_states(session: Session, site_id: str) -> None:
    """Drop the kept item states of a site: they are folded anew right after."""
    session.execute(delete(ItemStateRow).where(col(ItemStateRow.site_id) == site_id))


def deviations(session: Session, site_id: str) -> list[KeptOperation]:
    """Return the recorded deviations of a site in journal order."""
    query = (
        select(
            JournalEntryRow.body, JournalEntryRow.author, JournalEntryRow.number, JournalEntryRow.received_at
        )
        .join(
            OperationRow,
            (col(OperationRow.site_id) == JournalEntryRow.site_id)
            & (col(OperationRow.number) == JournalEntryRow.number),
        )
        # Bodies are canonical JSON, without spaces: most operations need not be read.
        .where(OperationRow.site_id == site_id, col(JournalEntryRow.body).contains('"kind":"deviation"'))
        .order_by(col(OperationRow.number))
    )
    found = [operations.kept_entry(*row) for row in session.exec(query)]
    return [each for each in found if each.operation.kind == "deviation"]


def put_proposals(session: Session, site_id: str, rows: Sequence[ProposalRow]) -> None:
    """Replace the proposals of a site."""
    session.execute(delete(ProposalRow).where(col(ProposalRow.site_id) == site_id))
    session.flush()
    session.add_all(rows)
    session.flush()


def proposals(session: Session, site_id: str, status: str | None = None) -> list[ProposalRow]:
    """Return the proposals of a site in journal order, all or those of one status."""
    query = select(ProposalRow).where(ProposalRow.site_id == site_id).order_by(col(ProposalRow.number))
    return list(session.exec(query if status is None else query.where(ProposalRow.status == status)))


def open_deviations(session: Session, site_id: str) -> tuple[OpenDeviation, ...]:
    """Return the deviations of a site that nobody has decided about."""
    rows = proposals(session, site_id, "open")
    return tuple(OpenDeviation(row.id, row.item, row.tag, row.property) for row in rows)

"""Item states and proposals as projections of the journal: renewed where something changed, or as a whole."""

import json
from collections.abc import Iterable

from sqlmodel import Session

from checklists import merge
from checklists.instruments import kind_of
from checklists.model import Calibration, Instrument, ItemState, KeptOperation, ProbeOutcome, ReviewMark
from checklists.progress import DONE
from fieldapp.store import journal, objects, operations, records, revisions, sites
from fieldapp.store.journal import Entry
from fieldapp.tables import InstrumentRow, ProposalRow, SiteRow
from fieldapp.usecases import states as transitions

#: The journal type of an engineer's no to a recorded deviation.
REFUSED = "deviation_refused"
MARK_KINDS = {
    "item_returned": "returned",
    "item_conceded": "conceded",
    "item_na_accepted": "not_applicable_accepted",
}


def marks(session: Session, site_id: str) -> tuple[ReviewMark, ...]:
    """Return the reviewers' marks of a site, the oldest first."""
    return tuple(mark_of(entry) for entry in journal.read(session, site_id, types=MARK_KINDS))


def mark_of(entry: Entry) -> ReviewMark:
    """Return the mark of a review entry."""
    body = entry.body
    return ReviewMark(
        body["item"],
        MARK_KINDS[entry.type],  # type: ignore[arg-type]
        tuple(body["heads"]),
        body["comment"],
        entry.author,
        entry.received_at,
        entry.number,
    )


def outcomes(session: Session, site_id: str) -> tuple[ProbeOutcome, ...]:
    """Return what the probe runs of a site say, the oldest first."""
    return tuple(
        ProbeOutcome(**each, run=entry.body["id"], number=entry.number)
        for entry in journal.read(session, site_id, types=["probe_run"])
        for each in entry.body["outcomes"]
    )


def folded(session: Session, site: SiteRow, items: Iterable[str] | None = None) -> dict[str, ItemState]:
    """Return the states of items as the journal says, all or those named; withdrawn items have none."""
    known = sites.generated(session, site).items
    # A test that fails opens earlier ones again, so their states may change with it.
    wanted = set(known) if items is None else merge.touched(known, items) & known.keys()
    needed = known if items is None else {key: known[key] for key in merge.readers(known, wanted)}
    kept = operations.kept(session, site.id, items=None if items is None else needed)
    revised = revisions.revised(session, site.id) if site.revision > 1 else []
    photos = [str(each.operation.body["sha256"]) for each in kept if each.operation.kind == "photo"]
    states = merge.fold(
        needed.values(),
        kept,
        marks=marks(session, site.id),
        outcomes=outcomes(session, site.id),
        present=objects.present(session, photos).keys(),
        since=revisions.since(revised),
        instruments=instruments(session, kept),
        timezone=site.timezone,
    )
    return {key: state for key, state in states.items() if key in wanted}


def instruments(session: Session, kept: Iterable[KeptOperation]) -> dict[str, Instrument]:
    """Return the instruments that some operations name, as judging needs them."""
    named = {str(each.operation.body.get("instrument") or "") for each in kept} - {""}
    return {row.id: instrument_of(row) for row in records.instruments_by_id(session, named)}


def instrument_of(row: InstrumentRow) -> Instrument:
    """Return an instrument with the calibration that is known of it."""
    held = Calibration(row.calibrated_on, row.calibration_due)
    return Instrument(row.id, kind_of(row.kind), (held,))


def refold(session: Session, site: SiteRow, items: Iterable[str] | None = None) -> None:
    """Bring the kept states up to date; an approval that no longer fits its state lapses."""
    states = folded(session, site, items)
    if items is None:
        revisions.forget_states(session, site.id)
    sites.put_states(session, site.id, states)
    counts = sites.status_counts(session, site.id)
    site.done = sum(counts.get(status, 0) for status in DONE)
    site.failed = counts.get("failed", 0)
    site.total = sum(counts.values())
    if site.state in ("approved", "issued") and state_digest(session, site) != site.approval_digest:
        transitions.move(site, "lapse")
    session.add(site)


def state_digest(session: Session, site: SiteRow) -> str:
    """Return what a sign-off and an approval of the present state bind.

    The revision's digest and not the design's: it covers parameters, study and every computed limit too.
    """
    checklists = sites.generated(session, site).checklists
    return merge.state_digest(
        sites.revision_digest(session, site),
        checklists,
        sites.states(session, site.id),
        revisions.open_deviations(session, site.id),
    )


def differences(session: Session, site: SiteRow) -> list[str]:
    """Return the items and proposals whose kept state is not what the journal says."""
    kept, true = sites.states(session, site.id), folded(session, site)
    items = sorted(key for key in kept.keys() | true.keys() if kept.get(key) != true.get(key))
    rows = {row.id: row.model_dump() for row in revisions.proposals(session, site.id)}
    told = {row.id: row.model_dump() for row in _told(session, site.id)}
    proposals = sorted(key for key in rows.keys() | told.keys() if rows.get(key) != told.get(key))
    return items + [f"proposal {key}" for key in proposals]


def renew_proposals(session: Session, site: SiteRow) -> None:
    """Bring the kept proposals up to what the journal says of recorded deviations."""
    revisions.put_proposals(session, site.id, _told(session, site.id))


def _told(session: Session, site_id: str) -> list[ProposalRow]:
    rows = {}
    for kept in revisions.deviations(session, site_id):
        operation, body = kept.operation, kept.operation.body
        rows[operation.id] = ProposalRow(
            id=operation.id, site_id=site_id, number=kept.number, item=operation.item, tag=str(body["tag"]),
            property=str(body["property"]), value=json.dumps(body["value"], ensure_ascii=False),
            reason=str(body["reason"]), author=kept.author, recorded_at=operation.recorded_at, status="open",
        )  # fmt: skip
    for entry in journal.read(session, site_id, types=[revisions.REVISED, REFUSED]):
        named = entry.body["proposals"] if entry.type == revisions.REVISED else [entry.body["proposal"]]
        for row in (rows[key] for key in named if key in rows):
            row.status = "accepted" if entry.type == revisions.REVISED else "refused"
            row.decided_number, row.decided_by = entry.number, entry.author
            row.decided_at, row.comment = entry.received_at, str(entry.body["reason"])
    return list(rows.values())

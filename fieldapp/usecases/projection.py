"""Item states and proposals as projections of the journal: renewed where something changed, or as a whole."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

from sqlmodel import Session

from checklists import merge
from checklists.item_schema import dump_item_state
from checklists.model import (
    Instrument,
    Item,
    ItemState,
    KeptOperation,
    ProbeOutcome,
    ReviewMark,
)
from checklists.progress import DONE
from fieldapp.store import journal, objects, operations, records, revisions, sites
from fieldapp.store.journal import Entry
from fieldapp.tables import ProposalRow, SiteRow
from fieldapp.usecases import section_states, sign_offs
from fieldapp.usecases import states as transitions
from fieldapp.usecases.calibrations import instruments_of

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
    return tuple(_outcomes_of(journal.read(session, site_id, types=["probe_run"])))


def _outcomes_of(entries: Iterable[Entry]) -> Iterator[ProbeOutcome]:
    for entry in entries:
        for each in entry.body["outcomes"]:
            yield ProbeOutcome(**each, run=entry.body["id"], number=entry.number)


def folded(session: Session, site: SiteRow, items: Iterable[str] | None = None) -> dict[str, ItemState]:
    """Return the states of items as the journal says, all or those named; withdrawn items have none."""
    known = sites.generated(session, site).items
    if items is None:
        return _fold(session, site, known.values(), operations.kept(session, site.id))
    wanted = touched(session, site, items)
    needed = _needed(session, site, wanted)
    return _fold_some(session, site, wanted, needed, operations.kept(session, site.id, needed))


def touched(session: Session, site: SiteRow, changed: Iterable[str]) -> set[str]:
    """Return the items whose states can differ after something was recorded at some."""
    # A test that fails opens earlier ones again, so their states may change with it.
    known = sites.generated(session, site).items
    return merge.touched(known, changed) & known.keys()


def _needed(session: Session, site: SiteRow, wanted: Set[str]) -> set[str]:
    """Return the items that have to be folded together to know the states of some."""
    repeated_by = sites.generated(session, site).repeated_by
    return set(wanted).union(*(repeated_by.get(key, ()) for key in wanted))


def _fold_some(
    session: Session, site: SiteRow, wanted: Set[str], needed: Iterable[str], kept: Sequence[KeptOperation]
) -> dict[str, ItemState]:
    known = sites.generated(session, site).items
    states = _fold(session, site, [known[key] for key in sorted(needed)], kept)
    return {key: state for key, state in states.items() if key in wanted}


def _fold(
    session: Session, site: SiteRow, items: Iterable[Item], kept: Sequence[KeptOperation]
) -> dict[str, ItemState]:
    revised = revisions.revised(session, site.id) if site.revision > 1 else []
    photos = {str(each.operation.body["sha256"]) for each in kept if each.operation.kind == "photo"}
    present = objects.present(session, photos).keys() if photos else frozenset()
    # A photo whose bytes were no evidence counts as not taken: another one is needed, and is enough.
    refused = objects.refused(session, photos - present).keys() if photos - present else frozenset()
    kept = [each for each in kept if str(each.operation.body.get("sha256", "")) not in refused]
    decided = journal.read(session, site.id, types=[*MARK_KINDS, "probe_run"])
    return merge.fold(
        items,
        kept,
        marks=[mark_of(entry) for entry in decided if entry.type in MARK_KINDS],
        outcomes=list(_outcomes_of(entry for entry in decided if entry.type == "probe_run")),
        present=present,
        since=revisions.since(revised),
        instruments=instruments(session, kept),
        timezone=site.timezone,
    )


def instruments(session: Session, kept: Iterable[KeptOperation]) -> dict[str, Instrument]:
    """Return the instruments that some operations name, as judging needs them."""
    named = {str(each.operation.body.get("instrument") or "") for each in kept} - {""}
    rows = records.instruments_by_id(session, named) if named else []
    return instruments_of(session, rows)


def refold(session: Session, site: SiteRow, items: Iterable[str] | None = None) -> None:
    """Bring the kept states up to date; an approval that no longer fits its state lapses."""
    if items is not None:
        wanted = touched(session, site, items)
        before = sites.state_documents(session, site.id, wanted)
        return _renew(session, site, before, folded(session, site, items))
    states = folded(session, site)
    revisions.forget_states(session, site.id)
    sites.put_states(session, site.id, states)
    counts = sites.status_counts(session, site.id)
    site.done = sum(counts.get(status, 0) for status in DONE)
    site.failed = counts.get("failed", 0)
    site.total = sum(counts.values())
    _lapse(session, site)
    return None


def refold_with(
    session: Session,
    site: SiteRow,
    fresh: Sequence[KeptOperation],
    before: Mapping[str, Mapping[str, Any]],
) -> None:
    """Bring the states up to date after ``fresh`` operations were journalled.

    ``before`` holds the kept state of every item that they touch, as JSON: what is at hand need not be read.
    """
    wanted = touched(session, site, {each.operation.item for each in fresh})
    needed = _needed(session, site, wanted)
    known = operations.kept(session, site.id, needed, up_to=min(each.number for each in fresh) - 1)
    _renew(session, site, before, _fold_some(session, site, wanted, needed, [*known, *fresh]))


def _renew(
    session: Session,
    site: SiteRow,
    before: Mapping[str, Mapping[str, Any]],
    states: Mapping[str, ItemState],
) -> None:
    """Write the states that changed, and count by how they changed: a site has thousands of items."""
    changed = {}
    for key, state in states.items():
        document = dump_item_state(state)
        if document != before.get(key):
            changed[key] = (state.status, document)
    _count(site, [(before.get(key, {}).get("status"), status) for key, (status, _) in changed.items()])
    sites.put_state_documents(session, site.id, changed)
    _lapse(session, site, states.keys())


def _count(site: SiteRow, moves: Sequence[tuple[str | None, str]]) -> None:
    """Bring the counts of a site up to date by what each item was and is."""
    site.done += sum((after in DONE) - (before in DONE) for before, after in moves)
    site.failed += sum((after == "failed") - (before == "failed") for before, after in moves)
    site.total += sum(before is None for before, _ in moves)


def _lapse(session: Session, site: SiteRow, items: Collection[str] | None = None) -> None:
    """What no longer fits the states that were renewed: approvals of the site and its sections, sign-offs."""
    if site.state in ("approved", "issued") and state_digest(session, site) != site.approval_digest:
        transitions.move(site, "lapse")
    session.add(site)
    if items is None or sites.is_vouched_for(session, site.id) or _signatures(session, site, items):
        section_states.lapse(session, site, items)
        sign_offs.renew(session, site, items)


def _signatures(session: Session, site: SiteRow, items: Collection[str]) -> bool:
    known = sites.generated(session, site).items
    return any(known[key].criterion.kind == "signature" for key in items if key in known)


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
    return items + [f"proposal {key}" for key in proposals] + sign_offs.differences(session, site)


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

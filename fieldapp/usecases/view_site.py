"""Read sites: the list a person sees, and everything of one of them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from sqlmodel import Session

from checklists.model import KeptOperation
from checklists.progress import progress
from device_probe.report import load_report
from fieldapp.store import instruments, jobs, journal, operations, people, records, revisions, sites
from fieldapp.store.database import reading
from fieldapp.tables import InstrumentCertificateRow, InstrumentRow, SiteRow
from fieldapp.usecases import permissions, projection, sections, sign_off_views
from fieldapp.usecases.photo_views import photo_views
from fieldapp.usecases.view_revisions import proposal_views, revision_views, superseded_by, withdrawn_views
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import (
    CertificateView,
    DecisionView,
    HeadView,
    HeldView,
    InstrumentView,
    PackView,
    PersonView,
    ProbeRunView,
    ProposalView,
    SiteSummary,
    SiteView,
)

_DECISIONS: Mapping[str, Literal["returned", "conceded", "not_applicable_accepted", "approved"]] = {
    "item_returned": "returned",
    "item_conceded": "conceded",
    "item_na_accepted": "not_applicable_accepted",
    "approved": "approved",
}


def list_sites(viewer: Viewer) -> tuple[SiteSummary, ...]:
    """Return the sites that the viewer may see, by name."""
    with reading() as db:
        rows = permissions.seen(db, viewer)
        names = {row.id: row.name for row in people.organisations(db)}
        packs = records.newest_packs(db, [row.id for row in rows])
        return tuple(_summary(row, names, packs.get(row.id)) for row in rows)


def view_site(viewer: Viewer, site_id: str) -> SiteView:
    """Return everything that the viewer may see of one site."""
    with reading() as db:
        return read_site(db, viewer, permissions.site_for(db, viewer, site_id))


def read_site(db: Session, viewer: Viewer, site: SiteRow) -> SiteView:
    """Return everything of a site that was found for the viewer."""
    generated, states = sites.generated(db, site), sites.states(db, site.id)
    kept = operations.kept(db, site.id)
    waiting = revisions.open_deviations(db, site.id)
    found, packs = progress(generated.checklists, states, waiting), _packs(db, site)
    history, revised = _history(kept), revisions.revised(db, site.id)
    proposals = proposal_views(db, site, generated, history)
    names = {row.id: row.name for row in people.organisations(db)}
    decisions, runs = _decisions(db, site), _probe_runs(db, site)
    signed, job = sign_off_views.views(db, site), jobs.open_job(db, site.id, "issue_pack")
    return SiteView(
        summary=_summary(site, names, packs[-1].id if packs else None),
        site_design=generated.site_design,
        study=generated.study,
        one_line_svg=generated.one_line_svg,
        checklists=generated.checklists,
        states=states,
        history=history,
        marks=projection.marks(db, site.id),
        decisions=decisions,
        probe_runs=runs,
        progress=found,
        people=_people(
            db,
            site,
            kept,
            _deciders(decisions, runs, proposals)
            + [each.author for each in revised]
            + [each.by for each in signed],
        ),
        instruments=_instruments(db, site, kept),
        photos=photo_views(db, (each.operation.body for each in kept if each.operation.kind == "photo")),
        packs=packs,
        held=_held(db, site) if viewer.role != "service" else (),
        journal_head=HeadView(site.head_number, site.head_hash),
        organisation=names.get(site.contractor_id or ""),
        actions=permissions.actions(db, viewer, site, found),
        state_digest=projection.state_digest(db, site),
        approval_digest=site.approval_digest,
        open_job=job.id if job else None,
        revision=site.revision,
        drawings=generated.drawings,
        proposals=proposals,
        revisions=revision_views(revised),
        withdrawn=withdrawn_views(db, site, revised, history),
        sections=sections.views(db, viewer, site, states),
        sign_offs=signed,
        submissions=site.submissions,
    )


def _deciders(
    decisions: tuple[DecisionView, ...],
    runs: tuple[ProbeRunView, ...],
    proposals: tuple[ProposalView, ...],
) -> list[str]:
    named = [each.by for each in decisions] + [each.by for each in runs]
    return named + [each.decided_by for each in proposals if each.decided_by]


def _summary(site: SiteRow, names: dict[str, str], pack_id: str | None) -> SiteSummary:
    return SiteSummary(
        site.id, site.name, site.address, site.state, site.design_id, site.design_revision, site.done,
        site.total, site.failed, site.updated_at, names.get(site.contractor_id or ""), pack_id,
    )  # fmt: skip


def _history(kept: list[KeptOperation]) -> dict[str, tuple[KeptOperation, ...]]:
    by_item: defaultdict[str, list[KeptOperation]] = defaultdict(list)
    for each in kept:
        by_item[each.operation.item].append(each)
    return {item: tuple(group) for item, group in by_item.items()}


def _decisions(db: Session, site: SiteRow) -> tuple[DecisionView, ...]:
    return tuple(
        DecisionView(
            entry.number,
            _DECISIONS[entry.type],
            entry.body.get("item"),
            entry.body.get("comment", ""),
            entry.author,
            entry.received_at,
        )
        for entry in journal.read(db, site.id, types=_DECISIONS)
    )


def _probe_runs(db: Session, site: SiteRow) -> tuple[ProbeRunView, ...]:
    return tuple(
        ProbeRunView(row.number, row.author, row.received_at, load_report(json.loads(row.report)))
        for row in records.probe_runs(db, site.id)
    )


def _people(
    db: Session, site: SiteRow, kept: list[KeptOperation], others: list[str]
) -> dict[str, PersonView]:
    """Everybody who recorded or decided something, and the contractor's and owner's people."""
    named = {each.author for each in kept} | set(others)
    pairs = dict(people.people(db, named)) | dict(
        people.people_of(db, [each for each in (site.owner_id, site.contractor_id) if each])
    )
    return {
        person.id: PersonView(person.id, person.name, organisation.name, person.role)
        for person, organisation in pairs.values()
    }


def _instruments(db: Session, site: SiteRow, kept: list[KeptOperation]) -> dict[str, InstrumentView]:
    used = {str(each.operation.body.get("instrument") or "") for each in kept}
    rows = records.instruments_by_id(db, used) + records.instruments(db, [site.contractor_id or ""])
    held = instruments.certificates(db, {row.id for row in rows})
    return {row.id: _instrument(row, held.get(row.id, ())) for row in rows}


def _instrument(row: InstrumentRow, held: Iterable[InstrumentCertificateRow]) -> InstrumentView:
    good = tuple(
        CertificateView(each.calibrated_on, each.calibration_due, each.number, each.laboratory)
        for each in held
        if each.revoked_at is None
    )
    latest = row.calibrated_on, row.calibration_due
    return InstrumentView(row.id, row.kind, row.make, row.model, row.serial, *latest, good)


def _packs(db: Session, site: SiteRow) -> tuple[PackView, ...]:
    entries = revisions.revised(db, site.id)
    return tuple(
        PackView(
            row.id, row.number, row.issued_at, row.issued_by, row.size, row.sha256, row.bottom_line,
            superseded_by(row.head_number, entries),
        )
        for row in records.packs(db, site.id)
    )  # fmt: skip


def _held(db: Session, site: SiteRow) -> tuple[HeldView, ...]:
    return tuple(
        HeldView(json.loads(row.document), row.status, row.reason, row.author, row.received_at)
        for row in operations.held_of_site(db, site.id)
    )

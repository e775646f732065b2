"""Gather a finished site from the database as the values of a handover pack."""

from collections.abc import Mapping

from checklists.model import REGISTER_KINDS, Item, KeptOperation, Operation
from checklists.showing import as_entered
from device_probe.agent.digest import report_sha256
from device_probe.figures import figures_of
from device_probe.model import ProbeReport
from device_probe.report import dump_report
from fieldapp.problems import Problem
from fieldapp.store import journal, sites
from fieldapp.store.database import reading
from fieldapp.usecases import permissions, view_site
from fieldapp.usecases.judged import value_of, verdict_on
from fieldapp.usecases.make_renditions import rendition
from fieldapp.usecases.stored_bytes import stored_bytes
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import DecisionView, InstrumentView, PersonView, SiteView
from reports.model import (
    Attempt,
    Certificate,
    Decision,
    HandoverPack,
    Instrument,
    ItemRecord,
    JournalHead,
    Person,
    Photo,
    ProbeRun,
    SignatureDrawing,
)
from reports.probing import printed_figures


def build_pack(viewer: Viewer, site_id: str, pack_id: str, approval: int, at: str) -> HandoverPack:
    """Return the pack of a site as approved; a lapsed approval is refused."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "issue_pack")
        if site.state != "approved" or site.approval_number != approval:
            raise Problem(
                "wrong_state", state=site.state, why="its approval has lapsed; have it approved again."
            )
        view = view_site.read_site(db, viewer, site)
        entries = tuple(entry.document() for entry in journal.read(db, site.id))
        generated = sites.generated(db, site)
    people = {key: _person(each) for key, each in view.people.items()}
    issuer = Person(viewer.id, viewer.name, viewer.organisation, viewer.role)
    named = _named(view) | {viewer.id}
    return HandoverPack(
        id=pack_id,
        site_id=site_id,
        number=len(view.packs) + 1,
        supersedes=view.packs[-1].id if view.packs else None,
        issued_at=at,
        issued_by=issuer,
        site_design=generated.site_design,
        study=generated.study,
        checklists=generated.checklists,
        records=_records(view, generated.items),
        photos=_photos(view),
        signatures=_signatures(view),
        people=tuple(
            person for key, person in sorted((people | {issuer.id: issuer}).items()) if key in named
        ),
        instruments=_instruments(view),
        decisions=tuple(_decision(each) for each in view.decisions),
        probe_runs=tuple(
            _probe_run(each.number, each.by, each.report, last=each is view.probe_runs[-1])
            for each in view.probe_runs
        ),
        journal=entries,
        journal_head=JournalHead(view.journal_head.number, view.journal_head.hash),
        state_digest=view.state_digest,
        approval_digest=view.approval_digest,
        figures={each.name: each.svg for each in view.drawings},
    )


def _person(view: PersonView) -> Person:
    return Person(view.id, view.name, view.organisation, view.role)


def _named(view: SiteView) -> set[str]:
    """Everybody whose id stands somewhere in the pack."""
    authors = {kept.author for history in view.history.values() for kept in history}
    return authors | {each.by for each in view.decisions} | {each.by for each in view.probe_runs}


def _records(view: SiteView, items: Mapping[str, Item]) -> tuple[ItemRecord, ...]:
    return tuple(
        ItemRecord(item, view.states[key], _attempts(view, item, view.history.get(key, ())))
        for key, item in items.items()
    )


def _attempts(view: SiteView, item: Item, history: tuple[KeptOperation, ...]) -> tuple[Attempt, ...]:
    return tuple(_attempt(view, item, kept) for kept in history if kept.operation.kind in REGISTER_KINDS)


def _attempt(view: SiteView, item: Item, kept: KeptOperation) -> Attempt:
    operation, body = kept.operation, kept.operation.body
    shown, verdict, reason = _words(view, item, kept)
    instrument = body.get("instrument")
    return Attempt(
        kept.number, operation.id, shown, verdict, reason, kept.author, operation.recorded_at,
        str(instrument) if instrument else None, body.get("because", ""),  # type: ignore[arg-type]
    )  # fmt: skip


def _words(view: SiteView, item: Item, kept: KeptOperation) -> tuple[str, str, str]:
    kind, body, value = kept.operation.kind, kept.operation.body, value_of(kept)
    if value is not None:
        judged = verdict_on(view, item, kept)
        return as_entered(value), judged.verdict, judged.reason
    if kind == "not_applicable":
        return "not applicable", "none", str(body["reason"])
    if kind == "signature":
        return f"signed by {body['name']}", "pass", str(body["statement"])
    return "withdrawn", "none", ""


def _photos(view: SiteView) -> tuple[Photo, ...]:
    taken: dict[str, Photo] = {}
    for history in view.history.values():
        for kept in history:
            if kept.operation.kind != "photo" or view.photos[str(kept.operation.body["sha256"])].refused:
                continue
            if kept.operation.body["sha256"] not in taken:
                photo = _photo(kept, view.photos[str(kept.operation.body["sha256"])].missed)
                taken[photo.sha256] = photo
    return tuple(sorted(taken.values(), key=lambda photo: (photo.item, photo.recorded_at)))


def _photo(kept: KeptOperation, missed: str) -> Photo:
    operation = kept.operation
    caption = str(operation.body["caption"])
    sha256 = str(operation.body["sha256"])
    try:
        data, media_type = rendition(sha256, "print")
    except Problem as problem:
        if problem.code != "not_found":
            raise Problem("unavailable", what=_photo_name(operation), why=problem.detail) from problem
        # The pack says in words that this one can't be printed; leaving it out would hide it.
        data, media_type = stored_bytes(sha256), str(operation.body["media_type"])
    return Photo(
        sha256,
        media_type,
        data,
        f"{caption} (original {missed} at the server)".strip() if missed else caption,
        operation.item,
        kept.author,
        operation.recorded_at,
    )


def _photo_name(operation: Operation) -> str:
    return f"The photo of {operation.item} taken at {operation.recorded_at}"


def _signatures(view: SiteView) -> tuple[SignatureDrawing, ...]:
    heads = {head for state in view.states.values() for head in state.heads}
    return tuple(
        _signature(kept)
        for history in view.history.values()
        for kept in history
        if kept.operation.kind == "signature" and kept.operation.id in heads
    )


def _signature(kept: KeptOperation) -> SignatureDrawing:
    operation, body = kept.operation, kept.operation.body
    strokes = tuple(tuple((x, y) for x, y in line) for line in body["strokes"])  # type: ignore[attr-defined]
    return SignatureDrawing(
        operation.item, str(body["name"]), str(body["statement"]), strokes, kept.author, operation.recorded_at
    )


def _instruments(view: SiteView) -> tuple[Instrument, ...]:
    used = {
        str(kept.operation.body.get("instrument") or "")
        for history in view.history.values()
        for kept in history
    }
    return tuple(_instrument(each) for each in view.instruments.values() if each.id in used)


def _instrument(view: InstrumentView) -> Instrument:
    certificates = tuple(
        Certificate(each.since, each.until, each.number, each.laboratory) for each in view.certificates
    )
    latest = view.calibrated_on, view.calibration_due
    return Instrument(view.id, view.kind, view.make, view.model, view.serial, *latest, certificates)


def _decision(view: DecisionView) -> Decision:
    return Decision(view.number, view.kind, view.item, view.comment, view.by, view.at)


def _probe_run(number: int, by: str, report: ProbeReport, *, last: bool) -> ProbeRun:
    """Return a run with the figures that are printed: all of the last one, of others what was wrong."""
    found = {figure.name: figure for figure in figures_of(report)}
    names = printed_figures(report, tuple(found), full=last)
    figures = {name: found[name].drawn() for name in names}
    return ProbeRun(number, by, report, figures, report_sha256(dump_report(report)))

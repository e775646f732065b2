"""Record a probe run: judged again here from its raw registers and the site's own plan, never believed."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from checklists.model import ProbeOutcome
from checklists.schema import dump_outcome
from device_probe.model import PlannedDevice, ProbeReport, SitePlan
from device_probe.problems import ProbeError
from device_probe.report import dump_report, load_report, rejudge
from fieldapp.clock import now
from fieldapp.problems import Problem
from fieldapp.store import journal, records, sites
from fieldapp.store.database import reading, session
from fieldapp.store.journal import Draft
from fieldapp.tables import ProbeRunRow, SiteRow
from fieldapp.usecases import permissions, projection
from fieldapp.usecases.site_plan import plan_of
from fieldapp.usecases.viewer import Viewer


def record_probe(viewer: Viewer, site_id: str, report: Mapping[str, Any]) -> int:
    """Record a probe report and return its journal number; the same report again returns the first number."""
    return record(viewer, site_id, report)[0]


@dataclass(frozen=True, slots=True)
class Through:
    """How a report came that nobody sent by hand: what the journal says of it, and what goes with it."""

    words: Mapping[str, str]
    #: Called with the number in the same transaction; what it raises leaves nothing recorded.
    recorded: Callable[[Session, int, ProbeReport], None]


def record(
    viewer: Viewer, site_id: str, document: Mapping[str, Any], through: Through | None = None
) -> tuple[int, ProbeReport]:
    """Record a probe report; return its journal number and the report as judged here."""
    judged = judged_here(viewer, site_id, document)
    text = json.dumps(dump_report(judged), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    at = now()
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "upload_probe", lock=True)
        existing = records.probe_run(db, site.id, judged.id)
        if existing is None:
            permissions.require_state(site, "upload_probe")
        words = dict(through.words) if through else None
        number = existing.number if existing else _append(db, site, viewer, judged, text, at, words)
        if through:
            through.recorded(db, number, judged)
    return number, judged


def judged_here(
    viewer: Viewer, site_id: str, document: Mapping[str, Any], verb: str = "upload_probe"
) -> ProbeReport:
    """Return a report as it is judged here, by the site's own plan; nothing is recorded."""
    given = _load(document)
    own = replace(given, plan=_plan(viewer, site_id, given, verb))
    try:
        return rejudge(own)
    except ProbeError as error:
        raise _refused(str(error)) from error


def _load(document: Mapping[str, Any]) -> ProbeReport:
    try:
        plain = json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
        if b"\\u0000" in plain:
            raise _refused("it holds a NUL character.")
        return load_report(document)
    except ProbeError as error:
        raise _refused(str(error)) from error
    except ValueError as error:
        raise _refused("it holds a lone surrogate or a number that is not finite.") from error


def _plan(viewer: Viewer, site_id: str, report: ProbeReport, verb: str) -> SitePlan:
    """Return the plan to judge by: the site's own, with the addresses at which its devices were reached.

    What the sender's copy says of limits, transformers or phases counts for nothing.
    """
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, verb)
        generated = sites.generated(db, site)
    own = plan_of(site.id, site.name, generated.site_design.one_line, generated.study)
    if report.plan.site != own.site:
        raise _refused("it belongs to another site.")
    known = {device.tag: device for device in own.devices}
    taken = (*report.snapshots, *report.earlier, *report.background)
    for tag in [device.tag for device in report.plan.devices] + [each.tag for each in taken]:
        if tag not in known:
            raise _refused(
                f"{tag} is not a device of this site; write the plan anew with fieldapp site plan."
            )
    for snapshot in taken:
        if snapshot.profile != known[snapshot.tag].profile:
            meant = known[snapshot.tag].profile
            raise _refused(
                f"{snapshot.tag} was read as {snapshot.profile}, the design has {meant}; probe again."
            )
    return replace(own, devices=tuple(_reached(known[each.tag], each) for each in report.plan.devices))


def _reached(device: PlannedDevice, reported: PlannedDevice) -> PlannedDevice:
    return replace(
        device, host=reported.host, port=reported.port, unit=reported.unit, link=reported.link,
        baud=reported.baud, parity=reported.parity, stop_bits=reported.stop_bits,
    )  # fmt: skip


def _refused(problem: str) -> Problem:
    return Problem("invalid", where="probe report", problem=problem)


def _append(
    db: Session,
    site: SiteRow,
    viewer: Viewer,
    report: ProbeReport,
    text: str,
    at: str,
    through: dict[str, str] | None,
) -> int:
    digest = hashlib.sha256(text.encode()).hexdigest()
    body: dict[str, Any] = {
        "id": report.id,
        "verdict": report.verdict,
        "reason": report.reason,
        "digest": digest,
        "outcomes": _outcomes(report),
    }
    if through is not None:
        body["through"] = through
    entry = journal.append(db, site, [Draft("probe_run", body, viewer.id, report.finished_at)], at)[0]
    row = ProbeRunRow(
        site_id=site.id, id=report.id, number=entry.number, verdict=report.verdict, author=viewer.id,
        received_at=at, digest=digest, report=text,
    )  # fmt: skip
    db.add(row)
    db.flush()
    items = sites.generated(db, site).items.values()
    projection.refold(db, site, [item.key for item in items if item.criterion.kind == "probe"])
    return entry.number


def _outcomes(report: ProbeReport) -> list[dict[str, Any]]:
    found = []
    for verdict in report.verdicts:
        outcome = ProbeOutcome(verdict.tag, verdict.aspect, verdict.verdict, verdict.reason, report.id, 0)
        found.append(
            {key: value for key, value in dump_outcome(outcome).items() if key not in ("run", "number")}
        )
    return found

"""Record a probe run: judged again here from its raw registers, never believed as it came."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from checklists.model import ProbeOutcome
from checklists.schema import dump_outcome
from device_probe.model import ProbeReport
from device_probe.problems import ProbeError
from device_probe.report import dump_report, load_report, rejudge
from fieldapp.clock import now
from fieldapp.problems import Problem
from fieldapp.store import journal, records, sites
from fieldapp.store.database import session
from fieldapp.store.journal import Draft
from fieldapp.tables import ProbeRunRow, SiteRow
from fieldapp.usecases import permissions, projection
from fieldapp.usecases.viewer import Viewer


def record_probe(viewer: Viewer, site_id: str, report: Mapping[str, Any]) -> int:
    """Record a probe report and return its journal number; the same report again returns the first number."""
    return record(viewer, site_id, report)[0]


def record(viewer: Viewer, site_id: str, document: Mapping[str, Any]) -> tuple[int, ProbeReport]:
    """Record a probe report; return its journal number and the report as judged here."""
    given = _load(document)
    judged = rejudge(given)
    text = json.dumps(dump_report(judged), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    at = now()
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "upload_probe", lock=True)
        if existing := records.probe_run(db, site.id, judged.id):
            return existing.number, judged
        permissions.require_state(site, "upload_probe")
        if judged.plan.site != site.id:
            raise Problem("invalid", where="plan.site", problem="this report belongs to another site.")
        number = _append(db, site, viewer, judged, text, at)
    return number, judged


def _load(document: Mapping[str, Any]) -> ProbeReport:
    try:
        return load_report(document)
    except ProbeError as error:
        raise Problem("invalid", where="probe report", problem=str(error)) from error


def _append(db: Any, site: SiteRow, viewer: Viewer, report: ProbeReport, text: str, at: str) -> int:
    digest = hashlib.sha256(text.encode()).hexdigest()
    body = {
        "id": report.id,
        "verdict": report.verdict,
        "reason": report.reason,
        "digest": digest,
        "outcomes": _outcomes(report),
    }
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

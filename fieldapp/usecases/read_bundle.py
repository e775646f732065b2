"""Everything a tablet needs to work on a site without a network, and what others did since."""

import json
from dataclasses import asdict
from typing import Any

from sqlmodel import Session

from checklists.item_schema import plain
from checklists.model import KeptOperation
from checklists.operation_schema import beside, dump_operation
from checklists.schema import dump_checklist, dump_mark, dump_outcome
from fieldapp.clock import now
from fieldapp.store import journal, objects, operations, people, records, revisions, sites
from fieldapp.store.database import reading
from fieldapp.store.sites import Generated
from fieldapp.tables import SiteRow
from fieldapp.usecases import permissions, projection, sections
from fieldapp.usecases.calibrations import instruments_of
from fieldapp.usecases.deviation_choices import deviation_choices
from fieldapp.usecases.protocol import PROTOCOL, announced
from fieldapp.usecases.viewer import Viewer


def bundle(viewer: Viewer, site_id: str, protocol: int = PROTOCOL) -> dict[str, Any]:
    """Return the bundle of a site (docs/contracts/README.md) as a version of the protocol has it."""
    announcement = announced(protocol)
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "read_journal")
        kept, generated = operations.kept(db, site.id), sites.generated(db, site)
        design = generated.site_design.design
        return {
            "schema": 1,
            **announcement,
            "site": {
                key: getattr(site, key) for key in ("id", "name", "address", "timezone", "state", "revision")
            },
            "design": {"id": design.id, "revision": design.revision, "title": design.title},
            "one_line_svg": generated.one_line_svg,
            "checklists": [dump_checklist(each) for each in generated.checklists],
            **_recorded(db, site, kept, protocol),
            **_revised(db, site, generated),
            "states": sites.state_documents(db, site.id),
            "instruments": _instruments(db, site, kept),
            "journal": {"number": site.head_number, "hash": site.head_hash},
            "server_time": now(),
            "revision_digest": sites.revision_digest(db, site),
            "sections": sections.documents(db, site),
        }


def _revised(db: Session, site: SiteRow, generated: Generated) -> dict[str, Any]:
    """What a revision took the ground from, what may deviate, and what became of recorded deviations."""
    entries = revisions.revised(db, site.id) if site.revision > 1 else []
    return {
        "since": {key: asdict(each) for key, each in revisions.since(entries).items()},
        "deviations": deviation_choices(generated.site_design),
        "proposals": [
            {
                **{key: getattr(row, key) for key in ("id", "item", "tag", "property", "reason")},
                "value": str(json.loads(row.value)),
                "status": row.status,
                "comment": row.comment,
            }
            for row in revisions.proposals(db, site.id)
        ],
    }


def _recorded(db: Session, site: SiteRow, kept: list[KeptOperation], protocol: int) -> dict[str, Any]:
    marks = projection.marks(db, site.id)
    named = {each.author for each in kept} | {mark.by for mark in marks}
    names = {key: person.name for key, (person, _) in people.people(db, named).items()}
    photos = {str(each.operation.body["sha256"]) for each in kept if each.operation.kind == "photo"}
    here = objects.present(db, photos).keys()
    return {
        "operations": [_operation(each, names, protocol) for each in kept],
        "marks": [dump_mark(each) for each in marks],
        "probe_outcomes": [dump_outcome(each) for each in projection.outcomes(db, site.id)],
        "present_objects": sorted(here),
        "refused_objects": sorted(objects.refused(db, photos - here)),
        "people": [{"id": key, "name": name} for key, name in sorted(names.items())],
    }


def _operation(kept: KeptOperation, names: dict[str, str], protocol: int) -> dict[str, Any]:
    known = {
        "op": dump_operation(kept.operation),
        "author": {"id": kept.author, "name": names.get(kept.author, "")},
        "number": kept.number,
        "received_at": kept.received_at,
    }
    return known | beside(kept) if protocol > 1 else known


def _instruments(db: Session, site: SiteRow, kept: list[KeptOperation]) -> list[dict[str, Any]]:
    """The contractor's instruments, and those that something recorded here names, whoever has them now."""
    keys = ("id", "kind", "make", "model", "serial", "calibration_due")
    rows = {
        row.id: row for row in records.instruments(db, [site.contractor_id] if site.contractor_id else [])
    }
    named = {str(each.operation.body.get("instrument") or "") for each in kept} - rows.keys() - {""}
    rows |= {row.id: row for row in records.instruments_by_id(db, named)}
    held = {key: plain(each) for key, each in instruments_of(db, rows.values()).items()}
    return [
        {key: getattr(row, key) for key in keys}
        | {key: held[row.id][key] for key in ("calibrations", "ranges")}
        for row in rows.values()
    ]


def journal_after(viewer: Viewer, site_id: str, after: int) -> dict[str, Any]:
    """Return the journal's entries after a number, without gaps."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "read_journal")
        entries = journal.read(db, site.id, after=after, up_to=site.head_number)
        return {
            "entries": [entry.document() for entry in entries],
            "number": site.head_number,
            "hash": site.head_hash,
        }

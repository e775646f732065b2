"""Open a site: apply a standard design, study it, generate its checklists, and begin its journal."""

import hashlib
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

from flask import has_app_context
from sqlmodel import Session

from checklists.errors import ChecklistError
from checklists.generate import generate
from checklists.schema import dump_checklist
from designs import approval, drawing, library
from designs.apply import apply
from designs.errors import DesignError
from designs.findings import merged
from designs.model import DesignRef, SiteDesign, Study
from designs.schema import dump_site_design, dump_study
from designs.study import study as run_study
from fieldapp.clock import new_id, now, today
from fieldapp.config import read_config, settings
from fieldapp.problems import Problem
from fieldapp.store import journal, sites
from fieldapp.store.database import session
from fieldapp.store.journal import Draft
from fieldapp.store.sites import Generated
from fieldapp.tables import SiteRow
from fieldapp.usecases import permissions, projection, states
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import DesignView

MAX_SITE_FILE = 200_000


def list_designs(viewer: Viewer) -> tuple[DesignView, ...]:
    """Return the standard designs to choose from."""
    permissions.require_role(viewer, "open_site")
    return tuple(
        DesignView(each.id, each.revision, each.title, each.segment, each.summary)
        for each in library.list_designs(settings().designs)
    )


def apply_site(design_id: str, site_text: str, designs: Path | None = None, name: str = "site") -> SiteDesign:
    """Return a standard design applied to a site file: quick, without the study; wrong input is a Problem."""
    if len(site_text) > MAX_SITE_FILE:
        raise Problem("too_large", what="The site file", limit=f"{MAX_SITE_FILE} characters")
    try:
        site = library.parse_site(site_text, name)
        design = library.find_design(design_id, designs, site.design_revision)
        site_design = apply(design, site)
        json.dumps(dump_site_design(site_design), ensure_ascii=False).encode()
    except DesignError as error:
        raise Problem("invalid", where="Site design", problem=str(error)) from error
    except UnicodeEncodeError as error:
        raise Problem(
            "invalid", where=name, problem="a text holds half a character; write it anew."
        ) from error
    return site_design


def generate_site(
    design_id: str,
    site_text: str,
    designs: Path | None = None,
    name: str = "site",
    *,
    unapproved: str | None = None,
    on: date | None = None,
) -> Generated:
    """Return what follows from a standard design and a site file, its study included (seconds).

    ``unapproved``: whether equipment without an approval in the site's country ``on`` that day (today, when
    None) is to ``refuse`` or to ``flag``; None takes FIELDAPP_UNAPPROVED.
    """
    site_design = apply_site(design_id, site_text, designs, name)
    try:
        study = _judged(site_design, run_study(site_design), unapproved, on or today())
        checklists = generate(site_design, study)
    except DesignError as error:
        raise Problem("invalid", where="Site design", problem=str(error)) from error
    except ChecklistError as error:
        raise Problem("invalid", where="Checklists", problem=str(error)) from error
    items = {item.key: item for checklist in checklists for item in checklist.items}
    sheets = drawing.drawings(site_design, study)
    return Generated(site_design, study, checklists, sheets[0].svg, items, sheets, site_text)


def _judged(site_design: SiteDesign, study: Study, unapproved: str | None, on: date) -> Study:
    """Return the study with what the programme says about equipment that is not approved."""
    config = settings() if has_app_context() else read_config()
    refuse = (unapproved or config.unapproved) == "refuse"
    return merged(study, approval.judge(site_design, library.load_equipment(), on, refuse))


def open_site(viewer: Viewer, design_id: str, site_text: str) -> str:
    """Open a site and return its id; it studies the site first, so it is for command lines, not for pages."""
    permissions.require_role(viewer, "open_site")
    return open_generated(viewer, generate_site(design_id, site_text, settings().designs))


def open_generated(viewer: Viewer, generated: Generated, site_id: str | None = None) -> str:
    """Open a site from what was generated; a design that its study refuses can't be opened.

    Whoever may have to do it again after a crash chooses ``site_id`` before.
    """
    permissions.require_role(viewer, "open_site")
    refuse_bad_study(generated.study)
    return _store(viewer, generated, site_id or new_id())


def refuse_bad_study(study: Study) -> None:
    """Refuse a design with a finding of severity error."""
    errors = [finding for finding in study.findings if finding.severity == "error"]
    if errors:
        findings = dump_study(study)["findings"]
        raise Problem("design_refused", first=errors[0].sentence, extra={"findings": findings})


def _store(viewer: Viewer, generated: Generated, site_id: str) -> str:
    at = now()
    design, parameters = generated.site_design.design, generated.site_design.parameters
    digests = digests_of(generated)
    row = SiteRow(
        id=site_id, name=parameters.name, address=parameters.address, timezone=parameters.timezone,
        state=states.OPEN["site"], design_id=design.id, design_revision=design.revision, revision=1,
        owner_id=viewer.organisation_id, head_hash=journal.START, created_at=at, updated_at=at,
    )  # fmt: skip
    body = {
        "name": row.name,
        "address": row.address,
        "timezone": row.timezone,
        "owner": viewer.organisation_id,
        "design": {"id": design.id, "revision": design.revision, "digest": design.digest},
        "revision": 1,
        "digests": digests,
    }
    with session() as db:
        _refuse_changed_design(db, design)
        db.add(row)
        db.flush()
        sites.add_revision(db, site_id, 1, generated, sha256_of(digests), at)
        db.flush()
        journal.append(db, row, [Draft("site_opened", body, viewer.id, at)], at)
        projection.refold(db, row)
    return site_id


def _refuse_changed_design(db: Session, design: DesignRef) -> None:
    """Refuse a design that is not what an opened site has under the same id and revision."""
    known = sites.design_digest(db, design.id, design.revision)
    if known not in (None, design.digest):
        problem = (
            f"{design.id} revision {design.revision} has changed since a site was opened with it; "
            "a published revision never changes: give the changed design a new revision."
        )
        raise Problem("invalid", where="Site design", problem=problem)


def digests_of(generated: Generated) -> dict[str, str]:
    """Return the SHA-256 of each part of what was generated, for the journal."""
    return {
        "site_design": sha256_of(dump_site_design(generated.site_design)),
        "study": sha256_of(dump_study(generated.study)),
        "checklists": sha256_of([dump_checklist(each) for each in generated.checklists]),
        "one_line_svg": hashlib.sha256(generated.one_line_svg.encode()).hexdigest(),
        "drawings": sha256_of([asdict(each) for each in generated.drawings]),
        "site_file": hashlib.sha256(generated.site_text.encode()).hexdigest(),
    }


def sha256_of(document: object) -> str:
    """Return the SHA-256 of a JSON document, keys in order."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()

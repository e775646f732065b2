"""Issue the handover pack of an approved site: asked for here, made by a worker, downloaded and verified."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fieldapp.clock import new_id, now
from fieldapp.config import settings
from fieldapp.objects import objects
from fieldapp.problems import Problem, not_found
from fieldapp.store import jobs, journal, people, records, revisions, sites
from fieldapp.store import objects as object_rows
from fieldapp.store.database import reading, session
from fieldapp.store.journal import Draft
from fieldapp.tables import PackRow, SiteRow
from fieldapp.usecases import permissions, states
from fieldapp.usecases.build_pack import build_pack
from fieldapp.usecases.stored_bytes import stored_bytes
from fieldapp.usecases.view_revisions import superseded_by
from fieldapp.usecases.viewer import Viewer, viewer_of
from reports import authority, manifest, render, seal, verify
from reports.errors import ReportError
from reports.model import HandoverPack, Verification

KIND = "issue_pack"
Tell = Callable[[int, str], None]


def request_pack(viewer: Viewer, site_id: str) -> str:
    """Ask for the pack of an approved site; return the job. Asking twice gives the same job."""
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "issue_pack", lock=True)
        permissions.require_state(site, "issue_pack")
        arguments = {"pack": new_id(), "site": site.id, "approval": site.approval_number, "person": viewer.id}
        key = f"{KIND}:{site.id}:{site.approval_number}"
        return jobs.add(db, KIND, arguments, key, site=site.id, person=viewer.id).id


def make_pack(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Render, seal, verify and store a pack, then journal it: the work of the job."""
    if done := _done(arguments):
        return done
    viewer, at = _issuer(arguments["person"]), now()
    tell(2, "gathering the site")
    pack = build_pack(viewer, arguments["site"], arguments["pack"], arguments["approval"], at)
    try:
        data, found = _sealed(pack, tell)
    except ReportError as error:
        raise Problem("unavailable", what="The pack", why=str(error)) from error
    tell(95, "storing it")
    sha256 = hashlib.sha256(data).hexdigest()
    objects().put(sha256, data)
    digest = manifest.digest(manifest.manifest(pack))
    _journal(viewer, pack, sha256, len(data), digest, found.bottom_line, arguments["approval"])
    return {"pack": pack.id, "number": pack.number, "sha256": sha256, "bottom_line": found.bottom_line}


def _done(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an earlier run of the same job has committed before its worker died."""
    with reading() as db:
        row = records.pack(db, arguments["pack"])
    if row is None:
        return None
    return {"pack": row.id, "number": row.number, "sha256": row.sha256, "bottom_line": row.bottom_line}


def _issuer(person_id: str) -> Viewer:
    with reading() as db:
        pair = people.person(db, person_id)
    if pair is None or not pair[0].active:
        raise Problem("forbidden", why="the person who asked for the pack may not sign in any more.")
    return viewer_of(pair)


def _sealed(pack: HandoverPack, tell: Tell) -> tuple[bytes, Verification]:
    def tell_render(step: str, done: int, total: int) -> None:
        tell(5 + 80 * done // max(total, 1), step)

    pdf = render.render(pack, tell_render)
    tell(86, "sealing")
    identity = authority.ensure(settings().pki, organisation=pack.issued_by.organisation)
    reason = f"Handover pack {pack.number} of {pack.site_design.parameters.name}"
    data = seal.seal(pdf, identity, reason=reason, at=datetime.fromisoformat(pack.issued_at))
    tell(92, "verifying the seal")
    found = verify.verify(data, roots=[identity.root_pem])
    if not found.good:
        raise Problem("unavailable", what="The pack", why=found.bottom_line)
    return data, found


def _journal(
    viewer: Viewer, pack: HandoverPack, sha256: str, size: int, digest: str, bottom_line: str, approval: int
) -> None:
    at = now()
    body = {
        "pack": pack.id,
        "number": pack.number,
        "sha256": sha256,
        "size": size,
        "manifest_digest": digest,
        "head": {"number": pack.journal_head.number, "hash": pack.journal_head.hash},
    }
    with session() as db:
        site = permissions.site_for(db, viewer, pack.site_id, "issue_pack", lock=True)
        _refuse_stale(site, pack, approval)
        row = PackRow(
            id=pack.id, site_id=site.id, number=pack.number, approval_number=approval,
            issued_at=pack.issued_at, issued_by=viewer.id, sha256=sha256, size=size, manifest_digest=digest,
            head_number=pack.journal_head.number, bottom_line=bottom_line,
        )  # fmt: skip
        db.add(row)
        object_rows.add(db, sha256, size, "application/pdf", at)
        # The sealed head: journal verify compares the chain with what stands in the document.
        journal.anchor(db, site, f"pack:{pack.id}", at)
        journal.append(db, site, [Draft("pack_issued", body, viewer.id, at)], at)
        states.move(site, "issue_pack")


def _refuse_stale(site: SiteRow, pack: HandoverPack, approval: int) -> None:
    approved = site.state == "approved" and site.approval_number == approval
    if not approved or site.head_number != pack.journal_head.number:
        raise Problem("wrong_state", state=site.state, why="it changed meanwhile; ask again.")


def pack_file(viewer: Viewer, pack_id: str) -> tuple[bytes, str]:
    """Return a pack's bytes and a file name; the download is journalled."""
    with reading() as db:
        row = _pack_for(db, viewer, pack_id)
        site = permissions.site_for(db, viewer, row.site_id, "download_pack")
        name = _file_name(site.name, row.number)
    data = stored_bytes(row.sha256)
    at = now()
    with session() as db:
        site = permissions.site_for(db, viewer, row.site_id, "download_pack", lock=True)
        body = {"pack": row.id, "sha256": row.sha256}
        journal.append(db, site, [Draft("pack_downloaded", body, viewer.id, at)], at)
    return data, name


def _pack_for(db: Any, viewer: Viewer, pack_id: str) -> PackRow:
    row = records.pack(db, pack_id)
    site = sites.get(db, row.site_id) if row else None
    if row is None or site is None or not permissions.sees(db, viewer, site):
        raise not_found("pack")
    return row


def _file_name(site_name: str, number: int) -> str:
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in site_name.lower())
    return f"handover-pack-{'-'.join(part for part in plain.split('-') if part)[:60]}-{number}.pdf"


def verify_pack(data: bytes) -> Verification:
    """Return everything that can be said of a file that claims to be one of our packs."""
    try:
        roots = [authority.load(settings().pki).root_pem]
    except ReportError as error:
        raise Problem("unavailable", what="The seal's root certificate", why=str(error)) from error
    return verify.verify(data, roots=roots, known=_known)


def _known(pack_id: str) -> verify.KnownPack | None:
    with reading() as db:
        row = records.pack(db, pack_id)
        if row is None:
            return None
        newest = records.packs(db, row.site_id)[-1]
        revision = superseded_by(row.head_number, revisions.revised(db, row.site_id))
    later = f"pack {newest.number} of {newest.issued_at[:10]}" if newest.id != row.id else revision or None
    return verify.KnownPack(frozenset({row.sha256}), later)

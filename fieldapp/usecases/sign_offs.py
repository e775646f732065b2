"""Sign-offs: what somebody vouched for by a signature, a submission or an approval, and whether it stands.

A projection of the journal. A signature is bound when its digest is the one that is computed here of all that
stands before it in the journal (``checklists.vouched``). The first later entry that adds to what was vouched
for supersedes it: another operation there, a probe run, a new revision; for an approval a returned item too.
Nothing is taken away from what was signed: it stays readable who signed what.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import Session, select

from checklists.model import REGISTER_KINDS, KeptOperation
from checklists.sections import section_items
from checklists.vouched import signed_digest, vouched_items
from fieldapp.store import journal, operations, revisions, sign_offs, sites
from fieldapp.store.journal import Entry
from fieldapp.store.sites import Generated
from fieldapp.tables import SignOffRow, SiteRevisionRow, SiteRow

#: Journal type -> what kind of sign-off it is.
KINDS = {
    "submitted": "submission",
    "approved": "approval",
    "section_submitted": "submission",
    "section_approved": "approval",
}


@dataclass(frozen=True, slots=True)
class _Ground:
    """The revision of a site that was in force at some entry, and the entry that ended it."""

    revision: int
    digest: str
    generated: Generated
    until: int | None


def add(session: Session, site: SiteRow, entry: Entry) -> None:
    """Keep the sign-off of a submission or an approval that was just journalled."""
    _keep(session, site, [_decision(entry)])


def kept(session: Session, site: SiteRow) -> list[SignOffRow]:
    """Return the sign-offs of a site; where an earlier release kept none, the journal is asked."""
    return sign_offs.of_site(session, site.id) or told(session, site)


def renew(session: Session, site: SiteRow, items: Collection[str] | None = None) -> None:
    """Bring the sign-offs up to date after something was recorded at some items, or make all of them anew."""
    if items is None:
        return sign_offs.replace(session, site.id, told(session, site))
    known = sites.generated(session, site).items
    signed = [key for key in items if key in known and known[key].criterion.kind == "signature"]
    if signed:
        _add_signatures(session, site, signed)
    for row in sign_offs.unchanged(session, site.id):
        _judge(row, changes(session, site, row, items))
        session.add(row)
    return None


def told(session: Session, site: SiteRow) -> list[SignOffRow]:
    """Return the sign-offs of a site as the journal tells them."""
    entries = journal.read(session, site.id, types=KINDS)
    rows = [_decision(entry) for entry in entries]
    rows += [_signature(session, site, kept) for kept in _signatures(session, site)]
    for row in rows:
        _judge(row, changes(session, site, row))
    return sorted(rows, key=lambda row: row.number)


def differences(session: Session, site: SiteRow) -> list[str]:
    """Return the sign-offs that are not kept as the journal tells them; with none kept there are none."""
    rows = {row.number: row.model_dump() for row in sign_offs.of_site(session, site.id)}
    true = {row.number: row.model_dump() for row in told(session, site)} if rows else {}
    numbers = sorted(each for each in rows.keys() | true.keys() if rows.get(each) != true.get(each))
    return [f"sign-off {number}" for number in numbers]


def changes(
    session: Session, site: SiteRow, row: SignOffRow, items: Collection[str] | None = None
) -> list[int]:
    """Return the numbers of the later entries that changed what was vouched for, the first one first.

    With ``items`` only what was recorded at these is looked for.
    """
    ground = _ground(session, site, row.number)
    scope = _scope(session, site, row, ground)
    wanted = None if items is None else scope & set(items)
    later = (
        [] if wanted is not None and not wanted
        else sign_offs.later(session, site.id, row.number, ground.until, wanted)
    )  # fmt: skip
    found = [number for number, item in later if item in scope]
    found += _signed_again(session, site, row, items)
    found += _entries(session, site, row, ground, scope)
    if ground.until is not None:
        found.append(ground.until)
    return sorted(set(found))


def _entries(
    session: Session, site: SiteRow, row: SignOffRow, ground: _Ground, scope: Collection[str]
) -> Iterator[int]:
    """Yield the later probe runs, changed certificates that judged something anew, returns of an approval."""
    types = ["probe_run", "certificate_changed", *(["item_returned"] if row.kind == "approval" else [])]
    last = None if ground.until is None else ground.until - 1
    for entry in journal.read(session, site.id, after=row.number, up_to=last, types=types):
        if _concerns(entry, scope):
            yield entry.number


def _concerns(entry: Entry, scope: Collection[str]) -> bool:
    if entry.type == "probe_run":
        return bool(entry.body["outcomes"])
    touched = entry.body["items"] if entry.type == "certificate_changed" else [entry.body["item"]]
    return any(item in scope for item in touched)


def _signed_again(
    session: Session, site: SiteRow, row: SignOffRow, items: Collection[str] | None
) -> list[int]:
    """Return the later entries that took the place of a signature itself."""
    if row.kind != "signature" or (items is not None and row.item not in items):
        return []
    there = operations.kept(session, site.id, items=[row.item])
    return [
        each.number for each in there if each.number > row.number and each.operation.kind in REGISTER_KINDS
    ]


def _judge(row: SignOffRow, changed: list[int]) -> None:
    row.superseded_by = changed[0] if changed else None
    if row.standing == "bound" and changed:
        row.standing = "superseded"


def _scope(session: Session, site: SiteRow, row: SignOffRow, ground: _Ground) -> frozenset[str]:
    """Return the items that a sign-off vouches for."""
    if row.kind == "signature":
        return frozenset(vouched_items(ground.generated.checklists, row.item))
    if not row.section:
        return frozenset(ground.generated.items)
    defined = journal.read(session, site.id, types=["section_defined"])
    tags = next(entry.body["tags"] for entry in defined if entry.body["section"] == row.section)
    one_line = ground.generated.site_design.one_line
    return frozenset(section_items(ground.generated.checklists, one_line, tags))


def _ground(session: Session, site: SiteRow, number: int) -> _Ground:
    """Return the revision that was in force at a journal number; the present one is at hand."""
    revised = revisions.revised(session, site.id) if site.revision > 1 else []
    revision = max((int(each.body["revision"]) for each in revised if each.number < number), default=1)
    until = min((each.number for each in revised if each.number > number), default=None)
    if revision == site.revision:
        generated = sites.generated(session, site)
        return _Ground(revision, sites.revision_digest(session, site), generated, until)
    query = select(SiteRevisionRow.digest).where(
        SiteRevisionRow.site_id == site.id, SiteRevisionRow.revision == revision
    )
    generated = revisions.generated_at(session, site.id, revision)
    return _Ground(revision, session.exec(query).one(), generated, until)


def _decision(entry: Entry) -> SignOffRow:
    digest, section = str(entry.body["state_digest"]), str(entry.body.get("section", ""))
    return SignOffRow(
        site_id=entry.site, number=entry.number, kind=KINDS[entry.type], item="", section=section,
        person_id=entry.author, name="", digest=digest, found=digest, standing="bound", at=entry.recorded_at,
    )  # fmt: skip


def _signatures(session: Session, site: SiteRow, items: Iterable[str] | None = None) -> list[KeptOperation]:
    """Return the signatures at the items that ask for one, of every revision unless items are named."""
    if items is None:
        every = [sites.generated(session, site)]
        every += [revisions.generated_at(session, site.id, each) for each in range(1, site.revision)]
        items = {
            key for each in every for key, item in each.items.items() if item.criterion.kind == "signature"
        }
    there = operations.kept(session, site.id, items=sorted(items))
    return [each for each in there if each.operation.kind == "signature"]


def _add_signatures(session: Session, site: SiteRow, items: Iterable[str]) -> None:
    known = {row.number for row in sign_offs.of_site(session, site.id)}
    fresh = [each for each in _signatures(session, site, items) if each.number not in known]
    _keep(session, site, [_signature(session, site, each) for each in fresh])


def _keep(session: Session, site: SiteRow, rows: list[SignOffRow]) -> None:
    """Keep fresh sign-offs; with the first one, all that the journal tells of."""
    if rows and not sign_offs.of_site(session, site.id):
        sign_offs.replace(session, site.id, told(session, site))
        return
    session.add_all(rows)
    session.flush()


def _signature(session: Session, site: SiteRow, kept: KeptOperation) -> SignOffRow:
    operation, body = kept.operation, kept.operation.body
    digest, found = str(body["digest"]), _found(session, site, kept)
    standing = "bound" if digest == found else "other_state" if digest else "unbound"
    return SignOffRow(
        site_id=site.id, number=kept.number, kind="signature", item=operation.item, section="",
        person_id=kept.author, name=str(body["name"]), digest=digest, found=found, standing=standing,
        at=operation.recorded_at,
    )  # fmt: skip


def _found(session: Session, site: SiteRow, kept: KeptOperation) -> str:
    """Return the digest of what had been recorded before a signature."""
    ground = _ground(session, site, kept.number)
    vouched = vouched_items(ground.generated.checklists, kept.operation.item)
    recorded = sign_offs.recorded(session, site.id, kept.number)
    runs = journal.read(session, site.id, up_to=kept.number - 1, types=["probe_run"])
    return signed_digest(
        ground.digest,
        kept.operation.item,
        {key: recorded[key] for key in vouched if key in recorded},
        [str(entry.body["id"]) for entry in runs if entry.body["outcomes"]],
    )

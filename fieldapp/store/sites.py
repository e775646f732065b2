"""Sites, what was generated for them, and where their items stand."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from checklists.model import Checklist, Item, ItemState
from checklists.reopening import repeated_by
from checklists.schema import dump_checklist, dump_item_state, load_checklist, load_item_state
from designs.drawing import Drawing
from designs.model import SiteDesign, Study
from designs.schema import dump_site_design, dump_study, load_site_design, load_study
from designs.site_text import site_text_of
from fieldapp.store import bulk, direct
from fieldapp.tables import ItemStateRow, PackRow, SiteRevisionRow, SiteRow


@dataclass(frozen=True, slots=True)
class Generated:
    """What follows from a standard design for one site."""

    site_design: SiteDesign
    study: Study
    checklists: tuple[Checklist, ...]
    one_line_svg: str
    items: Mapping[str, Item]
    drawings: tuple[Drawing, ...] = ()  # every sheet, the first page of the one-line first
    site_text: str = ""  # the site file as applied, so that a revision can start from it
    #: item key -> the items whose failure opens it again
    repeated_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def get(session: Session, site_id: str) -> SiteRow | None:
    """Return a site."""
    return session.get(SiteRow, site_id)


def lock(session: Session, site_id: str) -> SiteRow | None:
    """Return a site for writing; until the transaction ends nobody else numbers its journal."""
    query = select(SiteRow).where(SiteRow.id == site_id)
    return session.exec(query.with_for_update().execution_options(populate_existing=True)).first()


def listed(
    session: Session, *, owner: str | None = None, contractor: str | None = None, with_pack: bool = False
) -> list[SiteRow]:
    """Return sites by name, of one owner, of one contractor, or handed over."""
    query = select(SiteRow).order_by(col(SiteRow.name), col(SiteRow.id))
    if owner is not None:
        query = query.where(SiteRow.owner_id == owner)
    if contractor is not None:
        query = query.where(SiteRow.contractor_id == contractor)
    if with_pack:
        query = query.where(col(SiteRow.id).in_(select(PackRow.site_id)))
    return list(session.exec(query))


def add_revision(
    session: Session, site_id: str, revision: int, generated: Generated, digest: str, at: str
) -> None:
    """Keep what was generated for a site."""
    row = SiteRevisionRow(
        site_id=site_id, revision=revision, digest=digest, created_at=at, **dump_generated(generated)
    )
    session.add(row)


def dump_generated(generated: Generated) -> dict[str, str]:
    """Return what was generated as the texts that a row keeps."""
    return {
        "site_design": _dumped(dump_site_design(generated.site_design)),
        "study": _dumped(dump_study(generated.study)),
        "checklists": _dumped([dump_checklist(each) for each in generated.checklists]),
        "one_line_svg": generated.one_line_svg,
        "drawings": _dumped([asdict(each) for each in generated.drawings]),
        "site_text": generated.site_text,
    }


def load_generated(kept: Mapping[str, str]) -> Generated:
    """Return what was generated from the texts of a row."""
    checklists = tuple(load_checklist(each) for each in json.loads(kept["checklists"]))
    items = {item.key: item for checklist in checklists for item in checklist.items}
    design, study = load_site_design(json.loads(kept["site_design"])), load_study(json.loads(kept["study"]))
    svg = kept["one_line_svg"]
    # What was generated earlier has one page only, and its file follows from its values.
    sheets = tuple(Drawing(**each) for each in json.loads(kept.get("drawings") or "[]"))
    drawings = sheets or (Drawing("one-line-1", "One-line diagram", svg),)
    text = kept.get("site_text") or site_text_of(design)
    return Generated(design, study, checklists, svg, items, drawings, text, repeated_by(items))


def generated(session: Session, site: SiteRow) -> Generated:
    """Return what was generated for a site; it never changes, so each process keeps the latest ones."""
    return _loaded(_Source(session, site.id, site.revision, revision_digest(session, site)))


def design_digest(session: Session, design_id: str, revision: int) -> str | None:
    """Return the digest that opened sites have for a revision of a standard design; None without a site."""
    query = (
        select(SiteRevisionRow.site_design)
        .join(SiteRow, col(SiteRow.id) == SiteRevisionRow.site_id)
        .where(SiteRow.design_id == design_id, SiteRow.design_revision == revision)
        .where(SiteRow.revision == SiteRevisionRow.revision)
        .limit(1)
    )
    found = session.exec(query).first()
    return None if found is None else str(json.loads(found)["design"]["digest"])


def opened_as(session: Session, owner_id: str) -> list[tuple[str, str, str, str]]:
    """Return (id, name, address, standard design) of every site of an owner."""
    query = select(SiteRow.id, SiteRow.name, SiteRow.address, SiteRow.design_id)
    return [tuple(each) for each in session.exec(query.where(SiteRow.owner_id == owner_id))]  # type: ignore[misc]


def revision_digest(session: Session, site: SiteRow) -> str:
    """Return the digest over design, parameters, study and checklists of a site's revision."""
    place = (SiteRevisionRow, site.id, site.revision)
    if place not in session.info:  # it never changes, and a push asks several times
        query = "SELECT digest FROM site_revision WHERE site_id = :site AND revision = :revision"
        ((session.info[place],),) = direct.rows(session, query, site=site.id, revision=site.revision)
    return str(session.info[place])


class _Source:
    """A revision to load, equal to another of the same content: the key of the cache."""

    def __init__(self, session: Session, site_id: str, revision: int, digest: str) -> None:
        self.session, self.site_id, self.revision, self.digest = session, site_id, revision, digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Source) and other.digest == self.digest


@lru_cache(maxsize=64)
def _loaded(source: _Source) -> Generated:
    row = source.session.get(SiteRevisionRow, (source.site_id, source.revision))
    if row is None:
        raise LookupError(f"site {source.site_id} has no revision {source.revision}")
    source.session = None  # type: ignore[assignment]  # the cache must not keep a session alive
    return load_generated(row.model_dump())


def states(session: Session, site_id: str, items: Collection[str] | None = None) -> dict[str, ItemState]:
    """Return the item states of a site, all or some."""
    return {item: load_item_state(each) for item, each in state_documents(session, site_id, items).items()}


def state_documents(session: Session, site_id: str, items: Collection[str] | None = None) -> dict[str, Any]:
    """Return the item states of a site as the JSON they are kept in, all or some."""
    query = "SELECT item, document FROM item_state WHERE site_id = :site"
    some = "" if items is None else " AND item IN :items"
    found = direct.rows(session, f"{query}{some}", site=site_id, items=list(items or ()))
    return {item: json.loads(document) for item, document in found}


def is_vouched_for(session: Session, site_id: str) -> bool:
    """True when somebody signed, submitted or approved something of a site, or it has sections."""
    query = (
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM sign_off WHERE site_id = :site) "
        "OR EXISTS (SELECT 1 FROM section WHERE site_id = :site)"
    )
    return bool(direct.rows(session, query, site=site_id))


def put_states(session: Session, site_id: str, states: Mapping[str, ItemState]) -> None:
    """Replace the states of some items."""
    put_state_documents(
        session, site_id, {key: (each.status, dump_item_state(each)) for key, each in states.items()}
    )


def put_state_documents(
    session: Session, site_id: str, documents: Mapping[str, tuple[str, Mapping[str, Any]]]
) -> None:
    """Replace the states of some items: item key -> (status, the state as JSON)."""
    rows = [
        {"site_id": site_id, "item": key, "status": status, "document": _dumped(document)}
        for key, (status, document) in documents.items()
    ]
    bulk.write(session, ItemStateRow, rows, replace=True)


def status_counts(session: Session, site_id: str) -> dict[str, int]:
    """Return how many items have each status."""
    query = (
        select(ItemStateRow.status, func.count())
        .where(ItemStateRow.site_id == site_id)
        .group_by(ItemStateRow.status)
    )
    return dict(session.exec(query).all())


def _dumped(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

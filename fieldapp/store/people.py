"""Organisations, people, tablets, keys and tokens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from fieldapp.store import direct
from fieldapp.tables import OrganisationRow, PartnerRow, PersonRow, TabletKeyRow, TabletRow, TokenRow

Pair = tuple[PersonRow, OrganisationRow]


@dataclass(frozen=True, slots=True)
class Key:
    """The public key of one person on one tablet."""

    id: str
    jwk: str
    person_id: str
    tablet_id: str
    revoked_at: str | None


def _people(session: Session, *where: object) -> list[Pair]:
    query = select(PersonRow, OrganisationRow).where(
        PersonRow.organisation_id == OrganisationRow.id,
        *where,  # type: ignore[arg-type]
    )
    return list(session.exec(query.order_by(col(PersonRow.name))))


def person(session: Session, person_id: str) -> Pair | None:
    """Return a person and their organisation."""
    return next(iter(_people(session, PersonRow.id == person_id)), None)


def person_by_email(session: Session, email: str) -> Pair | None:
    """Return the person with this e-mail address, in any case of letters."""
    return next(iter(_people(session, PersonRow.email == email.strip().lower())), None)


def people(session: Session, ids: Iterable[str] | None = None) -> Mapping[str, Pair]:
    """Return people by id: those named, or all."""
    where = [] if ids is None else [col(PersonRow.id).in_(list(ids))]
    return {pair[0].id: pair for pair in _people(session, *where)}


def people_of(session: Session, organisation_ids: Iterable[str]) -> Mapping[str, Pair]:
    """Return the active people of some organisations by id."""
    where = (col(PersonRow.organisation_id).in_(list(organisation_ids)), col(PersonRow.active))
    return {pair[0].id: pair for pair in _people(session, *where)}


def organisation(session: Session, organisation_id: str) -> OrganisationRow | None:
    """Return an organisation."""
    return session.get(OrganisationRow, organisation_id)


def lock_organisation(session: Session, organisation_id: str) -> None:
    """Let nobody else lock this organisation until the end of this transaction."""
    session.exec(
        select(OrganisationRow).where(OrganisationRow.id == organisation_id).with_for_update()
    ).first()
    session.expire_all()


def organisations(session: Session) -> list[OrganisationRow]:
    """Return all organisations by name."""
    return list(session.exec(select(OrganisationRow).order_by(col(OrganisationRow.name))))


def partners(session: Session, owner_id: str) -> list[OrganisationRow]:
    """Return the organisations that an owner works with, by name."""
    query = select(OrganisationRow).join(PartnerRow, col(PartnerRow.partner_id) == OrganisationRow.id)
    return list(
        session.exec(query.where(PartnerRow.owner_id == owner_id).order_by(col(OrganisationRow.name)))
    )


def organisation_named(session: Session, name: str) -> OrganisationRow | None:
    """Return the organisation with this name."""
    return session.exec(select(OrganisationRow).where(OrganisationRow.name == name)).first()


def tablet(session: Session, tablet_id: str) -> TabletRow | None:
    """Return a tablet."""
    return session.get(TabletRow, tablet_id)


def tablet_clock(session: Session, tablet_id: str, offset_s: float) -> None:
    """Keep by how many seconds the clock of a tablet was found to be fast."""
    statement = "UPDATE tablet SET clock_offset_s = :offset WHERE id = :tablet AND "
    changed = "(clock_offset_s IS NULL OR clock_offset_s <> :offset)"
    direct.run(session, statement + changed, offset=offset_s, tablet=tablet_id)


def tablet_key(session: Session, key_id: str) -> TabletKeyRow | None:
    """Return the key with this thumbprint."""
    return session.get(TabletKeyRow, key_id)


def tablet_keys(session: Session, key_ids: Iterable[str]) -> Mapping[str, Key]:
    """Return keys by thumbprint."""
    query = "SELECT id, jwk, person_id, tablet_id, revoked_at FROM tablet_key WHERE id IN :ids"
    return {row[0]: Key(*row) for row in direct.rows(session, query, ids=set(key_ids))}


def token(session: Session, token_hash: str) -> TokenRow | None:
    """Return the token with this hash."""
    return session.get(TokenRow, token_hash)

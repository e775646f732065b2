"""Bearer tokens and the sites they are good for."""

from collections.abc import Iterable, Mapping

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from fieldapp.clock import later, now
from fieldapp.tables import PersonRow, SiteRow, TabletRow, TokenRow, TokenSiteRow

#: How long a note of the last use stands before it is written anew.
TOUCH_SECONDS = 60


def with_id(session: Session, token_id: str) -> TokenRow | None:
    """Return the token with this id."""
    return session.exec(select(TokenRow).where(TokenRow.id == token_id)).first()


def sites_of(session: Session, token_id: str) -> frozenset[str]:
    """Return the sites that a token names."""
    return frozenset(
        session.exec(select(TokenSiteRow.site_id).where(TokenSiteRow.token_id == token_id)).all()
    )


def site_names(session: Session, token_ids: Iterable[str]) -> Mapping[str, dict[str, str]]:
    """Return the sites of some tokens: token -> site -> name."""
    query = (
        select(TokenSiteRow.token_id, SiteRow.id, SiteRow.name)
        .where(TokenSiteRow.site_id == SiteRow.id, col(TokenSiteRow.token_id).in_(list(token_ids)))
        .order_by(SiteRow.name)
    )
    found: dict[str, dict[str, str]] = {}
    for token_id, site_id, name in session.exec(query):
        found.setdefault(token_id, {})[site_id] = name
    return found


def add_sites(session: Session, token_id: str, site_ids: Iterable[str]) -> None:
    """Bind a token to sites."""
    session.add_all(TokenSiteRow(token_id=token_id, site_id=site_id) for site_id in site_ids)


def agents_of(session: Session, organisation_id: str) -> list[TokenRow]:
    """Return the agent tokens that people of an organisation made, the newest first."""
    query = (
        select(TokenRow)
        .join(PersonRow, col(TokenRow.person_id) == PersonRow.id)
        .where(TokenRow.kind == "agent", PersonRow.organisation_id == organisation_id)
    )
    return list(session.exec(query.order_by(col(TokenRow.created_at).desc())))


def of_person(session: Session, person_id: str) -> list[TokenRow]:
    """Return a person's tokens that are good now, the newest first."""
    query = select(TokenRow).where(
        TokenRow.person_id == person_id, col(TokenRow.revoked_at).is_(None), col(TokenRow.expires_at) > now()
    )
    return list(session.exec(query.order_by(col(TokenRow.created_at).desc())))


def revoke_all(session: Session, person_id: str) -> None:
    """End every token of a person."""
    query = update(TokenRow).where(col(TokenRow.person_id) == person_id, col(TokenRow.revoked_at).is_(None))
    session.execute(query.values(revoked_at=now()))


def worn(last_used_at: str | None) -> bool:
    """True when the note of the last use is older than a minute."""
    return last_used_at is None or last_used_at < later(-TOUCH_SECONDS)


def touch(session: Session, token_hash: str, tablet_id: str | None) -> None:
    """Note that a token, and its tablet, were used now; of requests at once the first writes."""
    at, old = now(), later(-TOUCH_SECONDS)
    unseen = or_(col(TokenRow.last_used_at).is_(None), col(TokenRow.last_used_at) < old)
    session.execute(update(TokenRow).where(col(TokenRow.hash) == token_hash, unseen).values(last_used_at=at))
    if tablet_id is not None:
        session.execute(update(TabletRow).where(col(TabletRow.id) == tablet_id).values(last_seen_at=at))

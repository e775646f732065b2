"""Probe agents as the sites they may work for know them."""

from sqlmodel import Session, col, select

from fieldapp.clock import now
from fieldapp.tables import PersonRow, TokenRow, TokenSiteRow


def names_at(session: Session, site_id: str) -> tuple[str, ...]:
    """Return the names of the agents whose tokens are good for a site now."""
    query = (
        select(TokenRow.name)
        .join(TokenSiteRow, col(TokenSiteRow.token_id) == TokenRow.id)
        .join(PersonRow, col(PersonRow.id) == TokenRow.person_id)
        .where(TokenSiteRow.site_id == site_id, TokenRow.kind == "agent", col(PersonRow.active))
        .where(col(TokenRow.revoked_at).is_(None), col(TokenRow.expires_at) > now())
    )
    return tuple(sorted(set(session.exec(query))))

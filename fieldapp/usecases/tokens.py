"""Bearer tokens: who one belongs to, and tokens for probe agents, made for chosen sites and shown once."""

import hashlib
import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, cast

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from fieldapp.clock import later, new_id, now
from fieldapp.config import settings
from fieldapp.problems import Problem, not_found
from fieldapp.store import events, people, sites, token_holder, tokens
from fieldapp.store.database import reading, session
from fieldapp.store.token_holder import Holder
from fieldapp.tables import TokenRow
from fieldapp.usecases import permissions
from fieldapp.usecases.viewer import Role, Viewer

_LOG = logging.getLogger(__name__)
_MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token belongs to; of a tablet's also on which tablet and with which key.

    ``viewer`` sees the token's sites alone, where it names any; an agent's token always does.
    """

    viewer: Viewer
    tablet: str
    key: str
    kind: Literal["tablet", "agent"] = "tablet"
    id: str = ""
    jwk: str = ""  # of the key; empty when it isn't at hand or was revoked

    @property
    def sites(self) -> frozenset[str] | None:
        """Return the sites that the token is good for; None: all that its person sees."""
        return self.viewer.only_sites


@dataclass(frozen=True, slots=True)
class NewToken:
    """A fresh token; it is shown once and kept as a hash only."""

    id: str
    token: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as a list shows it; ``sites`` holds the names of those that the viewer sees."""

    id: str
    kind: str
    name: str
    by: str
    created_at: str
    expires_at: str
    last_used_at: str | None
    standing: Literal["good", "expired", "revoked"]
    sites: tuple[str, ...]
    hidden_sites: int


def hash_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def authenticate(token: str) -> Bearer:
    """Return whose token this is, and note that it was used."""
    with reading() as db:
        held = token_holder.holder(db, hash_of(token))
        if held is None or held.revoked_at or held.expires_at <= now() or not held.active:
            raise Problem("token_invalid")
        found = _bearer(db, held)
    if tokens.worn(held.last_used_at):
        _touch(held)
    return found


def _bearer(db: Session, held: Holder) -> Bearer:
    scope = tokens.sites_of(db, held.id) if held.names_sites else frozenset()
    viewer = Viewer(
        held.person_id,
        held.name,
        held.email,
        cast("Role", held.role),
        held.organisation_id,
        held.organisation,
        held.organisation_kind,
    )
    if held.kind == "agent":
        return Bearer(_agent(viewer, scope), "", "", "agent", held.id)
    if not held.has_tablet or held.tablet_id is None or held.key_id is None:
        raise Problem("token_invalid")
    seen = replace(viewer, only_sites=scope) if scope else viewer
    return Bearer(seen, held.tablet_id, held.key_id, "tablet", held.id, held.jwk or "")


def _agent(maker: Viewer, scope: frozenset[str]) -> Viewer:
    """An agent acts for who made its token, never with more than an engineer's rights."""
    return replace(maker, role="engineer", only_sites=scope)


def _touch(held: Holder) -> None:
    try:
        with session() as db:
            tokens.touch(db, held.hash, held.tablet_id)
    except OperationalError:
        # When a token was last used is worth less than the request it came with.
        _LOG.warning("the use of token %s could not be noted", held.id)


def make_agent_token(viewer: Viewer, name: str, site_ids: Iterable[str]) -> NewToken:
    """Make a token for a probe agent at some sites, all of which the viewer sees."""
    permissions.require_role(viewer, "manage_tokens")
    wanted, title = sorted(set(site_ids)), name.strip()
    if not (title and title.isprintable() and len(title) <= _MAX_NAME):
        raise Problem("invalid", where="name", problem=f"give a name of at most {_MAX_NAME} characters.")
    if not wanted:
        raise Problem("invalid", where="sites", problem="choose at least one site.")
    token, expires = secrets.token_urlsafe(32), later(settings().agent_token_days * 86_400)
    with session() as db:
        names = [permissions.site_for(db, viewer, site_id, "manage_tokens").name for site_id in wanted]
        row = TokenRow(
            hash=hash_of(token), id=new_id(), kind="agent", name=title, person_id=viewer.id,
            created_at=now(), expires_at=expires,
        )  # fmt: skip
        db.add(row)
        db.flush()
        tokens.add_sites(db, row.id, wanted)
        detail = f"Probe agent {title} for {', '.join(names)}"
        events.add(db, "token_made", row.id, detail, organisation=viewer.organisation_id, actor=viewer.id)
    return NewToken(row.id, token, expires)


def agent_tokens(viewer: Viewer) -> tuple[TokenView, ...]:
    """Return the agent tokens that the viewer's organisation made, ended ones too."""
    permissions.require_role(viewer, "manage_tokens")
    with reading() as db:
        return _views(db, viewer, tokens.agents_of(db, viewer.organisation_id))


def own_tokens(viewer: Viewer) -> tuple[TokenView, ...]:
    """Return the viewer's own tokens that are good now: tablets, and agents they made."""
    with reading() as db:
        return _views(db, viewer, tokens.of_person(db, viewer.id))


def revoke_token(viewer: Viewer, token_id: str) -> None:
    """End a token: one's own, or an agent's of one's organisation."""
    with session() as db:
        row = tokens.with_id(db, token_id)
        pair = people.person(db, row.person_id) if row is not None else None
        if row is None or pair is None or not _may_revoke(viewer, row, pair[1].id):
            raise not_found("token")
        if row.revoked_at is None:
            row.revoked_at = now()
            events.add(
                db, "token_revoked", row.id, f"{row.kind.title()} {row.name} of {pair[0].name}",
                organisation=pair[1].id, actor=viewer.id,
            )  # fmt: skip


def _may_revoke(viewer: Viewer, row: TokenRow, organisation: str) -> bool:
    if row.person_id == viewer.id:
        return True
    if organisation != viewer.organisation_id:
        return False
    return viewer.role == "admin" or (
        row.kind == "agent" and viewer.role in permissions.ALLOWED["manage_tokens"]
    )


def _views(db: Session, viewer: Viewer, rows: list[TokenRow]) -> tuple[TokenView, ...]:
    names = tokens.site_names(db, [row.id for row in rows])
    makers = people.people(db, {row.person_id for row in rows})
    seen: dict[str, bool] = {}
    for site_id in {site_id for each in names.values() for site_id in each}:
        site = sites.get(db, site_id)
        seen[site_id] = site is not None and permissions.sees(db, viewer, site)
    return tuple(_view(row, makers[row.person_id][0].name, names.get(row.id, {}), seen) for row in rows)


def _view(row: TokenRow, by: str, names: dict[str, str], seen: dict[str, bool]) -> TokenView:
    shown = tuple(name for site_id, name in names.items() if seen[site_id])
    standing: Literal["good", "expired", "revoked"] = "good"
    if row.revoked_at:
        standing = "revoked"
    elif row.expires_at <= now():
        standing = "expired"
    return TokenView(
        row.id, row.kind, row.name, by, row.created_at, row.expires_at, row.last_used_at, standing,
        shown, len(names) - len(shown),
    )  # fmt: skip

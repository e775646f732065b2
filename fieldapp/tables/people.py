"""Who there is: organisations, their people, sessions, invitations and qualifications."""

from sqlmodel import Field, SQLModel

from fieldapp.tables.columns import long_text


class OrganisationRow(SQLModel, table=True):
    """A charge-point operator, who owns sites, a contractor, who builds them, or a service provider."""

    __tablename__ = "organisation"
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    kind: str  # operator, contractor, service_provider
    created_at: str


class PersonRow(SQLModel, table=True):
    """Somebody who signs in; with an empty ``password_hash`` only through an identity provider.

    ``session`` is part of every cookie: what was signed in before it changed is worth nothing.
    """

    __tablename__ = "person"
    id: str = Field(primary_key=True)
    name: str
    email: str = Field(unique=True)
    role: str
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    password_hash: str
    session: str
    active: bool = True
    deactivated_at: str | None = None
    created_at: str


class SignInFailureRow(SQLModel, table=True):
    """Wrong passwords in a row for one e-mail address, whether or not somebody here has it.

    The id is the SHA-256 of the address: what is counted for nobody names nobody.
    """

    __tablename__ = "sign_in_failure"
    id: str = Field(primary_key=True)
    failures: int
    at: str = Field(index=True)
    locked_until: str | None = None


class PartnerRow(SQLModel, table=True):
    """A contractor or service provider that an owner works with, and may know of."""

    __tablename__ = "partner"
    owner_id: str = Field(primary_key=True, foreign_key="organisation.id")
    partner_id: str = Field(primary_key=True, foreign_key="organisation.id", index=True)
    created_at: str


class WebSessionRow(SQLModel, table=True):
    """One browser that somebody is signed in with; the id is the SHA-256 of what its cookie holds."""

    __tablename__ = "web_session"
    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    method: str  # password, invitation, provider
    agent: str  # the browser as it names itself, cut short
    created_at: str
    last_seen_at: str
    expires_at: str
    revoked_at: str | None = None


class InvitationRow(SQLModel, table=True):
    """A link sent by e-mail: to join, or to choose a new password. Only the SHA-256 of its secret is kept."""

    __tablename__ = "invitation"
    id: str = Field(primary_key=True)
    hash: str = Field(unique=True)
    kind: str  # join, new_password
    email: str = Field(index=True)
    name: str
    role: str
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    person_id: str | None = Field(default=None, foreign_key="person.id")  # who joined, or forgot
    invited_by: str | None = Field(default=None, foreign_key="person.id")
    created_at: str
    expires_at: str
    accepted_at: str | None = None
    revoked_at: str | None = None


class IdentityRow(SQLModel, table=True):
    """A person as an OpenID Connect provider knows them."""

    __tablename__ = "identity"
    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    created_at: str
    last_used_at: str


class QualificationRow(SQLModel, table=True):
    """What a person is qualified for, and from which day until which; empty ``valid_until``: without end."""

    __tablename__ = "qualification"
    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    kind: str
    number: str
    issued_by: str
    valid_from: str
    valid_until: str
    sha256: str | None = None  # of the certificate
    created_by: str | None = Field(default=None, foreign_key="person.id")
    created_at: str
    revoked_at: str | None = None
    reason: str = long_text(default="")  # of the revocation


class AdminEventRow(SQLModel, table=True):
    """Something that was done to people, tokens, tablets or instruments. Never changed."""

    __tablename__ = "admin_event"
    number: int | None = Field(default=None, primary_key=True)
    at: str
    kind: str
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    actor: str | None = Field(default=None, foreign_key="person.id")  # None: at the machine itself
    subject: str  # id of the person, token, tablet …
    detail: str = long_text()

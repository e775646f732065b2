"""What people hold in their hands: tablets with keys and tokens, test instruments with certificates."""

from sqlmodel import Field, SQLModel

from fieldapp.tables.columns import long_text


class TabletRow(SQLModel, table=True):
    """A paired tablet; several people may use it."""

    __tablename__ = "tablet"
    id: str = Field(primary_key=True)
    name: str
    clock_offset_s: float | None = None  # tablet minus server at the last push
    organisation_id: str | None = None
    paired_at: str | None = None
    paired_by: str | None = None
    last_seen_at: str | None = None
    revoked_at: str | None = None
    created_at: str


class TabletKeyRow(SQLModel, table=True):
    """The public key of one person on one tablet; the id is its RFC 7638 thumbprint."""

    __tablename__ = "tablet_key"
    id: str = Field(primary_key=True)
    jwk: str = long_text()
    person_id: str = Field(foreign_key="person.id", index=True)
    tablet_id: str = Field(foreign_key="tablet.id", index=True)
    created_at: str
    revoked_at: str | None = None


class PairingRow(SQLModel, table=True):
    """A code shown once by a web page, with which a tablet becomes one of ours and signs its person in."""

    __tablename__ = "pairing"
    hash: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)  # whom the tablet signs in
    created_by: str = Field(foreign_key="person.id")
    created_at: str
    expires_at: str
    used_at: str | None = None
    tablet_id: str | None = Field(default=None, foreign_key="tablet.id")


class TokenRow(SQLModel, table=True):
    """A bearer token of a person on a tablet, or of a probe agent; only its SHA-256 is kept."""

    __tablename__ = "token"
    hash: str = Field(primary_key=True)
    id: str = Field(unique=True)
    kind: str  # tablet, agent
    name: str
    person_id: str = Field(foreign_key="person.id", index=True)  # whose work it does, or who made it
    tablet_id: str | None = Field(default=None, foreign_key="tablet.id")
    key_id: str | None = Field(default=None, foreign_key="tablet_key.id")
    created_at: str
    expires_at: str
    last_used_at: str | None = None
    revoked_at: str | None = None


class TokenSiteRow(SQLModel, table=True):
    """A site that a token is good for; a tablet's token without any is good for all its person's sites."""

    __tablename__ = "token_site"
    token_id: str = Field(primary_key=True, foreign_key="token.id")
    site_id: str = Field(primary_key=True, foreign_key="site.id", index=True)


class InstrumentRow(SQLModel, table=True):
    """A test instrument of an organisation with its latest calibration."""

    __tablename__ = "instrument"
    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    kind: str
    make: str
    model: str
    serial: str
    calibrated_on: str
    calibration_due: str
    retired_at: str | None = None


class InstrumentCertificateRow(SQLModel, table=True):
    """One calibration of an instrument: from which day until which it vouches for readings."""

    __tablename__ = "instrument_certificate"
    id: str = Field(primary_key=True)
    instrument_id: str = Field(foreign_key="instrument.id", index=True)
    number: str
    laboratory: str
    calibrated_on: str
    calibration_due: str
    sha256: str | None = None  # of the certificate
    created_by: str | None = Field(default=None, foreign_key="person.id")
    created_at: str
    revoked_at: str | None = None
    reason: str = long_text(default="")  # of the revocation

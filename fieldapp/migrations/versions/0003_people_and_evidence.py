"""People, assignments, certificates and sign-offs of their own; files with renditions and faults

Revision: 0003, after 0002
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_tables()
    _add_columns()
    _renew_tokens()
    op.create_table(
        "token_site",
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"]),
        sa.PrimaryKeyConstraint("token_id", "site_id"),
    )
    with op.batch_alter_table("token_site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_token_site_site_id"), ["site_id"], unique=False)
    _carry_over()


def _add_tables() -> None:
    op.create_table(
        "rendition",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rendition_sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "kind"),
    )
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rendition_rendition_sha256"), ["rendition_sha256"], unique=False)

    op.create_table(
        "partner",
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("partner_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["partner_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("owner_id", "partner_id"),
    )
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_partner_id"), ["partner_id"], unique=False)

    op.create_table(
        "admin_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["person.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("admin_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_admin_event_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("work", sa.String(), nullable=False),
        sa.Column("from_day", sa.String(), nullable=False),
        sa.Column("until_day", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_site_id"), ["site_id"], unique=False)

    op.create_table(
        "identity",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("last_used_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_person_id"), ["person_id"], unique=False)

    op.create_table(
        "instrument_certificate",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instrument_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("laboratory", sa.String(), nullable=False),
        sa.Column("calibrated_on", sa.String(), nullable=False),
        sa.Column("calibration_due", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("instrument_certificate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_instrument_certificate_instrument_id"), ["instrument_id"], unique=False
        )

    op.create_table(
        "invitation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("invited_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "pairing",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("used_at", sa.String(), nullable=True),
        sa.Column("tablet_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["tablet_id"], ["tablet.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pairing_person_id"), ["person_id"], unique=False)

    op.create_table(
        "qualification",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("valid_until", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("qualification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qualification_person_id"), ["person_id"], unique=False)

    op.create_table(
        "refused_object",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("sha256", "person_id"),
    )
    op.create_table(
        "section",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("submissions", sa.Integer(), nullable=False),
        sa.Column("approval_digest", sa.String(), nullable=False),
        sa.Column("approval_number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "id"),
    )
    op.create_table(
        "sign_off",
        sa.Column("site_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "number"),
    )
    with op.batch_alter_table("sign_off", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_off_person_id"), ["person_id"], unique=False)

    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("locked_until", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_failure_at"), ["at"], unique=False)

    op.create_table(
        "web_session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("last_seen_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_person_id"), ["person_id"], unique=False)


def _add_columns() -> None:
    with op.batch_alter_table("held_operation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decided_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("decided_at", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("comment", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("came_by", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("clock_offset_s", sa.Float(), nullable=True))

    with op.batch_alter_table("instrument", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retired_at", sa.String(), nullable=True))

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("runner", sa.String(), nullable=False, server_default="worker"))
        batch_op.add_column(sa.Column("cancel_requested_at", sa.String(), nullable=True))

    with op.batch_alter_table("object", schema=None) as batch_op:
        batch_op.add_column(sa.Column("problem", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("checked_at", sa.String(), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deactivated_at", sa.String(), nullable=True))

    with op.batch_alter_table("tablet", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("paired_at", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("paired_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("last_seen_at", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("revoked_at", sa.String(), nullable=True))
    # A tablet belongs to whoever signed in on it first; what wrote down paper sheets is none.
    first = "SELECT {} FROM tablet_key k JOIN person p ON p.id = k.person_id WHERE k.tablet_id = tablet.id"
    for column, source in (("organisation_id", "p.organisation_id"), ("paired_by", "p.id")):
        value = f"({first.format(source)} ORDER BY k.created_at, k.id LIMIT 1)"
        where = "WHERE name <> 'Paper sheet import'"
        op.execute(f"UPDATE tablet SET {column} = {value} {where}")  # noqa: S608 - our own words
    op.execute("UPDATE tablet SET paired_at = created_at WHERE organisation_id IS NOT NULL")


def _renew_tokens() -> None:
    """A token gets a name that can be shown, and need not belong to a tablet."""
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="tablet"))
        batch_op.add_column(sa.Column("name", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("last_used_at", sa.String(), nullable=True))
        batch_op.alter_column("tablet_id", existing_type=sa.String(), nullable=True)
        batch_op.alter_column("key_id", existing_type=sa.String(), nullable=True)
    bind = op.get_bind()
    for (key,) in bind.execute(sa.text("SELECT hash FROM token")).all():
        bind.execute(sa.text("UPDATE token SET id = :id WHERE hash = :hash"), {"id": _new_id(), "hash": key})
    bind.execute(
        sa.text("UPDATE token SET name = COALESCE((SELECT name FROM tablet WHERE id = token.tablet_id), '')")
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.alter_column("id", existing_type=sa.String(), nullable=False)
        batch_op.create_unique_constraint("uq_token_id", ["id"])


def _carry_over() -> None:
    """What single columns said until now: who works where and with whom, which calibration holds."""
    bind = op.get_bind()
    bind.execute(
        sa.text(
            "INSERT INTO partner (owner_id, partner_id, created_at) "
            "SELECT owner_id, contractor_id, MIN(created_at) FROM site WHERE contractor_id IS NOT NULL "
            "GROUP BY owner_id, contractor_id"
        )
    )
    owners = [row[0] for row in bind.execute(sa.text("SELECT id FROM organisation WHERE kind = 'operator'"))]
    if len(owners) == 1:  # nobody else can be meant
        bind.execute(
            sa.text(
                "INSERT INTO partner (owner_id, partner_id, created_at) "
                "SELECT :owner, id, created_at FROM organisation WHERE kind <> 'operator' "
                "AND id NOT IN (SELECT partner_id FROM partner)"
            ),
            {"owner": owners[0]},
        )
    sites = bind.execute(
        sa.text("SELECT id, contractor_id, created_at FROM site WHERE contractor_id IS NOT NULL")
    ).all()
    for site, contractor, created_at in sites:
        bind.execute(
            sa.text(
                "INSERT INTO assignment "
                "(id, site_id, organisation_id, work, from_day, until_day, created_at) "
                "VALUES (:id, :site, :organisation, 'build', :day, '', :at)"
            ),
            {
                "id": _new_id(), "site": site, "organisation": contractor, "day": created_at[:10],
                "at": created_at,
            },
        )  # fmt: skip
    instruments = bind.execute(sa.text("SELECT id, calibrated_on, calibration_due FROM instrument")).all()
    for instrument, calibrated_on, due in instruments:
        bind.execute(
            sa.text(
                "INSERT INTO instrument_certificate (id, instrument_id, number, laboratory, calibrated_on, "
                "calibration_due, created_at, reason) VALUES (:id, :instrument, '', '', :day, :due, :at, '')"
            ),
            {
                "id": _new_id(), "instrument": instrument, "day": calibrated_on, "due": due,
                "at": f"{calibrated_on}T00:00:00.000Z",
            },
        )  # fmt: skip


def _new_id() -> str:
    return str(uuid.uuid4())


def downgrade() -> None:
    with op.batch_alter_table("token_site", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_token_site_site_id"))

    op.drop_table("token_site")
    op.execute("DELETE FROM token WHERE kind <> 'tablet'")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_constraint("uq_token_id", type_="unique")
        batch_op.alter_column("key_id", existing_type=sa.String(), nullable=False)
        batch_op.alter_column("tablet_id", existing_type=sa.String(), nullable=False)
        for name in ("last_used_at", "name", "kind", "id"):
            batch_op.drop_column(name)

    with op.batch_alter_table("tablet", schema=None) as batch_op:
        batch_op.drop_column("revoked_at")
        batch_op.drop_column("last_seen_at")
        batch_op.drop_column("paired_by")
        batch_op.drop_column("paired_at")
        batch_op.drop_column("organisation_id")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("deactivated_at")

    with op.batch_alter_table("object", schema=None) as batch_op:
        batch_op.drop_column("checked_at")
        batch_op.drop_column("problem")

    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_column("cancel_requested_at")
        batch_op.drop_column("runner")

    with op.batch_alter_table("instrument", schema=None) as batch_op:
        batch_op.drop_column("retired_at")

    with op.batch_alter_table("held_operation", schema=None) as batch_op:
        batch_op.drop_column("clock_offset_s")
        batch_op.drop_column("came_by")
        batch_op.drop_column("comment")
        batch_op.drop_column("decided_at")
        batch_op.drop_column("decided_by")

    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_web_session_person_id"))

    op.drop_table("web_session")
    with op.batch_alter_table("sign_in_failure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_failure_at"))

    op.drop_table("sign_in_failure")
    with op.batch_alter_table("sign_off", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_off_person_id"))

    op.drop_table("sign_off")
    op.drop_table("section")
    op.drop_table("refused_object")
    with op.batch_alter_table("qualification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qualification_person_id"))

    op.drop_table("qualification")
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pairing_person_id"))

    op.drop_table("pairing")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_invitation_email"))

    op.drop_table("invitation")
    with op.batch_alter_table("instrument_certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instrument_certificate_instrument_id"))

    op.drop_table("instrument_certificate")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_person_id"))

    op.drop_table("identity")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_site_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_organisation_id"))

    op.drop_table("assignment")
    with op.batch_alter_table("admin_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_admin_event_organisation_id"))

    op.drop_table("admin_event")
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_partner_id"))

    op.drop_table("partner")
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rendition_rendition_sha256"))

    op.drop_table("rendition")

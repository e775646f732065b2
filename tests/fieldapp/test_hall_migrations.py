"""Data of the release before comes along: people keep their sites, tokens, partners and calibrations."""

from alembic import command
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, select

from fieldapp.store import database
from fieldapp.tables import AssignmentRow, InstrumentCertificateRow, PartnerRow, SiteRow, TabletRow, TokenRow
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall


def test_what_the_release_before_kept_comes_along(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, hall.item())
    tablet.sync(signed)
    with hall.inside():
        found = database.database()
        found.dispose()
        command.downgrade(database._alembic(found.url), "0002")
        assert not database.is_current(found)
        with found.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM token")).scalar() == 1
        found.dispose()
        database.upgrade(found)
        with database.reading() as db:
            site = db.get(SiteRow, hall.site)
            assert site
            contractor = hall.people["contractor"].organisation_id
            (token,) = db.exec(select(TokenRow)).all()
            assert (token.kind, token.name, len(token.id)) == ("tablet", "Tab", 36)
            assert (site.owner_id, contractor) in {
                (each.owner_id, each.partner_id) for each in db.exec(select(PartnerRow))
            }
            (assigned,) = db.exec(select(AssignmentRow)).all()
            assert (assigned.site_id, assigned.organisation_id, assigned.work) == (
                hall.site, contractor, "build",
            )  # fmt: skip
            assert (assigned.from_day, assigned.until_day) == (site.created_at[:10], "")
            paired = db.get(TabletRow, tablet.id)
            assert paired
            assert (paired.organisation_id, paired.paired_by, paired.paired_at) == (
                contractor, hall.people["contractor"].id, paired.created_at,
            )  # fmt: skip
            certificates = {each.instrument_id: each for each in db.exec(select(InstrumentCertificateRow))}
            assert certificates["IT1"].calibration_due > certificates["IT1"].calibrated_on
    # The tablet goes on as if nothing had been.
    assert tablet.sync(signed)[0]["status"] == "duplicate"
    assert tablet.call("GET", f"/sites/{hall.site}/bundle").status_code == 200


def test_the_migrations_make_the_tables_that_the_models_describe(hall: Hall) -> None:
    with hall.inside():
        found = inspect(database.database().engine)
        for name, table in SQLModel.metadata.tables.items():
            assert {each["name"]: each["nullable"] for each in found.get_columns(name)} == {
                column.name: column.nullable for column in table.columns
            }, name

"""The people of the demo: somebody of every role, with an instrument for whatever the checklists ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlmodel import select

from checklists.words import INSTRUMENTS
from fieldapp import create_app
from fieldapp.clock import today
from fieldapp.store import database
from fieldapp.tables import InstrumentCertificateRow, InstrumentRow
from fieldapp.usecases.demo_people import demo_people


@pytest.fixture(autouse=True)
def instance(tmp_path: Path) -> Iterator[None]:
    with create_app({"FIELDAPP_HOME": str(tmp_path)}).app_context():
        database.upgrade(database.database())
        yield


def _instruments() -> list[InstrumentRow]:
    with database.reading() as db:
        return list(db.exec(select(InstrumentRow)))


def test_there_is_a_calibrated_instrument_of_every_class() -> None:
    demo_people()
    day = today().isoformat()
    calibrated = {row.kind for row in _instruments() if row.calibrated_on <= day <= row.calibration_due}
    assert calibrated == set(INSTRUMENTS)


def test_an_instance_of_an_earlier_release_gets_the_instruments_it_lacks() -> None:
    before = demo_people()
    with database.session() as db:
        db.execute(delete(InstrumentCertificateRow))
        for row in db.exec(select(InstrumentRow).where(InstrumentRow.kind != "installation-tester")):
            db.delete(row)
    assert demo_people() == before
    assert {row.kind for row in _instruments()} == set(INSTRUMENTS)

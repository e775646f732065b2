"""A real application on a real SQLite file: furnished once, copied for every test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp import create_app
from fieldapp.store import database
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, furnish, hall_of


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("furnished")
    app = create_app({"FIELDAPP_HOME": str(home)})
    furnish(app)
    with app.app_context():
        database.database().dispose()
    return home


@pytest.fixture
def hall_home(furnished_home: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(furnished_home, home)
    return home


@pytest.fixture
def hall(hall_home: Path) -> Iterator[Hall]:
    opened = hall_of(hall_home)
    yield opened
    with opened.inside():
        database.database().dispose()


@pytest.fixture
def tablet(hall: Hall) -> FieldTablet:
    return hall.tablet()

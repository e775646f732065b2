"""A real application on a real SQLite file, or a real PostgreSQL: furnished once, copied for every test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from fieldapp import create_app, jobs
from fieldapp.store import database as store
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, furnish, hall_of
from tests.fieldapp.postgres_cluster import Cluster, running_cluster

#: The modules whose tests run on both databases: whatever they do must come out the same.
ON_BOTH = {
    "test_hall_certificates",
    "test_hall_chaos",
    "test_hall_crowd",
    "test_hall_job_care",
    "test_hall_jobs",
    "test_hall_journal",
    "test_hall_objects",
    "test_hall_review",
    "test_hall_sign_offs",
    "test_hall_sync",
}
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
Reopen = Callable[..., Hall]
Meddling = Callable[[], AbstractContextManager[Connection]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in ON_BOTH and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", DATABASES, indirect=True)


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("furnished")
    app = create_app({"FIELDAPP_HOME": str(home)})
    furnish(app)
    with app.app_context():
        store.database().dispose()
    return home


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as found:
        yield found


@pytest.fixture
def hall_home(furnished_home: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(furnished_home, home)
    return home


@pytest.fixture
def database(request: pytest.FixtureRequest, hall_home: Path) -> Iterator[dict[str, str]]:
    """The settings that name the database of this test: none for the SQLite file in its home."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield {}
        return
    found: Cluster = request.getfixturevalue("cluster")
    with found.copy_of(hall_home) as url:
        yield {"FIELDAPP_DATABASE_URL": url}


@pytest.fixture
def reopen(hall_home: Path, database: dict[str, str]) -> Iterator[Reopen]:
    """Open the same home and database, as often as wanted, with more settings."""
    opened: list[Hall] = []

    def another(**settings: str) -> Hall:
        opened.append(hall_of(hall_home, **database, **settings))
        return opened[-1]

    yield another
    for each in opened:
        close(each)


def close(hall: Hall) -> None:
    """Close the connections of an application, those of its queue included."""
    with hall.inside():
        store.database().dispose()
    jobs.queue_of(hall.app).huey.storage.close()


@pytest.fixture
def hall(reopen: Reopen) -> Hall:
    return reopen()


@pytest.fixture
def meddling(hall: Hall) -> Meddling:
    """Change the database behind the server's back."""

    @contextmanager
    def meddle() -> Iterator[Connection]:
        with hall.inside(), store.database().engine.begin() as connection:
            yield connection

    return meddle


@pytest.fixture
def tablet(hall: Hall) -> FieldTablet:
    return hall.tablet()

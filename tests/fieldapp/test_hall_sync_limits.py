"""Too much at once, over a real socket: answered with what to do and how much may be sent."""

import http.client
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fieldapp.store import database
from fieldapp.story.server import served
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, hall_of

LARGEST = 16 * 2**20
Answer = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module")
def hall(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    import shutil

    home = tmp_path_factory.mktemp("limits") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home)
    yield hall
    with hall.inside():
        database.database().dispose()


@pytest.fixture(scope="module")
def address(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(Path(str(hall.app.extensions["fieldapp.config"].home))) as found:
        yield found


def push(address: str, tablet: FieldTablet, body: bytes | Iterable[bytes]) -> Answer:
    """Send a body; an iterable of parts travels chunked, without Content-Length."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    headers = {"Authorization": f"Bearer {tablet.token}", "Content-Type": "application/json"}
    try:
        chunked = not isinstance(body, bytes)
        connection.request("POST", "/api/v1/sync", body, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, dict(json.loads(answer.read()))
    finally:
        connection.close()


def batch(tablet: FieldTablet, *operations: Any) -> bytes:
    return json.dumps(
        {"protocol": 2, "tablet": tablet.id, "sent_at": "2026-11-22T10:00:00Z", "operations": operations}
    ).encode()


def parts(data: bytes, size: int = 65_536) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def test_too_many_operations_say_how_many_may_come(hall: Hall, address: str) -> None:
    status, problem = push(address, hall.tablet(), batch(hall.tablet(), *[1] * 501))
    assert (status, problem["code"]) == (422, "invalid")  # the token is another tablet's
    tablet = hall.tablet()
    status, problem = push(address, tablet, batch(tablet, *[1] * 501))
    assert (status, problem["code"], problem["limit"]) == (413, "too_large", 500)
    assert "500 operations" in problem["detail"]
    assert "smaller parts" in problem["detail"]


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
def test_too_large_a_body_says_how_large_it_may_be(hall: Hall, address: str, chunked: bool) -> None:
    tablet = hall.tablet()
    body = batch(tablet, "x" * LARGEST)
    status, problem = push(address, tablet, parts(body) if chunked else body)
    assert (status, problem["code"], problem["limit"]) == (413, "too_large", LARGEST)
    assert "16 MiB" in problem["detail"]


def test_a_chunked_push_is_a_push(hall: Hall, address: str) -> None:
    tablet = hall.tablet()
    signed = tablet.record(hall.site, hall.item())
    status, answer = push(address, tablet, parts(batch(tablet, signed), 100))
    assert status == 200, answer
    assert [each["status"] for each in answer["results"]] == ["applied"]
    assert answer["receipt"] == {"contiguous": 1, "gaps": [], "held": 0}

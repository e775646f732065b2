"""Nothing entered is ever lost: the storm of script/prove chaos in its short form."""

from pathlib import Path

import pytest

from tests.fieldapp.hall_cast import Hall
from tests.proofs.chaos_parts.storm import Scale, storm

pytestmark = pytest.mark.slow


def test_whatever_network_and_server_do_everything_is_there_once(
    hall: Hall, hall_home: Path, database: dict[str, str]
) -> None:
    settings = {"FIELDAPP_HOME": str(hall_home), **database}
    scale = Scale(tablets=2, operations=40, photos=5, kills=4, seconds=300)
    found = storm(hall, settings, scale, seed=5)
    assert found.faults == (), found.figures
    assert found.figures["kills"] == 4
    assert found.figures["kills_while_work_was_left"] >= 3

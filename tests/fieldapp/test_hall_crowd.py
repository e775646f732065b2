"""Many at once, and the worst moments: processes on one database, SIGKILL in the middle of a push."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fieldapp.store import operations
from fieldapp.store.database import reading
from fieldapp.usecases import check_journal
from tests.fieldapp import pushing
from tests.fieldapp.conftest import Reopen
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall
from tests.fieldapp.pushing import go, results_of

pytestmark = pytest.mark.slow

Start = Callable[[FieldTablet, list[list[dict[str, Any]]]], "subprocess.Popen[str]"]


@pytest.fixture
def pusher(hall_home: Path, database: dict[str, str]) -> Start:
    """Start a process that pushes batches as soon as it is told to."""
    return partial(pushing.pusher, {"FIELDAPP_HOME": str(hall_home), **database})


def test_the_same_batch_from_several_processes_counts_once(hall: Hall, pusher: Start) -> None:
    tablet, item = hall.tablet(), hall.item()
    batch = [tablet.record(hall.site, item, "note") for _ in range(40)]
    processes = [pusher(tablet, [batch]) for _ in range(3)]
    go(processes)
    found = [results_of(process) for process in processes]
    statuses = sorted(result["status"] for each in found for result in each)
    assert statuses == ["applied"] * 40 + ["duplicate"] * 80
    assert all([r["number"] for r in each] == [r["number"] for r in found[0]] for each in found)
    assert len(hall.view().history[item]) == 40
    with hall.inside():
        assert check_journal.verify_journals(hall.site)[0].good


def test_four_writers_on_one_database(hall: Hall, pusher: Start) -> None:
    tablets = [hall.tablet(who) for who in ("contractor", "colleague") * 2]
    item = hall.item()
    batches = [[[tablet.record(hall.site, item, "note")] for _ in range(15)] for tablet in tablets]
    processes = [pusher(*each) for each in zip(tablets, batches, strict=True)]
    go(processes)
    found = [result for process in processes for result in results_of(process)]
    assert {each["status"] for each in found} == {"applied"}
    assert sorted(each["number"] for each in found) == list(range(3, 63))
    with hall.inside():
        assert check_journal.verify_journals(hall.site)[0].good


def test_what_was_acknowledged_survives_sigkill(hall: Hall, pusher: Start, reopen: Reopen) -> None:
    """Killed again and again while pushing: what was acknowledged is there, the rest arrives, all once."""
    tablet, items = hall.tablet(), [hall.item(number=number) for number in range(3)]
    batches = [[tablet.record(hall.site, item, "note") for item in items] for _ in range(60)]
    acknowledged: dict[str, int] = {}
    for round_number in range(5):
        process = pusher(tablet, batches)
        go([process])
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(1 + 3 * round_number)]
        time.sleep(0.01 * round_number)
        os.kill(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        for line in (each.rstrip("\n") for each in (*lines, *output.splitlines())):
            for result in json.loads(line) if line.endswith("]") else []:
                assert acknowledged.setdefault(result["id"], result["number"]) == result["number"]
        reopened = reopen()
        with reopened.inside(), reading() as db:
            known = operations.known(db, acknowledged)
            assert {key: each.number for key, each in known.items()} == acknowledged
            assert check_journal.verify_journals(hall.site)[0].good
    process = pusher(tablet, batches)
    go([process])
    results_of(process)
    assert acknowledged
    journalled = [each.operation.id for history in hall.view().history.values() for each in history]
    assert sorted(journalled) == sorted(each["op"]["id"] for batch in batches for each in batch)
    assert tablet.receipts()["contiguous"] == 180

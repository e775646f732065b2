"""Several processes that write to one database at once."""

import time
from collections.abc import Mapping

from fieldapp.usecases import check_journal
from tests.fieldapp.hall_cast import Hall
from tests.fieldapp.pushing import go, pusher, results_of
from tests.proofs.chaos_parts.storm import Outcome

WRITERS, IN_A_PUSH = 4, 5


def writers_at_once(hall: Hall, settings: Mapping[str, str], pushes: int) -> Outcome:
    """Let four processes push at the same time, each for a tablet of its own."""
    tablets = [hall.tablet(("contractor", "colleague")[number % 2]) for number in range(WRITERS)]
    before, item = hall.view().journal_head.number, hall.item()
    batches = [
        [[tablet.record(hall.site, item, "note") for _ in range(IN_A_PUSH)] for _ in range(pushes)]
        for tablet in tablets
    ]
    processes = [pusher(settings, *each) for each in zip(tablets, batches, strict=True)]
    try:
        go(processes)
        begin = time.perf_counter()
        found = [result for process in processes for result in results_of(process)]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    seconds = time.perf_counter() - begin
    wanted = list(range(before + 1, before + 1 + WRITERS * pushes * IN_A_PUSH))
    faults = (
        [] if sorted(each["number"] or 0 for each in found) == wanted else ["Numbers are missing or twice."]
    )
    with hall.inside():
        faults += [each for check in check_journal.verify_journals() for each in check.problems]
    return Outcome(tuple(faults), {
        "writers": WRITERS, "pushes": WRITERS * pushes, "operations": len(wanted),
        "refused": sum(each["status"] != "applied" for each in found), "seconds": round(seconds, 1),
    })  # fmt: skip

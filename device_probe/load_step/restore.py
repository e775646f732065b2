"""Old values put back: at the end of a run, and at the next contact after one that was cut off."""

import asyncio
import math
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Protocol

from device_probe.bus import Bus
from device_probe.load_step.journal import Journal, Journals
from device_probe.load_step.setpoint import SetPoint
from device_probe.load_step.writer import Writer
from device_probe.model import SitePlan
from device_probe.problems import ProbeError

CHANCES, BETWEEN_CHANCES_S = 3, 1.0


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of one old value."""

    tag: str
    done: bool
    words: str


class Restorer(Protocol):
    """What puts the values of one journal back."""

    async def restore(self, journal: Journal) -> tuple[Restored, ...]:
        """Put every old value back that is not there."""

    async def close(self) -> None:
        """Close every connection."""


async def put_all_back(
    bus: Bus, writer: Writer, journal: Journal, touched: Container[str]
) -> tuple[Restored, ...]:
    """Put every old value back that is not there; a device that is away for a moment gets a chance.

    ``touched`` are the tags that this very run has written to.
    """
    done: dict[str, Restored] = {}
    for attempt in range(CHANCES):
        bus.forgive()
        waiting = [p for p in journal.points if p.tag not in done or not done[p.tag].done]
        if not waiting:
            break
        if attempt:
            await asyncio.sleep(BETWEEN_CHANCES_S)
        found = await asyncio.gather(*(_put_back(writer, point, point.tag in touched) for point in waiting))
        done |= {one.tag: one for one in found}
    return tuple(done.values())


async def _put_back(writer: Writer, point: SetPoint, touched: bool) -> Restored:
    tag, unit = point.tag, point.unit
    try:
        present = await writer.present(point)
        if point.point.access == "rw" and _theirs(point, present):
            words = f"{tag} was set to {present:g} {unit} by another client and is left there"
            return Restored(tag, True, words)
        stands = present is not None and math.isclose(present, point.found, abs_tol=point.step)
        # a write that was cut off may still arrive: what this run has lowered is written in any case
        if stands and not touched:
            return Restored(tag, True, f"{tag} stands at {present:g} {unit}")
        if point.point.access == "wo" and point.drawn_a and not touched:
            return Restored(tag, True, f"{tag} was not lowered")
        await writer.put(point, point.found)
    except (ProbeError, OSError) as error:
        return Restored(tag, False, f"{tag} could not be set back to {point.found:g} {unit}: {error}")
    return Restored(tag, True, f"{tag} is back at {point.found:g} {unit}")


def _theirs(point: SetPoint, present: float | None) -> bool:
    """Return True for a value that somebody else has set meanwhile.

    One above the value found is nobody's: a station that restarted forgets its set-point, and to lower it to
    where it was is always safe.
    """
    if present is None or present > point.found:
        return False
    return not any(math.isclose(present, own, abs_tol=point.step) for own in (point.found, point.low))


async def restore_left_over(journals: Journals, make: Callable[[SitePlan], Restorer]) -> tuple[Restored, ...]:
    """Put back what runs left behind that did not come to their end."""
    found: list[Restored] = []
    for journal in journals.left_over():
        step = make(journal.plan)
        try:
            restored = await step.restore(journal)
        finally:
            await step.close()
        if all(r.done for r in restored):
            journals.close(journal)
        found += restored
    return tuple(found)

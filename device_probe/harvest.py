"""Making planned requests of one device: what came back, why the rest did not, and what that teaches.

A request that the device refuses whole may be answered in parts. It is cut in two, the parts are asked
for, and what they show (a hole, a limit, a boundary) is learned, so that the next plan avoids the refusal.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from device_probe.blocks import NOT_OFFERED
from device_probe.bus import Channel
from device_probe.learned import Lesson
from device_probe.model import RawBlock
from device_probe.plan import Block, split_block
from device_probe.problems import BusError, ConnectionLostError, DeviceRefusalError, ParkedError
from device_probe.profile import Profile

TOO_MUCH_AT_ONCE = (2, 3)  # exceptions that a merged request may cause where its parts would do
NOT_THERE = (1, 2, 3)  # exceptions by which a device says that it does not have an optional value
REFUSALS_IN_A_ROW = 32  # then the rest of this request is taken for refused as well


@dataclass(slots=True)
class Harvest:
    """What came back while one device was read."""

    lesson: Lesson = field(default_factory=Lesson)
    blocks: list[RawBlock] = field(default_factory=list)
    causes: dict[str, str] = field(default_factory=dict)
    last_error: BusError | None = None

    def fail(self, block: Block, error: BusError) -> None:
        """Take note why the values of a request are missing."""
        # that a device is left alone is no news; why it was given up is
        if self.last_error is None or not isinstance(error, ParkedError):
            self.last_error = error
        self.causes.update({point.quantity: str(error) for point in block.points})


@dataclass(slots=True)
class _Asked:
    """A request and, when it was refused, the parts it was cut into."""

    block: Block
    answered: bool = False
    parts: list["_Asked"] = field(default_factory=list)


async def gather(channel: Channel, profile: Profile, planned: Iterable[Block], harvest: Harvest) -> None:
    """Make the planned requests and keep in ``harvest`` what came of them."""
    harvest.causes.update(dict.fromkeys(harvest.lesson.learned.absent, NOT_OFFERED))
    roots = [_Asked(block) for block in planned]
    for root in roots:
        await _resolve(channel, profile, root, harvest)
    for root in roots:  # when it is known how much was answered elsewhere
        _learn(root, harvest)


async def ask(channel: Channel, block: Block, harvest: Harvest) -> None:
    """Make one request and keep its answer as evidence; BusError when there is none."""
    answer = await channel.read(block.table, block.address, block.count, block.unit)
    harvest.lesson.saw_answer((block.unit, block.table), block.count)
    harvest.blocks.append(
        RawBlock(block.unit, block.table, block.address, block.count, answer.data.hex(), answer.taken_at)
    )


async def _resolve(channel: Channel, profile: Profile, root: _Asked, harvest: Harvest) -> None:
    """Ask for a block, and for its parts when it is refused, the larger parts first."""
    waiting = deque([root])
    refused = 0
    while waiting:
        asked = waiting.popleft()
        try:
            await ask(channel, asked.block, harvest)
        except BusError as error:
            if not _is_refusal(error, asked.block):
                harvest.fail(asked.block, error)
                continue
            refused += 1
            parts = split_block(profile, asked.block) if _may_split(error, asked.block) else ()
            if parts and refused < REFUSALS_IN_A_ROW:
                asked.parts = [_Asked(part) for part in parts]
                waiting.extend(asked.parts)
                continue
            _refused(asked.block, error, harvest)
            if asked is not root:
                _keep_apart(asked.block, harvest, whole=not parts)
        else:
            asked.answered, refused = True, 0


def _is_refusal(error: BusError, block: Block) -> bool:
    if isinstance(error, DeviceRefusalError):
        return error.code in NOT_THERE
    return isinstance(error, ConnectionLostError) and any(point.may_close for point in block.points)


def _may_split(error: BusError, block: Block) -> bool:
    if isinstance(error, DeviceRefusalError) and error.code not in TOO_MUCH_AT_ONCE:
        # "illegal function" is no matter of the address, unless some of the values need not be there
        optional = {point.optional for point in block.points}
        return optional == {True, False}
    return True


def _refused(block: Block, error: BusError, harvest: Harvest) -> None:
    if all(point.optional for point in block.points):
        names = {point.quantity for point in block.points}
        harvest.lesson.add(absent=names)
        harvest.causes.update(dict.fromkeys(names, NOT_OFFERED))
    else:
        harvest.fail(block, error)


def _keep_apart(block: Block, harvest: Harvest, whole: bool) -> None:
    """Learn that what was refused by itself must not spoil a larger request again."""
    first, end = _extent(block)
    if whole:
        harvest.lesson.add(holes={(block.unit, block.table, first, end)})
    else:
        harvest.lesson.add(cuts={(block.unit, block.table, first), (block.unit, block.table, end)})


def _learn(asked: _Asked, harvest: Harvest) -> None:
    """Learn from every refused request whose parts were all answered; the cause lies between them."""
    for part in asked.parts:
        if part.parts:
            _learn(part, harvest)
    if len(asked.parts) > 1 and all(part.answered for part in asked.parts):
        extents = sorted(_extent(part.block) for part in asked.parts)
        cuts = [(left[1], right[0]) for left, right in pairwise(extents)]
        place = (asked.block.unit, asked.block.table)
        harvest.lesson.saw_parts_answer(place, asked.block.count, cuts)


def _extent(block: Block) -> tuple[int, int]:
    return min(point.address for point in block.points), max(point.end for point in block.points)

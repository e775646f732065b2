"""A plan explained: each request, what it costs, and why it is not one with the next. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from device_probe.learned import Learned
from device_probe.model import PlannedDevice
from device_probe.plan import Block
from device_probe.plan_cost import NETWORK_ANSWER_S, Cost, cost_of
from device_probe.plan_limits import BIT_TABLES, Limits, limits_of
from device_probe.profile import Profile, unit_of_connector

FUNCTIONS = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
MOST_NAMED = 4
REGISTERS_A_CHARACTER = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One request."""

    function: int
    block: Block
    seconds: float
    why: str  # it is not one with the next; "" for the last

    @property
    def quantities(self) -> tuple[str, ...]:
        """Return what the request answers."""
        return tuple(point.quantity for point in self.block.points)

    @property
    def contents(self) -> str:
        """Return the first of the quantities, and how many more there are."""
        names = self.quantities
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return ", ".join(names[:MOST_NAMED]) + more


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """All requests of one device."""

    device: PlannedDevice
    profile: str
    steps: tuple[Step, ...]
    cost: Cost

    @property
    def seconds(self) -> float:
        """Return the time that reading is expected to take once it is connected."""
        return sum(step.seconds for step in self.steps)

    @property
    def title(self) -> str:
        """Return which device this is."""
        device = self.device
        place = device.host if device.link == "serial" else f"{device.host}:{device.port}"
        return f"{device.tag}: {self.profile} at {place} unit {device.unit}"

    @property
    def total(self) -> str:
        """Return requests, registers and time in words."""
        if not self.steps:
            return (
                "Which registers there are is found out in the device itself; there is nothing to plan yet."
            )
        registers = sum(s.block.count for s in self.steps if s.block.table not in BIT_TABLES)
        basis = "on the serial line" if self.cost.serial else f"at {1000 * NETWORK_ANSWER_S:.0f} ms an answer"
        return f"{len(self.steps)} requests, {registers} registers, about {self.seconds:.2f} s {basis}"

    @property
    def picture(self) -> tuple[str, ...]:
        """Return a line for each request: what of it holds values, and what is only bridged."""
        return tuple(_picture(step.block) for step in self.steps)

    def document(self) -> dict[str, Any]:
        """Return the plan as JSON."""
        return {
            "tag": self.device.tag, "profile": self.profile, "host": self.device.host,
            "port": self.device.port, "serial": self.cost.serial, "estimated_s": round(self.seconds, 4),
            "requests": [
                {
                    "function": step.function, "unit": step.block.unit, "table": step.block.table,
                    "address": step.block.address, "address_hex": f"0x{step.block.address:04X}",
                    "count": step.block.count, "quantities": list(step.quantities),
                    "estimated_s": round(step.seconds, 4), "not_merged_because": step.why,
                }
                for step in self.steps
            ],
        }  # fmt: skip


def explain(device: PlannedDevice, profile: Profile, blocks: Iterable[Block]) -> DevicePlan:
    """Return the plan of a device with its reasons; ``profile`` is the one at its connector."""
    cost = cost_of(profile, device)
    own = unit_of_connector(profile, device.unit, device.connector)
    steps = []
    known = tuple(blocks)
    for block, after in zip_longest(known, known[1:]):
        limits = limits_of(profile, own, block.unit, block.table, Learned())
        why = _why(profile, limits, block, after, cost) if after else ""
        seconds = cost.seconds(block.table in BIT_TABLES, block.count)
        steps.append(Step(FUNCTIONS[block.table], block, seconds, why))
    return DevicePlan(device, profile.id, tuple(steps), cost)


def _why(profile: Profile, limits: Limits, block: Block, after: Block, cost: Cost) -> str:
    if block.unit != after.unit:
        return f"unit {after.unit} follows"
    if block.table != after.table:
        return f"function code {FUNCTIONS[after.table]} follows"
    for one in (block, after):
        if any(point.alone for point in one.points):
            return f"{one.points[0].quantity} must be read alone"
    if profile.exact_reads:
        return "the device answers a value only when exactly its registers are asked for"
    first = min(p.address for b in (block, after) for p in b.points)
    end = max(p.end for b in (block, after) for p in b.points)
    obstacle = limits.obstacle(first, end)
    if obstacle is not None:
        return _obstacle(limits, *obstacle)
    gap = after.address - block.end
    return f"bridging {gap} registers takes longer than a request ({cost.break_even:.0f} registers)"


def _obstacle(limits: Limits, kind: str, place: tuple[int, int]) -> str:
    first, end = place
    if kind == "limit":
        return f"limit: {end - first} together, {limits.most} at once"
    if kind == "gap":
        return f"gap: {end - first} registers without a value at {first}"
    if kind == "forbidden":
        return f"forbidden: {first} to {end - 1}"
    return f"boundary at {first}"


def _picture(block: Block) -> str:
    filled = {address for point in block.points for address in range(point.address, point.end)}
    marks = []
    for start in range(block.address, block.end, REGISTERS_A_CHARACTER):
        here = sum(a in filled for a in range(start, min(start + REGISTERS_A_CHARACTER, block.end)))
        marks.append("█" if here == min(REGISTERS_A_CHARACTER, block.end - start) else "▌" if here else "·")
    return f"{block.table[:3]} 0x{block.address:04X} {''.join(marks)} 0x{block.end - 1:04X}"

"""One snapshot of a device, or of a whole site at once.

A value that cannot be read is absent with a problem.
"""

import asyncio
import itertools
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from device_probe.blocks import decode_blocks
from device_probe.bus import Bus, Channel, Manners, now_text
from device_probe.connector import profile_at
from device_probe.harvest import Harvest, ask, gather
from device_probe.kept import Kept
from device_probe.learned import Learned, Memory
from device_probe.loop import collecting_later, most_connections, run
from device_probe.model import Endpoint, PlannedDevice, Reading, SitePlan, Snapshot
from device_probe.plan import Block, cost_of, plan_requests
from device_probe.plausibility import examined, gated
from device_probe.problems import BusError, ProbeError, ProfileError
from device_probe.profile import Profile, unit_of_connector
from device_probe.profile_schema import load_profile
from device_probe.sunspec.discovery import discover, left_to_read
from device_probe.sunspec.profile import fitted

NOBODY_BEHIND = (10, 11)  # what a gateway says for a unit that does not answer it
TIMEOUT_S = {"tcp": 1.0, "rtu_gateway": 1.5}
ROUNDS, INTERVAL_S = 3, 1.0  # as many as a judgement of wiring needs

Progress = Callable[[str, int, int], None]  # tag of the device just read, devices done, devices in all


class Watcher(Protocol):
    """Is told what goes on at each connection while a site is read."""

    def begins(self, place: str, device: PlannedDevice) -> None:
        """A device is read now."""

    def ends(self, place: str, device: PlannedDevice, snapshot: Snapshot) -> None:
        """A device was read, or could not be."""


_PLANS: Kept[tuple[Block, ...]] = Kept()


def manners_of(profile: Profile, timeout_s: float | None = None, baud: int | None = None) -> Manners:
    """Return how a device of this profile wants to be spoken to."""
    return Manners(
        timeout_s=timeout_s or TIMEOUT_S[profile.transport],
        connect_delay_s=profile.connect_delay_ms / 1000,
        min_gap_s=profile.min_gap_ms / 1000,
        tid_zero_ok=profile.tid_zero_ok,
        single_client=profile.single_client,
        baud=(baud or profile.baud) if profile.transport == "rtu_gateway" else 0,
    )


def endpoint_of(device: PlannedDevice, profile: Profile) -> Endpoint:
    """Return where the line to a planned device begins."""
    return Endpoint(
        device.host,
        device.port,
        device.link,
        device.baud or profile.baud,
        device.parity or profile.parity,
        device.stop_bits or profile.stop_bits,
    )


def planned_for(
    device: PlannedDevice, profile: Profile, quantities: tuple[str, ...] | None = None,
    learned: Learned | None = None,
) -> tuple[Block, ...]:  # fmt: skip
    """Return the requests for a device; ``profile`` is the one at its connector."""
    known, cost = learned or Learned(), cost_of(profile, device)
    unit = unit_of_connector(profile, device.unit, device.connector)
    return _PLANS.get(
        profile,
        (unit, quantities, cost, known),
        lambda: plan_requests(profile, unit, quantities, cost, known),
    )


async def read_on(
    bus: Bus, device: PlannedDevice, profile: Profile, quantities: Iterable[str] | None = None,
    timeout_s: float | None = None, memory: Memory | None = None,
) -> Snapshot:  # fmt: skip
    """Read one device over an open bus; ``memory`` keeps what its refusals teach."""
    wanted = None if quantities is None else tuple(quantities)
    unit = unit_of_connector(profile, device.unit, device.connector)
    profile = profile_at(device, profile)
    endpoint = endpoint_of(device, profile)
    channel = bus.channel(endpoint, unit, manners_of(profile, timeout_s, device.baud))
    lesson = (memory or Memory()).lesson(endpoint.place, unit, profile.digest)
    taken_at, harvest = now_text(), Harvest(lesson)
    located = await _located(channel, profile, harvest)
    found_in = channel.requests
    planned = planned_for(device, located, wanted, lesson.learned)
    await gather(channel, located, planned, harvest)
    readings = decode_blocks(profile, unit, harvest.blocks, harvest.causes, wanted)
    if await _asked_again(channel, profile, readings, harvest):
        readings = decode_blocks(profile, unit, harvest.blocks, harvest.causes, wanted)
    problem = str(harvest.last_error) if harvest.last_error and not harvest.blocks else None
    snapshot = Snapshot(
        device.tag, device.profile, profile.digest, device.host, device.port, unit, taken_at, readings,
        tuple(harvest.blocks), channel.requests, problem, found_in + len(planned), device.link,
    )  # fmt: skip
    return gated(snapshot, fitted(profile, unit, harvest.blocks), device)


def read_device(
    device: PlannedDevice, profile: Profile | None = None, quantities: Iterable[str] | None = None,
    timeout_s: float | None = None, memory: Memory | None = None,
) -> Snapshot:  # fmt: skip
    """Read one device now and return what it said, with the mistake that makes sense of it if it is wrong."""
    known = profile or load_profile(device.profile)

    async def once() -> Snapshot:
        bus = Bus()
        try:
            return await read_on(bus, device, known, quantities, timeout_s, memory)
        finally:
            await bus.close()

    snapshot = run(once())
    if snapshot.problem is not None:
        return snapshot
    return examined(snapshot, profile_at(device, known), device=device)


def read_site(
    plan: SitePlan, progress: Progress | None = None, timeout_s: float | None = None,
    memory: Memory | None = None, watcher: Watcher | None = None,
) -> tuple[Snapshot, ...]:  # fmt: skip
    """Read every device of a plan once, all connections at once, the units behind one in turn."""
    return read_rounds(plan, 1, 0.0, progress, timeout_s, memory, watcher)[-1]


async def read_site_on_loop(
    plan: SitePlan, progress: Progress | None = None, timeout_s: float | None = None,
    memory: Memory | None = None, watcher: Watcher | None = None,
) -> tuple[Snapshot, ...]:  # fmt: skip
    """Do the same where a loop runs already; cancelling it ends every connection at once."""
    return (await read_rounds_on_loop(plan, 1, 0.0, progress, timeout_s, memory, watcher))[-1]


def read_rounds(
    plan: SitePlan, rounds: int = ROUNDS, interval_s: float = INTERVAL_S, progress: Progress | None = None,
    timeout_s: float | None = None, memory: Memory | None = None, watcher: Watcher | None = None,
) -> tuple[tuple[Snapshot, ...], ...]:  # fmt: skip
    """Read every device of a plan several times; a round begins when the one before has ended at the latest.

    ``progress`` counts the readings of all rounds.
    """
    with collecting_later():
        return run(read_rounds_on_loop(plan, rounds, interval_s, progress, timeout_s, memory, watcher))


async def read_rounds_on_loop(
    plan: SitePlan, rounds: int = ROUNDS, interval_s: float = INTERVAL_S, progress: Progress | None = None,
    timeout_s: float | None = None, memory: Memory | None = None, watcher: Watcher | None = None,
) -> tuple[tuple[Snapshot, ...], ...]:  # fmt: skip
    """Do the same where a loop runs already; cancelling it ends every connection at once."""
    profiles, bus, known = profiles_of(plan), Bus(), memory or Memory()
    gate, begun = asyncio.Semaphore(most_connections()), time.monotonic()
    found: list[tuple[Snapshot, ...]] = []
    done = itertools.count(1)

    async def line(place: str, devices: list[PlannedDevice], taken: dict[str, Snapshot]) -> None:
        async with gate:
            for device in devices:
                if watcher:
                    watcher.begins(place, device)
                snapshot = await read_safely(bus, device, profiles[device.tag], None, timeout_s, known)
                taken[device.tag] = snapshot
                if watcher:
                    watcher.ends(place, device, snapshot)
                if progress:
                    progress(device.tag, next(done), rounds * len(plan.devices))

    try:
        for number in range(rounds):
            await asyncio.sleep(max(0.0, begun + number * interval_s - time.monotonic()))
            taken: dict[str, Snapshot] = {}
            bus.forgive()  # what failed in one round has one try in the next
            async with asyncio.TaskGroup() as group:
                for place, devices in lines_of(plan.devices, profiles).items():
                    group.create_task(line(place, devices, taken))
            found.append(tuple(taken[device.tag] for device in plan.devices))
    finally:
        await bus.close()
    return tuple(found)


async def read_safely(
    bus: Bus, device: PlannedDevice, profile: Profile, quantities: Iterable[str] | None,
    timeout_s: float | None, memory: Memory,
) -> Snapshot:  # fmt: skip
    """Read one of many devices: whatever goes wrong with it is its own problem, not that of the others."""
    begun = now_text()
    try:
        return await read_on(bus, device, profile, quantities, timeout_s, memory)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one device must not cost the whole site
        kind = "" if isinstance(error, ProbeError) else f"{type(error).__name__}: "
        cause = f"it could not be read: {kind}{error}"
        readings = decode_blocks(
            profile, device.unit, (), dict.fromkeys(profile.quantities, cause), quantities
        )
        return Snapshot(
            device.tag, device.profile, profile.digest, device.host, device.port, device.unit, begun,
            readings, (), 0, cause, 0, device.link,
        )  # fmt: skip


def is_connected(snapshot: Snapshot) -> bool:
    """Return True when the device said anything, if only that it refuses every request."""
    if snapshot.problem is None:
        return True
    said = re.search(r"Modbus exception (\d+)", snapshot.problem)
    return said is not None and int(said[1]) not in NOBODY_BEHIND


def profiles_of(plan: SitePlan) -> dict[str, Profile]:
    """Load the profile of every device; ProfileError names the device whose is wrong."""
    known: dict[str, Profile] = {}
    for device in plan.devices:
        if device.profile in known:
            continue
        try:
            known[device.profile] = load_profile(device.profile)
        except ProfileError as error:
            raise ProfileError(f"{device.tag}: {error}") from error
    return {device.tag: known[device.profile] for device in plan.devices}


def lines_of(
    devices: Iterable[PlannedDevice], profiles: Mapping[str, Profile]
) -> dict[str, list[PlannedDevice]]:
    """Return the devices by connection: what stands behind one is read in turn."""
    lines: dict[str, list[PlannedDevice]] = {}
    for device in devices:
        lines.setdefault(endpoint_of(device, profiles[device.tag]).place, []).append(device)
    return lines


async def _located(channel: Channel, profile: Profile, harvest: Harvest) -> Profile:
    """Return what is to be read, after a SunSpec device said where it stands."""
    try:
        harvest.blocks += await discover(channel, profile)
    except BusError as error:
        harvest.last_error = error
        harvest.causes.update({point.quantity: str(error) for point in profile.points})
        return replace(profile, points=())
    if not harvest.blocks:
        return profile
    return left_to_read(fitted(profile, channel.unit, harvest.blocks), channel.unit, harvest.blocks)


async def _asked_again(
    channel: Channel, profile: Profile, readings: Iterable[Reading], harvest: Harvest
) -> bool:
    """Ask once more for values whose "not available" may pass; True when any answer came."""
    passing = {point.quantity: point for point in profile.points if point.retry_na}
    again: dict[int, list[str]] = {}
    for reading in readings:
        if reading.problem == "not_available" and reading.request is not None and reading.quantity in passing:
            again.setdefault(reading.request, []).append(reading.quantity)
    before = len(harvest.blocks)
    for place, names in again.items():
        points = tuple(passing[name] for name in names)
        whole = harvest.blocks[place]
        first, end = min(p.address for p in points), max(p.end for p in points)
        if profile.joint_reads:
            first, end = whole.address, whole.address + whole.count
        try:
            await ask(channel, Block(whole.unit, points[0].table, first, end - first, points), harvest)
        except BusError:
            continue  # then the first answer stands
    return len(harvest.blocks) > before

"""One snapshot of a device, or of a whole site at once.

A value that cannot be read is absent with a problem.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from device_probe.blocks import decode_blocks
from device_probe.bus import Bus, Channel, Manners, now_text
from device_probe.model import Endpoint, PlannedDevice, RawBlock, SitePlan, Snapshot
from device_probe.plan import Block, plan_requests, split_block
from device_probe.plausibility import gated
from device_probe.problems import BusError, DeviceRefusalError, ParkedError, ProfileError
from device_probe.profile import Profile, for_connector, unit_of_connector
from device_probe.profile_schema import load_profile
from device_probe.sunspec_discovery import discover, left_to_read
from device_probe.sunspec_profile import fitted

MAX_CONNECTS = 64
TIMEOUT_S = {"tcp": 1.0, "rtu_gateway": 1.5}
TOO_MUCH_AT_ONCE = (2, 3)  # exceptions that a merged block may cause where its parts would do

Progress = Callable[[str, int, int], None]  # tag of the device just read, devices done, devices in all


@dataclass(slots=True)
class _Harvest:
    """What came back while one device was read."""

    blocks: list[RawBlock] = field(default_factory=list)
    causes: dict[str, str] = field(default_factory=dict)
    last_error: BusError | None = None


def manners_of(profile: Profile, timeout_s: float | None = None) -> Manners:
    """Return how a device of this profile wants to be spoken to."""
    return Manners(
        timeout_s=timeout_s or TIMEOUT_S[profile.transport],
        connect_delay_s=profile.connect_delay_ms / 1000,
        min_gap_s=profile.min_gap_ms / 1000,
        tid_zero_ok=profile.tid_zero_ok,
    )


def endpoint_of(device: PlannedDevice, profile: Profile) -> Endpoint:
    """Return where the line to a planned device begins."""
    return Endpoint(
        device.host, device.port, device.link, device.baud or profile.baud, device.parity, device.stop_bits
    )


async def read_on(
    bus: Bus, device: PlannedDevice, profile: Profile, quantities: Iterable[str] | None = None,
    timeout_s: float | None = None,
) -> Snapshot:  # fmt: skip
    """Read one device over an open bus."""
    wanted = None if quantities is None else tuple(quantities)
    unit = unit_of_connector(profile, device.unit, device.connector)
    profile = for_connector(profile, device.connector)
    channel = bus.channel(endpoint_of(device, profile), unit, manners_of(profile, timeout_s))
    taken_at, harvest = now_text(), _Harvest()
    located = await _located(channel, profile, harvest)
    found_in = channel.requests
    planned = plan_requests(located, unit, wanted)
    for block in planned:
        await _read_block(channel, block, harvest)
    readings = decode_blocks(profile, unit, harvest.blocks, harvest.causes, wanted)
    problem = str(harvest.last_error) if harvest.last_error and not harvest.blocks else None
    snapshot = Snapshot(
        device.tag, device.profile, profile.digest, device.host, device.port, unit, taken_at, readings,
        tuple(harvest.blocks), channel.requests, problem, found_in + len(planned), device.link,
    )  # fmt: skip
    return gated(snapshot, fitted(profile, unit, harvest.blocks), device)


def read_device(
    device: PlannedDevice, profile: Profile | None = None, quantities: Iterable[str] | None = None,
    timeout_s: float | None = None,
) -> Snapshot:  # fmt: skip
    """Read one device now and return what it said."""

    async def run() -> Snapshot:
        bus = Bus()
        try:
            return await read_on(bus, device, profile or load_profile(device.profile), quantities, timeout_s)
        finally:
            await bus.close()

    return asyncio.run(run())


def read_site(
    plan: SitePlan, progress: Progress | None = None, timeout_s: float | None = None
) -> tuple[Snapshot, ...]:
    """Read every device of a plan, all connections at once, the units behind one connection in turn."""
    return asyncio.run(read_site_on_loop(plan, progress, timeout_s))


async def read_site_on_loop(
    plan: SitePlan, progress: Progress | None = None, timeout_s: float | None = None
) -> tuple[Snapshot, ...]:
    """Do the same where a loop runs already; cancelling it ends every connection at once."""
    profiles = {device.tag: _profile_of(device) for device in plan.devices}
    return await _read_site(plan, profiles, progress, timeout_s)


def _profile_of(device: PlannedDevice) -> Profile:
    try:
        return load_profile(device.profile)
    except ProfileError as error:
        raise ProfileError(f"{device.tag}: {error}") from error


async def _read_site(
    plan: SitePlan, profiles: Mapping[str, Profile], progress: Progress | None, timeout_s: float | None
) -> tuple[Snapshot, ...]:
    bus, gate = Bus(), asyncio.Semaphore(MAX_CONNECTS)
    done: dict[str, Snapshot] = {}

    async def line(devices: list[PlannedDevice]) -> None:
        async with gate:
            for device in devices:
                done[device.tag] = await read_on(bus, device, profiles[device.tag], None, timeout_s)
                if progress:
                    progress(device.tag, len(done), len(plan.devices))

    lines: dict[str, list[PlannedDevice]] = {}
    for device in plan.devices:
        lines.setdefault(endpoint_of(device, profiles[device.tag]).place, []).append(device)
    try:
        async with asyncio.TaskGroup() as group:
            for devices in lines.values():
                group.create_task(line(devices))
    finally:
        await bus.close()
    return tuple(done[device.tag] for device in plan.devices)


async def _located(channel: Channel, profile: Profile, harvest: _Harvest) -> Profile:
    """Return what is to be read, after a SunSpec device said where it stands."""
    try:
        harvest.blocks += await discover(channel, profile)
    except BusError as error:
        harvest.last_error = error
        harvest.causes.update({point.quantity: str(error) for point in profile.points})
        return replace(profile, points=())
    return left_to_read(fitted(profile, channel.unit, harvest.blocks), channel.unit, harvest.blocks)


async def _read_block(channel: Channel, block: Block, harvest: _Harvest, splits: int = 2) -> None:
    try:
        answer = await channel.read(block.table, block.address, block.count, block.unit)
    except DeviceRefusalError as error:
        if error.code in TOO_MUCH_AT_ONCE and splits and len(block.points) > 1:
            for part in split_block(block):
                await _read_block(channel, part, harvest, splits - 1)
            return
        _give_up(block, error, harvest)
    except BusError as error:
        _give_up(block, error, harvest)
    else:
        harvest.blocks.append(
            RawBlock(block.unit, block.table, block.address, block.count, answer.data.hex(), answer.taken_at)
        )


def _give_up(block: Block, error: BusError, harvest: _Harvest) -> None:
    # that a device is left alone is no news; why it was given up is
    if harvest.last_error is None or not isinstance(error, ParkedError):
        harvest.last_error = error
    harvest.causes.update({point.quantity: str(error) for point in block.points})

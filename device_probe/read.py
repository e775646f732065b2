"""One snapshot of a device, or of a whole site at once.

A value that cannot be read is absent with a problem.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from device_probe.bus import Bus, Channel, Manners, now_text
from device_probe.decode import decode, decode_bit
from device_probe.model import Endpoint, PlannedDevice, RawBlock, Reading, SitePlan, Snapshot
from device_probe.plan import Block, plan_requests, split_block
from device_probe.plausibility import gated
from device_probe.problems import BusError, DeviceRefusalError, ParkedError, ProfileError
from device_probe.profile import Point, Profile
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


def decode_blocks(
    profile: Profile,
    unit: int,
    blocks: Iterable[RawBlock],
    causes: Mapping[str, str],
    wanted: Iterable[str] | None = None,
) -> tuple[Reading, ...]:
    """Decode recorded blocks with a profile; what no block covers is unreadable, with its cause."""
    found = tuple(blocks)
    profile = fitted(profile, unit, found)
    names = None if wanted is None else set(wanted)
    return tuple(
        replace(_reading(profile, point, unit, found, causes), request=_place_of(point, unit, found))
        for point in profile.points
        if point.access != "wo" and (names is None or point.quantity in names)
    )


async def read_on(
    bus: Bus, device: PlannedDevice, profile: Profile, quantities: Iterable[str] | None = None,
    timeout_s: float | None = None,
) -> Snapshot:  # fmt: skip
    """Read one device over an open bus."""
    wanted = None if quantities is None else tuple(quantities)
    channel = bus.channel(endpoint_of(device, profile), device.unit, manners_of(profile, timeout_s))
    taken_at, harvest = now_text(), _Harvest()
    located = await _located(channel, profile, harvest)
    found_in = channel.requests
    planned = plan_requests(located, device.unit, wanted)
    for block in planned:
        await _read_block(channel, block, harvest)
    readings = decode_blocks(profile, device.unit, harvest.blocks, harvest.causes, wanted)
    problem = str(harvest.last_error) if harvest.last_error and not harvest.blocks else None
    snapshot = Snapshot(
        device.tag, device.profile, profile.digest, device.host, device.port, device.unit, taken_at, readings,
        tuple(harvest.blocks), channel.requests, problem, found_in + len(planned), device.link,
    )  # fmt: skip
    return gated(snapshot, fitted(profile, device.unit, harvest.blocks), device)


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


def _reading(
    profile: Profile, point: Point, unit: int, blocks: tuple[RawBlock, ...], causes: Mapping[str, str]
) -> Reading:
    unit_id = unit if point.unit_id is None else point.unit_id
    data = _registers(point, unit_id, blocks)
    if data is None:
        cause = causes.get(point.quantity, "no answer holds these registers")
        return Reading(point.quantity, None, point.unit, "unreadable", cause)
    if point.type == "coil" or point.table in ("coil", "discrete"):
        return decode_bit(point, data != b"\0")
    exponent = None
    if point.scale_register is not None:
        scale_point = Point("scale", point.table, point.scale_register, "int16")
        scale = _registers(scale_point, unit_id, blocks)
        if scale is None:
            return Reading(
                point.quantity, None, point.unit, "unreadable", "its scale register could not be read"
            )
        exponent = int.from_bytes(scale, "big", signed=True)
    return decode(profile, point, data, exponent)


def _place_of(point: Point, unit: int, blocks: tuple[RawBlock, ...]) -> int | None:
    return _holding(point, unit if point.unit_id is None else point.unit_id, blocks)


def _holding(point: Point, unit: int, blocks: tuple[RawBlock, ...]) -> int | None:
    """Return the index of the smallest block that holds a point whole, None when none does."""
    holding = [
        (block.count, index) for index, block in enumerate(blocks)
        if (block.unit, block.table) == (unit, point.table)
        and block.address <= point.address and point.end <= block.address + block.count
    ]  # fmt: skip
    return min(holding)[1] if holding else None


def _registers(point: Point, unit: int, blocks: tuple[RawBlock, ...]) -> bytes | None:
    """Return the bytes of a point from the smallest block that holds it; one byte, 0 or 1, for a bit."""
    place = _holding(point, unit, blocks)
    if place is None:
        return None
    block = blocks[place]
    data, offset = bytes.fromhex(block.data_hex), point.address - block.address
    if point.table in ("coil", "discrete"):
        return bytes([data[offset // 8] >> (offset % 8) & 1])
    return data[2 * offset : 2 * (offset + point.registers)]

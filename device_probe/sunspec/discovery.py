"""Asking a SunSpec device where its models stand, before it is read."""

from collections.abc import Iterable
from dataclasses import replace
from weakref import WeakKeyDictionary

from device_probe.bus import Channel
from device_probe.bus.line import Line
from device_probe.model import RawBlock
from device_probe.problems import DeviceRefusalError, NotSunSpecError
from device_probe.profile import Profile
from device_probe.sunspec.chain import HEADER, Ask, Chain, Registers, recorded, walk
from device_probe.sunspec.profile import chosen, devices_of, discovers, is_dynamic, place_of_model, text_at

_WALKED: WeakKeyDictionary[Line, dict[tuple[int, str], tuple[RawBlock, ...]]] = WeakKeyDictionary()


async def discover(channel: Channel, profile: Profile) -> tuple[RawBlock, ...]:
    """Return the registers from which ``fitted`` makes the profile of this device, as evidence.

    Nothing for an ordinary profile. NotSunSpecError when the device isn't what the profile says. On the same
    line the chain is walked once; later only its last header is read again, which moves when anything does.
    """
    if not discovers(profile):
        return ()
    known = _WALKED.setdefault(channel.line, {})
    before = known.get((channel.unit, profile.id))
    if before is not None and await _still_stands(channel, before[-1]):
        return before
    found = await _walked(channel, profile)
    if found:
        known[channel.unit, profile.id] = found
    return found


async def _still_stands(channel: Channel, last: RawBlock) -> bool:
    again: list[RawBlock] = []
    data = await _asking(channel, again)(last.address, last.count)
    return data is not None and data.hex() == last.data_hex


async def _walked(channel: Channel, profile: Profile) -> tuple[RawBlock, ...]:
    blocks: list[RawBlock] = []
    ask = _asking(channel, blocks)
    chain = await walk(ask, until=profile.sunspec_model or None)
    if is_dynamic(profile.id):
        _check(profile, chain, recorded(blocks, channel.unit))
    elif chain is not None and place_of_model(profile, chain) is None:
        await _check_usual_place(ask, profile, chain)
    return tuple(blocks)


def left_to_read(profile: Profile, unit: int, blocks: Iterable[RawBlock]) -> Profile:
    """Return the profile without what was read already while its registers were found."""
    registers = recorded(blocks, unit)
    points = tuple(
        point for point in profile.points
        if point.table != "holding" or point.scale_register is not None
        or registers(point.address, point.registers) is None
    )  # fmt: skip
    return profile if len(points) == len(profile.points) else replace(profile, points=points)


def _asking(channel: Channel, blocks: list[RawBlock]) -> Ask:
    async def ask(address: int, count: int) -> bytes | None:
        try:
            answer = await channel.read("holding", address, count)
        except DeviceRefusalError as error:
            if error.retry:  # busy, or nobody behind the gateway: that says nothing about the address
                raise
            return None
        blocks.append(RawBlock(channel.unit, "holding", address, count, answer.data.hex(), answer.taken_at))
        return answer.data

    return ask


def _check(profile: Profile, chain: Chain | None, registers: Registers) -> None:
    if chain is None:
        raise NotSunSpecError(
            "the device answers without a SunSpec header at 40000, 50000 or 0; switch SunSpec on "
            "in its settings, or read it with the profile of its model"
        )
    if chosen(profile, chain) is not None:
        return
    devices = devices_of(chain)
    if not devices:
        fault = f" ({chain.fault})" if chain.fault else ""
        raise NotSunSpecError(f"the device has SunSpec {chain.words()}, none that can be read{fault}")
    names = ", ".join(
        f"sunspec-{number} {text_at(registers, device.common, 'Md')}".strip()
        for number, device in enumerate(devices, 1)
    )
    raise NotSunSpecError(f"there is no such device in the SunSpec chain; choose one of {names}")


async def _check_usual_place(ask: Ask, profile: Profile, chain: Chain) -> None:
    # a chain that is broken before the model may still have the model where the profile file says
    if chain.fault and profile.model_base:
        header = await ask(profile.model_base, HEADER)
        if header is not None and int.from_bytes(header[:2], "big") == profile.sunspec_model:
            return
    fault = f" ({chain.fault})" if chain.fault else ""
    raise NotSunSpecError(
        f"the device has SunSpec {chain.words()}, not {profile.sunspec_model}{fault}; "
        "read it with the profile sunspec"
    )

"""What a SunSpec chain says about the devices in it."""

from dataclasses import dataclass

from device_probe.identify.asker import Asker
from device_probe.profile_schema import load_profile
from device_probe.sunspec.chain import MARKER, recorded, walk
from device_probe.sunspec.profile import devices_of, text_at


@dataclass(frozen=True, slots=True)
class Plate:
    """The name plate of a device, as far as its registers tell it."""

    profile: str = ""
    vendor: str = ""
    model: str = ""
    serial_number: str = ""
    firmware_version: str = ""
    words: str = ""
    models: tuple[int, ...] = ()


async def look_for_sunspec(asker: Asker, base: int) -> tuple[Plate, ...]:
    """Return the devices of the chain at a base address; () when there is none that can be read."""
    start = await asker.read("holding", base, 4)
    if start is None or start[:4] != MARKER:
        return ()

    async def ask(address: int, count: int) -> bytes | None:
        return await asker.read("holding", address, count)

    chain = await walk(ask, bases=(base,))
    if chain is None:
        return ()
    registers = recorded(asker.blocks, asker.unit)
    return tuple(
        Plate(
            "sunspec" if number == 1 else f"sunspec-{number}",
            text_at(registers, device.common, "Mn") or load_profile("sunspec").vendor,
            text_at(registers, device.common, "Md"),
            text_at(registers, device.common, "SN"),
            text_at(registers, device.common, "Vr"),
            chain.words(),
            tuple(placed.id for placed in device.models),
        )
        for number, device in enumerate(devices_of(chain), 1)
    )

"""By what a device is known again at another unit id: its serial number, or a counter that runs."""

from dataclasses import dataclass

from device_probe.identify.asker import Asker
from device_probe.identify.weigh import readings_of
from device_probe.plan import plan_requests
from device_probe.profile import Profile, Table

QUANTITIES = (
    "serial_number", "active_energy_import_total", "active_energy_export_total", "active_energy_total",
)  # fmt: skip
GROWTH = 0.001  # a counter may grow so much while its device is asked twice
COMMON_REGISTERS = 60  # more than these has the answer that holds a common model


@dataclass(frozen=True, slots=True)
class Registers:
    """The common model of a SunSpec device: maker, model, serial number."""

    table: Table
    address: int
    count: int
    data: bytes

    async def is_here(self, asker: Asker) -> bool:
        """Return True when the same device answers."""
        return await asker.read(self.table, self.address, self.count) == self.data


@dataclass(frozen=True, slots=True)
class Value:
    """A serial number or a counter of a device with a profile."""

    profile: Profile
    quantity: str
    value: float | str

    async def is_here(self, asker: Asker) -> bool:
        """Return True when the same device answers."""
        found = await _value(asker, self.profile, self.quantity)
        if isinstance(self.value, float) and isinstance(found, float):
            return self.value <= found <= self.value * (1 + GROWTH)
        return found == self.value


async def mark_of(asker: Asker, profile_id: str, profiles: tuple[Profile, ...]) -> Registers | Value | None:
    """Choose what tells this device from another of its kind; None when nothing does."""
    if profile_id.startswith("sunspec"):
        for block in asker.blocks:
            if block.count > COMMON_REGISTERS and (block.unit, block.table) == (asker.unit, "holding"):
                return Registers("holding", block.address, block.count, bytes.fromhex(block.data_hex))
    profile = next((p for p in profiles if p.id == profile_id), None)
    for name in QUANTITIES if profile else ():
        if profile and name in profile.quantities and (value := await _value(asker, profile, name)):
            return Value(profile, name, value)
    return None


async def _value(asker: Asker, profile: Profile, quantity: str) -> float | str | None:
    for block in plan_requests(profile, asker.unit, (quantity,)):
        await asker.read(block.table, block.address, block.count, block.unit)
    reading = readings_of(asker, profile, (quantity,)).get(quantity)
    value = reading.value if reading else None
    return None if isinstance(value, tuple) else value

"""The Modbus address list of a site: what answers where."""

from dataclasses import dataclass

from designs.model import OneLine


@dataclass(frozen=True, slots=True)
class AddressLine:
    """A device that answers over Modbus/TCP; ``profile`` is that of ``device_probe``, None without one."""

    tag: str
    title: str
    equipment: str
    profile: str | None
    host: str
    port: int
    unit: int


def address_list(one_line: OneLine) -> tuple[AddressLine, ...]:
    """Return meters, stations, storage, PV and controllers that have an address, by their tags."""
    groups = (one_line.meters, one_line.stations, one_line.storage, one_line.pv, one_line.controllers)
    lines = [
        AddressLine(
            device.tag,
            device.title,
            device.equipment,
            device.profile,
            device.modbus.host,
            device.modbus.port,
            device.modbus.unit,
        )
        for group in groups
        for device in group
        if device.modbus is not None
    ]
    return tuple(sorted(lines, key=lambda line: line.tag))

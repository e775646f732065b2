"""The lines of a window file: the header and one line for each sample and device. Pure.

Values are kept as numbers in the order of the header's columns, and the registers as they came; what a value
was read from follows from both. What is more than a plain number (a problem, a single bit) is kept in full.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from device_probe.model import PlannedDevice, RawBlock, Reading, Snapshot
from device_probe.profile import Profile
from device_probe.sampling import Sample

WINDOW_VERSION = 1
TUPLES = ("circuits", "approved_firmware")  # of a planned device; JSON has lists
Column = tuple[
    str, str, int, str, int, int, bool
]  # quantity, unit, unit id, table, address, registers, alone
Where = tuple[int, int, int]  # index of the answer, first and last hex digit


@dataclass(frozen=True, slots=True)
class WindowDevice:
    """What the header says of one device."""

    device: PlannedDevice
    unit: int
    profile_digest: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class WindowHeader:
    """The first line of a window file."""

    interval_s: float
    samples: int
    started_at: str
    software: str
    devices: tuple[WindowDevice, ...]
    plan: dict[str, Any] | None = None  # the site plan's document, when a whole site was measured

    def document(self) -> dict[str, Any]:
        """Return the header as JSON."""
        return {"window": WINDOW_VERSION, **asdict(self)}


def columns_of(profile: Profile, unit: int, wanted: tuple[str, ...] | None) -> tuple[Column, ...]:
    """Return where each value of a device stands."""
    return tuple(
        (
            p.quantity,
            p.unit,
            unit if p.unit_id is None else p.unit_id,
            p.table,
            p.address,
            p.registers,
            p.alone,
        )
        for p in profile.points
        if p.access != "wo" and (wanted is None or p.quantity in wanted)
    )


class Places:
    """Where the columns of a device stand in answers of one layout; worked out once for each."""

    def __init__(self) -> None:
        self._known: dict[object, list[Where | None]] = {}

    def find(self, columns: tuple[Column, ...], blocks: tuple[RawBlock, ...]) -> list[Where | None]:
        """Return the place of every column, None where no answer holds it."""
        layout = (id(columns), tuple((b.unit, b.table, b.address, b.count) for b in blocks))
        if layout not in self._known:
            if len(self._known) > 4096:
                self._known.clear()
            self._known[layout] = [_where(column, blocks) for column in columns]
        return self._known[layout]


def _where(column: Column, blocks: tuple[RawBlock, ...]) -> Where | None:
    _, _, unit, table, address, registers, alone = column
    found = [
        (block.count, -index) for index, block in enumerate(blocks)
        if (block.unit, block.table) == (unit, table) and table in ("holding", "input")
        and block.address <= address and address + registers <= block.address + block.count
        and (not alone or block.count == registers)
    ]  # fmt: skip
    if not found:
        return None
    place = -min(found)[1]
    start = 4 * (address - blocks[place].address)
    return place, start, start + 4 * registers


def sample_document(sample: Sample, columns: tuple[Column, ...], places: Places) -> dict[str, Any]:
    """Return the line of one sample."""
    document: dict[str, Any] = {
        "sample": sample.number, "tag": sample.tag, "due_at": sample.due_at,
        "jitter_ms": round(1000 * sample.jitter_s, 3), "late": sample.late,
    }  # fmt: skip
    if sample.clock_step_s:
        document["clock_step_s"] = sample.clock_step_s
    if sample.snapshot is None:
        return {**document, "missing": sample.missing}
    return {**document, **_snapshot_document(sample.snapshot, columns, places)}


def _snapshot_document(snapshot: Snapshot, columns: tuple[Column, ...], places: Places) -> dict[str, Any]:
    readings = {reading.quantity: reading for reading in snapshot.readings}
    values: list[Any] = []
    for column, where in zip(columns, places.find(columns, snapshot.blocks), strict=True):
        reading = readings.get(column[0])
        plain = reading and where and _read_from(column, reading.value, where, snapshot.blocks)
        values.append(reading.value if reading and reading == plain else None)
        if reading and reading == plain:
            del readings[column[0]]
    document: dict[str, Any] = {
        "taken_at": snapshot.taken_at, "requests": snapshot.requests, "planned": snapshot.planned,
        "blocks": [[b.unit, b.table, b.address, b.count, b.data_hex, b.taken_at] for b in snapshot.blocks],
        "values": values,
    }  # fmt: skip
    if readings:
        document["others"] = [asdict(reading) for reading in readings.values()]
    if snapshot.problem:
        document["problem"] = snapshot.problem
    return document


def _read_from(column: Column, value: Any, where: Where, blocks: tuple[RawBlock, ...]) -> Reading:
    place, start, end = where
    return Reading(column[0], value, column[1], raw=blocks[place].data_hex[start:end], request=place)


def header_of(document: Mapping[str, Any]) -> WindowHeader:
    """Return the header that the first line of a file holds."""
    devices = tuple(
        WindowDevice(
            PlannedDevice(**{**entry["device"], **{key: tuple(entry["device"][key]) for key in TUPLES}}),
            entry["unit"], entry["profile_digest"], tuple(_column(raw) for raw in entry["columns"]),
        )
        for entry in document["devices"]
    )  # fmt: skip
    plain = {key: document[key] for key in ("interval_s", "samples", "started_at", "software", "plan")}
    return WindowHeader(devices=devices, **plain)


def _column(raw: list[Any]) -> Column:
    quantity, unit, unit_id, table, address, registers, alone = raw
    return str(quantity), str(unit), int(unit_id), str(table), int(address), int(registers), bool(alone)


def sample_of(document: Mapping[str, Any], entry: WindowDevice, places: Places) -> Sample:
    """Return the sample that a line holds."""
    missing, jitter_s = document.get("missing", ""), document["jitter_ms"] / 1000
    return Sample(
        document["sample"], document["tag"], document["due_at"], jitter_s, document["late"],
        None if missing else _snapshot(document, entry, places), missing, document.get("clock_step_s", 0.0),
    )  # fmt: skip


def _snapshot(document: Mapping[str, Any], entry: WindowDevice, places: Places) -> Snapshot:
    device = entry.device
    blocks = tuple(RawBlock(*raw) for raw in document["blocks"])
    kept = document.get("others", ())
    others = {raw["quantity"]: Reading(**{**raw, "value": _value(raw["value"])}) for raw in kept}
    readings: list[Reading] = []
    wheres = places.find(entry.columns, blocks)
    for column, value, where in zip(entry.columns, document["values"], wheres, strict=True):
        if column[0] in others:
            readings.append(others.pop(column[0]))
        elif where is not None and value is not None:
            readings.append(_read_from(column, _value(value), where, blocks))
    return Snapshot(
        device.tag, device.profile, entry.profile_digest, device.host, device.port, entry.unit,
        document["taken_at"], (*readings, *others.values()), blocks, document["requests"],
        document.get("problem"), document["planned"], device.link,
    )  # fmt: skip


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(str(name) for name in value)
    return float(value) if isinstance(value, int) else value

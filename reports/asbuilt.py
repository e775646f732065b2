"""What service needs later: every piece of equipment, where each device answers, what it said of itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from designs.model import (
    Circuit,
    CircuitStudy,
    LoadController,
    Meter,
    OneLine,
    PvInverter,
    Station,
    Storage,
)
from device_probe.model import Snapshot
from reports.model import HandoverPack
from reports.words import number


@dataclass(frozen=True, slots=True)
class Equipment:
    """One line of the equipment register."""

    tag: str
    kind: str
    title: str
    equipment: str
    rating: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True)
class Address:
    """One line of the Modbus address list."""

    tag: str
    title: str
    host: str
    port: int
    unit: int
    profile: str
    ct: str
    answered: str


@dataclass(frozen=True, slots=True)
class CircuitLine:
    """A circuit as built beside its study."""

    circuit: Circuit
    study: CircuitStudy | None
    device: str
    rcd: str
    cable: str
    note: int | None  # which of the rules below the table its Zs limit follows


@dataclass(frozen=True, slots=True)
class StudyTable:
    """Every circuit, and the rules their limits follow, numbered."""

    lines: tuple[CircuitLine, ...]
    rules: tuple[str, ...]


def study_table(pack: HandoverPack) -> StudyTable:
    """Return circuits beside their study."""
    found = {study.tag: study for study in pack.study.circuits}
    rules = list(dict.fromkeys(study.zs_rule for study in pack.study.circuits))
    lines = []
    for circuit in pack.site_design.one_line.circuits:
        study = found.get(circuit.tag)
        note = rules.index(study.zs_rule) + 1 if study else None
        lines.append(CircuitLine(circuit, study, _device(circuit), _rcd(circuit), _cable(circuit), note))
    return StudyTable(tuple(lines), tuple(rules))


def _device(circuit: Circuit) -> str:
    device = circuit.device
    kind = {"mcb": "MCB", "mccb": "MCCB", "acb": "ACB", "gg-fuse": "gG fuse"}[device.kind]
    return f"{kind} {device.characteristic}{number(device.rated_current_a)} A, {device.poles}P"


def _rcd(circuit: Circuit) -> str:
    rcd = circuit.rcd
    return (
        "–"
        if rcd is None
        else f"{rcd.type} {number(rcd.rated_residual_ma)} mA{' S' if rcd.selective else ''}"
    )


def _cable(circuit: Circuit) -> str:
    cable = circuit.cable
    runs = f"{cable.parallel} × " if cable.parallel > 1 else ""
    if cable.kind == "busbar":
        rated = f"busbar trunking {number(cable.iz_tabulated_a)} A {cable.conductor}"
        return f"{runs}{rated}, {number(cable.length_m)} m"
    size = f"{cable.cores} × {number(cable.area_mm2)} mm² {cable.conductor} {cable.insulation}"
    return f"{runs}{size}, {number(cable.length_m)} m, {cable.method}"


def equipment(pack: HandoverPack) -> tuple[Equipment, ...]:
    """Return the register in the order of the power flow."""
    said = _snapshots(pack)
    entered = _entered(pack)
    return tuple(
        Equipment(tag, kind, title, name, rating, _serial(tag, said, entered), _text(said, tag, _FIRMWARE))
        for tag, kind, title, name, rating in _nodes(pack.site_design.one_line)
    )


_Networked = Meter | Station | Storage | PvInverter | LoadController
_SERIAL = ("serial_number",)
_FIRMWARE = ("firmware_version", "firmware_major")


def _nodes(one_line: OneLine) -> Iterator[tuple[str, str, str, str, str]]:
    for unit in one_line.transformers:
        yield unit.tag, "Transformer", unit.title, unit.equipment, f"{number(unit.rated_power_kva)} kVA"
    for board in one_line.switchboards:
        rating = f"{number(board.rated_current_a)} A, {number(board.short_circuit_rating_ka)} kA"
        yield board.tag, "Switchboard", board.title, board.equipment, rating
        if board.spd:
            yield board.tag, "SPD", board.title, board.spd, "–"
    for circuit in one_line.circuits:
        if circuit.protected_by is None:
            yield circuit.tag, "Protective device", circuit.title, circuit.device.equipment, _device(circuit)
        # Cables stand in the table of the study; a busbar trunking is equipment that somebody maintains.
        if circuit.cable.kind == "busbar":
            yield circuit.tag, "Busbar trunking", circuit.title, circuit.cable.equipment, _cable(circuit)
        if circuit.rcd:
            yield circuit.tag, "RCD", circuit.title, circuit.rcd.equipment, _rcd(circuit)
    for meter in one_line.meters:
        ratio = _ct(meter.ct_primary_a, meter.ct_secondary_a)
        yield meter.tag, "Meter", meter.title, meter.equipment, f"{ratio}, {number(meter.accuracy_percent)} %"
    for station in one_line.stations:
        outlets = ", ".join(f"{number(c.power_kw)} kW {c.kind}" for c in station.connectors)
        yield station.tag, "Charging station", station.title, station.equipment, outlets
    yield from _further(one_line)


def _further(one_line: OneLine) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield storage, PV, other loads, and what controls and connects the site."""
    for store in one_line.storage:
        rating = f"{number(store.rated_power_kw)} kW, {number(store.capacity_kwh)} kWh"
        yield store.tag, "Battery storage", store.title, store.equipment, rating
    for inverter in one_line.pv:
        yield (
            inverter.tag,
            "PV inverter",
            inverter.title,
            inverter.equipment,
            f"{number(inverter.rated_power_kw)} kW",
        )
    for load in one_line.loads:
        yield load.tag, "Load", load.title, "–", "/".join(map(number, load.currents_a)) + " A"
    for stop in one_line.emergency_stops:
        yield stop.tag, "Emergency stop", stop.title, "–", f"opens {', '.join(stop.opens)}"
    for controller in one_line.controllers:
        limits = f"{number(controller.limit_a)} A per phase, else {number(controller.fallback_a)} A"
        rating = f"{controller.mode}, {limits}"
        yield controller.tag, "Load management", controller.title, controller.equipment, rating
    for device in one_line.network:
        yield device.tag, "Network", device.title, device.equipment, device.host


def _ct(primary: float | None, secondary: float | None) -> str:
    return "direct" if primary is None else f"CT {number(primary)}/{number(secondary)} A"


def _snapshots(pack: HandoverPack) -> dict[str, Snapshot]:
    """Return the last snapshot of each device."""
    return {snapshot.tag: snapshot for run in pack.probe_runs for snapshot in run.report.snapshots}


def _entered(pack: HandoverPack) -> dict[str, str]:
    """Return serial numbers that a person read off a nameplate, at each tag the first one asked for."""
    found: dict[str, str] = {}
    for record in pack.records:
        item, value = record.item, record.state.value
        if value is not None and (item.evidence == "serial" or "serial" in item.step):
            found.setdefault(item.tag, value.raw)
    return found


def _serial(tag: str, said: dict[str, Snapshot], entered: dict[str, str]) -> str:
    return entered.get(tag) or _text(said, tag, _SERIAL)


def _text(said: dict[str, Snapshot], tag: str, names: tuple[str, ...]) -> str:
    snapshot = said.get(tag)
    for reading in snapshot.readings if snapshot else ():
        if reading.quantity in names and reading.value is not None:
            return ", ".join(reading.value) if isinstance(reading.value, tuple) else number(reading.value)
    return ""


def addresses(pack: HandoverPack) -> tuple[Address, ...]:
    """Return where each device answers, as it was last read; as designed when it never was."""
    said = _snapshots(pack)
    one_line = pack.site_design.one_line
    found = []
    nodes: tuple[_Networked, ...] = (
        *one_line.meters, *one_line.stations, *one_line.storage, *one_line.pv, *one_line.controllers,
    )  # fmt: skip
    for node in nodes:
        snapshot, planned = said.get(node.tag), node.modbus
        where = snapshot or planned
        if where is None:
            continue
        ratio = _ct(node.ct_primary_a, node.ct_secondary_a) if isinstance(node, Meter) else "direct"
        profile = snapshot.profile if snapshot else node.profile or ""
        answered = "" if snapshot is None else snapshot.problem or snapshot.taken_at
        found.append(
            Address(node.tag, node.title, where.host, where.port, where.unit, profile, ratio, answered)
        )
    return tuple(found)


def parameters(pack: HandoverPack) -> tuple[tuple[str, str], ...]:
    """Return the site's parameters in words; the tables above already show what was given per circuit."""
    values = pack.site_design.parameters.values
    return tuple((name.replace("_", " "), _parameter(value)) for name, value in sorted(values.items()))


def _parameter(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float, str)):
        return number(value)
    count = len(value) if isinstance(value, (Mapping, Sequence)) else 0
    return f"given one by one for {count}: see the attached data" if count else "–"

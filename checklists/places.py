"""The places of a one-line diagram where work is done, each with the plain values its steps may read."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from checklists.place_clauses import CLAUSES
from checklists.place_plan import Plan
from checklists.place_texts import (
    connection_text,
    device_text,
    firmware_text,
    laid_text,
    rcd_text,
    reserved_text,
    spares_text,
    station_values,
)
from checklists.template_model import Over
from designs.equipment_list import EquipmentList, load_equipment
from designs.model import (
    Circuit,
    Connector,
    EmergencyStop,
    LoadController,
    Meter,
    NetworkDevice,
    OneLine,
    PvInverter,
    SiteDesign,
    Station,
    Storage,
    Study,
    Switchboard,
    Transformer,
)
from designs.topology import Topology

#: IEC 60038: 230/400 V; the nominal voltage to earth is 230 V there, not 400/√3 = 230.94 V.
STANDARD_VOLTAGE_V, STANDARD_U0_V = 400.0, 230.0
#: Above this only persons authorised for medium voltage work; the steps of low voltage end there.
LOW_VOLTAGE_V = 1000.0


@dataclass(frozen=True, slots=True)
class Place:
    """A node or circuit with the values for its expressions and the tags near it, nearest first."""

    tag: str
    values: dict[str, Any]
    near: tuple[tuple[str, ...], ...]


def places(
    site_design: SiteDesign, study: Study, equipment: EquipmentList | None = None
) -> dict[Over, tuple[Place, ...]]:
    """Return every place of a site by kind, in the order of the one-line diagram."""
    return _Survey(site_design, study, load_equipment() if equipment is None else equipment).all()


class _Survey:
    """One walk over a one-line diagram; everything that is asked often is looked up once."""

    def __init__(self, site_design: SiteDesign, study: Study, equipment: EquipmentList) -> None:
        self.line: OneLine = site_design.one_line
        self.equipment = equipment
        self.topology = Topology(self.line)
        self.study = study
        self.feeder = {circuit.target: circuit for circuit in self.line.circuits}
        self.converters = {each.tag for each in self.line.storage} | {each.tag for each in self.line.pv}
        self.stations = {station.tag: station for station in self.line.stations}
        self.boards = {board.tag: board for board in self.line.switchboards}
        self.circuit_studies = {each.tag: asdict(each) for each in study.circuits}
        self.board_studies = {each.tag: asdict(each) for each in study.boards}
        self.plan = Plan(site_design.layout, equipment)
        self.site = self.line.supply.tag
        self.circuits = {circuit.tag: self._circuit_values(circuit) for circuit in self.line.circuits}
        self.common = self._common(site_design)

    def all(self) -> dict[Over, tuple[Place, ...]]:
        """Return the places by kind."""
        return {
            "site": (self._site(),),
            "board": tuple(self._board(board) for board in self.line.switchboards),
            "circuit": tuple(self._circuit(circuit) for circuit in self.line.circuits),
            "station": tuple(self._station(station) for station in self.line.stations),
            "connector": tuple(
                self._connector(station, outlet)
                for station in self.line.stations
                for outlet in station.connectors
            ),
            "meter": tuple(self._meter(meter) for meter in self.line.meters),
            "transformer": tuple(self._transformer(each) for each in self.line.transformers),
            "source": (
                *(self._source(each) for each in self.line.storage),
                *(self._source(each) for each in self.line.pv),
            ),
            "emergency-stop": tuple(self._stop(each) for each in self.line.emergency_stops),
            "controller": tuple(self._controller(each) for each in self.line.controllers),
            "network": tuple(self._network(each) for each in self.line.network),
        }

    def _common(self, site_design: SiteDesign) -> dict[str, Any]:
        parameters = site_design.parameters
        supply = asdict(self.line.supply)
        board = next(iter(self.boards), self.line.supply.tag)
        voltage = self.topology.voltage_v(board)
        supply["u0_v"] = STANDARD_U0_V if voltage == STANDARD_VOLTAGE_V else voltage / sqrt(3)
        supply["lv_voltage_v"] = voltage
        supply["reserved_text"] = reserved_text(self.line.supply)
        point = self.study.connection_point
        ratio = self.line.supply.voltage_v / voltage  # 1 where the network operator supplies low voltage
        return {
            "site": {
                "name": parameters.name,
                "address": parameters.address,
                "country": parameters.country,
                "stations": len(self.line.stations),
                "connectors": sum(len(station.connectors) for station in self.line.stations),
                "stops": len(self.line.emergency_stops),
                "segment": site_design.design.segment,
                "revision_text": f"{site_design.design.id} revision {site_design.design.revision}",
                "ac_stations": sum(each.current == "AC" for each in self.line.stations),
                "dc_stations": sum(each.current == "DC" for each in self.line.stations),
                "transformers": len(self.line.transformers),
                "boards": len(self.line.switchboards),
                "meters": len(self.line.meters),
                "networked_meters": sum(each.modbus is not None for each in self.line.meters),
                "storage": len(self.line.storage),
                "pv": len(self.line.pv),
                "controllers": len(self.line.controllers),
                "networks": len(self.line.network),
                "spd": any(each.spd for each in self.line.switchboards),
                "spares_text": spares_text(site_design, self.equipment),
                "limit_a": (point.import_limit_a - self.line.supply.reserved_a) * ratio,
                "import_kva": sqrt(3) * supply["voltage_v"] * supply["import_limit_a"] / 1000,
                "full_demand_a": point.demand_full_a * ratio,
                "open_pen_stations": sum(each.open_pen_protection for each in self.line.stations),
            }
            | self.plan.site_values(),
            "design": asdict(site_design.design),
            "parameters": dict(parameters.values),
            "supply": supply,
            "connection_point": asdict(self.study.connection_point),
            "rule_set": self.line.rule_set,
            "rule_set_text": self.study.rule_set,
            "clauses": dict(CLAUSES[self.line.rule_set]),
        }

    def _circuit_values(self, circuit: Circuit) -> dict[str, Any]:
        station = self.stations.get(circuit.target)
        rcds = [step.rcd.rated_residual_ma for step in self.topology.path(circuit.target) if step.rcd]
        return asdict(circuit) | {
            "feeds_station": station is not None,
            "feeds_board": circuit.target in self.boards,
            "feeds_source": circuit.target in self.converters,
            "source_spd": self.boards[circuit.source].spd if circuit.source in self.boards else None,
            "source_zs_ohm": self._source_zs(circuit),
            "rcd_types_above": [step.rcd.type for step in self.topology.path(circuit.source) if step.rcd],
            "rcd_text": rcd_text(circuit),
            "device_text": device_text(circuit),
            "laid_text": laid_text(circuit),
            "residual_ma": min(rcds, default=None),
            "conductors": "L1-L2-L3-N-PE" if circuit.phases == 3 else "L-N-PE",
            "low_voltage": self._low_voltage(circuit.source),
        }

    def _source_zs(self, circuit: Circuit) -> float | None:
        """The cold fault loop at the feeding node: no reading further down can be lower."""
        feeder = self.feeder.get(circuit.source)
        if feeder is None:
            return self.line.supply.ze_ohm if circuit.source == self.line.supply.tag else None
        study = self.circuit_studies.get(feeder.tag)
        return study["zs_expected_cold_ohm"] if study else None

    def _equipment(self, key: str) -> dict[str, Any]:
        """What the equipment list says of a device, with texts where steps would need a loop."""
        item = self.equipment.items.get(key)
        if item is None:
            return {"title": key, "maker": "", "model": "", "firmware_text": "", "tests": [], "known": False}
        return {
            "title": item.title,
            "maker": item.maker or "",
            "model": item.model or "",
            "firmware_text": firmware_text(item.firmware),
            "tests": list(item.tests),
            "known": True,
        }

    def _fed_by(self, tag: str) -> dict[str, Any]:
        """The circuit that feeds a node, and its study, under the names that steps use."""
        circuit = self.feeder.get(tag)
        if circuit is None:
            return {"circuit": None, "circuit_study": None}
        return {"circuit": self.circuits[circuit.tag], "circuit_study": self.circuit_studies.get(circuit.tag)}

    def _feeder_tags(self, tag: str) -> tuple[str, ...]:
        return (self.feeder[tag].tag,) if tag in self.feeder else ()

    def _boards_above(self, tag: str) -> tuple[str, ...]:
        """The switchboards on the way to a node, nearest first."""
        return tuple(each for each in reversed(self.topology.way(tag)[:-1]) if each in self.boards)

    def _site(self) -> Place:
        line = self.line
        near = (
            (self.site,),
            tuple(self.boards),
            tuple(self.circuits),
            tuple(self.stations),
            tuple(outlet.tag for station in line.stations for outlet in station.connectors),
            tuple(meter.tag for meter in line.meters),
            tuple(each.tag for each in line.transformers),
            tuple(self._sources()),
            tuple(each.tag for each in line.emergency_stops),
            tuple(each.tag for each in line.controllers),
            tuple(each.tag for each in line.network),
        )
        return Place(self.site, self.common, near)

    def _board(self, board: Switchboard) -> Place:
        circuits = [each for each in self.line.circuits if board.tag in (each.source, each.target)]
        out = [each for each in circuits if each.source == board.tag]
        ratings = [each.device.breaking_capacity_ka for each in out] + [board.short_circuit_rating_ka]
        more = {
            "least_rating_ka": min(ratings),
            "outgoing": len(out),
            "circuits_text": ", ".join(each.tag for each in out),
            "meters_text": ", ".join(each.tag for each in self.line.meters if each.board == board.tag),
            "low_voltage": self._low_voltage(board.tag),
        }
        values = {
            "board": asdict(board) | more | self.plan.at(board.tag),
            "board_study": self.board_studies.get(board.tag),
        }
        near = ((board.tag,), *self._near_board(board, circuits), (self.site,))
        return Place(board.tag, self.common | self._fed_by(board.tag) | values, near)

    def _near_board(self, board: Switchboard, circuits: list[Circuit]) -> tuple[tuple[str, ...], ...]:
        """What is energised with a board: its circuits, and what they feed, measure, control and open."""
        tags = {each.tag for each in circuits}
        fed = {each.target for each in circuits if each.source == board.tag}
        line = self.line
        return (
            tuple(each.tag for each in circuits),
            tuple(each.tag for each in line.stations if each.tag in fed),
            tuple(each for each in self._sources() if each in fed),
            tuple(each.tag for each in line.meters if each.board == board.tag),
            tuple(each.tag for each in line.controllers if each.board == board.tag),
            tuple(each.tag for each in line.emergency_stops if tags.intersection(each.opens)),
            tuple(each.tag for each in line.transformers if each.tag in self.topology.way(board.tag)),
        )

    def _sources(self) -> Iterator[str]:
        """Everything besides the supply that can feed the site."""
        yield from (each.tag for each in self.line.storage)
        yield from (each.tag for each in self.line.pv)

    def _low_voltage(self, tag: str) -> bool:
        return self.topology.voltage_v(tag) <= LOW_VOLTAGE_V

    def _circuit(self, circuit: Circuit) -> Place:
        values = {
            "circuit": self.circuits[circuit.tag],
            "circuit_study": self.circuit_studies.get(circuit.tag),
        }
        above = self._boards_above(circuit.target)
        own_board = (circuit.target,) if circuit.target in self.boards else ()
        ends = (*above[:1], *own_board)  # between two boards, both must be isolated, or allowed to be live
        farther = ((board,) for board in above[1:])
        near = ((circuit.tag,), ends, *farther, (circuit.target,), (self.site,))
        return Place(circuit.tag, self.common | values, near)

    def _station(self, station: Station) -> Place:
        values = {
            "station": station_values(station) | self.plan.at(station.tag),
            "equipment": self._equipment(station.equipment),
        }
        outlets = tuple(outlet.tag for outlet in station.connectors)
        boards = ((board,) for board in self._boards_above(station.tag))
        near = ((station.tag,), self._feeder_tags(station.tag), outlets, *boards, (self.site,))
        return Place(station.tag, self.common | self._fed_by(station.tag) | values, near)

    def _connector(self, station: Station, outlet: Connector) -> Place:
        values = {
            "station": station_values(station),
            "equipment": self._equipment(station.equipment),
            "connector": asdict(outlet) | {"has_socket": outlet.kind.endswith("socket")},
        }
        boards = ((board,) for board in self._boards_above(station.tag))
        near = ((outlet.tag,), (station.tag,), self._feeder_tags(station.tag), *boards, (self.site,))
        return Place(outlet.tag, self.common | self._fed_by(station.tag) | values, near)

    def _meter(self, meter: Meter) -> Place:
        children = [each.tag for each in self.line.meters if each.parent == meter.tag]
        values = {
            "meter": asdict(meter)
            | {
                "children": len(children),
                "children_text": ", ".join(children),
                "measures_text": ", ".join(meter.measures),
                "connection_text": connection_text(meter),
                "main": meter.parent is None,
                "networked": meter.modbus is not None,
            }
        }
        near = ((meter.tag,), (meter.board,), meter.measures, (self.site,))
        return Place(meter.tag, self.common | values, near)

    def _transformer(self, transformer: Transformer) -> Place:
        """A transformer; what must pass first is asked for at the boards that it feeds."""
        near = ((transformer.tag,), self.topology.children(transformer.tag), (self.site,))
        values = {"transformer": asdict(transformer) | self.plan.at(transformer.tag)}
        return Place(transformer.tag, self.common | values, near)

    def _source(self, source: Storage | PvInverter) -> Place:
        """A battery storage or a PV inverter: what feeds back into the site."""
        kind = "battery storage" if isinstance(source, Storage) else "PV inverter"
        values = {
            "source": asdict(source) | {"kind": kind, "networked": source.modbus is not None},
            "equipment": self._equipment(source.equipment),
        }
        boards = ((board,) for board in self._boards_above(source.tag))
        near = ((source.tag,), self._feeder_tags(source.tag), *boards, (self.site,))
        return Place(source.tag, self.common | self._fed_by(source.tag) | values, near)

    def _stop(self, stop: EmergencyStop) -> Place:
        values = {"stop": asdict(stop) | {"opens_text": ", ".join(stop.opens)}}
        return Place(stop.tag, self.common | values, ((stop.tag,), tuple(self.boards), (self.site,)))

    def _controller(self, controller: LoadController) -> Place:
        networked = controller.modbus is not None
        values = {
            "controller": asdict(controller) | {"networked": networked, "count": len(controller.controls)}
        }
        return Place(
            controller.tag, self.common | values, ((controller.tag,), (controller.board,), (self.site,))
        )

    def _network(self, device: NetworkDevice) -> Place:
        values = {"network": asdict(device) | {"connects_text": ", ".join(device.connects)}}
        return Place(device.tag, self.common | values, ((device.tag,), (self.site,)))

"""The places of a one-line diagram where work is done, each with the plain values its steps may read."""

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from checklists.template_schema import Over
from designs.model import Circuit, Connector, Meter, OneLine, SiteDesign, Station, Study, Switchboard

#: IEC 60038: 230/400 V; the nominal voltage to earth is 230 V there, not 400/√3 = 230.94 V.
STANDARD_VOLTAGE_V, STANDARD_U0_V = 400.0, 230.0


@dataclass(frozen=True, slots=True)
class Place:
    """A node or circuit with the values for its expressions and the tags near it, nearest first."""

    tag: str
    values: dict[str, Any]
    near: tuple[tuple[str, ...], ...]


def places(site_design: SiteDesign, study: Study) -> dict[Over, tuple[Place, ...]]:
    """Return every place of a site by kind, in the order of the one-line diagram."""
    return _Survey(site_design, study).all()


class _Survey:
    """One walk over a one-line diagram; everything that is asked often is looked up once."""

    def __init__(self, site_design: SiteDesign, study: Study) -> None:
        self.line: OneLine = site_design.one_line
        self.study = study
        self.feeder = {circuit.target: circuit for circuit in self.line.circuits}
        self.stations = {station.tag: station for station in self.line.stations}
        self.boards = {board.tag: board for board in self.line.switchboards}
        self.circuit_studies = {each.tag: asdict(each) for each in study.circuits}
        self.board_studies = {each.tag: asdict(each) for each in study.boards}
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
        }

    def _common(self, site_design: SiteDesign) -> dict[str, Any]:
        parameters = site_design.parameters
        supply = asdict(self.line.supply)
        standard = supply["voltage_v"] == STANDARD_VOLTAGE_V
        supply["u0_v"] = STANDARD_U0_V if standard else supply["voltage_v"] / sqrt(3)
        return {
            "site": {
                "name": parameters.name,
                "address": parameters.address,
                "country": parameters.country,
                "stations": len(self.line.stations),
                "connectors": sum(len(station.connectors) for station in self.line.stations),
            },
            "design": asdict(site_design.design),
            "supply": supply,
            "connection_point": asdict(self.study.connection_point),
            "rule_set": self.study.rule_set,
        }

    def _circuit_values(self, circuit: Circuit) -> dict[str, Any]:
        station = self.stations.get(circuit.target)
        rcds = [step.rcd.rated_residual_ma for step in self.line.path_to(circuit.target) if step.rcd]
        return asdict(circuit) | {
            "feeds_station": station is not None,
            "rcd_text": _rcd_text(circuit),
            "device_text": _device_text(circuit),
            "residual_ma": min(rcds, default=None),
            "conductors": "L1-L2-L3-N-PE" if circuit.phases == 3 else "L-N-PE",
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
        path = reversed(self.line.path_to(tag))
        return tuple(circuit.source for circuit in path if circuit.source in self.boards)

    def _site(self) -> Place:
        line = self.line
        near = (
            (self.site,),
            tuple(self.boards),
            tuple(self.circuits),
            tuple(self.stations),
            tuple(outlet.tag for station in line.stations for outlet in station.connectors),
            tuple(meter.tag for meter in line.meters),
        )
        return Place(self.site, self.common, near)

    def _board(self, board: Switchboard) -> Place:
        circuits = [each for each in self.line.circuits if board.tag in (each.source, each.target)]
        out = [each for each in circuits if each.source == board.tag]
        ratings = [each.device.breaking_capacity_ka for each in out] + [board.short_circuit_rating_ka]
        values = {
            "board": asdict(board) | {"least_rating_ka": min(ratings), "outgoing": len(out)},
            "board_study": self.board_studies.get(board.tag),
        }
        stations = tuple(each.target for each in out if each.target in self.stations)
        near = ((board.tag,), tuple(each.tag for each in circuits), stations, (self.site,))
        return Place(board.tag, self.common | self._fed_by(board.tag) | values, near)

    def _circuit(self, circuit: Circuit) -> Place:
        values = {
            "circuit": self.circuits[circuit.tag],
            "circuit_study": self.circuit_studies.get(circuit.tag),
        }
        own_board = (circuit.target,) if circuit.target in self.boards else ()
        boards = (*self._boards_above(circuit.target), *own_board)
        near = ((circuit.tag,), *((board,) for board in boards), (circuit.target,), (self.site,))
        return Place(circuit.tag, self.common | values, near)

    def _station(self, station: Station) -> Place:
        values = {"station": _station_values(station)}
        outlets = tuple(outlet.tag for outlet in station.connectors)
        boards = ((board,) for board in self._boards_above(station.tag))
        near = ((station.tag,), self._feeder_tags(station.tag), outlets, *boards, (self.site,))
        return Place(station.tag, self.common | self._fed_by(station.tag) | values, near)

    def _connector(self, station: Station, outlet: Connector) -> Place:
        values = {
            "station": _station_values(station),
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
                "connection_text": _connection_text(meter),
                "main": meter.parent is None,
                "networked": meter.modbus is not None,
            }
        }
        near = ((meter.tag,), (meter.board,), meter.measures, (self.site,))
        return Place(meter.tag, self.common | values, near)


def _rcd_text(circuit: Circuit) -> str:
    rcd = circuit.rcd
    return f"RCD type {rcd.type} {rcd.rated_residual_ma:g} mA" if rcd else "no RCD in this circuit"


def _device_text(circuit: Circuit) -> str:
    """Say what must stand on the device; the loop limit only holds with Ii no higher than designed."""
    said = circuit.device.setting_text
    return f"set to {said} and no higher" if circuit.device.kind == "mccb" else said


def _connection_text(meter: Meter) -> str:
    if meter.ct_primary_a is None or meter.ct_secondary_a is None:
        return "directly connected"
    ratio = f"{meter.ct_primary_a:g}/{meter.ct_secondary_a:g} A"
    return f"current transformers {ratio}, each on its own phase with P1 towards the supply"


def _station_values(station: Station) -> dict[str, Any]:
    """A station's values; ``networked`` saves steps from asking for an address that may be missing."""
    return asdict(station) | {"networked": station.modbus is not None}

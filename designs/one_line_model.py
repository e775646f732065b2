"""The values of a one-line diagram: nodes, circuits and what stands on them.

Frozen; units stand in the names. A *node* is a supply, transformer, switchboard, station, load, storage or PV
inverter. Circuits join nodes; a transformer joins its ``source`` (the supply, at medium voltage) to its own
low-voltage terminals, which bear its tag.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Earthing = Literal["TN-S", "TN-C-S", "TT"]
#: IEC 60364 / HD 60364; BS 7671 (United Kingdom); NEC (North America: this software has no data for it).
RuleSetId = Literal["iec", "bs7671", "nec"]
DeviceKind = Literal["mcb", "mccb", "acb", "gg-fuse"]
#: Where a length comes from: measured on site, the layout plan's routes, or written in the design.
LengthSource = Literal["surveyed", "layout", "design"]
#: Currents or voltages of L1, L2 and L3 of the supply.
Phases = tuple[float, float, float]

#: Tolerance of the instantaneous setting of a circuit-breaker: it may trip at 0.8 to 1.2 Ii (IEC 60947-2).
MCCB_TOLERANCE = 1.2


@dataclass(frozen=True, slots=True)
class ModbusAddress:
    """Where a device answers. ``port`` is of TCP, ``unit`` the Modbus unit id (pymodbus: ``device_id``)."""

    host: str
    port: int
    unit: int


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Harmonic currents of an equipment at rated current, with where the figures come from."""

    source: str  # the document, with page or table
    kind: Literal["type-test", "data-sheet", "measured"]
    percent: Mapping[str, float]  # order as text ("5") -> percent of the rated input current


@dataclass(frozen=True, slots=True)
class Supply:
    """The origin of the installation as the network operator declares it; figures at ``voltage_v``."""

    tag: str
    title: str
    voltage_v: float  # nominal line-to-line; above 1000 the site has its own transformer
    frequency_hz: float
    earthing: Earthing  # of the low-voltage installation
    ik_max_ka: float  # prospective three-phase short-circuit current at the origin
    r_over_x: float  # of the source impedance behind ik_max_ka
    ze_ohm: float | None  # external loop impedance (TN), electrode RA (TT); None: own transformer, TN
    import_limit_a: float  # per phase at voltage_v, the capacity agreed with the network operator
    own_transformer: bool = False  # 8 % voltage drop guidance instead of 5 %
    ik_min_ka: float | None = None  # lowest three-phase current declared; None: ik_max_ka scaled by cmin/cmax
    reserved_a: float = 0.0  # part of import_limit_a kept free for others or for a later extension, per phase
    #: The network operator's own limits of harmonic voltages: order as text ("5") -> % of the fundamental.
    harmonic_limits: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Transformer:
    """An own MV/LV transformer between ``source`` and the low-voltage terminals that bear its tag."""

    tag: str
    title: str
    equipment: str
    rated_power_kva: float
    rated_voltage_v: float  # nameplate secondary voltage, e.g. 400, 410 or 420
    uk_percent: float
    copper_loss_kw: float
    source: str = ""
    rated_primary_v: float = 20000.0
    nominal_voltage_v: float = 400.0  # of the low-voltage system behind it
    vector_group: str = "Dyn5"
    x0_over_x1: float = 0.95
    r0_over_r1: float = 1.0


@dataclass(frozen=True, slots=True)
class Switchboard:
    """A low-voltage switchboard (IEC 61439); a tap-off unit of a busbar riser is one too."""

    tag: str
    title: str
    equipment: str
    rated_current_a: float
    short_circuit_rating_ka: float  # Icw or Icc of the assembly
    spd: str | None = None  # equipment id of the surge protective device
    kind: Literal["main", "distribution", "tap-off", "pillar"] = "main"


@dataclass(frozen=True, slots=True)
class Connector:
    """One outlet of a charging station (IEC 61851): ``CH03.1``."""

    tag: str
    kind: str  # "type2-socket", "type2-cable", "ccs2" ...
    rated_current_a: float
    phases: int
    power_kw: float


@dataclass(frozen=True, slots=True)
class Station:
    """A charging station (cabinet) with its connectors."""

    tag: str
    title: str
    equipment: str
    profile: str | None  # device_probe profile id
    connectors: tuple[Connector, ...]
    dc_fault_protection: str  # "rdc-dd" built in, "rcd-b" upstream, "isolated" DC output, "none"
    phase_rotation: str  # which supply phases land on the station's L1 L2 L3, e.g. "L1L2L3"
    group: int
    modbus: ModbusAddress | None = None
    rated_input_a: float = 32.0  # per phase, what the feeding circuit must carry
    phases: int = 3
    point_rcd: str | None = None  # type of a 30 mA RCD built in per connecting point
    current: Literal["AC", "DC"] = "AC"  # of the outlets
    power_factor: float = 1.0
    minimum_a: float = 6.0  # per phase: below this it pauses (IEC 61851-1)
    third_harmonic_percent: float | None = None  # of the line current; None: unknown
    spectrum: Spectrum | None = None
    open_pen_protection: bool = False  # built in, BS 7671 722.411.4.1 (c) to (e)


@dataclass(frozen=True, slots=True)
class Load:
    """Another consumer behind the same connection point: a building, lighting, auxiliaries. Never managed."""

    tag: str
    title: str
    kind: Literal["building", "lighting", "auxiliary"]
    currents_a: Phases  # highest simultaneous current of L1, L2, L3
    power_factor: float = 0.95


@dataclass(frozen=True, slots=True)
class Storage:
    """A battery storage with its converter."""

    tag: str
    title: str
    equipment: str
    profile: str | None
    rated_power_kw: float
    rated_current_a: float  # per phase, charging or discharging
    capacity_kwh: float
    short_circuit_factor: float = 1.2  # contribution to Ik as a multiple of rated_current_a
    modbus: ModbusAddress | None = None
    spectrum: Spectrum | None = None


@dataclass(frozen=True, slots=True)
class PvInverter:
    """A photovoltaic inverter. Its infeed is never counted on to lower the demand."""

    tag: str
    title: str
    equipment: str
    profile: str | None
    rated_power_kw: float
    rated_current_a: float  # per phase
    short_circuit_factor: float = 1.2
    modbus: ModbusAddress | None = None
    spectrum: Spectrum | None = None


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter, the circuits whose currents its transformers see, and its parent along the one-line."""

    tag: str
    title: str
    equipment: str
    profile: str | None
    board: str
    parent: str | None
    measures: tuple[str, ...]  # circuit tags
    ct_primary_a: float | None  # None: direct connected
    ct_secondary_a: float | None
    accuracy_percent: float  # meter and current transformers together, root of the sum of squares
    modbus: ModbusAddress | None = None
    max_current_a: float | None = None  # per phase: CT primary, or the rating of a directly connected meter


@dataclass(frozen=True, slots=True)
class LetThrough:
    """A point of a maker's let-through curve: energy let through at a prospective current."""

    ik_ka: float
    i2t_a2s: float


@dataclass(frozen=True, slots=True)
class ProtectiveDevice:
    """MCB, MCCB, air circuit-breaker or fuse of a circuit."""

    equipment: str
    kind: DeviceKind
    characteristic: str  # "B", "C", "D" for an MCB, "" otherwise
    rated_current_a: float  # In, for an MCCB or ACB the set Ir
    breaking_capacity_ka: float  # Icn (IEC 60898-1) or Icu (IEC 60947-2)
    poles: int
    instantaneous_a: float  # Ia: current that trips it within the required time (upper band edge)
    i2t_a2s: float | None = None  # maker's let-through energy at any current, when known
    instantaneous_low_a: float | None = None  # lower band edge: below it, it surely does not trip at once
    short_time_a: float | None = None  # Isd of an ACB with short-time delay, upper band edge
    short_time_s: float | None = None  # its delay; the board must withstand Icw that long
    operating_04s_a: float | None = None  # a fuse: the current that melts it within 0.4 s
    let_through: tuple[LetThrough, ...] = ()
    let_through_source: str = ""

    @property
    def setting_text(self) -> str:
        """Return what stands on the device: its rating, or the settings of an adjustable one."""
        if self.kind not in ("mccb", "acb"):
            return f"In {self.rated_current_a:g} A"
        said = f"Ir {self.rated_current_a:g} A, Ii {round(self.instantaneous_a / MCCB_TOLERANCE, 1):g} A"
        if self.short_time_a is None or self.short_time_s is None:
            return said
        return f"{said}, Isd {round(self.short_time_a / MCCB_TOLERANCE, 1):g} A {self.short_time_s:g} s"


@dataclass(frozen=True, slots=True)
class ResidualCurrentDevice:
    """RCD of a circuit (IEC 61008, 61009, 62423)."""

    equipment: str
    type: Literal["A", "F", "B"]
    rated_residual_ma: float
    selective: bool = False
    rated_current_a: float | None = None


@dataclass(frozen=True, slots=True)
class Cable:
    """A cable or busbar trunking as laid; resistances at 20 °C, Iz uncorrected (IEC 60364-5-52)."""

    equipment: str
    conductor: Literal["Cu", "Al"]
    insulation: Literal["PVC", "XLPE"]
    cores: int  # 3: single-phase, 4 or 5: three-phase
    area_mm2: float
    pe_area_mm2: float
    length_m: float
    method: str  # installation method, "C", "D1", "E" ...
    grouped_circuits: int
    ambient_c: float
    r20_ohm_per_km: float
    x_ohm_per_km: float
    pe_r20_ohm_per_km: float
    iz_tabulated_a: float
    parallel: int = 1
    kind: Literal["cable", "busbar"] = "cable"
    neutral_area_mm2: float | None = None  # None: as the line conductors
    neutral_r20_ohm_per_km: float | None = None  # None: as the line conductors
    spacing: Literal["touching", "0.25 m"] = "touching"  # of circuits laid together in the ground
    soil_km_per_w: float = 2.5  # thermal resistivity of the soil, K·m/W; 2.5 is the base of the tables
    length_source: LengthSource = "design"
    short_circuit_rating_ka: float | None = None  # busbar trunking: Icw for 1 s


@dataclass(frozen=True, slots=True)
class Circuit:
    """A circuit from one node to another with its protection and its cable."""

    tag: str
    title: str
    source: str  # tag of the feeding node
    target: str  # tag of the fed node
    phases: int
    design_current_a: float  # Ib: the largest phase current, within what load management allows
    device: ProtectiveDevice
    rcd: ResidualCurrentDevice | None
    cable: Cable
    managed_to_a: float | None = None  # per phase, what load management keeps this circuit within
    protected_by: str | None = None  # no device of its own: ``device`` is that of this circuit upstream


@dataclass(frozen=True, slots=True)
class EmergencyStop:
    """A push-button for the public or the staff and the circuits that it opens (EN ISO 13850)."""

    tag: str
    title: str
    opens: tuple[str, ...]  # circuit tags


@dataclass(frozen=True, slots=True)
class LoadController:
    """A load-management controller: reads a meter and keeps circuits within a limit."""

    tag: str
    title: str
    equipment: str
    profile: str | None
    board: str
    meter: str | None  # tag of the meter that it reads; None: a fixed limit
    controls: tuple[str, ...]  # tags of stations and storage
    limit_a: float  # per phase, at the voltage of the circuits that it manages
    fallback_a: float  # per station and phase, when communication is lost
    mode: Literal["static", "dynamic", "scheduled"]
    modbus: ModbusAddress | None = None


@dataclass(frozen=True, slots=True)
class NetworkDevice:
    """A router, switch or gateway of the site network."""

    tag: str
    title: str
    equipment: str
    host: str
    connects: tuple[str, ...]  # tags of the devices behind it


@dataclass(frozen=True, slots=True)
class OneLine:
    """The one-line diagram: nodes and the circuits between them, every one with a unique tag."""

    supply: Supply
    transformers: tuple[Transformer, ...]
    switchboards: tuple[Switchboard, ...]
    stations: tuple[Station, ...]
    meters: tuple[Meter, ...]
    circuits: tuple[Circuit, ...]
    loads: tuple[Load, ...] = ()
    storage: tuple[Storage, ...] = ()
    pv: tuple[PvInverter, ...] = ()
    emergency_stops: tuple[EmergencyStop, ...] = ()
    controllers: tuple[LoadController, ...] = ()
    network: tuple[NetworkDevice, ...] = ()
    rule_set: RuleSetId = "iec"

    def circuit(self, tag: str) -> Circuit:
        """Return the circuit with this tag; KeyError when there is none."""
        for circuit in self.circuits:
            if circuit.tag == tag:
                return circuit
        raise KeyError(tag)

    def circuit_to(self, node: str) -> Circuit | None:
        """Return the circuit that feeds a node, None at the supply and at a transformer."""
        return next((circuit for circuit in self.circuits if circuit.target == node), None)

    def path_to(self, node: str) -> tuple[Circuit, ...]:
        """Return the circuits from the supply (or the transformer) to a node, in order."""
        path: list[Circuit] = []
        while circuit := self.circuit_to(node):
            path.insert(0, circuit)
            node = circuit.source
        return tuple(path)

    def nodes(self) -> Iterator[str]:
        """Yield the tag of every node, the supply first."""
        yield self.supply.tag
        for group in (
            self.transformers, self.switchboards, self.stations, self.loads, self.storage, self.pv,
        ):  # fmt: skip
            yield from (node.tag for node in group)

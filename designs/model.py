"""The values of this room: a one-line diagram, a site design and its study. Frozen; units stand in the names.

Tags follow IEC 81346 in spirit and this grammar (docs/contracts/README.md): upper-case letters and digits,
parts joined by ``-``, an optional ``.n`` for a connector: ``MSB``, ``F03``, ``PM1``, ``CH03``, ``CH03.1``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Earthing = Literal["TN-S", "TN-C-S", "TT"]
Severity = Literal["error", "warning", "info"]

#: Tolerance of the instantaneous setting of an MCCB: it may trip at up to 1.2 Ii only (IEC 60947-2).
MCCB_TOLERANCE = 1.2


@dataclass(frozen=True, slots=True)
class Figure:
    """One named figure of a finding, e.g. ``Figure("zs_expected", 1.42, "Ω")``."""

    name: str
    value: float | str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong or doubtful at one tag, with the figure, the limit, the clause and the remedy.

    The shape is shared with ``device_probe`` through docs/contracts/finding.schema.json.
    """

    code: str
    severity: Severity
    tag: str
    sentence: str
    figures: tuple[Figure, ...] = ()
    limit: Figure | None = None
    clause: str = ""
    remedy: str = ""
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class ModbusAddress:
    """Where a device answers. ``port`` is of TCP, ``unit`` the Modbus unit id (pymodbus: ``device_id``)."""

    host: str
    port: int
    unit: int


@dataclass(frozen=True, slots=True)
class Supply:
    """The origin of the installation as the network operator declares it."""

    tag: str
    title: str
    voltage_v: float  # nominal line-to-line
    frequency_hz: float
    earthing: Earthing
    ik_max_ka: float  # prospective three-phase short-circuit current at the origin
    r_over_x: float  # of the source impedance behind ik_max_ka
    ze_ohm: float  # external earth-fault loop impedance (TN); with TT the electrode resistance RA
    import_limit_a: float  # per phase, agreed with the network operator
    own_transformer: bool = (
        False  # the site has its own MV/LV transformer: 8 % voltage drop guidance instead of 5 %
    )


@dataclass(frozen=True, slots=True)
class Transformer:
    """An own MV/LV transformer; ``rated_voltage_v`` is the nameplate secondary voltage."""

    tag: str
    title: str
    equipment: str
    rated_power_kva: float
    rated_voltage_v: float
    uk_percent: float
    copper_loss_kw: float


@dataclass(frozen=True, slots=True)
class Switchboard:
    """A low-voltage switchboard (IEC 61439)."""

    tag: str
    title: str
    equipment: str
    rated_current_a: float
    short_circuit_rating_ka: float  # Icw or Icc of the assembly
    spd: str | None = None  # equipment id of the surge protective device


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
    dc_fault_protection: str  # "rdc-dd" built in, "rcd-b" upstream, "none"
    phase_rotation: str  # which supply phases land on the station's L1 L2 L3, e.g. "L1L2L3"
    group: int
    modbus: ModbusAddress | None = None
    rated_input_a: float = 32.0  # per phase, what the feeding circuit must carry
    phases: int = 3
    point_rcd: str | None = None  # type of a 30 mA RCD built in per connecting point


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
class ProtectiveDevice:
    """MCB, MCCB or fuse of a circuit."""

    equipment: str
    kind: Literal["mcb", "mccb", "gg-fuse"]
    characteristic: str  # "B", "C", "D" for an MCB, "" otherwise
    rated_current_a: float  # In, for an MCCB the set Ir
    breaking_capacity_ka: float  # Icn (IEC 60898-1) or Icu (IEC 60947-2)
    poles: int
    instantaneous_a: float  # Ia: current that trips it within the required time (upper band edge)
    i2t_a2s: float | None = None  # maker's let-through energy, when known

    @property
    def setting_text(self) -> str:
        """Return what stands on the device: its rating, or the settings of an adjustable one."""
        if self.kind != "mccb":
            return f"In {self.rated_current_a:g} A"
        return f"Ir {self.rated_current_a:g} A, Ii {round(self.instantaneous_a / MCCB_TOLERANCE, 1):g} A"


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
    """A cable as laid; resistances at 20 °C per conductor (IEC 60228), Iz uncorrected (IEC 60364-5-52)."""

    equipment: str
    conductor: Literal["Cu", "Al"]
    insulation: Literal["PVC", "XLPE"]
    cores: int
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


@dataclass(frozen=True, slots=True)
class Circuit:
    """A circuit from one node to another with its protection and its cable."""

    tag: str
    title: str
    source: str  # tag of the feeding node
    target: str  # tag of the fed node
    phases: int
    design_current_a: float  # Ib
    device: ProtectiveDevice
    rcd: ResidualCurrentDevice | None
    cable: Cable


@dataclass(frozen=True, slots=True)
class OneLine:
    """The one-line diagram: nodes and the circuits between them, every one with a unique tag."""

    supply: Supply
    transformers: tuple[Transformer, ...]
    switchboards: tuple[Switchboard, ...]
    stations: tuple[Station, ...]
    meters: tuple[Meter, ...]
    circuits: tuple[Circuit, ...]

    def circuit(self, tag: str) -> Circuit:
        """Return the circuit with this tag; KeyError when there is none."""
        return {circuit.tag: circuit for circuit in self.circuits}[tag]

    def circuit_to(self, node: str) -> Circuit | None:
        """Return the circuit that feeds a node, None at the supply."""
        return next((circuit for circuit in self.circuits if circuit.target == node), None)

    def path_to(self, node: str) -> tuple[Circuit, ...]:
        """Return the circuits from the supply to a node, in order."""
        path: list[Circuit] = []
        while circuit := self.circuit_to(node):
            path.insert(0, circuit)
            node = circuit.source
        return tuple(path)


@dataclass(frozen=True, slots=True)
class DesignRef:
    """Which published revision of a standard design this is; ``digest``: SHA-256 of its canonical content."""

    id: str
    revision: int
    title: str
    segment: str
    digest: str


@dataclass(frozen=True, slots=True)
class SiteParameters:
    """What a site file says: where it is, and the design's parameters with their defaults filled in."""

    name: str
    address: str
    country: str
    timezone: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SiteDesign:
    """A standard design applied to a site."""

    design: DesignRef
    parameters: SiteParameters
    one_line: OneLine
    checklists: tuple[str, ...]  # template ids, in the order of work


@dataclass(frozen=True, slots=True)
class BoardStudy:
    """Short circuit at one board or station terminal (IEC 60909-0)."""

    tag: str
    ik_max_ka: float  # three-phase, conductors 20 °C, cmax
    ik_min_ka: float  # line to PE, conductors hot, cmin
    zs_ohm: float  # earth-fault loop impedance, conductors hot


@dataclass(frozen=True, slots=True)
class CircuitStudy:
    """One circuit: loading, fault loop, disconnection and voltage drop."""

    tag: str
    ib_a: float
    in_a: float
    iz_a: float  # after correction factors
    ik_max_source_ka: float  # where the protective device stands
    ik_min_end_ka: float  # line to PE at the far end
    zs_expected_ohm: float  # hot
    zs_expected_cold_ohm: float  # what a tester should show on a cold cable
    zs_permitted_ohm: float  # limit for the cold reading, rounded down
    zs_rule: str  # the rule behind zs_permitted_ohm, in words, with clause
    r1_plus_r2_ohm: float  # continuity of line and PE of this circuit, cold
    pe_path_ohm: float  # PE from the main earthing terminal to the far end, cold
    disconnection_time_s: float  # required
    voltage_drop_percent: float  # this circuit
    voltage_drop_total_percent: float  # from the origin


@dataclass(frozen=True, slots=True)
class ConnectionPointStudy:
    """The connection point: demand, stiffness, distortion limits."""

    ik_max_ka: float
    demand_full_a: float
    demand_managed_a: float
    import_limit_a: float
    isc_over_il: float
    thd_voltage_limit_percent: float
    thd_clause: str
    tdd_current_limit_percent: float
    tdd_clause: str
    expected_thd_voltage_percent: float | None  # None: equipment spectra carry no source, never guessed
    expected_thd_statement: str


@dataclass(frozen=True, slots=True)
class Study:
    """Everything the limits on site follow from. Findings of severity ``error`` refuse the design."""

    rule_set: str
    boards: tuple[BoardStudy, ...]
    circuits: tuple[CircuitStudy, ...]
    connection_point: ConnectionPointStudy
    findings: tuple[Finding, ...]

    def board(self, tag: str) -> BoardStudy:
        """Return the study of one board or station; KeyError when there is none."""
        return {board.tag: board for board in self.boards}[tag]

    def circuit(self, tag: str) -> CircuitStudy:
        """Return the study of one circuit; KeyError when there is none."""
        return {circuit.tag: circuit for circuit in self.circuits}[tag]

    @property
    def refused(self) -> bool:
        """True when a finding forbids building this."""
        return any(finding.severity == "error" for finding in self.findings)

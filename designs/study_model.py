"""The values of a study and of findings. Frozen; units stand in the names.

Figures that a rule set has no data for, or that an older study did not hold, are ``None``; never zero.
"""

from dataclasses import dataclass
from typing import Literal

from designs.one_line_model import Phases

Severity = Literal["error", "warning", "info"]


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
class BoardStudy:
    """Short circuit (IEC 60909-0) and voltage at one node: board, transformer terminals, station ..."""

    tag: str
    ik_max_ka: float  # three-phase, conductors 20 °C, cmax, contributions of converters included
    ik_min_ka: float  # line to PE, conductors hot, cmin, the supply alone
    zs_ohm: float  # earth-fault loop impedance, conductors hot
    ip_ka: float | None = None  # peak of the three-phase current
    nominal_voltage_v: float | None = None  # line-to-line
    voltage_full_percent: Phases | None = None  # line to neutral, of nominal, all at full demand
    voltage_managed_percent: Phases | None = None  # the same at managed demand


@dataclass(frozen=True, slots=True)
class CircuitStudy:
    """One circuit: loading, fault loop, disconnection and voltage drop."""

    tag: str
    ib_a: float
    in_a: float
    iz_a: float | None  # after correction factors
    ik_max_source_ka: float | None  # where the protective device stands
    ik_min_end_ka: float | None  # line to PE at the far end
    zs_expected_ohm: float | None  # hot
    zs_expected_cold_ohm: float | None  # what a tester should show on a cold cable
    zs_permitted_ohm: float | None  # limit for the cold reading, rounded down
    zs_rule: str  # the rule behind zs_permitted_ohm, in words, with clause
    r1_plus_r2_ohm: float  # continuity of line and PE of this circuit, cold
    pe_path_ohm: float  # PE from the main earthing terminal to the far end, cold
    disconnection_time_s: float | None  # required
    voltage_drop_percent: float | None  # this circuit, IEC 60364-5-52 Annex G at Ib
    # from the origin, or the own transformer: the worse of Annex G and the load flow
    voltage_drop_total_percent: float | None
    voltage_drop_guidance_percent: float | None = None  # what that total should stay within
    zs_permitted_hot_ohm: float | None = None  # design limit for the hot loop, rounded down
    zs_hot_rule: str = ""
    ik_max_end_ka: float | None = None  # three-phase at the far end
    ip_source_ka: float | None = None  # peak where the protective device stands
    full_a: Phases | None = None  # L1, L2, L3 when everything draws all it can
    managed_a: Phases | None = None  # with load management, shared in proportion
    neutral_a: float | None = (
        None  # neutral at full demand: unbalance and triplen together; None: triplen unknown
    )
    loading_percent: float | None = None  # Ib / Iz


@dataclass(frozen=True, slots=True)
class TransformerStudy:
    """Loading of an own transformer and the short circuit at its low-voltage terminals."""

    tag: str
    rated_current_a: float  # low-voltage side
    ik_max_ka: float | None
    loading_full_percent: float
    loading_managed_percent: float


@dataclass(frozen=True, slots=True)
class Harmonic:
    """One order at the connection point: what the equipment is expected to cause against its limits."""

    order: int
    current_a: float  # summed by IEC 61000-3-6
    current_percent: float  # of IL
    current_limit_percent: float  # IEEE 519-2022
    voltage_percent: float  # caused by this site alone
    voltage_limit_percent: float | None  # EN 50160; None: the standard gives none for this order


@dataclass(frozen=True, slots=True)
class Selectivity:
    """Two protective devices in series: up to which current only the downstream one opens."""

    upstream: str  # circuit tags
    downstream: str
    verdict: Literal["full", "partial", "none", "inconclusive"]
    limit_ka: float | None  # selective up to this current; None where it is not known
    reason: str  # the rule in words, with its source


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
    demand_full_by_phase_a: Phases | None = None
    demand_managed_by_phase_a: Phases | None = None
    reserved_a: float = 0.0
    short_circuit_power_mva: float | None = None
    demand_managed_kva: float | None = None
    harmonics: tuple[Harmonic, ...] = ()
    dense: bool = (
        False  # converters are a large share of the short-circuit power: harmonic planning is advised
    )
    dense_statement: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """Everything the limits on site follow from. Findings of severity ``error`` refuse the design."""

    rule_set: str
    boards: tuple[BoardStudy, ...]
    circuits: tuple[CircuitStudy, ...]
    connection_point: ConnectionPointStudy
    findings: tuple[Finding, ...]
    transformers: tuple[TransformerStudy, ...] = ()
    selectivity: tuple[Selectivity, ...] = ()
    assumptions: tuple[str, ...] = ()  # what was assumed, one sentence each
    not_computed: tuple[str, ...] = ()  # what the rule set has no data for, one sentence each

    def board(self, tag: str) -> BoardStudy:
        """Return the study of one board or station; KeyError when there is none."""
        for board in self.boards:
            if board.tag == tag:
                return board
        raise KeyError(tag)

    def circuit(self, tag: str) -> CircuitStudy:
        """Return the study of one circuit; KeyError when there is none."""
        for circuit in self.circuits:
            if circuit.tag == tag:
                return circuit
        raise KeyError(tag)

    @property
    def refused(self) -> bool:
        """True when a finding forbids building this."""
        return any(finding.severity == "error" for finding in self.findings)

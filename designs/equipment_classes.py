"""Classes of equipment as frozen values: what an item of the approved equipment list says about itself.

Units stand in the names. ``None`` means that no figure with a source is known; rules then say "not decided".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from designs.equipment_item import Item
from designs.one_line_model import Earthing, LetThrough, Spectrum


@dataclass(frozen=True, slots=True)
class ConnectorType:
    """One outlet of a station type."""

    kind: str  # type2-socket, type2-cable, ccs2, chademo
    rated_current_a: float  # AC per phase, DC of the outlet
    phases: int  # 0: DC outlet
    power_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StationType(Item):
    """A charging station as sold. ``point_rcd``: type of a 30 mA RCD built in per point, if any."""

    profile: str | None = None  # device_probe profile id
    rated_input_a: float  # per phase, what the feeding circuit must carry
    phases: int
    connectors: tuple[ConnectorType, ...]
    dc_fault_protection: Literal["rdc-dd", "isolated", "none"]
    point_rcd: Literal["A", "F", "B"] | None = None
    current: Literal["AC", "DC"] = "AC"  # of the outlets
    power_factor: float = 1.0  # at rated power
    efficiency_percent: float | None = None  # at rated power
    minimum_a: float = 6.0  # per phase: below this it pauses (AC: IEC 61851-1)
    third_harmonic_percent: float | None = None  # of the line current
    spectrum: Spectrum | None = None
    open_pen_protection: bool = False  # built in, BS 7671 722.411.4.1 (c) to (e)
    width_m: float | None = None
    depth_m: float | None = None
    height_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterType(Item):
    """A meter or analyser; ``max_current_a`` is per phase at its own terminals."""

    profile: str | None = None  # device_probe profile id
    connection: Literal["direct", "ct"]
    max_current_a: float
    accuracy_percent: float
    ct_secondaries_a: tuple[float, ...] = ()
    phases: int = 3
    kind: Literal["meter", "analyser"] = "meter"  # an analyser also reads harmonics


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTransformer(Item):
    """A set of measuring current transformers (IEC 61869-2)."""

    primary_a: float
    secondary_a: float
    accuracy_percent: float
    accuracy_class: str = ""  # "0.5", "0.2S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mcb(Item):
    """A miniature circuit-breaker (IEC 60898-1); two poles: line and neutral."""

    rated_current_a: float
    characteristic: Literal["B", "C", "D"]
    breaking_capacity_ka: float
    poles: int
    i2t_a2s: float | None = None
    let_through: tuple[LetThrough, ...] = ()
    let_through_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mccb(Item):
    """A moulded-case circuit-breaker with adjustable overload and instantaneous release (IEC 60947-2)."""

    rated_current_a: float
    setting_min_a: float
    instantaneous_min_a: float
    instantaneous_max_a: float
    breaking_capacity_ka: float
    poles: int
    i2t_a2s: float | None = None
    let_through: tuple[LetThrough, ...] = ()
    let_through_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acb(Item):
    """An air circuit-breaker with electronic LSI release (IEC 60947-2): Ir, Isd with delay, Ii."""

    rated_current_a: float
    setting_min_a: float  # Ir
    short_time_min_ir: float  # Isd, as multiple of the set Ir
    short_time_max_ir: float
    short_time_delays_s: tuple[float, ...]
    instantaneous_min_a: float  # Ii
    instantaneous_max_a: float
    breaking_capacity_ka: float  # Icu
    withstand_ka: float  # Icw for withstand_s
    poles: int
    withstand_s: float = 1.0
    let_through: tuple[LetThrough, ...] = ()
    let_through_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuse(Item):
    """A gG fuse; ``operating_5s_a`` is the current that surely melts it within 5 s (IEC 60269-1 gate)."""

    rated_current_a: float
    breaking_capacity_ka: float
    operating_5s_a: float
    poles: int
    i2t_a2s: float | None = None
    operating_04s_a: float | None = None  # surely melts it within 0.4 s
    let_through: tuple[LetThrough, ...] = ()
    let_through_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rcd(Item):
    """A residual current device (IEC 61008-1, 61009-1, 62423)."""

    type: Literal["A", "F", "B"]
    rated_current_a: float
    rated_residual_ma: float
    poles: int
    selective: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RdcDd(Item):
    """A residual direct current detecting device of its own (IEC 62955), used with a type A or F RCD."""

    rated_current_a: float
    rated_residual_dc_ma: float
    poles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spd(Item):
    """A surge protective device (IEC 61643-11)."""

    kind: Literal["type 1+2", "type 2"]
    nominal_discharge_ka: float  # In 8/20 per mode
    protection_level_kv: float
    impulse_ka: float | None = None  # Iimp 10/350 per mode, type 1
    max_continuous_v: float | None = None  # Uc line to neutral
    earthings: tuple[Earthing, ...] = ("TN-S", "TN-C-S", "TT")
    phases: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CableType(Item):
    """A cable; ``iz_a``: tabulated capacity by installation method, two loaded conductors with three cores,
    three with more."""

    conductor: Literal["Cu", "Al"]
    insulation: Literal["PVC", "XLPE"]
    cores: int
    area_mm2: float
    pe_area_mm2: float
    r20_ohm_per_km: float
    x_ohm_per_km: float
    pe_r20_ohm_per_km: float
    iz_a: Mapping[str, float]
    kind: Literal["cable", "busbar"] = "cable"
    neutral_area_mm2: float | None = None  # None: as the line conductors
    neutral_r20_ohm_per_km: float | None = None
    single_core: bool = False  # laid in trefoil, touching


@dataclass(frozen=True, slots=True, kw_only=True)
class BusbarType(CableType):
    """Busbar trunking (IEC 61439-6): fits wherever a cable does; ``area_mm2``: that of one line conductor."""

    kind: Literal["cable", "busbar"] = "busbar"
    short_circuit_rating_ka: float | None = None  # Icw 1 s


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchboardType(Item):
    """A switchboard assembly (IEC 61439-2), pillar or tap-off unit of a busbar riser."""

    rated_current_a: float
    short_circuit_rating_ka: float
    kind: Literal["main", "distribution", "tap-off", "pillar"] = "main"
    outdoor: bool = False
    width_m: float | None = None
    depth_m: float | None = None
    height_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerType(Item):
    """An MV/LV distribution transformer (IEC 60076, EU 548/2014 Tier 2 losses)."""

    rated_power_kva: float
    rated_primary_v: float
    rated_voltage_v: float  # nameplate secondary voltage, no load
    uk_percent: float
    copper_loss_kw: float  # Pk at rated current
    cooling: Literal["oil", "cast-resin"]
    no_load_loss_kw: float | None = None
    vector_group: str = "Dyn5"
    x0_over_x1: float = 0.95
    r0_over_r1: float = 1.0
    nominal_voltage_v: float = 400.0  # of the low-voltage system


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageType(Item):
    """A battery storage with its converter."""

    profile: str | None = None  # device_probe profile id
    rated_power_kw: float
    rated_current_a: float  # per phase
    capacity_kwh: float
    short_circuit_factor: float = 1.2  # contribution to Ik as a multiple of rated_current_a
    spectrum: Spectrum | None = None
    width_m: float | None = None
    depth_m: float | None = None
    height_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PvInverterType(Item):
    """A photovoltaic inverter."""

    profile: str | None = None  # device_probe profile id
    rated_power_kw: float
    rated_current_a: float  # per phase
    short_circuit_factor: float = 1.2
    spectrum: Spectrum | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerType(Item):
    """A load-management controller."""

    profile: str | None = None  # device_probe profile id
    modes: tuple[Literal["static", "dynamic", "scheduled"], ...]
    max_stations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkType(Item):
    """A device of the site network."""

    kind: Literal["router", "switch", "gateway"]
    ports: int
    mobile: bool = False  # has its own LTE or 5G modem


@dataclass(frozen=True, slots=True, kw_only=True)
class SignType(Item):
    """A sign, label or floor marking."""

    kind: Literal["sign", "label", "marking"] = "sign"
    width_m: float | None = None
    height_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundationType(Item):
    """A foundation for a station, pillar or cabinet."""

    width_m: float
    depth_m: float
    height_m: float
    mass_kg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BollardType(Item):
    """Impact protection in front of a station or cabinet."""

    height_m: float
    diameter_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyStopType(Item):
    """An emergency-stop station (EN ISO 13850, IEC 60947-5-5)."""

    contacts: int  # break contacts with direct opening action
    outdoor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareType(Item):
    """A spare part to be kept."""

    kind: Literal["part", "consumable"] = "part"


Equipment = (
    StationType | MeterType | CurrentTransformer | Mcb | Mccb | Acb | Fuse | Rcd | RdcDd | Spd | CableType
    | SwitchboardType | TransformerType | StorageType | PvInverterType | ControllerType | NetworkType
    | SignType | FoundationType | BollardType | EmergencyStopType | SpareType
)  # fmt: skip

#: The word after ``equipment_class:`` in an equipment file.
CLASSES: Mapping[str, type[Equipment]] = {
    "station": StationType,
    "meter": MeterType,
    "ct": CurrentTransformer,
    "mcb": Mcb,
    "mccb": Mccb,
    "acb": Acb,
    "gg-fuse": Fuse,
    "rcd": Rcd,
    "rdc-dd": RdcDd,
    "spd": Spd,
    "cable": CableType,
    "busbar": BusbarType,
    "switchboard": SwitchboardType,
    "transformer": TransformerType,
    "storage": StorageType,
    "pv": PvInverterType,
    "controller": ControllerType,
    "network": NetworkType,
    "sign": SignType,
    "foundation": FoundationType,
    "bollard": BollardType,
    "emergency-stop": EmergencyStopType,
    "spare": SpareType,
}

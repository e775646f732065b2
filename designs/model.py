"""The values of this room: a one-line diagram, a site design and its study. Frozen; units stand in the names.

Tags follow IEC 81346 in spirit and this grammar (docs/contracts/README.md): upper-case letters and digits,
parts joined by ``-``, an optional ``.n`` for a connector: ``MSB``, ``F03``, ``PM1``, ``CH03``, ``CH03.1``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from designs.layout_model import Duct, ItemKind, Layout, LayoutItem, Point, Route
from designs.one_line_model import (
    MCCB_TOLERANCE,
    Cable,
    Circuit,
    Connector,
    DeviceKind,
    Earthing,
    EmergencyStop,
    LengthSource,
    LetThrough,
    Load,
    LoadController,
    Meter,
    ModbusAddress,
    NetworkDevice,
    OneLine,
    Phases,
    ProtectiveDevice,
    PvInverter,
    ResidualCurrentDevice,
    RuleSetId,
    Spectrum,
    Station,
    Storage,
    Supply,
    Switchboard,
    Transformer,
)
from designs.study_model import (
    BoardStudy,
    CircuitStudy,
    ConnectionPointStudy,
    Figure,
    Finding,
    Harmonic,
    Selectivity,
    Severity,
    Study,
    TransformerStudy,
)

__all__ = [
    "MCCB_TOLERANCE", "BoardStudy", "Cable", "Circuit", "CircuitStudy", "ConnectionPointStudy", "Connector",
    "DesignRef", "DeviceKind", "Duct", "Earthing", "EmergencyStop", "Figure", "Finding", "Harmonic",
    "ItemKind", "Layout", "LayoutItem", "LengthSource", "LetThrough", "Load", "LoadController", "Meter",
    "ModbusAddress", "NetworkDevice", "OneLine", "Phases", "Point", "ProtectiveDevice", "PvInverter",
    "ResidualCurrentDevice", "Route", "RuleSetId", "Selectivity", "Severity", "SiteDesign",
    "SiteParameters", "Spectrum", "Station", "Storage", "Study", "Supply", "Switchboard", "Transformer",
    "TransformerStudy",
]  # fmt: skip


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
    layout: Layout | None = None
    as_built: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # tag -> property -> value
    strict: tuple[str, ...] = ()  # codes of warnings that this design makes errors

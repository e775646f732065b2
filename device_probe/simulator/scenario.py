"""Scenario files: how the simulated site is loaded and what is wrong with its meters."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from marshmallow import ValidationError, fields, validate

from device_probe.model import PlannedDevice, SitePlan
from device_probe.problems import PlanFileError
from device_probe.profile_schema import Strict, complaint, read_yaml

SCENARIOS = Path(__file__).parent.parent / "scenarios"
FaultKind = Literal[
    "ct_reversed", "ct_swapped", "ct_missing", "ct_ratio", "voltage_swapped", "voltage_missing"
]
KINDS = ("ct_reversed", "ct_swapped", "ct_missing", "ct_ratio", "voltage_swapped", "voltage_missing")


@dataclass(frozen=True, slots=True)
class Load:
    """What a station draws, per phase that it uses."""

    current_a: float
    phases: int = 3
    cos_phi: float = 0.985
    inductive: bool = True


@dataclass(frozen=True, slots=True)
class MeterFault:
    """One wiring fault.

    The meter is named by tag, or as the n-th of its role so that one file fits many plans.
    """

    kind: FaultKind
    tag: str | None = None
    role: str | None = None
    index: int = 0
    phase: int = 1
    other_phase: int = 2
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One moment of a simulated site."""

    name: str
    title: str
    seed: int
    stations: Mapping[str, Load]  # by tag or by position from "0" on; "*" for all others
    spread: float
    source_r_ohm: float
    source_x_ohm: float
    voltage_factor: tuple[float, float, float]
    frequency_hz: float
    thd_voltage_percent: float
    thd_current_percent: float
    faults: tuple[MeterFault, ...]

    def load_of(self, tag: str, index: int) -> Load:
        """Return the load of a station."""
        return self.stations.get(tag) or self.stations.get(str(index)) or self.stations["*"]

    def faults_of(self, plan: SitePlan, device: PlannedDevice) -> tuple[MeterFault, ...]:
        """Return the wiring faults of one meter of a plan."""
        return tuple(fault for fault in self.faults if _meant(plan, fault) == device.tag)


class LoadSchema(Strict):
    """The load of one station."""

    current_a = fields.Float(required=True, validate=validate.Range(0, 2000))
    phases = fields.Integer(load_default=3, validate=validate.OneOf((1, 2, 3)))
    cos_phi = fields.Float(load_default=0.985, validate=validate.Range(0.01, 1))
    inductive = fields.Boolean(load_default=True)


class FaultSchema(Strict):
    """One wiring fault."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    tag = fields.String(load_default=None, allow_none=True)
    role = fields.String(load_default=None, allow_none=True)
    index = fields.Integer(load_default=0, validate=validate.Range(0))
    phase = fields.Integer(load_default=1, validate=validate.OneOf((1, 2, 3)))
    other_phase = fields.Integer(load_default=2, validate=validate.OneOf((1, 2, 3)))
    factor = fields.Float(load_default=1.0)


class ScenarioSchema(Strict):
    """One scenario file."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    seed = fields.Integer(load_default=1)
    stations = fields.Dict(keys=fields.String(), values=fields.Nested(LoadSchema), required=True)
    spread = fields.Float(load_default=0.03, validate=validate.Range(0, 0.5))
    source_r_ohm = fields.Float(load_default=0.008)
    source_x_ohm = fields.Float(load_default=0.012)
    voltage_factor = fields.List(
        fields.Float(), load_default=[1.002, 0.997, 1.0], validate=validate.Length(equal=3)
    )
    frequency_hz = fields.Float(load_default=50.0)
    thd_voltage_percent = fields.Float(load_default=2.6)
    thd_current_percent = fields.Float(load_default=6.0)
    faults = fields.List(fields.Nested(FaultSchema), load_default=list)


def load_scenario(name_or_path: str) -> Scenario:
    """Load a scenario that comes with the package, or a file of one's own."""
    path = Path(name_or_path)
    if path.suffix not in (".yaml", ".yml"):
        path = SCENARIOS / f"{name_or_path}.yaml"
    if not path.is_file():
        known = ", ".join(list_scenarios())
        raise PlanFileError(
            f"There is no scenario {name_or_path!r}; choose one of {known}, or give a YAML file."
        )
    try:
        return _scenario(ScenarioSchema().load(read_yaml(path.read_text(encoding="utf-8"), path.name)))
    except ValidationError as error:
        raise PlanFileError(f"{path.name}: {complaint(error)}.") from error


def list_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the package."""
    return tuple(path.stem for path in sorted(SCENARIOS.glob("*.yaml")))


def _scenario(loaded: dict[str, Any]) -> Scenario:
    if "*" not in loaded["stations"]:
        raise ValidationError({"stations": ['the entry "*" for all other stations is missing']})
    stations = {key: Load(**load) for key, load in loaded["stations"].items()}
    faults = tuple(MeterFault(**fault) for fault in loaded["faults"])
    return Scenario(
        **{
            **loaded,
            "stations": stations,
            "faults": faults,
            "voltage_factor": tuple(loaded["voltage_factor"]),
        }
    )


def _meant(plan: SitePlan, fault: MeterFault) -> str | None:
    if fault.tag is not None:
        return fault.tag
    same_role = [device.tag for device in plan.devices if device.role == fault.role]
    return same_role[fault.index] if fault.index < len(same_role) else None

"""Scenario files: YAML -> Scenario. Unknown keys are refused."""

from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate

from device_probe.problems import PlanFileError, ProfileError
from device_probe.profile_schema import Strict, complaint, read_yaml
from device_probe.simulator.scenario import (
    KINDS,
    Cable,
    DeviceManner,
    Injection,
    LineManner,
    Load,
    MeterFault,
    Scenario,
    Step,
)
from device_probe.simulator.spectrum import NAMED

SCENARIOS = Path(__file__).parent.parent / "scenarios"
POSITIVE = validate.Range(0)
PHASE = validate.OneOf((1, 2, 3))
SPECTRUM = validate.OneOf(tuple(NAMED))
STEP_KEYS = ("current_a", "limit_a", "power_w", "voltage_factor")


class LoadSchema(Strict):
    """The load of one station."""

    current_a = fields.Float(required=True, validate=validate.Range(0, 2000))
    phases = fields.Integer(validate=PHASE)
    cos_phi = fields.Float(validate=validate.Range(0.01, 1))
    inductive = fields.Boolean()
    spectrum = fields.String(validate=SPECTRUM)
    efficiency = fields.Float(validate=validate.Range(0.1, 1))
    reaction_s = fields.Float(validate=POSITIVE)
    ramp_a_per_s = fields.Float(validate=validate.Range(0.01))
    soc_percent = fields.Float(validate=validate.Range(0, 100))
    battery_wh = fields.Float(validate=validate.Range(1))


class FaultSchema(Strict):
    """One fault."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    tag = fields.String(allow_none=True)
    role = fields.String(allow_none=True)
    index = fields.Integer(validate=POSITIVE)
    phase = fields.Integer(validate=PHASE)
    other_phase = fields.Integer(validate=PHASE)
    factor = fields.Float()
    order = fields.List(fields.Integer(validate=PHASE), validate=validate.Length(equal=3))
    seconds = fields.Float(validate=POSITIVE)
    other = fields.String()
    profile = fields.String()
    quantity = fields.String()
    letter = fields.String(validate=validate.OneOf(("A", "B", "C")))


class CableSchema(Strict):
    """A cable's impedances."""

    r_ohm = fields.Float(validate=POSITIVE)
    x_ohm = fields.Float(validate=POSITIVE)
    neutral_r_ohm = fields.Float(validate=POSITIVE)
    neutral_x_ohm = fields.Float(validate=POSITIVE)


class InjectionSchema(Strict):
    """The building, a photovoltaic system or a battery."""

    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("building", "pv", "storage")))
    power_w = fields.Float(required=True)
    at = fields.String()
    phases = fields.List(fields.Integer(validate=PHASE), validate=validate.Length(1, 3))
    cos_phi = fields.Float(validate=validate.Range(0.01, 1))
    inductive = fields.Boolean()
    spectrum = fields.String(validate=SPECTRUM)
    wobble_percent = fields.Float(validate=validate.Range(0, 100))
    sunrise_s = fields.Float()
    sunset_s = fields.Float()
    capacity_wh = fields.Float(validate=validate.Range(1))
    soc_percent = fields.Float(validate=validate.Range(0, 100))


class StepSchema(Strict):
    """One change at one moment."""

    at_s = fields.Float(required=True, validate=POSITIVE)
    target = fields.String()
    current_a = fields.Float(validate=validate.Range(0, 2000))
    limit_a = fields.Float(validate=validate.Range(0, 2000))
    power_w = fields.Float()
    voltage_factor = fields.Float(validate=validate.Range(0, 2))
    ramp_s = fields.Float(validate=POSITIVE)
    fault = fields.Nested(FaultSchema)
    clear = fields.Boolean()


class LineSchema(Strict):
    """How slow a line is."""

    baud = fields.Integer(validate=validate.Range(300, 1_000_000))
    turn_around_ms = fields.Float(validate=POSITIVE)
    gateway_timeout_ms = fields.Float(validate=POSITIVE)
    serial = fields.Boolean(load_default=True)


class DeviceMannerSchema(Strict):
    """What is particular about a device."""

    latency_ms = fields.Float(validate=POSITIVE)
    noise_percent = fields.Float(validate=validate.Range(0, 10))
    resolution = fields.Dict(keys=fields.String(), values=fields.Float(validate=validate.Range(0, 1e6)))
    timeout_s = fields.Float(validate=validate.Range(1, 65_535))
    failsafe_a = fields.Float(validate=validate.Range(0, 2000))
    falls_back = fields.Boolean()


class ScenarioSchema(Strict):
    """One scenario file."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    explanation = fields.String()
    seed = fields.Integer(load_default=1)
    speed = fields.Float(validate=validate.Range(0, 3600))
    start_s = fields.Float(validate=validate.Range(0, 86_400))
    stations = fields.Dict(keys=fields.String(), values=fields.Nested(LoadSchema), required=True)
    spread = fields.Float(load_default=0.03, validate=validate.Range(0, 0.5))
    source_r_ohm = fields.Float(load_default=0.008, validate=POSITIVE)
    source_x_ohm = fields.Float(load_default=0.012, validate=POSITIVE)
    voltage_factor = fields.List(
        fields.Float(), load_default=[1.002, 0.997, 1.0], validate=validate.Length(equal=3)
    )
    frequency_hz = fields.Float(load_default=50.0, validate=validate.Range(40, 70))
    frequency_wander_hz = fields.Float(validate=validate.Range(0, 2))
    thd_voltage_percent = fields.Float(load_default=2.6, validate=validate.Range(0, 100))
    thd_current_percent = fields.Float(load_default=6.0, validate=validate.Range(0, 200))
    wobble_percent = fields.Float(validate=validate.Range(0, 50))
    cables = fields.Dict(keys=fields.String(), values=fields.Nested(CableSchema))
    injections = fields.List(fields.Nested(InjectionSchema), load_default=list)
    timeline = fields.List(fields.Nested(StepSchema), load_default=list)
    faults = fields.List(fields.Nested(FaultSchema), load_default=list)
    lines = fields.Dict(keys=fields.String(), values=fields.Nested(LineSchema))
    devices = fields.Dict(keys=fields.String(), values=fields.Nested(DeviceMannerSchema))
    writes = fields.Boolean()
    limits_enforced = fields.Boolean()


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
        return parse_scenario(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError(
            f"{path.name}: the scenario cannot be read; give a file of UTF-8 text."
        ) from error


def parse_scenario(text: str, name: str) -> Scenario:
    """Turn the text of a scenario file into a Scenario; PlanFileError in one sentence when it is wrong."""
    try:
        return _scenario(ScenarioSchema().load(read_yaml(text, name)))
    except ValidationError as error:
        raise PlanFileError(f"{name}: {complaint(error)}; see docs/simulator.md.") from error
    except ProfileError as error:  # what the YAML reader says, which names file and line
        raise PlanFileError(str(error)) from error


def list_scenarios() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the package."""
    return tuple(path.stem for path in sorted(SCENARIOS.glob("*.yaml")))


def make_fault(raw: dict[str, Any]) -> MeterFault:
    """Return a fault from the keys that a scenario file has for it; ValidationError when they are wrong."""
    loaded = FaultSchema().load(raw)
    if "order" in loaded:
        loaded["order"] = tuple(loaded["order"])
        if loaded["kind"] in ("currents_permuted", "voltages_permuted") and sorted(loaded["order"]) != [
            1,
            2,
            3,
        ]:
            raise ValidationError({"order": ["must name each of the phases 1, 2 and 3 once"]})
    return MeterFault(**loaded)


def _scenario(loaded: dict[str, Any]) -> Scenario:
    if "*" not in loaded["stations"]:
        raise ValidationError({"stations": ['the entry "*" for all other stations is missing']})
    made = {
        "stations": {key: Load(**load) for key, load in loaded["stations"].items()},
        "faults": tuple(make_fault(fault) for fault in loaded["faults"]),
        "voltage_factor": tuple(loaded["voltage_factor"]),
        "cables": {key: Cable(**cable) for key, cable in loaded.get("cables", {}).items()},
        "injections": tuple(_injection(raw) for raw in loaded["injections"]),
        "timeline": tuple(sorted((_step(raw) for raw in loaded["timeline"]), key=lambda step: step.at_s)),
        "lines": {key: LineManner(**line) for key, line in loaded.get("lines", {}).items()},
        "devices": {key: DeviceManner(**manner) for key, manner in loaded.get("devices", {}).items()},
    }
    return Scenario(**{**loaded, **made})


def _injection(raw: dict[str, Any]) -> Injection:
    if ("sunrise_s" in raw) != ("sunset_s" in raw) or raw.get("sunrise_s", 0) > raw.get("sunset_s", 1e9):
        raise ValidationError(
            {"injections": {"sunset_s": ["give sunrise_s and a later sunset_s, or neither"]}}
        )
    return Injection(**raw | ({"phases": tuple(raw["phases"])} if "phases" in raw else {}))


def _step(raw: dict[str, Any]) -> Step:
    keys = [key for key in STEP_KEYS if key in raw]
    if len(keys) + ("fault" in raw) + bool(raw.get("clear")) != 1:
        what = ", ".join((*STEP_KEYS, "fault", "clear"))
        raise ValidationError({"timeline": [f"each step needs exactly one of {what}"]})
    rest = {key: raw[key] for key in ("at_s", "target", "ramp_s", "clear") if key in raw}
    if "fault" in raw:
        return Step(**rest, fault=make_fault(raw["fault"]))
    return Step(**rest, key=keys[0], value=raw[keys[0]]) if keys else Step(**rest)  # type: ignore[arg-type]

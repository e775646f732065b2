"""What a simulated device knows: what stands at its inputs and around it -> its values. Pure."""

import math
import re
import zlib

from device_probe.model import PlannedDevice
from device_probe.profile import Point, Profile
from device_probe.simulator.appliance import Around, generator_values, station_values
from device_probe.simulator.counters import ENERGIES
from device_probe.simulator.encode import Encodable
from device_probe.simulator.meter import MAX_ORDER, measured, with_errors
from device_probe.simulator.network import Three

SYSTEMS = {"3P4W": ("3P4W", "3LN", "3P.n"), "3P3W": ("3P3W", "3LL", "3P", "3P.1")}
SECOND = ("native_", "integer_", "meter_")
DEFAULT_CT_A = 5.0
# what a meter set to three wires does not know
FOUR_WIRE_ONLY = re.compile(
    r"(integer_)?voltage_l\d_n|voltage_ln_avg|voltage_unbalance_ln|current_n|thd_voltage_(l\d|ln_avg)"
    r"|(active|reactive|apparent)_power_l\d|power_factor_l\d|cos_phi_l\d|phase_angle_l\d"
    r"|reactive_power_(inductive|capacitive)_l\d|harmonic_voltage_l\d(_h\d+)?"
)


def quantities_of(
    device: PlannedDevice, profile: Profile, inputs: Three, frequency_hz: float, around: Around | None = None
) -> dict[str, Encodable]:
    """Return every quantity that the model knows, with the device's own small errors."""
    around = around or Around()
    read = with_errors(device, inputs, around.noise_percent, around.sample)
    tables = any(point.quantity.startswith("harmonic") for point in profile.points)
    values = measured(read, frequency_hz, MAX_ORDER if tables else 0)
    if around.three_wire:
        values |= {name: None for name in values if FOUR_WIRE_ONLY.fullmatch(name)}
    active_w = sum(c.active_power for c in read)
    values |= _energies(device, profile, around) | _demands(around, values)
    values |= _settings(device, profile, around) | _limits(device)
    values |= station_values(profile, around, active_w)
    values |= _second_representations(
        profile, values
    )  # the grid meter behind an inverter comes after: it is another
    values |= generator_values(profile, around, active_w)
    return values | _deciding(profile, values)


def value_for(point: Point, values: dict[str, Encodable]) -> Encodable:
    """Return the value of a point.

    A quantity outside the model is what the device has when nothing is set.
    """
    if point.value is not None:
        return float(point.value)
    if point.quantity in values:
        return _fitting(point, values)
    return _unset(point)


def in_its_unit(point: Point, values: dict[str, Encodable]) -> Encodable:
    """Return a harmonic or a distortion as the point counts it: volts, amperes, or per cent of its basis."""
    value = values.get(point.quantity)
    if not isinstance(value, float) or point.unit != "%":
        return value
    if point.quantity.startswith("thd_r_"):  # related to the rms value by its name
        return value
    if point.quantity.startswith("thd_"):
        return 100 * value / math.hypot(100, value) if point.basis == "rms" else value
    name = point.quantity.rsplit("_h", 1)[0]
    basis = values.get(f"{name}_h1")
    if point.basis == "rms":
        rms = name.replace("harmonic_", "")
        basis = values.get(rms, values.get(f"{rms}_n"))
    return 100 * value / basis if isinstance(basis, float) and basis > 1e-9 else 0.0


def number_of(tag: str) -> int:
    """Return a device's serial number, the same on every run."""
    return zlib.crc32(tag.encode()) % 90_000_000 + 10_000_000


def _fitting(point: Point, values: dict[str, Encodable]) -> Encodable:
    """Return a known value in a form that this very register can hold."""
    value = values[point.quantity]
    if not isinstance(value, str):
        return value
    if point.enum:
        labels = point.enum.values()
        wanted = SYSTEMS.get(value, (value,))
        return next((label for label in wanted if label in labels), next(iter(labels)))
    if point.type == "string" or point.encoding:
        return value
    try:
        number = float(value)
    except ValueError:  # a name or a version in a register that holds a number
        number = float(re.sub(r"\D.*", "", value) or 3.0 if value in SYSTEMS else 1.0)
    return number % 60_000 if point.registers == 1 else number


def _unset(point: Point) -> Encodable:
    if point.enum:
        return next(iter(point.enum.values()))
    if point.type == "string":
        if point.encoding == "hex":
            return "0" * (4 * point.registers)
        return point.quantity.upper()[: 2 * point.registers]
    if point.bits:
        return ()
    if point.encoding == "hex":
        return "0"
    # where 0 says that there is nothing, there is something
    return 1.0 if 0 in (point.na, *point.also_na) else 0.0


def _energies(device: PlannedDevice, profile: Profile, around: Around) -> dict[str, Encodable]:
    """Return the counters: what stood there when the scenario began, and what has come since."""
    begin = 1000.0 * (number_of(device.tag) % 9_000 + 100)
    way = "export" if profile.kind == "inverter" else "import"
    counted = around.counter.energies
    found: dict[str, Encodable] = {}
    for name in ENERGIES:
        share = 1 / 3 if name[-2:] in ("l1", "l2", "l3") else 0.1 if name.startswith("reactive") else 1.0
        started = way in name or name.startswith(("apparent", "reactive_energy_import"))
        # the other direction has counted little, as after the test at the factory
        found[name] = counted[name] + (begin if started else 1000.0) * share
    found |= {
        "active_energy_total": _sum(found, "active_energy_import_total", "active_energy_export_total"),
        "active_energy_import_total_float": found["active_energy_import_total"],
        "active_energy_today": max(around.counter.exported_wh, around.counter.imported_wh),
        "reactive_energy_total": _sum(found, "reactive_energy_import_total", "reactive_energy_export_total"),
        "reactive_energy_inductive_total": found["reactive_energy_import_total"],
        "reactive_energy_capacitive_total": found["reactive_energy_export_total"],
        "apparent_energy_power_on": counted["apparent_energy_total"],
        "operating_hours": 1000.0 + around.counter.seconds / 3600,
    }
    return found


def _sum(values: dict[str, Encodable], *names: str) -> float:
    return sum(float(value) for name in names if isinstance(value := values[name], float))


def _demands(around: Around, values: dict[str, Encodable]) -> dict[str, Encodable]:
    now = values["active_power_total"]
    highest = max(around.counter.highest_w, now if isinstance(now, float) else 0.0)
    apparent = values["apparent_power_total"]
    return {
        "active_power_demand_max": highest,
        "active_power_import_demand_max": max(highest, 0.0),
        "active_power_export_demand_max": values["active_power_export_demand"],
        "apparent_power_demand_max": max(highest, apparent if isinstance(apparent, float) else 0.0),
    }


def _settings(device: PlannedDevice, profile: Profile, around: Around) -> dict[str, Encodable]:
    firmware = next((version.lstrip("<>= ") for version in device.approved_firmware), "1")
    found: dict[str, Encodable] = {
        "serial_number": device.serial_number or str(number_of(device.tag)),
        "manufacturer": profile.vendor,
        "device_model": profile.model,
        "device_name": device.tag,
        "meter_name": profile.model,
        "station_name": device.tag,
        "system_type": "3P3W" if around.three_wire else "3P4W",
        "number_of_phases": float(device.phases),
        "ct_primary": float(device.ct_primary_a or DEFAULT_CT_A) * around.ratio_set,
        "ct_secondary": float(device.ct_secondary_a or DEFAULT_CT_A),
        "vt_primary": 400.0,
        "vt_secondary": 400.0,
        "thd_reference": "L-N",
        "number_of_connectors": 1.0,
        "firmware_version": firmware,
    }
    for identity in profile.identity:
        if identity.contains:
            text = identity.contains if identity.contains in profile.vendor else profile.model
            for point in profile.points:
                if (point.address, point.table) == (identity.point.address, identity.point.table):
                    found[point.quantity] = text if identity.contains in text else identity.contains
    return found


def _deciding(profile: Profile, values: dict[str, Encodable]) -> dict[str, Encodable]:
    """Return settings that say that other values are there: a device is set so that they are."""
    wanted = {p.valid_when.quantity: p.valid_when.values[0] for p in profile.points if p.valid_when}
    return {name: value for name, value in wanted.items() if name not in values}


def _limits(device: PlannedDevice) -> dict[str, Encodable]:
    limit = device.design_current_a or 32.0
    names = ("current_limit_actual", "max_current_limit", "station_max_current", "max_current_rated",
             "max_current_supported", "installation_current")  # fmt: skip
    found: dict[str, Encodable] = dict.fromkeys(names, limit)
    return found | {
        "min_current_limit": 6.0, "current_limit_failsafe": 6.0, "phases_used": "3_phase",
        "device_temperature": 24.0, "availability": "operative", "rated_power": limit * 230 * device.phases,
    }  # fmt: skip


def _second_representations(profile: Profile, values: dict[str, Encodable]) -> dict[str, Encodable]:
    """Return the same values under the names that some devices use for a second block of registers."""
    names = {
        p.quantity: p.quantity.partition("_")[2] for p in profile.points if p.quantity.startswith(SECOND)
    }
    return {name: values[plain] for name, plain in names.items() if plain in values and name not in values}

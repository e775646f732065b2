"""The vocabulary of quantities: name, unit and meaning, once. Profiles may use no other names."""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Quantity:
    """A family of quantities.

    In ``names`` ``#`` stands for a phase (1, 2, 3) and ``|`` separates alternatives.
    """

    names: str
    units: tuple[str, ...]
    meaning: str

    def pattern(self) -> re.Pattern[str]:
        """Return the regular expression that a full name must match."""
        return re.compile("|".join(part.replace("#", "[123]") for part in self.names.split("|")))


VOCABULARY: tuple[Quantity, ...] = (
    # voltage and current
    Quantity(
        "voltage_l#_n|native_voltage_l#_n|integer_voltage_l#_n|meter_voltage_l#_n",
        ("V",),
        "rms phase to neutral",
    ),
    Quantity("voltage_l1_l2|voltage_l2_l3|voltage_l3_l1", ("V",), "rms phase to phase"),
    Quantity(
        "voltage_ln_avg|voltage_ll_avg|voltage_avg_system", ("V",), "mean or three-phase system voltage"
    ),
    Quantity("voltage_unbalance(_ln|_ll)?|current_unbalance", ("%",), "unbalance"),
    Quantity("(native_|meter_)?current_l#|current_n|current_avg|current_sum", ("A",), "rms current"),
    Quantity("current_demand(_max)?_l#", ("A",), "averaged current, or its maximum"),
    Quantity("distortion_current_l#", ("A",), "rms of the harmonic part"),
    # power; canonical sign: import (consumption) positive, inductive reactive power positive
    Quantity("(native_|meter_)?active_power_(l#|total)", ("W",), "active power, import positive"),
    Quantity("(native_)?reactive_power_(l#|total)", ("var",), "reactive power, inductive positive"),
    Quantity("reactive_power_(inductive|capacitive)_(l#|total)", ("var",), "reactive power of one direction"),
    Quantity("apparent_power_(l#|total)", ("VA",), "apparent power"),
    Quantity("power_factor_(l#|total|total_iec)", ("-",), "true power factor"),
    Quantity("cos_phi_(l#|total)", ("-",), "displacement factor of the fundamental"),
    Quantity("phase_angle_(l#|total)", ("deg",), "angle between voltage and current"),
    Quantity("(native_|meter_)?frequency(_l#)?|nominal_frequency", ("Hz",), "grid frequency"),
    Quantity("phase_sequence", ("-",), "clockwise, counter_clockwise or none"),
    Quantity("active_power(_import|_export)?_demand(_max)?", ("W",), "block or sliding demand"),
    Quantity("apparent_power_demand(_max)?", ("VA",), "block or sliding demand"),
    Quantity("power_quadrant", ("-",), "operating quadrant"),
    # energy
    Quantity(
        "(native_|meter_)?active_energy_(import|export)_(l#|total)|active_energy_import_total_float"
        "|active_energy_total|active_energy_today|energy_counter_[12]",
        ("Wh",),
        "active energy counter",
    ),
    Quantity(
        "reactive_energy_(import_total|export_total|total|inductive_total|capacitive_total)",
        ("varh",),
        "reactive energy",
    ),
    Quantity("apparent_energy_(total|power_on)", ("VAh",), "apparent energy"),
    Quantity("operating_hours", ("h",), "run time"),
    # power quality
    Quantity(
        "thd_voltage_(l#|l1_l2|l2_l3|l3_l1|ln_avg|ll_avg)", ("%",), "total harmonic distortion of a voltage"
    ),
    Quantity("thd_current_(l#|n|avg)|thd_r_current_l#", ("%",), "total harmonic distortion of a current"),
    Quantity("tdd_current", ("%",), "total demand distortion"),
    Quantity(
        "harmonic_voltage_(l#|l1_l2|l2_l3|l3_l1)(_h[0-9]+)?", ("%", "V"), "voltage of one harmonic order"
    ),
    Quantity("harmonic_current_l#(_h[0-9]+)?", ("%", "A"), "current of one harmonic order"),
    Quantity("interharmonics_(voltage|current)_l#", ("%",), "interharmonic distortion"),
    Quantity("k_factor_l#", ("-",), "transformer K factor"),
    Quantity("thd_reference", ("-",), "whether distortion refers to L-N or L-L"),
    # configuration and identity
    Quantity("ct_primary|ct_secondary", ("A",), "current transformer as set in the device"),
    Quantity("vt_primary|vt_secondary", ("V",), "voltage transformer as set in the device"),
    Quantity(
        "vt_used|ct_wiring|system_type|number_of_phases|application", ("-",), "wiring setting of the device"
    ),
    Quantity(
        "manufacturer(_id)?|device_(model|name|type|class|options|info)|meter_(name|type|code)|model_code|platform_type"
        "|product_(id|code|number|order_id)|article_number|order_number|sunspec_id",
        ("-",),
        "identity",
    ),
    Quantity("serial_number|production_date", ("-",), "identity of this very device"),
    Quantity(
        "firmware_(version|major|minor|patch)|hardware_version|modbus_version|modbus_table_version|protocol_version"
        "|register_layout_version",
        ("-",),
        "version of the device or of its register map",
    ),
    Quantity(
        "byte_order_setting|unit_id_setting|dip_switches",
        ("-",),
        "setting that changes how the device is read",
    ),
    # chargers
    Quantity(
        "(charger|connector|station|cp|cable|socket_lock|relay|equipment|evse|device|authorization|ocpp|meter|vendor"
        "|battery|phase_switch)_state",
        ("-",),
        "state",
    ),
    Quantity(
        "connector_type|number_of_connectors|ev_presence|smart_vehicle_detected|availability|error_code|last_stop_cause",
        ("-",),
        "state",
    ),
    Quantity("max_current_limit(_fine)?", ("A",), "set-point of the charging current"),
    Quantity(
        "max_power_limit|discharge_power_limit|fallback_power|power_setpoint|max_power_available(_ac)?"
        "|min_power_available|rated_power|rated_discharge_power|station_power|power_limit_actual",
        ("W",),
        "power limit or capability",
    ),
    Quantity("max_power_limit_station", ("VA",), "power limit of the whole station"),
    Quantity(
        "current_limit_(actual|failsafe)|min_current_limit|max_current_(rated|supported)|installation_current"
        "|station_max_current|ev_max_current|session_max_current|planned_(min|max)_current",
        ("A",),
        "current limit as reported",
    ),
    Quantity("current_limit_source", ("-",), "origin of the limit in force"),
    Quantity("current_limit_valid_time|session_duration|charging_time|connection_time", ("s",), "duration"),
    Quantity("cable_current_rating", ("A", "-"), "coding of the plugged cable"),
    Quantity("session_energy(_discharged|_limit)?", ("Wh",), "energy of the session"),
    Quantity("session_(start|end)_time|station_time", ("-",), "time stamp"),
    Quantity(
        "session_control|enable_charging|suspend_charging|charging_active|charging_permission|unlock_plug"
        "|socket_lock_control|remote_lock|external_lock|standby_control|ems_control|wake_up|command(_status)?|life_bit",
        ("-",),
        "command or its state",
    ),
    Quantity("communication_timeout(_set|_enable)?", ("s",), "watchdog"),
    Quantity(
        "phases_used(_set)?|phases_connected|phase_options|phase_switch_source(_set)?|independent_relays",
        ("-",),
        "phases",
    ),
    Quantity("rfid_tag|id_tag|user_id|ev_id|rfid_enabled", ("-",), "identification of a person or vehicle"),
    Quantity("dc_voltage(_port_[1-9])?", ("V",), "direct-current side, or one of its ports"),
    Quantity(
        "dc_(discharge_)?current|dc_current_port_[1-9]", ("A",), "direct-current side, or one of its ports"
    ),
    Quantity("dc_power(_port_[1-9])?", ("W",), "direct-current side, or one of its ports"),
    Quantity(
        "reactive_power_(inductive|capacitive)_limit|reactive_power_setpoint", ("var",), "reactive capability"
    ),
    Quantity(
        "connector_reactive_power_(inductive|capacitive)", ("var",), "reactive capability of a connector"
    ),
    Quantity(
        "station_name|load_management_enabled|setpoint_accounted|solar_mode|replug_required",
        ("-",),
        "settings",
    ),
    Quantity("(device|battery)_temperature", ("degC",), "temperature"),
    # inverters and storage
    Quantity("battery_power(_charge|_discharge)?", ("W",), "battery power, direction in the profile's sign"),
    Quantity("battery_voltage", ("V",), "battery"),
    Quantity("battery_current", ("A",), "battery"),
    Quantity("battery_soc|battery_soh|vehicle_soc", ("%",), "state of charge or health"),
    Quantity("battery_(rated_)?capacity|battery_energy_(charge|discharge)_total", ("Wh",), "battery energy"),
    Quantity("running_state_bits", ("-",), "state"),
    Quantity("grid_power(_l#|_import|_export)?", ("W",), "power at the grid connection point"),
    Quantity(
        "load_power(_l#|_from_grid|_from_battery)?|pv_power_ac_out_l#", ("W",), "flows inside the system"
    ),
)

TEXT = re.compile(
    r"serial_number|production_date|firmware_\w+|hardware_version|modbus_version|modbus_table_version|protocol_version"
    r"|register_layout_version"
)


@cache
def find(name: str) -> Quantity | None:
    """Return the vocabulary entry of a quantity name, None when the name is not in it."""
    return next((entry for entry in VOCABULARY if entry.pattern().fullmatch(name)), None)


@cache
def example_names() -> tuple[str, ...]:
    """Return every name that the vocabulary spells out, with each phase, to propose the nearest one."""
    found: list[str] = []
    for entry in VOCABULARY:
        for part in _alternatives(entry.names.replace("#", "(1|2|3)")):
            found += [name for name in _spelt(part) if find(name)]
    return tuple(dict.fromkeys(found))


def _alternatives(pattern: str) -> list[str]:
    """Cut at the bars that stand outside brackets."""
    parts, depth = [""], 0
    for char in pattern:
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _spelt(pattern: str) -> list[str]:
    """Write out a pattern of brackets, bars and question marks; of a class of digits the first stands."""
    pattern = re.sub(r"\[([0-9])[^]]*\]\+?", r"\1", pattern)
    opening = pattern.find("(")
    if opening < 0:
        return [pattern]
    end = opening + 1
    while pattern.count("(", opening, end) > pattern.count(")", opening, end):
        end += 1
    end -= 1
    inner = [word for part in _alternatives(pattern[opening + 1 : end]) for word in _spelt(part)]
    rest = pattern[end + 1 :]
    if rest.startswith("?"):
        inner, rest = ["", *inner], rest[1:]
    return [pattern[:opening] + word + tail for word in inner for tail in _spelt(rest)]


def unit_of(name: str) -> str:
    """Return the canonical unit of a quantity, "" for a quantity without one."""
    entry = find(name)
    unit = entry.units[0] if entry else ""
    return "" if unit == "-" else unit


def is_text(name: str) -> bool:
    """Return True for serial numbers and versions, which are text even when the register holds a number."""
    return TEXT.fullmatch(name) is not None

"""What chargers, inverters and batteries know besides their meter: states, set-points, the DC side. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from device_probe.profile import Point, Profile
from device_probe.simulator.counters import Counter
from device_probe.simulator.encode import Encodable
from device_probe.simulator.meter import measured
from device_probe.simulator.moment import StationNow
from device_probe.simulator.network import Three
from device_probe.simulator.scenario import Injection, MeterFault

# the first label that a device has for a state of IEC 61851; every maker has words of his own
LABELS: Mapping[str, tuple[str, ...]] = {
    "A": ("standby", "no_vehicle", "A1", "A", "available", "idle", "not_ready", "session_setup", "no_cable"),
    "B": ("suspended_evse", "paused_by_evse", "vehicle_detected_pwm", "paused", "connected_pwm", "connected",
          "B2", "B", "ev_connected", "interrupted", "preconditions_not_charging", "vehicle_no_permission",
          "waiting_for_start", "occupied", "cable_station_ev_locked", "cable_vehicle_locked", "idle"),
    "C": ("charging", "C2", "C", "charge_loop", "cable_station_ev_locked", "cable_vehicle_locked"),
}  # fmt: skip
STATES = (
    "charger_state", "cp_state", "connector_state", "ocpp_state", "evse_state", "cable_state",
    "charging_active",
)  # fmt: skip
RUNNING = ("running", "running_main", "feed_in", "on_grid", "grid_connected", "mppt", "on", "connected")
RESTING = ("standby", "off", "sleeping", "shutdown")
AC_LIMITS = (
    "current_limit_actual", "max_current_limit", "max_current_limit_fine", "session_max_current",
    "planned_max_current",
)  # fmt: skip
INVERTER_EFFICIENCY = 0.97
PV_VOLTAGE_V = 640.0
BATTERY_VOLTAGE_V = 400.0


@dataclass(frozen=True, slots=True)
class Watchdog:
    """How a station stands that falls back when it misses its client."""

    timeout_s: float
    left_s: float  # until it falls back, 0 when it has
    failsafe_a: float
    signed: bool  # somebody has just given it a life sign


@dataclass(frozen=True, slots=True)
class Around:
    """What a device knows from elsewhere than its own inputs."""

    counter: Counter = field(default_factory=Counter)
    station: StationNow | None = None
    appliance: Injection | None = None
    power_w: float = 0.0  # of the appliance, as the scenario counts it
    grid: Three | None = None  # at the main meter
    frequency_hz: float = 50.0
    ratio_set: float = 1.0
    three_wire: bool = False
    noise_percent: float = 0.0
    sample: str = ""
    watchdog: Watchdog | None = None


def label_of(point: Point, letter: str) -> Encodable:
    """Return what a device shows for a state A, B or C."""
    if point.bits:
        names = {"A": (), "B": ("connected",), "C": ("connected", "charging")}[letter]
        return tuple(name for name in names if name in point.bits.values())
    labels = set(point.enum.values())
    found = next((label for label in LABELS[letter] if label in labels), None)
    return found if found is not None else next(iter(point.enum.values()), 0.0)


def told_wrongly(fault: MeterFault, values: dict[str, Encodable], profile: Profile) -> dict[str, Encodable]:
    """Return what a device tells instead of what it knows: another number, or another state."""
    found: dict[str, Encodable] = {}
    value = values.get(fault.quantity or "")
    if fault.quantity and isinstance(value, float):
        found[fault.quantity] = value * fault.factor
    for point in profile.points if fault.letter else ():
        if point.quantity in STATES and (point.enum or point.bits):
            found[point.quantity] = label_of(point, fault.letter or "A")
    return found


def station_values(profile: Profile, around: Around, active_w: float) -> dict[str, Encodable]:
    """Return states and set-points of a charging station; of a direct-current one its other side too."""
    station = around.station
    if station is None:
        return {}
    found: dict[str, Encodable] = {
        point.quantity: label_of(point, station.letter)
        for point in profile.points
        if point.quantity in STATES and (point.enum or point.bits)
    }
    limit = station.limit_a
    found |= dict.fromkeys(AC_LIMITS, limit)
    if (dog := around.watchdog) is not None:
        found |= {
            "communication_timeout": dog.timeout_s, "current_limit_valid_time": dog.left_s,
            "current_limit_failsafe": dog.failsafe_a, "life_bit": float(dog.signed),
            "current_limit_actual": limit if dog.left_s else min(limit, dog.failsafe_a),
        }  # fmt: skip
    found |= {
        "max_power_limit": limit * 230 * station.phases,
        "ev_presence": float(station.letter != "A"),
        "session_energy": around.counter.imported_wh,
        "session_duration": around.counter.charging_s,
        "charging_time": around.counter.charging_s,
        "phases_used": "3_phase" if station.phases == 3 else "1_phase",
        "phases_connected": float(station.phases),
    }
    if profile.kind == "dc_charger":
        found |= _direct_current(around, station, active_w)
    return found


def _direct_current(around: Around, station: StationNow, active_w: float) -> dict[str, Encodable]:
    load = station.load
    stored = around.counter.imported_wh - around.counter.exported_wh
    soc = min(max(load.soc_percent + 100 * stored * load.efficiency / load.battery_wh, 0.0), 100.0)
    power = active_w * load.efficiency if active_w >= 0 else active_w / load.efficiency
    voltage = 340.0 + 0.8 * soc if station.letter != "A" else 0.0
    current = power / voltage if voltage else 0.0
    return {
        "vehicle_soc": soc,
        "dc_voltage": voltage,
        "dc_power": power,
        "dc_current": max(current, 0.0),
        "dc_discharge_current": max(-current, 0.0),
        "station_power": power,
        "session_energy": around.counter.imported_wh * load.efficiency,
        "battery_capacity": load.battery_wh,
    }


def generator_values(profile: Profile, around: Around, active_w: float) -> dict[str, Encodable]:
    """Return the DC side of an inverter or a battery, and what it knows of the grid."""
    if profile.kind not in ("inverter", "bess"):
        return {}
    storage = around.appliance is not None and around.appliance.kind == "storage"
    generated = -active_w
    direct = generated / INVERTER_EFFICIENCY if generated > 0 else 0.0
    found: dict[str, Encodable] = {
        "dc_power": 0.0 if storage else direct,
        "dc_voltage": PV_VOLTAGE_V if direct or storage else 0.0,
        "dc_current": 0.0 if storage else direct / PV_VOLTAGE_V,
        "battery_voltage": BATTERY_VOLTAGE_V,
        "battery_soh": 98.0,
        "battery_temperature": 24.0,
    }
    found |= _battery(around, active_w if storage else 0.0)
    found |= _device_state(profile, abs(active_w) > 1)
    return found | _grid(around, active_w)


def _battery(around: Around, charging_w: float) -> dict[str, Encodable]:
    one = around.appliance
    stored = around.counter.imported_wh - around.counter.exported_wh
    soc = one.soc_percent + 100 * stored / one.capacity_wh if one and one.kind == "storage" else 50.0
    return {
        "battery_power": charging_w,
        "battery_power_charge": max(charging_w, 0.0),
        "battery_power_discharge": max(-charging_w, 0.0),
        "battery_current": charging_w / BATTERY_VOLTAGE_V,
        "battery_soc": min(max(soc, 0.0), 100.0),
        "battery_capacity": one.capacity_wh if one else 10_000.0,
        "battery_rated_capacity": one.capacity_wh if one else 10_000.0,
        "battery_energy_charge_total": around.counter.imported_wh,
        "battery_energy_discharge_total": around.counter.exported_wh,
        "battery_state": "charging" if charging_w > 1 else "discharging" if charging_w < -1 else "idle",
        "running_state_bits": _running_bits(charging_w, around),
    }


def _running_bits(charging_w: float, around: Around) -> tuple[str, ...]:
    grid_w = sum(c.active_power for c in around.grid) if around.grid else 0.0
    way = "battery_discharging" if charging_w < 0 else "battery_charging"
    return way, "importing" if grid_w >= 0 else "feeding_in"


def _device_state(profile: Profile, running: bool) -> dict[str, Encodable]:
    found: dict[str, Encodable] = {}
    for point in profile.points:
        if point.quantity == "device_state" and point.enum:
            wanted = RUNNING if running else RESTING
            labels = list(point.enum.values())
            found["device_state"] = next((label for label in wanted if label in labels), labels[0])
    return found


def _grid(around: Around, active_w: float) -> dict[str, Encodable]:
    """Return the meter at the connection point as it is read through an inverter."""
    if around.grid is None:
        return {}
    at_grid = measured(around.grid, around.frequency_hz, 0)
    grid_w = sum(c.active_power for c in around.grid)
    found: dict[str, Encodable] = {f"meter_{name}": value for name, value in at_grid.items()}
    for k, c in enumerate(around.grid, 1):
        found |= {f"grid_power_l{k}": c.active_power, f"load_power_l{k}": c.active_power - active_w / 3}
        found[f"pv_power_ac_out_l{k}"] = max(-active_w, 0.0) / 3
    return found | {
        "grid_power": grid_w,
        "grid_power_import": max(grid_w, 0.0),
        "grid_power_export": -grid_w,
        "load_power": grid_w - active_w,
        "load_power_from_grid": max(grid_w, 0.0),
        "load_power_from_battery": 0.0,
    }

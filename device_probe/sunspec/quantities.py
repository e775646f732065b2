"""Which quantity of our vocabulary each point of a SunSpec model is."""

from collections.abc import Mapping

PHASES = (("A", "l1"), ("B", "l2"), ("C", "l3"))
COMMON = {
    "Mn": "manufacturer", "Md": "device_model", "Opt": "device_options", "Vr": "firmware_version",
    "SN": "serial_number", "DA": "unit_id_setting",
}  # fmt: skip
VOLTAGES = {
    "PPVphAB": "voltage_l1_l2", "PPVphBC": "voltage_l2_l3", "PPVphCA": "voltage_l3_l1",
    "PhVphAB": "voltage_l1_l2", "PhVphBC": "voltage_l2_l3", "PhVphCA": "voltage_l3_l1",
    "PhV": "voltage_ln_avg", "PPV": "voltage_ll_avg",
}  # fmt: skip


def _of_each_phase(names: Mapping[str, str]) -> dict[str, str]:
    """Give every name its three phases: AphA is current_l1 when Aph is current."""
    return {f"{name}{phase}": f"{quantity}_{line}{'_n' if name == 'PhVph' else ''}"
            for name, quantity in names.items() for phase, line in PHASES}  # fmt: skip


INVERTER = {
    "A": "current_sum", **_of_each_phase({"Aph": "current", "PhVph": "voltage"}), **VOLTAGES,
    "W": "active_power_total", "Hz": "frequency", "VA": "apparent_power_total", "VAr": "reactive_power_total",
    "PF": "power_factor_total", "WH": "active_energy_export_total", "DCA": "dc_current", "DCV": "dc_voltage",
    "DCW": "dc_power", "TmpCab": "device_temperature", "St": "device_state", "StVnd": "vendor_state",
    "Evt1": "error_code",
}  # fmt: skip
METER = {
    "A": "current_sum",
    **_of_each_phase({
        "Aph": "current", "PhVph": "voltage", "Wph": "active_power", "VAph": "apparent_power",
        "VARph": "reactive_power", "PFph": "power_factor", "TotWhExpPh": "active_energy_export",
        "TotWhImpPh": "active_energy_import",
    }),
    **VOLTAGES,
    "Hz": "frequency", "W": "active_power_total", "VA": "apparent_power_total", "VAR": "reactive_power_total",
    "PF": "power_factor_total", "TotWhExp": "active_energy_export_total",
    "TotWhImp": "active_energy_import_total", "Evt": "error_code",
}  # fmt: skip
DER_AC = {
    "ACType": "system_type", "InvSt": "device_state", "ConnSt": "relay_state", "Alrm": "error_code",
    "W": "active_power_total", "VA": "apparent_power_total", "Var": "reactive_power_total",
    "PF": "power_factor_total", "A": "current_sum", "LLV": "voltage_ll_avg", "LNV": "voltage_ln_avg",
    "Hz": "frequency", "TotWhInj": "active_energy_export_total", "TotWhAbs": "active_energy_import_total",
    "TotVarhInj": "reactive_energy_export_total", "TotVarhAbs": "reactive_energy_import_total",
    "TmpCab": "device_temperature", "VL1L2": "voltage_l1_l2", "VL2L3": "voltage_l2_l3",
    "VL3L1": "voltage_l3_l1",
    **{f"{name}L{n}": f"{quantity}_l{n}" for n in (1, 2, 3) for name, quantity in {
        "W": "active_power", "VA": "apparent_power", "Var": "reactive_power", "PF": "power_factor",
        "A": "current", "TotWhInj": "active_energy_export", "TotWhAbs": "active_energy_import",
    }.items()},
    **{f"VL{n}": f"voltage_l{n}_n" for n in (1, 2, 3)},
}  # fmt: skip
STORAGE = {
    "ChaState": "battery_soc", "InBatV": "battery_voltage", "ChaSt": "battery_state",
}  # fmt: skip
BATTERY = {
    "WHRtg": "battery_rated_capacity", "SoC": "battery_soc", "SoH": "battery_soh", "State": "battery_state",
    "V": "battery_voltage", "A": "battery_current", "W": "battery_power", "Evt1": "error_code",
}  # fmt: skip
CAPACITY = {
    "WHRtg": "battery_rated_capacity", "WHAvail": "battery_capacity", "SoC": "battery_soc",
    "SoH": "battery_soh", "Sta": "battery_state",
}  # fmt: skip
DER_DC = {"DCA": "dc_current", "DCW": "dc_power"}
PORT = {"DCA": "dc_current", "DCV": "dc_voltage", "DCW": "dc_power"}  # of each port: _port_1, _port_2 …
MAX_PORTS = 9

MODELS: Mapping[int, Mapping[str, str]] = {
    1: COMMON,
    **dict.fromkeys((101, 102, 103, 111, 112, 113), INVERTER),
    **dict.fromkeys((201, 202, 203, 204, 211, 212, 213, 214), METER),
    124: STORAGE,
    701: DER_AC,
    713: CAPACITY,
    714: DER_DC,
    802: BATTERY,
}
METERS = (201, 202, 203, 204, 211, 212, 213, 214)
INVERTERS = (101, 102, 103, 111, 112, 113, 701)
BATTERIES = (802, 713, 124)
PHASES_OF = {101: 1, 111: 1, 201: 1, 211: 1, 102: 2, 112: 2, 202: 2, 212: 2}  # every other one: 3
# Meters whose W counts export positive, against the standard; known by the manufacturer of the meter or
# of the inverter that it stands behind.
EXPORT_POSITIVE_METERS = ("solaredge",)

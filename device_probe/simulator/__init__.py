"""A physically consistent simulated site, served over Modbus with the register maps of the profiles."""

from device_probe.simulator.scenario import MeterFault, Scenario
from device_probe.simulator.scenario_file import list_scenarios, load_scenario
from device_probe.simulator.server import SimulatedSite, serve_image, simulate

__all__ = [
    "MeterFault", "Scenario", "SimulatedSite", "list_scenarios", "load_scenario", "serve_image", "simulate",
]  # fmt: skip

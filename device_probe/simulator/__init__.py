"""A physically consistent simulated site, served over Modbus/TCP with the register maps of the profiles."""

from device_probe.simulator.scenario import Scenario, list_scenarios, load_scenario
from device_probe.simulator.server import SimulatedSite, simulate

__all__ = ["Scenario", "SimulatedSite", "list_scenarios", "load_scenario", "simulate"]

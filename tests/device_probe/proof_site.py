# ruff: noqa: E501
"""A whole small site for the proofs: how it is meant, how it is loaded, and how it is read.

Meters of five makes, direct and through current transformers, of class 0.5, 1 and 2; stations of four makes, one of
them single-phase; a roof with its meter and a battery. ``over_state`` asks the simulated devices the same requests as
``read_rounds`` does, without sockets.
"""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from device_probe.bus.manners import Answer
from device_probe.bus.request import checked, reading
from device_probe.learned import Memory
from device_probe.loop import run
from device_probe.model import Endpoint, PlannedDevice, SitePlan, Snapshot
from device_probe.problems import BusError
from device_probe.profile import Table
from device_probe.read import profiles_of, read_rounds, read_safely
from device_probe.simulator import MeterFault, Scenario, SimulatedSite
from device_probe.simulator.frames import Request
from device_probe.simulator.moment import Moment
from device_probe.simulator.port import Port
from device_probe.simulator.residents import Residents
from device_probe.simulator.scenario import DeviceManner, Injection, Load, Step
from device_probe.simulator.state import SiteState

START = datetime(2026, 6, 21, 11, 0, tzinfo=UTC)
ROUNDS, EVERY_S = 12, 10.0
NOISE_PERCENT = 0.2
Rounds = tuple[tuple[Snapshot, ...], ...]


def meter(tag: str, profile: str, parent: str | None, number: int, **more: object) -> PlannedDevice:
    settings: dict[str, object] = {"accuracy_percent": 1.0} | more
    role = "group_meter" if parent else "main_meter"
    return PlannedDevice(tag, profile, f"10.0.0.{number}", 502, 1, role, parent, **settings)  # type: ignore[arg-type]


def station(tag: str, profile: str, parent: str, number: int, **more: object) -> PlannedDevice:
    settings: dict[str, object] = {"accuracy_percent": 2.0, "design_current_a": 32.0} | more
    return PlannedDevice(tag, profile, f"10.0.1.{number}", 502, 1, "station", parent, **settings)  # type: ignore[arg-type]


SITE = SitePlan(
    "S-0007", "Garage", 400, 50, 8, "EN 50160 4.2.5", 250, 8,
    (
        meter("PM0", "janitza-umg-512-pro", None, 1, ct_primary_a=400, ct_secondary_a=5, accuracy_percent=0.5),
        meter("G1", "eastron-sdm630", "PM0", 2, ct_primary_a=200, ct_secondary_a=5, design_current_a=96),
        meter("G2", "carlo-gavazzi-em340", "PM0", 3, design_current_a=63),
        meter("G3", "schneider-pm5320", "PM0", 4, ct_primary_a=100, ct_secondary_a=5, accuracy_percent=0.5),
        meter("S6", "eastron-sdm72d-m-v2", "G3", 5, design_current_a=32, accuracy_percent=2.0),
        meter("S7", "eastron-sdm120", "G3", 6, design_current_a=32, phases=1),
        meter("PV0", "abb-b23-b24", "PM0", 7, design_current_a=63),
        station("CH1", "alfen-eve-ng9xx", "G1", 1),
        station("CH2", "peblar", "G1", 2, phase_rotation="L2L3L1"),
        station("CH3", "mennekes-amtron-bender", "G1", 3, phase_rotation="L3L1L2"),
        station("CH4", "alfen-eve-ng9xx", "G2", 4),
        station("CH5", "webasto-next", "G2", 5, phase_rotation="L2L3L1"),
        station("CH6", "kathrein-kwb", "S6", 6),
        station("CH7", "phoenix-contact-charx-sec", "S7", 7, phases=1),
        PlannedDevice("PV1", "sunspec-inverter-103", "10.0.2.1", 502, 1, "other", "PV0", accuracy_percent=2.0,
                      design_current_a=45.0),
        PlannedDevice("BAT", "intilion-scalebloc", "10.0.2.2", 502, 1, "other", "PM0", accuracy_percent=2.0,
                      design_current_a=32.0),
    ),
)  # fmt: skip
STATIONS = tuple(d.tag for d in SITE.devices if d.role == "station")


@dataclass(frozen=True)
class Loads:
    """What flows: how much the vehicles draw, whether that moves, and what the roof and the battery do."""

    low_a: float = 10.0
    high_a: float = 30.0
    moving: bool = True
    even: bool = False  # every station the same
    pv_w: float = 0.0
    battery_w: float = 0.0
    building_w: float = 0.0
    building_at: str = "main"
    steady_building: bool = True
    single: tuple[str, ...] = ()  # stations with a single-phase vehicle
    idle: tuple[str, ...] = ()
    parade: tuple[tuple[str, ...], ...] = ()  # what pauses for a minute, one after the other


def scenario(seed: int, loads: Loads, faults: tuple[MeterFault, ...] = ()) -> Scenario:
    """Return one seeded scenario: demands, their steps every 20 to 40 s, noise, and the faults."""
    chance = random.Random(f"loads/{seed}")
    vehicles: dict[str, Load] = {"*": Load(0.0)}
    steps: list[Step] = []
    for tag in STATIONS:
        top = loads.high_a if loads.even else chance.uniform(loads.low_a, loads.high_a)
        current = 0.0 if tag in loads.idle else top
        phases = 1 if tag in loads.single else 3
        cos_phi = 0.985 if loads.even else chance.uniform(0.97, 0.995)
        vehicles[tag] = Load(current, phases, cos_phi, chance.random() < 0.7 or loads.even)
        if loads.moving and current:
            steps += _steps(chance, tag, loads)
    for turn, tags in enumerate(loads.parade):
        for tag in tags:
            key = "current_a" if tag in STATIONS else "power_w"
            name = {"PV1": "PV", "BAT": "BATTERY"}.get(tag, tag)
            back = vehicles[tag].current_a if tag in STATIONS else loads.battery_w
            steps += [Step(45 + 80 * turn, name, key, 0.0, 1.0), Step(105 + 80 * turn, name, key, back, 1.0)]
    injections = []
    if loads.pv_w:
        injections.append(Injection("PV", "pv", loads.pv_w, "PV1", cos_phi=1.0, wobble_percent=2.0))
    if loads.battery_w:
        injections.append(Injection("BATTERY", "storage", loads.battery_w, "BAT", cos_phi=1.0))
    if loads.building_w:
        injections.append(
            Injection("BUILDING", "building", loads.building_w, loads.building_at, cos_phi=0.95,
                      wobble_percent=0.0 if loads.steady_building else 30.0)
        )  # fmt: skip
    return Scenario(
        f"proof-{seed}", "proof", seed, vehicles, 0.0 if loads.even else 0.03, 0.008, 0.012,
        (1.002, 0.997, 1.0), 50.0, 2.0, 6.0, faults, injections=tuple(injections),
        timeline=tuple(sorted(steps, key=lambda s: s.at_s)), wobble_percent=0.5 if loads.moving else 0.0,
        devices={"*": DeviceManner(noise_percent=NOISE_PERCENT)},
    )  # fmt: skip


def _steps(chance: random.Random, tag: str, loads: Loads) -> Iterator[Step]:
    at = chance.uniform(15, 85)
    while at < 2 * ROUNDS * EVERY_S:
        yield Step(at, tag, "current_a", chance.uniform(loads.low_a, loads.high_a), 1.0)
        at += chance.uniform(50, 90)


class Wire:
    """A channel to a simulated unit without a socket: the same requests, the same answers."""

    def __init__(self, line: "Hall", port: Port | None, unit: int) -> None:
        self.line, self.port, self.unit, self.requests = line, port, unit, 0

    async def read(self, table: Table, address: int, count: int, unit: int | None = None) -> Answer:
        asked = reading(table, address, count, self.unit if unit is None else unit)
        self.requests += 1
        pdu = self.port.handle(Request(asked.unit, asked.pdu)).pdu if self.port else None
        if pdu is None:
            raise BusError("no answer within 1 s")
        return Answer(checked(asked, pdu), self.line.now())


class Hall:
    """What ``read_safely`` takes for the bus."""

    def __init__(self, state: SiteState) -> None:
        residents, lock = Residents(state), threading.RLock()
        places = dict.fromkeys((d.host, d.port) for d in state.plan.devices)
        self.state, self.ports = state, {place: Port(place, residents, lock) for place in places}

    def channel(self, endpoint: Endpoint, unit: int, manners: object) -> Wire:
        del manners
        return Wire(self, self.ports.get((endpoint.host, endpoint.port)), unit)

    def now(self) -> str:
        return (START + timedelta(seconds=self.state.moment.t)).isoformat()


class World:
    """One seeded site with nothing wrong; a fault is read of the devices that it concerns, the rest is known."""

    def __init__(self, seed: int, loads: "Loads", plan: SitePlan = SITE, rounds: int = ROUNDS) -> None:
        self.plan, self.scenario = plan, scenario(seed, loads)
        self.count = max(rounds, 5 + 8 * len(loads.parade))
        self._moments: dict[float, Moment] = {}
        self._right: Rounds | None = None

    def read(self, faults: tuple[MeterFault, ...] = (), told: SitePlan | None = None) -> Rounds:
        """Return what the devices of a plan say, of which some are faulty."""
        asked = told or self.plan
        if told is not None or any(fault.kind == "dead" for fault in faults):
            return self._read(asked, faults, None)
        if self._right is None:
            self._right = self._read(asked, (), None)
        touched = {tag for fault in faults for tag in (fault.tag, fault.other) if tag}
        if not touched:
            return self._right
        odd = self._read(asked, faults, touched)
        return tuple(
            tuple(next((o for o in some if o.tag == each.tag), each) for each in one)
            for one, some in zip(self._right, odd, strict=True)
        )

    def _read(self, told: SitePlan, faults: tuple[MeterFault, ...], tags: set[str] | None) -> Rounds:
        state = Remembered(self.plan, replace(self.scenario, faults=faults), self._moments)
        if tags is not None:
            state.devices = {tag: device for tag, device in state.devices.items() if tag in tags}
        asked = tuple(d for d in told.devices if tags is None or d.tag in tags)
        return over_state(replace(told, devices=asked), state, self.count)


class Remembered(SiteState):
    """A site whose moments are worked out once: no fault of a meter changes what flows."""

    def __init__(self, plan: SitePlan, scenario: Scenario, moments: dict[float, Moment]) -> None:
        self._known = moments
        super().__init__(plan, scenario)

    def _at(self, t: float) -> Moment:
        if t not in self._known:
            self._known[t] = replace(super()._at(t), faults=())
        return replace(self._known[t], faults=self.scenario.faults)


def over_state(told: SitePlan, state: SiteState, rounds: int = ROUNDS) -> Rounds:
    """Ask every device what ``read_rounds`` would ask it, by the clock of the site."""
    hall, profiles, memory = Hall(state), profiles_of(told), Memory()

    async def taken() -> tuple[Snapshot, ...]:
        found = []
        for device in told.devices:
            snapshot = await read_safely(hall, device, profiles[device.tag], None, None, memory)  # type: ignore[arg-type]
            found.append(replace(snapshot, taken_at=hall.now()))
        return tuple(found)

    found = []
    for _ in range(rounds):
        found.append(run(taken(), fast=False))
        state.advance(EVERY_S)
    return tuple(found)


def over_sockets(told: SitePlan, site: SimulatedSite, rounds: int = ROUNDS) -> Rounds:
    """Read the running site with ``read_rounds``; between two rounds its time goes on, and the stamps with it."""
    found = []
    for _ in range(rounds):
        at = (START + timedelta(seconds=site.state_now.moment.t)).isoformat()
        (taken,) = read_rounds(told, 1, 0.0, timeout_s=5.0)
        found.append(tuple(replace(each, taken_at=at) for each in taken))
        site.advance(EVERY_S)
    return tuple(found)

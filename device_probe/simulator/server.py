"""The simulated site on real sockets.

One listening socket per host:port of the plan, in a background thread; a server of its own, because
pymodbus' takes wrong transaction ids under overlap and loses requests that come in one segment.
"""

import asyncio
import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from device_probe.model import SitePlan
from device_probe.problems import BusError, PlanFileError
from device_probe.simulator.image import Image
from device_probe.simulator.line import Line, TcpConnection
from device_probe.simulator.port import Port
from device_probe.simulator.pseudo_terminal import PseudoTerminal
from device_probe.simulator.raw_image import RawImage, RawPort
from device_probe.simulator.residents import Place, Residents
from device_probe.simulator.scenario import MeterFault, Scenario
from device_probe.simulator.scenario_file import load_scenario
from device_probe.simulator.state import SiteState

START_S = 10.0


class SimulatedSite:
    """A running simulation; ``plan`` says where its devices really answer."""

    def __init__(
        self,
        plan: SitePlan,
        scenario: Scenario,
        latency_s: float = 0.0,
        *,
        speed: float | None = None,
        writes: bool | None = None,
    ) -> None:
        self.original, self.plan = plan, plan
        self.state_now = SiteState(plan, scenario, speed)
        self._lock = threading.RLock()
        residents = Residents(self.state_now)
        places = dict.fromkeys((device.host, device.port) for device in plan.devices)
        self._ports = {
            place: Port(place, residents, self._lock, latency_s=latency_s, writes=writes) for place in places
        }
        self._servers: list[asyncio.Server] = []
        self._terminals: list[PseudoTerminal] = []
        self._lines: list[Line] = []

    @property
    def scenario(self) -> Scenario:
        """Return the scenario that runs."""
        return self.state_now.scenario

    @property
    def written(self) -> list[tuple[int, int, int, tuple[int, ...]]]:
        """Return every write that came: unit, function code, address, values."""
        return [write for port in self._ports.values() for write in port.written]

    @property
    def writes(self) -> int:
        """Return how many writes came; every one is refused unless the scenario allows set-points."""
        return len(self.written)

    @property
    def accepted(self) -> int:
        """Return how many of the writes were carried out."""
        return sum(port.accepted for port in self._ports.values())

    def set_scenario(self, scenario: str | Scenario) -> None:
        """Change loads and faults while the devices go on answering."""
        chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
        with self._lock:
            self.state_now.set_scenario(chosen)
            for port in self._ports.values():
                port.forget()

    def inject(self, fault: MeterFault) -> None:
        """Bring a fault in while the devices go on answering."""
        with self._lock:
            self.state_now.inject(fault)

    def clear(self, tag: str | None = None) -> None:
        """Put every fault right: of one device, or of all."""
        with self._lock:
            self.state_now.clear(tag)

    def set_point(self, target: str, current_a: float) -> None:
        """Give a station ("*": all) a set-point, as an energy manager would; it follows with its ramp."""
        with self._lock:
            self.state_now.change(target, "limit_a", current_a)

    def give_life_sign(self, tag: str) -> None:
        """Give a station the life sign that it wants, as an energy manager would."""
        with self._lock:
            self.state_now.heard(tag, "life_sign")

    def set_demand(self, target: str, current_a: float, ramp_s: float = 0.0) -> None:
        """Let the vehicle at a station ("*": at all) draw another current per phase."""
        with self._lock:
            self.state_now.change(target, "current_a", current_a, ramp_s)

    def set_power(self, name: str, power_w: float, ramp_s: float = 0.0) -> None:
        """Change the power of the building, a photovoltaic system or a battery."""
        with self._lock:
            self.state_now.change(name, "power_w", power_w, ramp_s)

    def advance(self, seconds: float) -> None:
        """Let site time pass at once."""
        with self._lock:
            self.state_now.advance(seconds)

    def set_speed(self, speed: float) -> None:
        """Let time pass at another speed: seconds of the site in one second."""
        with self._lock:
            self.state_now.set_speed(speed)

    def state(self) -> dict[str, Any]:
        """Return what really goes on: time, faults, and voltage, current and power at every device."""
        with self._lock:
            self.state_now.refresh()
            return self.state_now.summary()

    async def start(self, host: str | None, port: int | None, any_address: bool = False) -> None:
        """Open one listening socket per host:port of the plan; ``port`` 0 takes free ones."""
        bound: dict[Place, Place] = {}
        for place, served in self._ports.items():
            if served.link == "tls":
                raise PlanFileError(f"{place[0]}: Modbus/TLS can't be simulated; let the plan say link: tcp.")
            line = Line(served)
            self._lines.append(line)
            if served.link == "serial":
                terminal = PseudoTerminal(line)
                self._terminals.append(terminal)
                bound[place] = (terminal.name, 0)
                continue
            address = (host or place[0], place[1] if port is None else port)
            if not any_address:
                _only_loopback(address[0])
            server = await _listen(address, line, served.link == "rtu_tcp")
            self._servers.append(server)
            name = server.sockets[0].getsockname()
            bound[place] = str(name[0]), int(name[1])
        devices = [
            replace(d, host=bound[d.host, d.port][0], port=bound[d.host, d.port][1])
            for d in self.plan.devices
        ]
        self.plan = replace(self.plan, devices=tuple(devices))

    async def stop(self) -> None:
        """Close all sockets."""
        await _close(self._servers, self._lines)
        for terminal in self._terminals:
            terminal.close()


async def _listen(address: Place, line: Line, rtu: bool) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(lambda: TcpConnection(line, rtu), *address)
    except (OSError, ValueError) as error:
        raise BusError(f"{address[0]}:{address[1]} cannot be opened; choose another port or host.") from error


async def _close(servers: list[asyncio.Server], lines: list[Line]) -> None:
    for server in servers:
        server.close()
    for line in lines:
        for connection in tuple(line.connections):
            connection.close()
    await asyncio.sleep(0)  # what is closed above ends in the next round of the loop
    for server in servers:
        await server.wait_closed()


def _only_loopback(host: str) -> None:
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise PlanFileError(
            f"{host} is not an address of this computer alone (127.x.y.z); a simulated device there could "
            "be taken for a real one. Allow it with --any-address when it is meant."
        )


def images_of(plan: SitePlan, scenario: Scenario) -> dict[Place, Image]:
    """Return the registers of every device of a plan under a scenario, by host and port."""
    residents = Residents(SiteState(plan, scenario))
    places = dict.fromkeys((device.host, device.port) for device in plan.devices)
    return {place: Port(place, residents, threading.RLock()).image() for place in places}


@contextmanager
def simulate(
    plan: SitePlan,
    scenario: str | Scenario = "healthy",
    *,
    host: str | None = "127.0.0.1",
    port: int | None = 0,
    latency_s: float = 0.0,
    speed: float | None = None,
    writes: bool | None = None,
    any_address: bool = False,
) -> Iterator[SimulatedSite]:
    """Serve a plan's devices in a background thread.

    With ``port=None`` and ``host=None`` at the plan's own addresses. ``speed`` is how many seconds pass in
    one second, ``writes`` whether set-points may be written; by default as the scenario says.
    """
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    site = SimulatedSite(plan, chosen, latency_s, speed=speed, writes=writes)
    with _background() as loop:
        try:
            asyncio.run_coroutine_threadsafe(site.start(host, port, any_address), loop).result(START_S)
            yield site
        finally:
            asyncio.run_coroutine_threadsafe(site.stop(), loop).result(START_S)


@contextmanager
def serve_image(
    image: RawImage, *, host: str = "127.0.0.1", port: int = 0, any_address: bool = False
) -> Iterator[Place]:
    """Serve registers written by hand in a background thread; yields host and port."""
    if not any_address:
        _only_loopback(host)

    async def start() -> tuple[asyncio.Server, Line]:
        line = Line(RawPort(image))
        return await _listen((host, port), line, False), line

    with _background() as loop:
        server, line = asyncio.run_coroutine_threadsafe(start(), loop).result(START_S)
        try:
            name = server.sockets[0].getsockname()
            yield str(name[0]), int(name[1])
        finally:
            asyncio.run_coroutine_threadsafe(_close([server], [line]), loop).result(START_S)


@contextmanager
def _background() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulated-site", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_S)
        loop.close()

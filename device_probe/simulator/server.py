"""The simulated site on real sockets: pymodbus' server in a background thread, one listening port per host:port of the plan."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from device_probe.model import SitePlan
from device_probe.problems import BusError
from device_probe.profile_schema import load_profile
from device_probe.simulator.image import Image, build_image
from device_probe.simulator.network import miswired, solve, supply_phases
from device_probe.simulator.scenario import Scenario, load_scenario
from device_probe.simulator.values import quantities_of

TABLES = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
START_S = 10.0
Place = tuple[str, int]


def images_of(plan: SitePlan, scenario: Scenario) -> dict[Place, Image]:
    """Return the registers of every device of a plan under a scenario, by host and port."""
    truth = solve(plan, scenario)
    found: dict[Place, Image] = {}
    for device in plan.devices:
        profile = load_profile(device.profile)
        first, second, third = supply_phases(device)
        at_terminals = truth[device.tag]
        own = (at_terminals[first], at_terminals[second], at_terminals[third])
        inputs = miswired(own, scenario.faults_of(plan, device))
        values = quantities_of(device, profile, inputs, scenario.frequency_hz)
        place = found.setdefault((device.host, device.port), {})
        for key, words in build_image(profile, device.unit, values).items():
            place.setdefault(key, {}).update(words)
    return found


class SimulatedSite:
    """A running simulation; ``plan`` says where its devices really answer."""

    def __init__(self, plan: SitePlan, scenario: Scenario, latency_s: float) -> None:
        self.original, self.plan, self.scenario = plan, plan, scenario
        self.writes = 0
        self._latency_s = latency_s
        self._images = images_of(plan, scenario)
        self._servers: list[ModbusTcpServer] = []

    def set_scenario(self, scenario: str | Scenario) -> None:
        """Change loads and faults while the devices go on answering."""
        self.scenario = load_scenario(scenario) if isinstance(scenario, str) else scenario
        self._images = images_of(self.original, self.scenario)

    async def start(self, host: str | None, port: int | None) -> None:
        """Open one listening socket per host:port of the plan; ``port`` 0 takes free ones."""
        bound: dict[Place, Place] = {}
        for place in self._images:
            address = (host or place[0], place[1] if port is None else port)
            bound[place] = await self._listen(place, address)
        devices = [
            replace(d, host=bound[d.host, d.port][0], port=bound[d.host, d.port][1]) for d in self.plan.devices
        ]
        self.plan = replace(self.plan, devices=tuple(devices))

    async def stop(self) -> None:
        """Close all sockets."""
        for server in self._servers:
            await server.shutdown()

    async def _listen(self, place: Place, address: Place) -> Place:
        turn = asyncio.Lock()  # what stands behind one address answers one request at a time
        units = sorted({unit for unit, _ in self._images[place]})
        server = ModbusTcpServer([self._device(place, unit, turn) for unit in units], address=address)
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            raise BusError(f"{address[0]}:{address[1]} cannot be opened; choose another port or host.") from error
        self._servers.append(server)
        name = server.transport.sockets[0].getsockname()
        return str(name[0]), int(name[1])

    def _device(self, place: Place, unit: int, turn: asyncio.Lock) -> SimDevice:
        async def action(
            code: int, start: int, address: int, count: int, registers: list[int], new: list[int] | list[bool] | None
        ) -> ExcCodes | None:
            if new is not None:
                self.writes += 1
                return ExcCodes.ILLEGAL_FUNCTION
            async with turn:
                await asyncio.sleep(self._latency_s)
            words = self._images[place].get((unit, TABLES.get(code, "")), {})
            if code in (3, 4):
                registers[address - start : address - start + count] = [words[address + i] for i in range(count)]
            return None

        image = self._images[place]
        return SimDevice(
            unit,
            simdata=(
                _bits(image.get((unit, "coil"), {})), _bits(image.get((unit, "discrete"), {})),
                _registers(image.get((unit, "holding"), {})), _registers(image.get((unit, "input"), {})),
            ),
            action=action,
        )  # fmt: skip


def _registers(words: dict[int, int]) -> list[SimData]:
    """Return the runs of adjacent registers; a device without any gets an invalid one, as the server wants a list."""
    runs: list[list[int]] = []
    for address in sorted(words):
        if runs and runs[-1][-1] == address - 1:
            runs[-1].append(address)
        else:
            runs.append([address])
    found = [SimData(run[0], values=[words[a] for a in run], datatype=DataType.REGISTERS) for run in runs]
    return found or [SimData(0, datatype=DataType.INVALID)]


def _bits(words: dict[int, int]) -> list[SimData]:
    top = max(words, default=0) // 16 * 16 + 16
    return [SimData(0, values=[bool(words.get(a, 0)) for a in range(top)], datatype=DataType.BITS)]


@contextmanager
def simulate(
    plan: SitePlan, scenario: str | Scenario = "healthy", *, host: str | None = "127.0.0.1", port: int | None = 0,
    latency_s: float = 0.0,
) -> Iterator[SimulatedSite]:  # fmt: skip
    """Serve a plan's devices in a background thread; with ``port=None`` and ``host=None`` at the plan's own addresses."""
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    site = SimulatedSite(plan, chosen, latency_s)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulated-site", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(site.start(host, port), loop).result(START_S)
        yield site
    finally:
        asyncio.run_coroutine_threadsafe(_wind_up(site), loop).result(START_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_S)
        loop.close()


async def _wind_up(site: SimulatedSite) -> None:
    await site.stop()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)

"""The simulated site on real sockets.

Pymodbus' server in a background thread, one port per host:port of the plan.
"""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator.simcore import SimCore

from device_probe.model import SitePlan
from device_probe.problems import BusError
from device_probe.profile_schema import load_profile
from device_probe.simulator.image import Image, build_image
from device_probe.simulator.network import miswired, solve, supply_phases
from device_probe.simulator.scenario import Scenario, load_scenario
from device_probe.simulator.values import quantities_of

# What it would log is in the sentence of our error; without a handler it would be told twice.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())

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
        self.written: list[tuple[int, int, int, tuple[int, ...]]] = []  # unit, function code, address, values
        self._latency_s = latency_s
        self._images = images_of(plan, scenario)
        self._servers: list[ModbusTcpServer] = []

    @property
    def writes(self) -> int:
        """Return how many writes came; every one of them was refused."""
        return len(self.written)

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
            replace(d, host=bound[d.host, d.port][0], port=bound[d.host, d.port][1])
            for d in self.plan.devices
        ]
        self.plan = replace(self.plan, devices=tuple(devices))

    async def stop(self) -> None:
        """Close all sockets."""
        for server in self._servers:
            await server.shutdown()  # type: ignore[no-untyped-call]

    async def _listen(self, place: Place, address: Place) -> Place:
        server = ModbusTcpServer([], address=address)
        server.context = _Line(self, place)
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            raise BusError(
                f"{address[0]}:{address[1]} cannot be opened; choose another port or host."
            ) from error
        self._servers.append(server)
        name = cast("asyncio.Server", server.transport).sockets[0].getsockname()
        return str(name[0]), int(name[1])

    async def answer(
        self, place: Place, unit: int, code: int, address: int, count: int
    ) -> list[int] | ExcCodes:
        """Return the registers that a device has now, after the time that it takes to answer."""
        await asyncio.sleep(self._latency_s)
        image = self._images[place]
        if all(known != unit for known, _ in image):
            return ExcCodes.GATEWAY_NO_RESPONSE
        words = image.get((unit, TABLES.get(code, "")), {})
        wanted = range(address, address + count)
        if code in (1, 2) and words:
            return [words.get(a, 0) for a in wanted]
        return [words[a] for a in wanted] if all(a in words for a in wanted) else ExcCodes.ILLEGAL_ADDRESS


class _Line(SimCore):
    """The store behind one listening port; its units answer one request at a time, like a serial line."""

    def __init__(self, site: SimulatedSite, place: Place) -> None:
        super().__init__([])
        self._site, self._place = site, place
        self._turn = asyncio.Lock()

    async def async_getValues(  # noqa: N802 - pymodbus' name
        self, device_id: int, func_code: int, address: int, count: int = 1
    ) -> list[int] | list[bool] | ExcCodes:
        """Answer a read."""
        async with self._turn:
            return await self._site.answer(self._place, device_id, func_code, address, count)

    async def async_setValues(  # noqa: N802 - pymodbus' name
        self, device_id: int, func_code: int, address: int, values: list[int] | list[bool]
    ) -> ExcCodes | None:
        """Count and refuse a write."""
        self._site.written.append((device_id, func_code, address, tuple(values)))
        return ExcCodes.ILLEGAL_FUNCTION


@contextmanager
def simulate(
    plan: SitePlan,
    scenario: str | Scenario = "healthy",
    *,
    host: str | None = "127.0.0.1",
    port: int | None = 0,
    latency_s: float = 0.0,
) -> Iterator[SimulatedSite]:
    """Serve a plan's devices in a background thread.

    With ``port=None`` and ``host=None`` at the plan's own addresses.
    """
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

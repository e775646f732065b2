"""Writes one set-point and believes it only after reading it back."""

import asyncio
import math
from secrets import randbelow

from device_probe.bus import Bus, Channel
from device_probe.bus.line import PAUSE_S
from device_probe.bus.opening import open_connection
from device_probe.decode import decode
from device_probe.load_step.setpoint import SetPoint, registers_of
from device_probe.load_step.wire import WriteConnection, writing
from device_probe.problems import BusError, DeviceRefusalError, RefusedError
from device_probe.read import endpoint_of, manners_of, read_on

TRIES = 3
PAUSE_AFTER_FAILURE_S = 0.5


class Writer:
    """The set-points of one run; it reads over the bus and writes over connections of its own."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.writes = 0

    async def present(self, point: SetPoint) -> float | None:
        """Return the value that the set-point has now, None when the device does not tell."""
        name = point.read_back
        if name is None:
            return None
        snapshot = await read_on(self._bus, point.device, point.profile, (name,))
        if snapshot.problem is not None:
            raise BusError(f"{point.tag}: {snapshot.problem}")
        return snapshot.value(name)

    async def put(self, point: SetPoint, value: float) -> float | None:
        """Write a value, never above the one found, and return what the device then says it is."""
        point.check(value)
        words = registers_of(point, value)
        if decode(point.at, point.point, b"".join(w.to_bytes(2, "big") for w in words)).value != value:
            raise RefusedError(f"{point.tag}: {value:g} {point.unit} can't be said in its register.")
        before = await self.present(point)
        for attempt in range(TRIES):
            try:
                await self._send(point, words)
            except DeviceRefusalError:
                raise
            except BusError:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
            else:
                break
        if point.point.access == "wo":
            return None  # what the device says of its limit may come later; the current shows it
        found = await self._settled(point, value)
        if found is None or not math.isclose(found, value, abs_tol=point.step):
            said = "nothing" if found is None else f"{found:g} {point.unit}"
            was = "" if before is None else f" (it was {before:g})"
            raise RefusedError(
                f"{point.tag}: {value:g} {point.unit} was written and confirmed, but it reads {said}{was}; "
                "another client may set it, or it takes no set-point in this mode."
            )
        return found

    async def _settled(self, point: SetPoint, value: float) -> float | None:
        """Read back; some devices show a new value only after a moment."""
        found = await self.present(point)
        for _ in range(TRIES - 1):
            if found is not None and math.isclose(found, value, abs_tol=point.step):
                break
            await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
            found = await self.present(point)
        return found

    def _channel(self, point: SetPoint) -> Channel:
        manners = manners_of(point.profile, None, point.device.baud)
        return self._bus.channel(endpoint_of(point.device, point.profile), point.bus_unit, manners)

    async def _send(self, point: SetPoint, words: tuple[int, ...]) -> None:
        """Take the line for ourselves: some devices take one client, and a serial line one question."""
        channel = self._channel(point)
        line, manners = channel.line, channel.manners
        if not line.turn.take():
            await line.turn.wait()
        try:
            await line.close()
            await asyncio.sleep(max(manners.min_gap_s, PAUSE_S if line.single_client else 0.0))
            write = writing(point.point.address, words, point.bus_unit, point.function)
            connection = await open_connection(line.endpoint, manners.timeout_s, None, WriteConnection)
            try:
                await asyncio.sleep(manners.connect_delay_s)
                self.writes += 1
                await connection.send(write, 1 + randbelow(0xFFFE), manners.timeout_s)
            finally:
                await connection.leave(polite=line.single_client)
                if line.single_client:
                    await asyncio.sleep(PAUSE_S)
        finally:
            line.turn.give()

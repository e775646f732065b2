"""Asking one unit politely: each place once, however many profiles want to know, and what came is kept."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from device_probe.bus import Bus, Channel, Manners
from device_probe.model import Endpoint, RawBlock
from device_probe.problems import BusError, DeviceRefusalError, NoAnswerError, NoConnectionError, ParkedError
from device_probe.profile import Table
from device_probe.sunspec.profile import readable

NOBODY_THERE = (10, 11)  # what a gateway says of a unit that doesn't answer
CONNECT_DELAY_S = 2.0  # the longest that any known device wants after connecting
MAX_SILENCES = 6  # requests without any answer that one device may cost; each costs the whole timeout
Place = tuple[int, Table, int, int]  # unit, table, address, count


class Asker:
    """The way to one unit whose kind is not known yet."""

    def __init__(
        self, endpoint: Endpoint, unit: int, manners: Manners, gate: asyncio.Semaphore | None = None,
        patience_s: float = CONNECT_DELAY_S,
    ) -> None:  # fmt: skip
        self.endpoint, self.unit, self.manners = endpoint, unit, manners
        self.blocks: list[RawBlock] = []
        self.refused: set[Place] = set()
        self.alive = False  # somebody answered, be it only to refuse
        self.silences = 0
        self.heard = False  # anything from anybody at this address
        self._gate, self._patience_s = gate, patience_s
        self._spent = 0
        self._bus, self._channel = self._anew()

    @property
    def requests(self) -> int:
        """Return how many frames were sent."""
        return self._spent + self._channel.requests

    async def close(self) -> None:
        """Close the connection."""
        await self._bus.close()

    async def turn_to(self, unit: int) -> None:
        """Ask another unit on the same connection from now on."""
        self._spent += self._channel.requests
        self.unit, self.alive, self.silences = unit, False, 0
        self.blocks, self.refused = [], set()
        self._channel = self._bus.channel(self.endpoint, unit, self.manners)

    async def patiently(self, table: Table, address: int, count: int) -> None:
        """Ask once more on a connection that was let alone for a while: some devices listen only then."""
        brisk, self.manners = self.manners, replace(self.manners, connect_delay_s=self._patience_s)
        await self._afresh()
        self.silences, self.refused = 0, set()
        try:
            await self.read(table, address, count)
        finally:
            if not self.heard:
                self.manners = brisk
                await self._afresh()

    async def information(self) -> dict[int, str]:
        """Return what the unit says about itself (function code 43); {} when it knows no such request."""
        try:
            found = await self._channel.device_information()
        except (NoConnectionError, ParkedError):
            raise
        except DeviceRefusalError as error:
            self._take_note(error, self.unit)
            return {}
        except BusError as error:
            self._silent(error)
            return {}
        self.alive = self.heard = True
        return {number: readable(text) for number, text in found.items()}

    async def read(self, table: Table, address: int, count: int, unit: int | None = None) -> bytes | None:
        """Return registers, None when they are refused or don't come."""
        asked = self.unit if unit is None else unit
        place = (asked, table, address, count)
        if place in self.refused:
            return None
        known = self.known(table, address, count, asked)
        if known is None:
            known = await self._read(place)
        return known

    def known(self, table: str, address: int, count: int, unit: int | None = None) -> bytes | None:
        """Return registers that came already."""
        asked = self.unit if unit is None else unit
        for block in self.blocks:
            first = address - block.address
            if (block.unit, block.table) == (asked, table) and 0 <= first <= block.count - count:
                data = bytes.fromhex(block.data_hex)
                return data if table in ("coil", "discrete") else data[2 * first : 2 * (first + count)]
        return None

    async def _read(self, place: Place) -> bytes | None:
        unit, table, address, count = place
        try:
            answer = await self._channel.read(table, address, count, unit)
        except NoConnectionError:
            raise
        except ParkedError as error:
            await self._renew(error)
            return await self._read(place)
        except DeviceRefusalError as error:
            self._take_note(error, unit)
            self.refused.add(place)
            return None
        except BusError as error:
            self.refused.add(place)
            self._silent(error, mine=unit == self.unit)
            return None
        self.alive, self.heard = self.alive or unit == self.unit, True
        self.blocks.append(RawBlock(unit, table, address, count, answer.data.hex(), answer.taken_at))
        return answer.data

    def _take_note(self, error: DeviceRefusalError, unit: int) -> None:
        self.heard = True
        if unit != self.unit:
            return
        if error.code in NOBODY_THERE and not self.alive:
            raise error
        self.alive = True

    def _silent(self, error: BusError, mine: bool = True) -> None:
        """Some devices don't refuse what they don't have, they say nothing; that has to end some time."""
        self.silences += mine
        if not self.alive and self.silences > 1:
            raise error
        if self.silences >= MAX_SILENCES:
            raise NoAnswerError(f"unit {self.unit} at {self.endpoint.place} falls silent again and again")

    async def _renew(self, error: ParkedError) -> None:
        if not self.alive or self.silences >= MAX_SILENCES:
            raise error
        self.silences += 1
        await self._afresh()

    async def _afresh(self) -> None:
        self._spent += self._channel.requests
        await self._bus.close()
        self._bus, self._channel = self._anew()

    def _anew(self) -> tuple[Bus, Channel]:
        bus = Bus(gate=self._gate)
        return bus, bus.channel(self.endpoint, self.unit, self.manners)


async def read_all(asker: Asker, places: Iterable[Place]) -> int:
    """Read places that are not known yet; return how many of them answered."""
    answered = 0
    for unit, table, address, count in places:
        answered += await asker.read(table, address, count, unit) is not None
    return answered

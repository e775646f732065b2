"""Where the models of a SunSpec device stand: header, one model after the other, end marker.

The walk asks; ``chain_of`` finds the same chain again in recorded registers, without the device.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from device_probe.model import RawBlock

BASES = (40000, 50000, 0)
MARKER = b"SunS"
COMMON = 1
COMMON_LENGTHS = (65, 66)
END = 0xFFFF
MAX_ADDRESS = 0xFFFF
MAX_MODELS = 64  # the longest chain known has fewer than 40
HEADER = 2  # registers: id and length
NAMES = 32  # registers of manufacturer and model, the first of a common model

Registers = Callable[[int, int], bytes | None]  # address, count -> the registers, when they are known
Ask = Callable[[int, int], Awaitable[bytes | None]]  # the same, asked from the device; None: refused


@dataclass(frozen=True, slots=True)
class Placed:
    """One model of a chain; ``address`` is that of its id register."""

    id: int
    address: int
    length: int  # registers behind id and length

    @property
    def end(self) -> int:
        """Return where the next model begins."""
        return self.address + HEADER + self.length


@dataclass(frozen=True, slots=True)
class Section:
    """What one common model introduces: the device itself, or a device behind it."""

    common: Placed
    models: tuple[Placed, ...]

    def find(self, model_id: int) -> Placed | None:
        """Return the first model of an id."""
        return next((placed for placed in self.models if placed.id == model_id), None)


@dataclass(frozen=True, slots=True)
class Chain:
    """All models of a unit; ``fault`` says why the walk ended when it wasn't at an end marker."""

    base: int
    models: tuple[Placed, ...]
    fault: str = ""

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return the devices of the chain: each begins with a common model."""
        found: list[tuple[Placed, list[Placed]]] = []
        for placed in self.models:
            if placed.id == COMMON:
                found.append((placed, []))
            elif found:
                found[-1][1].append(placed)
        return tuple(Section(common, tuple(models)) for common, models in found)

    def words(self) -> str:
        """Return the models as a person reads them."""
        ids = ", ".join(str(placed.id) for placed in self.models) or "none"
        return f"models {ids} from address {self.base} on"


@dataclass(slots=True)
class _Walk:
    """The rules of a chain, apart from where the registers come from."""

    base: int
    models: list[Placed]
    fault: str = ""

    @property
    def place(self) -> int:
        return self.models[-1].end if self.models else self.base + HEADER

    def takes(self, header: bytes | None) -> bool:
        """Note the header found at ``place``; False when the chain ends there."""
        if header is None:
            self.fault = f"no end marker: address {self.place} is refused"
            return False
        placed = Placed(int.from_bytes(header[:2], "big"), self.place, int.from_bytes(header[2:4], "big"))
        if placed.id == END:
            return False
        self.fault = self._objection(placed)
        if not self.fault:
            self.models.append(placed)
        return not self.fault

    def _objection(self, placed: Placed) -> str:
        where = f"model {placed.id} at address {placed.address}"
        if placed.id == 0 or placed.length == 0:
            return f"{where} has the length {placed.length}, which no model has"
        if placed.id == COMMON and placed.length not in COMMON_LENGTHS:
            return f"{where} has the length {placed.length}; a common model has 65 or 66"
        if not self.models and placed.id != COMMON:
            return f"{where} is the first; a chain begins with the common model"
        if placed.end + HEADER > MAX_ADDRESS + 1:
            return f"{where} has the length {placed.length} and would end beyond the last address"
        if len(self.models) == MAX_MODELS:
            return f"more than {MAX_MODELS} models and no end"
        return ""

    def chain(self) -> Chain:
        return Chain(self.base, tuple(self.models), self.fault)


async def walk(ask: Ask, until: int | None = None, bases: Iterable[int] = BASES) -> Chain | None:
    """Find the header and follow the models, to the end or to a model that is looked for.

    None when no header stands at any of the usual places.
    """
    for base in bases:
        start = await ask(base, 2 * HEADER)
        if start is not None and start[:4] == MARKER:
            return await _follow(ask, base, start[4:], until)
    return None


async def _follow(ask: Ask, base: int, header: bytes | None, until: int | None) -> Chain:
    going = _Walk(base, [])
    while going.takes(header):
        last = going.models[-1]
        if last.id == until:
            break
        header = await (_past_common(ask, last) if last.id == COMMON else ask(last.end, HEADER))
    return going.chain()


async def _past_common(ask: Ask, common: Placed) -> bytes | None:
    """Read who the device is together with the header behind it: it costs no request more."""
    body = await ask(common.address + HEADER, common.length + HEADER)
    if body is not None:
        return body[-2 * HEADER :]
    await ask(common.address + HEADER, NAMES)  # a device that takes no long requests
    return await ask(common.end, HEADER)


def chain_of(registers: Registers) -> Chain | None:
    """Return the chain that recorded registers hold; it ends where they end."""
    for base in BASES:
        if registers(base, HEADER) == MARKER:
            going = _Walk(base, [])
            while (header := registers(going.place, HEADER)) is not None and going.takes(header):
                pass
            return going.chain()
    return None


def recorded(blocks: Iterable[RawBlock], unit: int) -> Registers:
    """Return the holding registers of a unit as they were recorded."""
    held = [(block.address, bytes.fromhex(block.data_hex)) for block in blocks
            if block.unit == unit and block.table == "holding"]  # fmt: skip

    def registers(address: int, count: int) -> bytes | None:
        for first, data in held:
            if first <= address and address + count <= first + len(data) // 2:
                return data[2 * (address - first) : 2 * (address - first + count)]
        return None

    return registers

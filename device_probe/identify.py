"""Who is at this address: device identification, identity registers of all profiles, plausible values."""

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from device_probe.bus import Bus, Channel, Manners
from device_probe.decode import decode
from device_probe.model import Endpoint, Reading
from device_probe.plan import plan_requests
from device_probe.problems import BusError, NoConnectionError, ParkedError
from device_probe.profile import Identity, Point, Profile, Table
from device_probe.profile_schema import list_profiles

IDENTITY_SCORE = 10
VENDOR_SCORE = 5
PLAUSIBLE_SCORE = 1
CONTRADICTION_SCORE = -10
FULL_MAP_SCORE = 8
TRIED_IN_FULL = 8
PROOF = ("voltage_l1_n", "voltage_l2_n", "voltage_l3_n", "frequency")
FREQUENCY_BANDS = ((48.5, 51.5), (58.5, 61.5))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile that may fit, with what speaks for and against it."""

    profile: str
    vendor: str
    model: str
    score: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identification:
    """What was found at one address; the best candidate first, those without any evidence left out."""

    device_information: dict[int, str]
    candidates: tuple[Candidate, ...]
    requests: int


def identify_device(
    host: str, port: int, unit: int, profiles: Iterable[Profile] | None = None, timeout_s: float = 1.0
) -> Identification:
    """Ask the device at an address who it is; BusError when nobody answers there."""
    known = tuple(profiles) if profiles is not None else list_profiles()
    return asyncio.run(_identify(host, port, unit, known, timeout_s))


async def _identify(
    host: str, port: int, unit: int, profiles: tuple[Profile, ...], timeout_s: float
) -> Identification:
    bus = Bus()
    try:
        asker = _Asker(bus.channel(Endpoint(host, port), unit, Manners(timeout_s=timeout_s)))
        information = await asker.information()
        weighed = [(await _weigh(asker, profile, information), profile) for profile in profiles]
        likely = sorted((w for w in weighed if w[0].score > 0), key=lambda w: (-w[0].score, w[0].profile))
        ranked = [await _tried(asker, candidate, profile) for candidate, profile in likely[:TRIED_IN_FULL]]
        ranked.sort(key=lambda c: (-c.score, c.profile))
        rest = tuple(candidate for candidate, _ in likely[TRIED_IN_FULL:])
        return Identification(information, (*ranked, *rest), asker.channel.requests)
    finally:
        await bus.close()


class _Asker:
    """Reads each place once, however many profiles ask for it."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._known: dict[tuple[int, Table, int, int], bytes | None] = {}

    async def information(self) -> dict[int, str]:
        try:
            return await self.channel.device_information()
        except (NoConnectionError, ParkedError):
            raise
        except BusError:
            return {}  # few devices know function code 43; that is no reason to give up

    async def data(self, point: Point) -> bytes | None:
        unit = self.channel.unit if point.unit_id is None else point.unit_id
        key = (unit, point.table, point.address, point.registers)
        if key not in self._known:
            self._known[key] = await self._read(*key)
        return self._known[key]

    async def _read(self, unit: int, table: Table, address: int, count: int) -> bytes | None:
        try:
            return (await self.channel.read(table, address, count, unit)).data
        except (NoConnectionError, ParkedError):
            raise
        except BusError:
            return None


async def _tried(asker: _Asker, candidate: Candidate, profile: Profile) -> Candidate:
    """Add how much of the whole register map answers, which tells relatives with a common core apart."""
    blocks = plan_requests(profile, asker.channel.unit)
    answered = total = 0
    for block in blocks:
        whole = Point("block", block.table, block.address, "string", block.count, unit_id=block.unit)
        total += len(block.points)
        answered += len(block.points) if await asker.data(whole) is not None else 0
    words = f"{answered} of {total} values answer"
    score = candidate.score + round(FULL_MAP_SCORE * answered / total)
    return replace(candidate, score=score, evidence=(*candidate.evidence, words))


async def _weigh(asker: _Asker, profile: Profile, information: dict[int, str]) -> Candidate:
    score, evidence = 0, []
    vendor = information.get(0, "")
    if vendor and profile.vendor.lower() in vendor.lower():
        score += VENDOR_SCORE
        evidence.append(f"device identification names {vendor}")
    for identity in profile.identity:
        points, words = await _identity_score(asker, profile, identity)
        score += points
        evidence += words
    points, words = await _plausible(asker, profile)
    return Candidate(profile.id, profile.vendor, profile.model, score + points, (*evidence, *words))


async def _identity_score(asker: _Asker, profile: Profile, identity: Identity) -> tuple[int, list[str]]:
    if identity.contains is None and not identity.values:
        return 0, []
    data = await asker.data(identity.point)
    if data is None:
        return 0, []
    reading = decode(profile, identity.point, data)
    if identity.contains is not None:
        if isinstance(reading.value, str) and identity.contains.lower() in reading.value.lower():
            return IDENTITY_SCORE, [f"{identity.name} reads {reading.value!r}"]
        return 0, []
    if isinstance(reading.value, int | float) and int(reading.value) in identity.values:
        return IDENTITY_SCORE, [f"{identity.name} reads {int(reading.value)}"]
    return CONTRADICTION_SCORE, []


async def _plausible(asker: _Asker, profile: Profile) -> tuple[int, list[str]]:
    readings: dict[str, Reading] = {}
    for name in PROOF:
        point = next((p for p in profile.points if p.quantity == name and p.scale_register is None), None)
        data = await asker.data(point) if point is not None else None
        if point is not None and data is not None:
            readings[name] = decode(profile, point, data)
    values = {
        k: r.value for k, r in readings.items() if isinstance(r.value, float) and math.isfinite(r.value)
    }
    good = [name for name, value in values.items() if _believable(name, value)]
    bad = [name for name, value in values.items() if name not in good and value]
    if bad or not good:
        return -len(bad), []
    return PLAUSIBLE_SCORE * len(good), [f"{name} reads {values[name]:.4g}" for name in good]


def _believable(name: str, value: float) -> bool:
    if name == "frequency":
        return any(low <= value <= high for low, high in FREQUENCY_BANDS)
    return 90 <= value <= 320

"""Who is at this address: SunSpec header, device identification, registers that name the device, values.

Polite: places that several profiles share are read once, and it ends as soon as the kind is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from device_probe.bus import Manners
from device_probe.identify.asker import Asker, Place, read_all
from device_probe.identify.sunspec import Plate, look_for_sunspec
from device_probe.identify.weigh import (
    FULL_MAP_SCORE,
    Candidate,
    proof_quantities,
    rank,
    readings_of,
    same_maker,
    weigh,
    what_decides,
)
from device_probe.loop import run
from device_probe.model import Endpoint
from device_probe.plan import plan_requests
from device_probe.problems import BusError, DeviceRefusalError, NoAnswerError, NoConnectionError, ParkedError
from device_probe.profile import Identity, Profile
from device_probe.profile_schema import list_profiles
from device_probe.sunspec.profile import readable

__all__ = ["Candidate", "Identification", "identify_device", "identify_unit"]

MIN_GAP_S = 0.06  # a device that is not known may need this long between two requests
RIVALS = 4  # profiles that answer alike and are told apart by more of their map
BLOCKS_OF_A_RIVAL = 3
PLATE = ("serial_number", "firmware_version", "firmware_major", "firmware_minor", "firmware_patch")
UNIT_IDS = (1, 255, 0, 2, 3, 247, 71, 100, 50, 64, 200, 240)  # tried in this order when none is given


@dataclass(frozen=True, slots=True)
class Identification:
    """What was found at one address; the best candidate first, those without any evidence left out."""

    device_information: dict[int, str]
    candidates: tuple[Candidate, ...]
    requests: int
    unit: int = 1
    decides: str = ""  # what would decide between the candidates
    plate: Plate = field(default_factory=Plate)
    behind: tuple[Plate, ...] = ()  # devices behind this one, in the same SunSpec chain

    @property
    def best(self) -> Candidate | None:
        """Return the profile that fits best."""
        return self.candidates[0] if self.candidates else None


def identify_device(
    host: str, port: int, unit: int | None, profiles: Iterable[Profile] | None = None, timeout_s: float = 1.0,
    min_gap_s: float = MIN_GAP_S,
) -> Identification:  # fmt: skip
    """Ask the device at an address who it is; BusError when nobody answers there.

    Without a unit id those are tried that devices of known kinds have.
    """
    known = tuple(profiles) if profiles is not None else list_profiles()
    units = (unit,) if unit is not None else _usual_units(known)
    return run(_identify(Endpoint(host, port), units, known, timeout_s, min_gap_s))


def _usual_units(profiles: tuple[Profile, ...]) -> tuple[int, ...]:
    found = {unit for profile in profiles for unit in (profile.default_unit_id, *profile.unit_ids)}
    return (*(unit for unit in UNIT_IDS if unit in found or unit == 1), *sorted(found - set(UNIT_IDS)))


async def _identify(
    endpoint: Endpoint, units: tuple[int, ...], profiles: tuple[Profile, ...], timeout_s: float, gap_s: float
) -> Identification:
    asker = Asker(endpoint, units[0], Manners(timeout_s=timeout_s, retries=0, min_gap_s=gap_s))
    failure: BusError = NoAnswerError(f"nobody answers at {endpoint.place}")
    try:
        for place, unit in enumerate(units):
            if place:
                await asker.turn_to(unit)
            try:
                return await identify_unit(asker, profiles)
            except NoConnectionError:
                raise
            except BusError as error:
                failure = failure if place else error
        raise failure
    finally:
        await asker.close()


async def identify_unit(
    asker: Asker, profiles: Iterable[Profile], first: str = "", brief: bool = False
) -> Identification:
    """Ask one unit who it is, the profile that is expected there first; BusError when nobody answers.

    ``brief`` gives up after one request without an answer.
    """
    known = tuple(profiles)
    expected = next((profile for profile in known if profile.id == first), None)
    await _presence(asker, expected, brief)
    information = await asker.information()
    try:
        if found := await look_for_sunspec(asker, 40000):
            return await _sunspec(asker, known, information, found)
        await _search(asker, known, information, expected)
        if not _settled(asker, known, information):
            for base in (50000, 0):
                if found := await look_for_sunspec(asker, base):
                    return await _sunspec(asker, known, information, found)
    except (NoAnswerError, ParkedError):
        pass  # it fell silent: what came until then is judged
    ranked = await _told_apart(asker, known, information)
    return await _identification(asker, known, information, ranked)


async def _presence(asker: Asker, expected: Profile | None, brief: bool) -> None:
    if expected is not None and (places := _proof_places(asker, expected)):
        await read_all(asker, places[:1])
    try:
        if not asker.alive:
            await asker.read("holding", 40000, 4)
        if not asker.alive and not brief:
            await asker.read("input", 0, 2)
        if not asker.alive:
            raise NoAnswerError(f"nobody answers as unit {asker.unit} at {asker.endpoint.place}")
    except NoAnswerError:
        if asker.heard or brief:
            raise
        await asker.patiently("holding", 40000, 4)
        if not asker.alive:
            raise


async def _search(
    asker: Asker, profiles: tuple[Profile, ...], information: dict[int, str], expected: Profile | None
) -> None:
    """Ask for what each profile can be recognised by, until one is."""
    for profile in _in_order(asker, profiles, information, expected):
        for identity in profile.identity:
            if _own(asker, identity):
                await _ask_identity(asker, identity)
        for place in _proof_places(asker, profile):
            if not await read_all(asker, [place]):
                break  # who refuses the first has not this map
        if weigh(asker, profile, information).settled:
            return


def _in_order(
    asker: Asker, profiles: tuple[Profile, ...], information: dict[int, str], expected: Profile | None
) -> list[Profile]:
    """Return the profiles, those that one answer can tell the most about first."""
    shared: dict[Place, int] = {}
    for profile in profiles:
        for place in _proof_places(asker, profile):
            shared[place] = shared.get(place, 0) + 1

    def key(profile: Profile) -> tuple[bool, bool, bool, int, str]:
        named = same_maker(profile.vendor, information.get(0, ""))
        most = max((shared[place] for place in _proof_places(asker, profile)), default=0)
        usual = asker.unit in (profile.default_unit_id, *profile.unit_ids)
        return profile is not expected, not named, not usual, -most, profile.id

    return sorted((p for p in profiles if not p.id.startswith("sunspec")), key=key)


def _proof_places(asker: Asker, profile: Profile) -> list[Place]:
    blocks = (
        plan_requests(profile, asker.unit, proof_quantities(profile)) if proof_quantities(profile) else ()
    )
    return [(b.unit, b.table, b.address, b.count) for b in blocks]


def _own(asker: Asker, identity: Identity) -> bool:
    # another unit id may be another device, and behind a gateway it may cost seconds
    return identity.point.unit_id in (None, asker.unit)


async def _ask_identity(asker: Asker, identity: Identity) -> None:
    point = identity.point
    await asker.read(point.table, point.address, point.registers, point.unit_id)


def _settled(asker: Asker, profiles: tuple[Profile, ...], information: dict[int, str]) -> bool:
    return any(weigh(asker, profile, information).settled for profile in profiles)


async def _told_apart(
    asker: Asker, profiles: tuple[Profile, ...], information: dict[int, str]
) -> tuple[Candidate, ...]:
    """Ask more of those that fit best: registers that name them, then how much of their map answers."""
    by_id = {profile.id: profile for profile in profiles}
    likely = rank(weigh(asker, profile, information) for profile in profiles)[:RIVALS]
    try:
        for candidate in likely:
            for identity in by_id[candidate.profile].identity:
                await _ask_identity(asker, identity)
        likely = rank(weigh(asker, profile, information) for profile in profiles)
        tried = {c.profile: await _tried(asker, c, by_id[c.profile]) for c in likely[:RIVALS]}
    except (NoAnswerError, ParkedError):
        return likely
    return rank(tried.get(c.profile, c) for c in likely)


async def _tried(asker: Asker, candidate: Candidate, profile: Profile) -> Candidate:
    """Add how much of the register map answers, which tells relatives with a common core apart."""
    if candidate.proven and candidate.settled:
        return replace(candidate, score=candidate.score + FULL_MAP_SCORE)
    blocks = sorted(plan_requests(profile, asker.unit), key=lambda b: -len(b.points))
    asked = [block for block in blocks if block.unit == asker.unit][:BLOCKS_OF_A_RIVAL]
    total = sum(len(block.points) for block in asked)
    answered = 0
    for block in asked:
        if await asker.read(block.table, block.address, block.count, block.unit) is not None:
            answered += len(block.points)
    if not total:
        return candidate
    words = f"{answered} of {total} values answer"
    score = candidate.score + round(FULL_MAP_SCORE * answered / total)
    return replace(candidate, score=score, evidence=(*candidate.evidence, words))


async def _identification(
    asker: Asker, profiles: tuple[Profile, ...], information: dict[int, str], ranked: tuple[Candidate, ...]
) -> Identification:
    best = next((p for p in profiles if ranked and p.id == ranked[0].profile), None)
    plate = await _plate(asker, best, information)
    return Identification(
        information, ranked, asker.requests, asker.unit, what_decides(ranked), plate
    )  # fmt: skip


async def _plate(asker: Asker, profile: Profile | None, information: dict[int, str]) -> Plate:
    """Read the serial number and the firmware of the device, if its kind has registers for them."""
    texts: dict[str, str] = {}
    if profile is not None:
        wanted = [name for name in PLATE if name in profile.quantities]
        try:
            for block in plan_requests(profile, asker.unit, wanted) if wanted else ():
                await asker.read(block.table, block.address, block.count, block.unit)
        except BusError:
            wanted = []
        readings = readings_of(asker, profile, wanted)
        texts = {
            name: _text(reading.value) for name, reading in readings.items() if reading.value is not None
        }
    parts = [texts[name] for name in PLATE[2:] if name in texts]
    return Plate(
        profile.id if profile else "",
        profile.vendor if profile else information.get(0, ""),
        profile.model if profile else information.get(1, ""),
        texts.get("serial_number", ""),
        texts.get("firmware_version") or ".".join(parts) or information.get(2, ""),
    )


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else readable(str(value))


async def _sunspec(
    asker: Asker, profiles: tuple[Profile, ...], information: dict[int, str], plates: tuple[Plate, ...]
) -> Identification:
    """A SunSpec device says who it is; only profiles of its maker could fit as well."""
    candidate = Candidate(
        "sunspec", plates[0].vendor, plates[0].model, 30,
        (f"SunSpec {plates[0].words}", f"it names itself {plates[0].vendor} {plates[0].model}".strip()),
        proven=True,
    )  # fmt: skip
    files = [
        replace(candidate, profile=p.id, score=20) for p in profiles
        if p.sunspec_model in plates[0].models
    ]  # fmt: skip
    makers = [
        p for p in profiles if same_maker(p.vendor, plates[0].vendor) and not p.id.startswith("sunspec")
    ]
    try:
        for profile in makers:
            for identity in profile.identity:
                await _ask_identity(asker, identity)
            await read_all(asker, _proof_places(asker, profile))
    except (NoAnswerError, ParkedError, DeviceRefusalError):
        pass  # the SunSpec models are proof enough
    ranked = rank([candidate, *files, *(weigh(asker, profile, information) for profile in makers)])
    return Identification(
        information, ranked, asker.requests, asker.unit, what_decides(ranked), plates[0], plates[1:]
    )  # fmt: skip

"""What registers that came say for and against a profile. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from device_probe.blocks import decode_blocks
from device_probe.identify.asker import Asker
from device_probe.model import Reading
from device_probe.profile import Identity, Point, Profile

IDENTITY_SCORE = 10
VENDOR_SCORE = 8
PLAUSIBLE_SCORE = 1
CONTRADICTION_SCORE = -10
FULL_MAP_SCORE = 8
SHORTEST_MODEL = 3  # letters and digits
MARGIN = 3  # who is nearer than this to the best may be it as well
STRONG = 3  # believable values: three voltages, or two and the frequency
PROOF = ("voltage_l1_n", "voltage_l2_n", "voltage_l3_n", "frequency")
FREQUENCY_BANDS = ((48.5, 51.5), (58.5, 61.5))
VOLTAGES = (90, 320)
UNALIKE = 1.3  # no grid in use has phases that far apart
MODEL_WORD = re.compile(r"(?=.*[0-9])[\w-]{3,}")  # UMG alone is no model, 96-PA is part of one
Confidence = Literal["certain", "likely", "possible"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile that may fit, with what speaks for and against it."""

    profile: str
    vendor: str
    model: str
    score: int
    evidence: tuple[str, ...]
    proven: bool = False  # a register of the device names it
    believable: int = 0  # values that a grid can have
    firm: bool = False  # so many, and so fine, that no other register map gives them by chance
    doubtful: int = 0  # values that no grid has
    checkable: bool = True  # has values of which everybody knows what they must be
    contradicted: bool = False  # a register that names the device names another
    confidence: Confidence = "possible"

    @property
    def settled(self) -> bool:
        """Return True when no more needs to be asked to recognise the kind of device."""
        if self.doubtful or self.contradicted:
            return False
        return self.firm or (self.proven and (self.believable > 0 or not self.checkable))

    def may_be(self, best: "Candidate") -> bool:
        """Return True when this is nearly as likely as the best."""
        if self.doubtful or self.contradicted:
            return False
        return self.score > best.score - MARGIN or (self.proven and best.proven)


@dataclass(slots=True)
class _Scale:
    score: int = 0
    evidence: list[str] = field(default_factory=list)

    def add(self, score: int, words: str) -> None:
        self.score += score
        self.evidence.append(words)


def weigh(asker: Asker, profile: Profile, information: Mapping[int, str]) -> Candidate:
    """Judge one profile by what is known."""
    scale = _Scale()
    named = _by_information(profile, information, scale)
    proven, contradicted = _by_identity(asker, profile, scale)
    proven = proven or named
    good, doubtful = _by_values(asker, profile, scale)
    coarse = any(_coarse(profile.point(name)) for name in good)
    return Candidate(
        profile.id, profile.vendor, profile.model, scale.score, tuple(scale.evidence), proven,
        len(good), len(good) >= STRONG and (not coarse or same_maker(profile.vendor, information.get(0, ""))),
        doubtful, bool(proof_quantities(profile)), contradicted,
    )  # fmt: skip


def rank(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return those with any evidence, the best first, and how sure each is."""
    ordered = sorted(
        (c for c in candidates if c.score > 0 and c.evidence), key=lambda c: (-c.score, c.profile)
    )
    equals = sum(1 for c in ordered if c.score > ordered[0].score - MARGIN and not c.doubtful)
    return tuple(
        replace(candidate, confidence=_confidence(candidate, place, equals))
        for place, candidate in enumerate(ordered)
    )


def what_decides(ranked: tuple[Candidate, ...]) -> str:
    """Return what a person would have to look at to be sure; "" when nothing more is needed."""
    if not ranked:
        return (
            "No profile fits; write one from the register map in its manual (docs/recipes/add-a-device.md)."
        )
    if ranked[0].confidence == "certain":
        return ""
    rivals = [c.profile for c in ranked if c.score > ranked[0].score - MARGIN and not c.doubtful]
    if len(rivals) > 1:
        return f"{' and '.join(rivals[:3])} answer alike; the name plate decides."
    return "No register names the device; its name plate, or one value compared with its display, decides."


def proof_quantities(profile: Profile) -> tuple[str, ...]:
    """Return the quantities of a profile of which everybody knows what they must be."""
    return tuple(name for name in PROOF if name in profile.quantities)


def readings_of(asker: Asker, profile: Profile, wanted: Iterable[str]) -> dict[str, Reading]:
    """Decode what is known of these quantities."""
    names = tuple(wanted)
    return {r.quantity: r for r in decode_blocks(profile, asker.unit, asker.blocks, {}, names)}


def same_maker(maker: str, text: str) -> bool:
    """Return True when a text names the maker of a profile, by its first word."""
    words = maker.lower().split()
    return bool(words) and words[0] in text.lower()


def _confidence(candidate: Candidate, place: int, equals: int) -> Confidence:
    if candidate.doubtful or candidate.contradicted:
        return "possible"
    if candidate.proven and (place == 0 or candidate.score >= IDENTITY_SCORE):
        return "certain"
    alone = place == 0 and equals == 1
    return "likely" if alone and candidate.firm else "possible"


def _by_information(profile: Profile, information: Mapping[int, str], scale: _Scale) -> bool:
    """Return True when the device identification names maker and model of this profile."""
    vendor = information.get(0, "")
    if not same_maker(profile.vendor, vendor):
        return False
    scale.add(VENDOR_SCORE, f"device identification names {vendor}")
    told = [text for key in (1, 4, 5) if len(text := _plain(information.get(key, ""))) >= SHORTEST_MODEL]
    own = [_plain(word) for word in profile.model.replace("/", " ").split() if MODEL_WORD.fullmatch(word)]
    hits = [word for word in own if any(word in text or text in word for text in told)]
    if not hits:
        return False
    scale.add(
        IDENTITY_SCORE + len(hits), f"device identification names {information.get(1) or information[4]}"
    )
    return True


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _by_identity(asker: Asker, profile: Profile, scale: _Scale) -> tuple[bool, bool]:
    """Return whether registers name this device, and whether they name another."""
    verdicts: dict[str, list[bool]] = {}
    for identity in profile.identity:
        fits, words = _identity_fits(asker, profile, identity)
        if fits is not None:
            verdicts.setdefault(identity.name, []).append(fits)
        if fits:
            scale.add(IDENTITY_SCORE, words)
    proven = any(any(found) for found in verdicts.values())
    # a register that may stand at several places is missed only where it is at none
    missed = [name for name, found in verdicts.items() if not any(found)]
    scale.score += CONTRADICTION_SCORE * len(missed)
    return proven, bool(missed)


def _identity_fits(asker: Asker, profile: Profile, identity: Identity) -> tuple[bool | None, str]:
    if identity.absent:
        # that something is refused proves nothing; that a relative answers there speaks against
        known = asker.known(identity.point.table, identity.point.address, identity.point.registers)
        return (None, "") if known is None else (False, "")
    only_it = replace(profile, points=(identity.point,))
    reading = readings_of(asker, only_it, (identity.point.quantity,)).get(identity.point.quantity)
    if reading is None or reading.value is None or reading.problem:
        return None, ""
    shown = f"{reading.value:g}" if isinstance(reading.value, float) else repr(reading.value)
    return identity.fits(reading.value), f"{identity.name} reads {shown}"


def _by_values(asker: Asker, profile: Profile, scale: _Scale) -> tuple[list[str], int]:
    """Return the quantities that read what a grid can have, and how many do not."""
    readings = readings_of(asker, profile, proof_quantities(profile))
    values = {name: r.value for name, r in readings.items() if isinstance(r.value, float)}
    good = [name for name, value in values.items() if believable(name, value)]
    bad = sum(1 for name, value in values.items() if name not in good and value)
    voltages = [values[name] for name in good if name.startswith("voltage")]
    if voltages and max(voltages) > UNALIKE * min(voltages):
        bad += 1
    if bad:
        scale.score -= bad
        return [], bad
    if good:
        scale.add(PLAUSIBLE_SCORE * len(good), ", ".join(f"{n} reads {values[n]:.4g}" for n in good))
    return good, 0


def _coarse(point: Point) -> bool:
    """Return True for whole volts in one register: any counter or address may look like that."""
    return point.registers == 1 and point.scale >= 1 and point.scale_register is None


def believable(name: str, value: float) -> bool:
    """Return True when a grid can have this value."""
    if name.startswith("frequency"):
        return any(low <= value <= high for low, high in FREQUENCY_BANDS)
    return VOLTAGES[0] <= value <= VOLTAGES[1]

"""Cases of the full factorial: wiring, load and meter, drawn at random. Nothing of the judge's is used."""

import itertools
import random
from dataclasses import dataclass

TURN = {"L1": 0.0, "L2": -120.0, "L3": -240.0}
THREE = ("L1", "L2", "L3")
CONDUCTORS = {"3P4W": THREE, "3P3W": THREE, "1P": ("L1",), "split": ("L1", "L2")}
#: Which voltage input each current input is multiplied with.
CURRENT_INPUTS = {"3P4W": (0, 1, 2), "3P3W": (0, 2), "1P": (0,), "split": (0, 1)}
SYSTEM_SHARES = (("3P4W", 0.76), ("3P3W", 0.12), ("split", 0.07), ("1P", 0.05))
EVEN = {THREE, ("L2", "L3", "L1"), ("L3", "L1", "L2")}
PATTERNS = ("balanced", "unbalanced", "two-phase", "one-phase")
WINDOWS = {"ev_charging": (-18.19, 25.84), "general": (-18.19, 36.87)}
BACKGROUND_DEG = 20.0


@dataclass(frozen=True)
class Case:
    """One meter. ``leads`` and ``cts`` are what would be there if nothing were lost."""

    system: str
    leads: tuple[str, ...]
    cts: tuple[str, ...]  # "+L1"
    lost: frozenset[int]  # voltage inputs without voltage
    neutral_at: int | None  # the voltage input that got the neutral
    gone: frozenset[int]  # current inputs that get nothing
    load: str
    role: str
    angles_deg: dict[str, float]
    amperes: dict[str, float]
    exporting: bool
    pattern: str
    share: float  # of the rating
    ct_primary_a: float | None
    ct_class: float
    meter_class: float
    distortion: float
    skew_s: float
    samples: int
    sequence_read: bool
    reactive_read: bool
    expected_given: bool
    background: float
    beyond: bool  # drawn beyond the assumed power factor

    @property
    def voltage_inputs(self) -> tuple[str, ...]:
        """What each voltage input gets."""
        return tuple(
            "0" if k in self.lost else "N" if k == self.neutral_at else lead
            for k, lead in enumerate(self.leads)
        )

    @property
    def common(self) -> str:
        return "N" if self.neutral_at is None else self.leads[self.neutral_at]

    @property
    def current_inputs(self) -> tuple[str, ...]:
        return tuple("0" if k in self.gone else ct for k, ct in enumerate(self.cts))

    @property
    def whole(self) -> bool:
        """Nothing lost, missing or taken by the neutral: only order and direction may be wrong."""
        return not self.lost and not self.gone and self.neutral_at is None

    @property
    def right(self) -> bool:
        """Every input measures its own conductor, as far as anything but a look at the wires can tell.

        With one or two phases 180° apart, a lead and a current reversed together measure right; a whole
        system rotated measures right; so does a mirrored one, which counts as right where nobody reads
        the sequence.
        """
        if self.lost or self.gone:
            return False
        if len(self.leads) < 3:
            swapped = -1 if self.neutral_at is not None else 1
            if self.system == "split" and self.neutral_at is not None:
                return False
            return all(
                (1 if ct[0] == "+" else -1) * (1 if ct[1:] == self.leads[k] else -1) * swapped > 0
                for k, ct in enumerate(self.cts)
            )
        wanted = tuple(f"+{self.leads[k]}" for k in CURRENT_INPUTS[self.system])
        if self.neutral_at is not None or self.cts != wanted:
            return False
        return self.leads in EVEN or not self.sequence_read

    @property
    def threshold_a(self) -> float:
        return max(1.0, 0.05 * (self.ct_primary_a or 0.0))


def draw(chance: random.Random, pattern: str | None = None, system: str | None = None) -> Case:
    """Draw one case."""
    kind = system or _one(chance, SYSTEM_SHARES)
    phases = CONDUCTORS[kind]
    leads, cts, lost, neutral_at, gone = _wiring(chance, kind)
    load = chance.choice(("ev_charging", "general"))
    beyond = chance.random() < 0.08
    rating = chance.choice((None, 60.0, 100.0, 250.0, 600.0))
    share = chance.uniform(0.05, 1.0)
    shape = pattern or chance.choice(PATTERNS)
    role = _one(chance, (("load", 0.84), ("generation", 0.08), ("mixed", 0.08)))
    return Case(
        kind, leads, cts, lost, neutral_at, gone, load, role, _angles(chance, load, phases, beyond),
        _amperes(chance, shape, share * (rating or 63.0), phases),
        role == "generation" or (role == "mixed" and chance.random() < 0.5), shape, share, rating,
        chance.choice((0.5, 1.0, 2.0)), chance.choice((0.5, 1.0, 2.0)),
        chance.choice((0.0, 0.05, 0.1, 0.2)), chance.choice((0.0, 0.5, 1.0, 3.0, 5.0)),
        chance.choice((3, 5, 10)), chance.random() < 0.6, chance.random() < 0.8, chance.random() < 0.4,
        chance.choice((0.0, 0.0, 0.1, 0.3)), beyond,
    )  # fmt: skip


def _one(chance: random.Random, shares: tuple[tuple[str, float], ...]) -> str:
    return chance.choices([name for name, _ in shares], [share for _, share in shares])[0]


def _wiring(
    chance: random.Random, system: str
) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[int], int | None, frozenset[int]]:
    phases, inputs = CONDUCTORS[system], CURRENT_INPUTS[system]
    leads = chance.choice(list(itertools.permutations(phases)))
    if chance.random() < 0.3:
        cts = tuple(f"+{leads[k]}" for k in inputs)
        if chance.random() < 0.8:
            return leads, cts, frozenset(), None, frozenset()
    else:
        order = chance.choice(list(itertools.permutations(phases, len(inputs))))
        cts = tuple(chance.choice("+-") + conductor for conductor in order)
    lost: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    neutral_at = None
    what = chance.random()
    if what < 0.08 and len(phases) > 1:
        lost = frozenset(chance.sample(range(len(leads)), 2 if len(leads) == 3 and what < 0.02 else 1))
    elif what < 0.16 and system != "3P3W":
        neutral_at = chance.randrange(len(leads))
    if chance.random() < 0.12:
        gone = frozenset({chance.randrange(len(inputs))})
    return leads, cts, lost, neutral_at, gone


def _angles(chance: random.Random, load: str, phases: tuple[str, ...], beyond: bool) -> dict[str, float]:
    low, high = WINDOWS[load]
    if beyond:
        low, high = chance.choice(((low - 25.0, low), (high, high + 25.0)))
    same, own = chance.uniform(low, high), chance.random() < 0.5
    return {phase: chance.uniform(low, high) if own else same for phase in phases}


def _amperes(chance: random.Random, pattern: str, base: float, phases: tuple[str, ...]) -> dict[str, float]:
    if pattern == "balanced" or len(phases) == 1:
        return dict.fromkeys(phases, base)
    if pattern == "unbalanced":
        return {phase: base * chance.uniform(0.4, 1.0) for phase in phases}
    chosen = chance.sample(phases, 2 if pattern == "two-phase" else 1)
    return {phase: base if phase in chosen else 0.0 for phase in phases}

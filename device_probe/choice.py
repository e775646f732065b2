"""Which quantities are meant: names and patterns like ``voltage_*`` against what a profile offers."""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from device_probe.problems import PlanFileError
from device_probe.profile import Profile
from device_probe.sunspec.profile import discovers, names_of_models


def choose(profile: Profile, patterns: Iterable[str]) -> tuple[str, ...] | None:
    """Return the quantities that patterns mean, in the profile's order; None for no pattern: all of them.

    PlanFileError names the nearest quantity for one that is not there.
    """
    return choose_for((profile,), patterns)[0]


def choose_for(profiles: Iterable[Profile], patterns: Iterable[str]) -> list[tuple[str, ...] | None]:
    """Do the same for several devices at once; a pattern need only fit one of them."""
    asked = tuple(patterns)
    known = tuple(profiles)
    if not asked:
        return [None] * len(known)
    offered = [_offered(profile) for profile in known]
    everything = sorted({name for names in offered for name in names})
    for pattern in asked:
        if not any(fnmatchcase(name, pattern) for name in everything):
            raise PlanFileError(_unknown(known, pattern, everything))
    return [tuple(n for n in names if any(fnmatchcase(n, p) for p in asked)) for names in offered]


def _offered(profile: Profile) -> tuple[str, ...]:
    # what a SunSpec device has is known only when it was asked
    return names_of_models() if discovers(profile) and not profile.points else profile.quantities


def _unknown(profiles: tuple[Profile, ...], pattern: str, everything: list[str]) -> str:
    head = f"no device of this plan has the quantity {pattern}"
    if len({profile.id for profile in profiles}) == 1:
        head = f"{profiles[0].id} has no quantity {pattern}"
    near = get_close_matches(pattern.strip("*"), everything, n=3, cutoff=0.6)
    hint = f"the nearest are {', '.join(near)}" if near else "`device-probe profiles --json` lists them"
    return f"{head}; {hint}."

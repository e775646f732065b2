"""Whether somebody was qualified for an item on the day they did it.

A kind of qualification is a word of ``checklists.words.COMPETENCES``, as ``Item.who`` asks for it. None of it
changes a verdict (decision 0013): a reading is right or wrong whoever took it, and whether the person may
stand for it is a question for the reviewer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from checklists.words import COMPETENCES

#: What the owner's representative needs is the owner's word, and no certificate says it.
UNCHECKED = frozenset({"owner"})
#: Kinds that somebody can be recorded with.
KINDS: Mapping[str, str] = {kind: title for kind, title in COMPETENCES.items() if kind not in UNCHECKED}
#: A qualification of a class on the right does for the class on the left too: who may test, or switch medium
#: voltage, or answers for the whole as an engineer, is an electrically skilled person in the first place.
ALSO: Mapping[str, tuple[str, ...]] = {
    "electrician": ("tester", "person-in-charge", "mv-authorised", "engineer"),
}

Reason = Literal["none", "other", "later", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Qualification:
    """What somebody may do, from which day until which (ISO 8601); empty ``until``: without end."""

    kind: str
    since: str
    until: str
    revoked: bool = False
    reason: str = ""  # of the revocation


@dataclass(frozen=True, slots=True)
class Lack:
    """Why somebody was not qualified on a day; ``day`` is the last day before, or the first day after."""

    who: str
    reason: Reason
    day: str = ""
    said: str = ""


def fulfils(kind: str, who: str) -> bool:
    """True when a kind of qualification is enough for who an item asks for."""
    return kind == who or kind in ALSO.get(who, ())


def lack(who: str, held: Iterable[Qualification], day: str) -> Lack | None:
    """Return why nobody with these qualifications may do an item on a day; None when they may."""
    if not who or who in UNCHECKED or who not in COMPETENCES:
        return None
    every = list(held)
    fitting = [each for each in every if fulfils(each.kind, who)]
    good = [each for each in fitting if not each.revoked]
    if any(each.since <= day and (not each.until or day <= each.until) for each in good):
        return None
    if ended := [each.until for each in good if each.until and each.until < day]:
        return Lack(who, "expired", max(ended))
    if begun := [each.since for each in good if each.since > day]:
        return Lack(who, "later", min(begun))
    if fitting:
        return Lack(who, "revoked", said=fitting[-1].reason)
    return Lack(who, "other" if every else "none")


def in_words(missing: Lack, name: str) -> str:
    """Return the sentence for reviewers: which qualification was missing, and how."""
    wanted = COMPETENCES[missing.who]
    match missing.reason:
        case "expired":
            what = f"the qualification of {name} had run out on {missing.day}"
        case "later":
            what = f"the qualification of {name} began on {missing.day}, after the work"
        case "revoked":
            why = f" ({missing.said})" if missing.said else ""
            what = f"the qualification of {name} was revoked{why}"
        case "other":
            what = f"{name} had other qualifications recorded, and not this one"
        case _:
            what = f"no qualification of {name} is recorded"
    return f"{wanted}: {what}."

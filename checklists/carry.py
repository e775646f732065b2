"""What becomes of recorded work with a new revision of a site: carried, stale, new or withdrawn.

An answer carries over only where the step and its criterion are unchanged and its tag is the same thing. What
the study puts into an instruction ("expected about 0.43 Ω") is no part of the step; its other words are.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from checklists.model import Checklist, Item
from designs.compare import Touch

Outcome = Literal["carried", "stale", "new", "withdrawn"]

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_TEST_SECTIONS = ("dead_tests", "live_tests", "evse_function")


@dataclass(frozen=True, slots=True)
class Carried:
    """One item and what becomes of what is recorded there; ``reason`` says why, "" when it carries over."""

    item: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Carry:
    """Every item of the later checklists in the order of work, then those that are no more."""

    items: tuple[Carried, ...]

    def of(self, outcome: Outcome) -> tuple[Carried, ...]:
        """Return the items of one outcome."""
        return tuple(each for each in self.items if each.outcome == outcome)

    def reasons(self, outcome: Outcome) -> tuple[tuple[str, int], ...]:
        """Return the reasons for one outcome and how many items each has, the most frequent first."""
        return tuple(Counter(each.reason for each in self.of(outcome)).most_common())


def carry(before: Sequence[Checklist], after: Sequence[Checklist], touched: Mapping[str, Touch]) -> Carry:
    """Return what becomes of each item; ``touched`` are the tags whose records lost their ground, and why."""
    old = {item.key: item for checklist in before for item in checklist.items}
    templates = {each.template: each.template_digest for each in before}
    same = {
        key for each in after if templates.get(each.template) == each.template_digest for key in _keys(each)
    }
    new = {item.key: item for checklist in after for item in checklist.items}
    old_tags, new_tags = ({item.tag for item in items.values()} for items in (old, new))
    found = [
        _carried(old[key], item, touched, key in same) if key in old else _new(item, old_tags)
        for key, item in new.items()
    ]
    gone = [_withdrawn(item, new_tags) for key, item in old.items() if key not in new]
    if any(each.outcome != "carried" for each in found) or gone or touched:
        found = [_signed_anew(each, new[each.item]) for each in found]
    return Carry((*found, *gone))


def _keys(checklist: Checklist) -> tuple[str, ...]:
    return tuple(item.key for item in checklist.items)


def _new(item: Item, tags: Set[str]) -> Carried:
    known = item.tag in tags
    return Carried(item.key, "new", "It is asked for now." if known else f"{item.tag} is new on the site.")


def _withdrawn(item: Item, tags: Set[str]) -> Carried:
    stays = item.tag in tags
    return Carried(
        item.key, "withdrawn", "It is not asked for any more." if stays else f"{item.tag} left the site."
    )


def _carried(old: Item, new: Item, touched: Mapping[str, Touch], same_template: bool) -> Carried:
    reason = _changed_step(old, new, same_template) or _lost_ground(new, touched)
    return Carried(new.key, "stale" if reason else "carried", reason)


def _changed_step(old: Item, new: Item, same_template: bool) -> str:
    """Return what changed in the step or its limit, in one sentence; "" when nothing did."""
    if old.criterion != new.criterion:
        if old.limit_text != new.limit_text:
            return f"The limit changed from {old.limit_text or 'none'} to {new.limit_text or 'none'}."
        return "What is asked for here changed."
    if old.photos != new.photos:
        return f"It takes {new.photos} photos now, not {old.photos}."
    if (old.instrument, old.safety) != (new.instrument, new.safety):
        return "The step changed."
    # Items of the first release say no evidence and know six phases: neither changes what was recorded.
    if old.number and (old.evidence, old.section) != (new.evidence, new.section):
        return "The step changed."
    if _words(old, same_template) != _words(new, same_template):
        return "The instruction of the step changed."
    return ""


def _words(item: Item, same_template: bool) -> str:
    """Return title and instruction; figures differ by the study alone where the template is the same."""
    text = f"{item.title}\n{item.instruction}"
    return _FIGURE.sub("#", text) if same_template else text


def _lost_ground(item: Item, touched: Mapping[str, Touch]) -> str:
    """Return why the tag's records count no more: its own change, or one of what feeds it."""
    touch = touched.get(item.tag) or touched.get(item.tag.partition(".")[0])
    if touch is None:
        return ""
    along_path = item.section == "live_tests" or item.criterion.unit == "Ω"
    reached = {
        "all": True,
        "tests": item.section in _TEST_SECTIONS or along_path,
        "path": along_path,
    }[touch.scope]
    return touch.reason if reached else ""


def _signed_anew(carried: Carried, item: Item) -> Carried:
    """Take what was signed or handed over for the whole site back: it was said of the site as it was."""
    whole = item.section == "handover" or item.criterion.kind == "signature"
    if carried.outcome == "carried" and whole:
        return Carried(carried.item, "stale", "The site changed since this was recorded.")
    return carried

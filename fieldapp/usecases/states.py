"""The states of a site and of a section, and every way from one to another: one table.

What is not in the table is refused, with a sentence. Roles, four eyes and what stands in the way are asked
elsewhere; here stands only what may be done in which state and where it leads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fieldapp.problems import Problem
from fieldapp.tables import SectionRow, SiteRow

Thing = Literal["site", "section"]
#: The states of each thing in the order of work; the first is the one that it begins in.
STATES: Mapping[Thing, tuple[str, ...]] = {
    "site": ("open", "submitted", "approved", "issued"),
    "section": ("open", "submitted", "approved"),
}
OPEN: Mapping[Thing, str] = {thing: states[0] for thing, states in STATES.items()}


@dataclass(frozen=True, slots=True)
class Move:
    """In ``state`` the verb may be done and leads to the state ``to``; ``entry`` is what the journal says.

    ``again``: only after it was submitted once. Before that, an open site is the contractor's alone.
    """

    thing: Thing
    state: str
    verb: str
    to: str
    entry: str
    again: bool = False


#: (thing, verb, journal entry, {state: next state})
_ROWS: tuple[tuple[Thing, str, str, Mapping[str, str]], ...] = (
    ("site", "assign", "assigned", {"open": "open"}),
    ("site", "define_section", "section_defined", {"open": "open"}),
    ("site", "remove_section", "section_removed", {"open": "open"}),
    ("site", "submit_section", "section_submitted", {"open": "open"}),
    ("site", "approve_section", "section_approved", {"open": "open", "submitted": "submitted"}),
    ("site", "upload_probe", "probe_run", {"open": "open", "submitted": "submitted"}),
    ("site", "submit", "submitted", {"open": "submitted"}),
    ("site", "concede", "item_conceded", {"open": "open", "submitted": "submitted"}),
    ("site", "accept_na", "item_na_accepted", {"open": "open", "submitted": "submitted"}),
    (
        "site",
        "return",
        "site_returned",
        {"open": "open", "submitted": "open", "approved": "open", "issued": "open"},
    ),
    ("site", "approve", "approved", {"submitted": "approved"}),
    ("site", "lapse", "operation", {"approved": "submitted", "issued": "submitted"}),
    ("site", "issue_pack", "pack_issued", {"approved": "issued"}),
    ("site", "revise", "site_revised", dict.fromkeys(STATES["site"], "open")),
    ("section", "submit", "section_submitted", {"open": "submitted"}),
    ("section", "return", "section_returned", {"open": "open", "submitted": "open", "approved": "open"}),
    ("section", "approve", "section_approved", {"submitted": "approved"}),
    ("section", "lapse", "operation", {"approved": "submitted"}),
    ("section", "remove", "section_removed", {"open": ""}),
    ("section", "revise", "site_revised", dict.fromkeys(STATES["section"], "open")),
)  # fmt: skip
#: In an open site or section a reviewer decides only after something was submitted.
_AGAIN = frozenset({"return", "concede", "accept_na"})
TABLE: tuple[Move, ...] = tuple(
    Move(thing, state, verb, to, entry, again=state == OPEN[thing] and verb in _AGAIN)
    for thing, verb, entry, ways in _ROWS
    for state, to in ways.items()
)
_MOVES: Mapping[tuple[str, str, str], Move] = {(each.thing, each.state, each.verb): each for each in TABLE}

#: Why a verb can't be done in the states that it has no row for.
WHY: Mapping[tuple[Thing, str], str] = {
    ("site", "assign"): "it can be assigned only while work has not been submitted.",
    ("site", "define_section"): "sections are made while it is in work.",
    ("site", "remove_section"): "sections are taken away while it is in work.",
    ("site", "submit_section"): "a section is submitted before the rest, while the site is in work.",
    ("site", "approve_section"): "it is approved as a whole; its sections need nothing more.",
    ("site", "submit"): "only a site in work can be submitted.",
    ("site", "upload_probe"): (
        "probe runs belong to a site that is not approved yet; have an item returned first."
    ),
    ("site", "return"): "nothing can be returned before it was submitted once.",
    ("site", "concede"): "only work that was submitted can be conceded.",
    ("site", "accept_na"): "only work that was submitted can be judged.",
    ("site", "approve"): "it has to be submitted first.",
    ("site", "lapse"): "only an approval can lapse.",
    ("site", "issue_pack"): "a pack can be issued once, after the approval.",
    ("section", "submit"): "only a section in work can be submitted.",
    ("section", "return"): "nothing can be returned before it was submitted once.",
    ("section", "approve"): "it has to be submitted first.",
    ("section", "lapse"): "only an approval can lapse.",
    ("section", "remove"): "only a section in work can be taken away; have one of its items returned first.",
}  # fmt: skip


def states_for(thing: Thing, verb: str) -> frozenset[str]:
    """Return the states in which a verb may be done."""
    return frozenset(each.state for each in TABLE if (each.thing, each.verb) == (thing, verb))


def is_ruled(thing: Thing, verb: str) -> bool:
    """True when it depends on the state whether a verb may be done."""
    return bool(states_for(thing, verb))


def may(row: SiteRow | SectionRow, verb: str, *, submitted: bool | None = None) -> bool:
    """True when the state of a site or section allows the verb, or has no say in it.

    ``submitted``: whether something of it was submitted once; None looks at its own count.
    """
    thing = thing_of(row)
    found = _MOVES.get((thing, row.state, verb))
    if found is None:
        return not is_ruled(thing, verb)
    return not found.again or (row.submissions > 0 if submitted is None else submitted)


def require(row: SiteRow | SectionRow, verb: str, *, submitted: bool | None = None) -> None:
    """Refuse a verb that the state of a site or section does not allow."""
    if not may(row, verb, submitted=submitted):
        thing = thing_of(row)
        code = "wrong_state" if thing == "site" else "wrong_section_state"
        raise Problem(code, state=row.state, why=WHY[thing, verb])


def move(row: SiteRow | SectionRow, verb: str, *, submitted: bool | None = None) -> str:
    """Move a site or section along the table and return the state that it was in; refuse what has no row."""
    require(row, verb, submitted=submitted)
    before = row.state
    row.state = _MOVES[thing_of(row), before, verb].to
    if row.state == OPEN[thing_of(row)]:
        row.approval_digest = ""
    if verb == "submit":
        row.submissions += 1
    return before


def thing_of(row: SiteRow | SectionRow) -> Thing:
    """Return what a row is the state of."""
    return "site" if isinstance(row, SiteRow) else "section"

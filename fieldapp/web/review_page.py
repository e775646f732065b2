"""The review: what is hard to believe, wrong or doubtful first, with a reviewer's moves at each item."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import DecisionView, SiteView
from fieldapp.web.item_rows import DoubtRow, Doubts, ItemRow, item_rows
from fieldapp.web.next_step import BlockerRow, blocker_rows

WRONG = ("conflict", "failed", "returned")
UNDECIDED = ("inconclusive", "incomplete", "stale")
#: What is hard to believe, the hardest first.
HARD_TO_BELIEVE = (
    "impossible", "elsewhere", "copied", "alike", "zero_time", "order", "serial", "photo", "digits",
    "unexplained", "unqualified", "unusual", "hurried", "early", "clock",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """Something a reviewer can do with an item; ``ask`` is the label of the text it needs."""

    verb: str
    label: str
    button: str
    icon: str
    css: str = ""
    ask: str = ""
    explain: str = ""


RETURN = Move(
    "give_back", "Return to the contractor", "Return", "back", "button-risk", "What is to be redone, and why"
)
CONCEDE = Move(
    "concede",
    "Accept as a concession",
    "Accept the deviation",
    "shake",
    "",
    "Why this deviation is acceptable",
)
ACCEPT = Move(
    "accept_not_applicable", "Accept as not applicable", "Accept", "check", "button-main",
    explain="You agree that this item does not apply at this tag, for the reason given.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviewRow(ItemRow):
    """An item with the reviewer's moves."""

    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class OddGroup:
    """Items that one sentence of doubt is about."""

    sentence: str
    rows: tuple[ReviewRow, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One block of the review."""

    title: str
    text: str
    rows: tuple[ReviewRow, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Everything the review page shows."""

    odd: tuple[OddGroup, ...]
    wrong: tuple[ReviewRow, ...]
    doubtful: tuple[ReviewRow, ...]
    not_applicable: tuple[ReviewRow, ...]
    conceded: tuple[ReviewRow, ...]
    to_accept: int
    to_look_at: int
    clean: int
    decisions: tuple[DecisionView, ...]
    approval_blockers: tuple[BlockerRow, ...]
    why_not: str

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the blocks in the order of urgency."""
        return (
            Part("Wrong", "Failed, in conflict, or returned and not yet redone.", self.wrong, True),
            Part("Doubtful", "Undecided, or passed with something to look at.", self.doubtful, False),
            Part("Not applicable", "Safety items need your word.", self.not_applicable, False),
            Part("Conceded", "Deviations that were accepted with a reason.", self.conceded, False),
        )


def review_page(view: SiteView, doubts: Doubts, viewer: Viewer) -> ReviewPage:
    """Return the review of a site for this person."""
    rows = sorted(rows_with_moves(view, doubts), key=lambda row: not row.item.safety)
    wrong = tuple(row for row in rows if row.state.status in WRONG)
    absent = tuple(row for row in rows if row.state.status == "not_applicable")
    conceded = tuple(row for row in rows if row.state.status == "conceded")
    looked = [row for row in rows if row.state.status in UNDECIDED or (_passed(row) and row.doubts)]
    return ReviewPage(
        odd=_odd_groups([row for row in looked if _oddest(row)]),
        wrong=wrong,
        doubtful=tuple(row for row in looked if not _oddest(row)),
        not_applicable=absent,
        conceded=conceded,
        to_accept=sum(row.item.safety and not row.state.accepted for row in absent),
        to_look_at=len(looked),
        clean=sum(_passed(row) and not row.doubts for row in rows),
        decisions=tuple(reversed(view.decisions)),
        approval_blockers=blocker_rows(view, view.progress.blocks_approval),
        why_not=why_not_approve(view, viewer),
    )


def _oddest(row: ReviewRow) -> DoubtRow | None:
    odd = [doubt for doubt in row.doubts if doubt.code]
    return min(odd, key=lambda doubt: _rank(doubt, row), default=None)


def _rank(doubt: DoubtRow, row: ReviewRow) -> int:
    """Who was not qualified for what people's lives depend on comes before everything."""
    if doubt.code == "unqualified" and (row.item.safety or row.item.stops_work):
        return -1
    return HARD_TO_BELIEVE.index(doubt.code)


def _odd_groups(rows: Sequence[ReviewRow]) -> tuple[OddGroup, ...]:
    """Group items by the hardest doubt about each, so that one sentence about many tags is read once."""
    groups: dict[DoubtRow, list[ReviewRow]] = {}
    for row in rows:
        oddest = _oddest(row)
        if oddest:
            groups.setdefault(DoubtRow(oddest.sentence, oddest.code), []).append(row)
    ordered = sorted(groups.items(), key=lambda each: min(_rank(each[0], row) for row in each[1]))
    return tuple(OddGroup(doubt.sentence, tuple(group)) for doubt, group in ordered)


def _passed(row: ItemRow) -> bool:
    return row.state.status == "passed"


def rows_with_moves(view: SiteView, doubts: Doubts) -> Iterator[ReviewRow]:
    """Yield every item of a site in the order of work, with what this viewer may do with it."""
    for row in item_rows(view, doubts):
        values = {field.name: getattr(row, field.name) for field in fields(ItemRow)}
        yield ReviewRow(**values, moves=tuple(_moves(view, row)))


def _moves(view: SiteView, row: ItemRow) -> Iterator[Move]:
    status = row.state.status
    if not _submitted_once(view, row):
        return
    if "accept_na" in view.actions and status == "not_applicable" and not row.state.accepted:
        yield ACCEPT
    if "return" in view.actions and status not in ("open", "returned"):
        yield RETURN
    if "concede" in view.actions and status in ("failed", "inconclusive") and not row.item.safety:
        yield CONCEDE


def _submitted_once(view: SiteView, row: ItemRow) -> bool:
    """True when the site, or a section with this item, was submitted: before that nobody reviews it."""
    around = (each for each in view.sections if row.item.key in each.items)
    return view.submissions > 0 or any(each.submissions for each in around)


def why_not_approve(view: SiteView, viewer: Viewer) -> str:
    """Return the sentence that explains why this person can't approve the site now."""
    if view.summary.state == "open":
        return "The site has not been submitted yet; the contractor submits it when every item is done."
    if viewer.role != "reviewer":
        return "Only a QA reviewer approves a site."
    return "Four eyes: you recorded work on this site yourself, so another reviewer has to approve it."

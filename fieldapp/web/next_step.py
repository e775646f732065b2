"""What a person should do next on a site, in one sentence with the button that does it."""

from dataclasses import dataclass

from flask import url_for

from checklists.model import Blocker, Item, ItemStatus
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import SiteView
from fieldapp.web.words import STATUS_ORDER, counted

_STATES = ("open", "submitted", "approved", "issued")
_STEP_LABELS = ("In work", "Submitted", "Approved", "Pack issued")


@dataclass(frozen=True, slots=True)
class Act:
    """A link that does the next thing."""

    label: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next action; ``form`` names the form to show: submit, issue or none."""

    title: str
    text: str
    links: tuple[Act, ...] = ()
    form: str = ""


@dataclass(frozen=True, slots=True)
class StateStep:
    """One state of a site on its way."""

    label: str
    css: str


@dataclass(frozen=True, slots=True)
class BlockerRow:
    """Something in the way, with the item it is about."""

    item: Item
    reason: str


def state_steps(state: str) -> tuple[StateStep, ...]:
    """Return the way of a site with the steps that are done."""
    now = _STATES.index(state) if state in _STATES else 0
    last = len(_STATES) - 1
    return tuple(
        StateStep(label, "is-done" if place < now or now == last else "is-now" if place == now else "")
        for place, label in enumerate(_STEP_LABELS)
    )


def blockers(view: SiteView) -> tuple[str, tuple[BlockerRow, ...], int]:
    """Return the title, what stands in the way of the next state, and how much is simply not done yet."""
    titles = {"open": "Before it can be submitted", "submitted": "Before it can be approved"}
    found = {"open": view.progress.blocks_submission, "submitted": view.progress.blocks_approval}
    rows = blocker_rows(view, found.get(view.summary.state, ()))
    started = tuple(row for row in rows if status_of(view, row.item) != "open")
    return titles.get(view.summary.state, ""), started, len(rows) - len(started)


def blocker_rows(view: SiteView, found: tuple[Blocker, ...]) -> tuple[BlockerRow, ...]:
    """Return blockers with their items, the most urgent first and safety before the rest."""
    items = {item.key: item for checklist in view.checklists for item in checklist.items}
    rows = [BlockerRow(items[blocker.item], blocker.reason) for blocker in found if blocker.item in items]
    return tuple(
        sorted(rows, key=lambda row: (STATUS_ORDER.index(status_of(view, row.item)), not row.item.safety))
    )


def status_of(view: SiteView, item: Item) -> ItemStatus:
    """Return the status of an item; nothing recorded is open."""
    state = view.states.get(item.key)
    return state.status if state else "open"


def next_step(view: SiteView, viewer: Viewer) -> NextStep:
    """Return what this person should do next on this site."""
    steps = {
        "open": _while_open,
        "submitted": _while_submitted,
        "approved": _while_approved,
        "issued": _when_issued,
    }
    return steps[view.summary.state](view, viewer)


def _while_open(view: SiteView, viewer: Viewer) -> NextStep:
    if not view.organisation:
        return _unassigned(view)
    waiting = len(view.progress.blocks_submission)
    if "submit" in view.actions and not waiting:
        return NextStep("Submit for review", "Every item is done and all photos have arrived.", form="submit")
    returned = sum(state.status == "returned" for state in view.states.values())
    text = (
        f"{waiting} items stand in the way of submitting."
        if waiting
        else "Everything is done; it can be submitted."
    )
    title = f"{returned} returned items to redo" if returned else "Work on the checklists"
    if viewer.role == "contractor":
        return NextStep(title, text, (Act("Open on tablet", url_for("field.index"), "tablet"),))
    return NextStep(f"{view.organisation} is at work", text, (_checklists(view),))


def _unassigned(view: SiteView) -> NextStep:
    if "assign" in view.actions:
        choose = (Act("Choose a contractor", "#assign", "people"),)
        return NextStep("Assign a contractor", "Nobody works on this site yet.", choose)
    return NextStep(
        "Waiting for a contractor", "Nobody works on this site yet; the programme engineer assigns it."
    )


def _while_submitted(view: SiteView, viewer: Viewer) -> NextStep:
    if view.actions & {"approve", "return", "concede", "accept_na"}:
        act = Act("Review", url_for("review.panel", site_id=view.summary.id), "shield")
        waiting = len(view.progress.blocks_approval)
        text = (
            f"{counted(waiting, 'item')} to settle before it can be approved."
            if waiting
            else "Nothing stands in the way of approval."
        )
        return NextStep("Review the exceptions", text, (act,))
    who = "You recorded work here, so somebody else approves it." if viewer.role == "reviewer" else ""
    return NextStep(
        "Waiting for the reviewer", who or "A reviewer looks at the exceptions first.", (_checklists(view),)
    )


def _while_approved(view: SiteView, _: Viewer) -> NextStep:
    if view.open_job:
        job = url_for("packs.job", site_id=view.summary.id, job_id=view.open_job)
        return NextStep(
            "The pack is being made",
            "It takes less than a minute.",
            (Act("See how far it is", job, "clock"),),
        )
    if "issue_pack" in view.actions:
        return NextStep(
            "Issue the handover pack", "The site is approved; seal it in one document.", form="issue"
        )
    return NextStep(
        "Waiting for the handover pack",
        "The site is approved; the operator issues the pack.",
        (_packs(view),),
    )


def _when_issued(view: SiteView, _: Viewer) -> NextStep:
    text = "The sealed document holds everything that was measured, by whom, and against which limit."
    return NextStep("The handover pack is issued", text, (_packs(view),))


def _checklists(view: SiteView) -> Act:
    return Act("Look at the checklists", url_for("sites.checklists", site_id=view.summary.id), "check")


def _packs(view: SiteView) -> Act:
    return Act("Handover pack", url_for("packs.index", site_id=view.summary.id), "download")

"""What a reviewer decides: return an item, concede a deviation, accept "not applicable", approve the site."""

from collections.abc import Iterator, Sequence

from checklists.model import Item, ItemState
from checklists.progress import progress
from fieldapp.clock import now
from fieldapp.problems import Problem, not_found
from fieldapp.store import journal, revisions, sites
from fieldapp.store.database import session
from fieldapp.store.journal import Draft
from fieldapp.tables import SectionRow, SiteRow
from fieldapp.usecases import permissions, projection, section_states, sign_offs, states
from fieldapp.usecases.submit_site import refuse_blocked
from fieldapp.usecases.viewer import Viewer

MAX_COMMENT = 4000


def return_item(viewer: Viewer, site_id: str, item: str, comment: str) -> None:
    """Send an item back to the contractor; the site is in work again, nothing is deleted."""
    _mark(viewer, site_id, item, "item_returned", comment)


def concede_item(viewer: Viewer, site_id: str, item: str, reason: str) -> None:
    """Accept a failed or undecided item with a reason; safety items can't be conceded."""
    _mark(viewer, site_id, item, "item_conceded", reason)


def accept_not_applicable(viewer: Viewer, site_id: str, item: str, comment: str = "") -> None:
    """Accept that an item does not apply."""
    _mark(viewer, site_id, item, "item_na_accepted", comment)


_VERBS = {"item_returned": "return", "item_conceded": "concede", "item_na_accepted": "accept_na"}


def _mark(viewer: Viewer, site_id: str, item_key: str, entry_type: str, comment: str) -> None:
    at, verb, comment = now(), _VERBS[entry_type], _checked(comment, needed=entry_type != "item_na_accepted")
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, verb, lock=True)
        around = section_states.around(db, site, item_key)
        once = site.submissions > 0 or any(each.submissions for each in around)
        states.require(site, verb, submitted=once)
        item = sites.generated(db, site).items.get(item_key)
        if item is None:
            raise not_found("item")
        state = sites.states(db, site.id, [item_key])[item_key]
        _refuse(site, item, state, entry_type)
        body = {"item": item_key, "heads": list(state.heads), "comment": comment}
        drafts = [Draft(entry_type, body, viewer.id, at)]
        if entry_type == "item_returned":
            drafts += [Draft(kind, body, viewer.id, at) for kind, body in _reopened(site, around, item_key)]
        journal.append(db, site, drafts, at)
        projection.refold(db, site, [item_key])


def _reopened(
    site: SiteRow, around: Sequence[SectionRow], item: str
) -> Iterator[tuple[str, dict[str, object]]]:
    """Bring the site, and the sections that an item belongs to, back into work; yield what to journal."""
    if site.state != states.OPEN["site"]:
        yield "site_returned", {"item": item, "from": states.move(site, "return")}
    for row in around:
        if row.state != states.OPEN["section"]:
            yield "section_returned", {"section": row.id, "item": item, "from": states.move(row, "return")}


def _checked(comment: str, *, needed: bool) -> str:
    text = comment.strip()
    if needed and not text:
        raise Problem("invalid", where="comment", problem="say why, in a few words.")
    if len(text) > MAX_COMMENT or "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise Problem(
            "invalid", where="comment", problem=f"must be plain text of at most {MAX_COMMENT} characters."
        )
    return text


def _refuse(site: SiteRow, item: Item, state: ItemState, entry_type: str) -> None:
    if entry_type == "item_returned" and state.status == "open":
        raise Problem(
            "wrong_state", state=site.state, why="nothing is recorded at this item that could be returned."
        )
    if entry_type == "item_conceded" and item.safety:
        raise Problem("wrong_state", state=site.state, why="a safety item can't be conceded; return it.")
    if entry_type == "item_conceded" and state.status not in ("failed", "inconclusive"):
        raise Problem("wrong_state", state=site.state, why="only a failed or undecided item can be conceded.")
    if entry_type == "item_na_accepted" and state.status != "not_applicable":
        raise Problem("wrong_state", state=site.state, why="nobody recorded that this item does not apply.")


def approve_site(viewer: Viewer, site_id: str) -> int:
    """Approve the present state of a site with four eyes; return the journal number."""
    at = now()
    with session() as db:
        site = permissions.site_for(db, viewer, site_id, "approve", lock=True)
        permissions.require_state(site, "approve")
        if permissions.is_author(db, viewer, site.id):
            raise Problem("four_eyes")
        found = progress(
            sites.generated(db, site).checklists,
            sites.states(db, site.id),
            revisions.open_deviations(db, site.id),
        )
        refuse_blocked(found.blocks_approval)
        digest = projection.state_digest(db, site)
        entry = journal.append(db, site, [Draft("approved", {"state_digest": digest}, viewer.id, at)], at)[0]
        states.move(site, "approve")
        site.approval_digest, site.approval_number = digest, entry.number
        sign_offs.add(db, site, entry)
    return entry.number

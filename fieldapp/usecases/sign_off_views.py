"""Sign-offs as people see them: who vouched for what and when, and what changed since."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.store import journal, revisions
from fieldapp.tables import SignOffRow, SiteRow
from fieldapp.usecases import sign_offs

#: So many of the entries that changed something are named; the others are counted.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A later entry that changed what somebody had vouched for; ``item`` is "" for the site as a whole."""

    number: int
    type: str
    item: str


@dataclass(frozen=True, slots=True)
class SignOffView:
    """The latest sign-off of its kind at an item, of a section or of the site."""

    number: int
    kind: str  # signature, submission, approval
    item: str
    section: str  # the title of a section, "" for the whole site
    by: str
    name: str  # as written beside a drawn signature
    at: str
    standing: str  # bound, unbound, other_state, superseded
    changed: int  # how many later entries changed what was vouched for
    changes: tuple[ChangeView, ...]  # the first of them


def views(session: Session, site: SiteRow) -> tuple[SignOffView, ...]:
    """Return the sign-offs of a site that no later one of the same kind replaced, the oldest first."""
    defined = journal.read(session, site.id, types=["section_defined"])
    titles = {str(entry.body["section"]): str(entry.body["title"]) for entry in defined}
    latest = {(row.kind, row.item, row.section): row for row in sign_offs.kept(session, site)}
    rows = sorted(latest.values(), key=lambda row: row.number)
    return tuple(_view(session, site, row, titles) for row in rows)


def _view(session: Session, site: SiteRow, row: SignOffRow, titles: Mapping[str, str]) -> SignOffView:
    numbers = _changes(session, site, row)
    return SignOffView(
        row.number, row.kind, row.item, titles.get(row.section, ""), row.person_id, row.name, row.at,
        row.standing, len(numbers), tuple(_change(session, site, number) for number in numbers[:_NAMED]),
    )  # fmt: skip


def _changes(session: Session, site: SiteRow, row: SignOffRow) -> list[int]:
    """Return the entries that changed what was vouched for; on an earlier revision the first of them."""
    if row.superseded_by is None:
        return []
    revised = revisions.revised(session, site.id) if site.revision > 1 else []
    if revised and revised[-1].number > row.number:
        return [row.superseded_by]
    return sign_offs.changes(session, site, row)


def _change(session: Session, site: SiteRow, number: int) -> ChangeView:
    entry = journal.read(session, site.id, after=number - 1, up_to=number)[0]
    item = entry.body.get("item") or entry.body.get("op", {}).get("item") or ""
    return ChangeView(number, entry.type, str(item))

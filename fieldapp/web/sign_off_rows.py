"""Who vouched for what, and what changed since, in sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import url_for

from checklists.model import Item
from fieldapp.auth import current_viewer
from fieldapp.usecases import permissions
from fieldapp.usecases.sign_off_views import ChangeView, SignOffView
from fieldapp.usecases.views import SiteView
from fieldapp.web.site_frame import names_of
from fieldapp.web.words import JOURNAL_WORDS, Look

LOOKS: Mapping[str, Look] = {
    "bound": Look("Stands", "check", "pass"),
    "superseded": Look("Superseded", "clock", "doubt"),
    "other_state": Look("Other records", "alert", "doubt"),
    "unbound": Look("Binds nothing", "question", "doubt"),
}
_DID = {"signature": "signed", "submission": "submitted", "approval": "approved"}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A later entry that changed what was vouched for."""

    what: str
    href: str  # "" where the visitor may not go


@dataclass(frozen=True, slots=True)
class SignOffRow:
    """One sign-off as a page shows it."""

    who: str
    did: str
    what: str
    href: str
    at: str
    look: Look
    sentence: str
    changes: tuple[ChangeRow, ...]
    more: int  # changes that are not named


def sign_off_rows(view: SiteView, kinds: Iterable[str] = (), item: str = "") -> tuple[SignOffRow, ...]:
    """Return the sign-offs of a site, the newest first; those of some kinds or at one item when asked."""
    wanted, items = frozenset(kinds), {it.key: it for each in view.checklists for it in each.items}
    return tuple(
        _row(view, each, items)
        for each in reversed(view.sign_offs)
        if (not wanted or each.kind in wanted) and item in ("", each.item)
    )


def _row(view: SiteView, each: SignOffView, items: Mapping[str, Item]) -> SignOffRow:
    there = items.get(each.item)
    what = there.title if there else each.item or (f"section {each.section}" if each.section else "the site")
    href = url_for("sites.item", site_id=view.summary.id, key=each.item) if there else ""
    changes = tuple(_change(view, change, items) for change in each.changes)
    who = names_of(view)(each.by)
    return SignOffRow(
        f"{each.name} ({who})" if each.name and not who.startswith(each.name) else who,
        _DID[each.kind], what, href, each.at, LOOKS[each.standing], _sentence(each),
        changes, each.changed - len(changes),
    )  # fmt: skip


def _sentence(each: SignOffView) -> str:
    """Say whether it stands, and how much changed since."""
    entries = "1 entry" if each.changed == 1 else f"{each.changed} entries"
    since = f"{entries} since then changed what was {_DID[each.kind]}:" if each.changed else ""
    stands = {
        "bound": f"Nothing changed since that was {_DID[each.kind]}.",
        "superseded": "",
        "other_state": "When it arrived, other entries were recorded here than the signer's tablet showed.",
        "unbound": "It names no state of the records, so it vouches for none.",
    }
    return " ".join(part for part in (stands[each.standing], since) if part)


def _change(view: SiteView, change: ChangeView, items: Mapping[str, Item]) -> ChangeRow:
    item, site_id = items.get(change.item), view.summary.id
    if item is None:
        viewer = current_viewer()
        may = viewer is not None and permissions.has_verb(viewer, "read_journal")
        where = url_for("journal.index", site_id=site_id, up_to=change.number) if may else ""
        return ChangeRow(f"entry {change.number}, {JOURNAL_WORDS.get(change.type, change.type)}", where)
    where = url_for("sites.item", site_id=site_id, key=item.key)
    return ChangeRow(f"entry {change.number}, {item.title} {item.tag}", where)

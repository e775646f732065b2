"""The journal of a site: newest entries first, and all of it checked when somebody asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.usecases import check_journal, read_bundle, view_site
from fieldapp.usecases.check_journal import JournalCheck
from fieldapp.web import words
from fieldapp.web.site_frame import frame, names_of
from fieldapp.web.visitor import visitor

PAGE = 50

blueprint = Blueprint("journal", __name__)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry as the page shows it; ``item`` is the item it is about."""

    number: int
    what: str
    about: str
    item: str
    by: str
    recorded_at: str
    received_at: str
    hash: str


@blueprint.get("/sites/<site_id>/journal")
def index(site_id: str) -> ResponseReturnValue:
    """Show the last entries, or those up to a number; recompute the chain when asked to."""
    viewer = visitor()
    view = view_site.view_site(viewer, site_id)
    head = view.journal_head.number
    end = max(1, min(request.args.get("up_to", head, type=int), head))
    check = "verify" in request.args
    start = max(0, end - PAGE)
    entries = read_bundle.journal_after(viewer, site_id, start)["entries"]
    name_of = names_of(view)
    titles = {each.id: each.title for each in view.sections}
    shown = [_row(entry, name_of, titles) for entry in entries if start < entry["number"] <= end]
    return render_template(
        "site/journal.html",
        **frame(view, "journal"),
        entries=reversed(shown),
        check=_words(check_journal.verify_site(viewer, site_id)) if check else None,
        older=url_for("journal.index", site_id=site_id, up_to=start) if start else "",
        newer=url_for("journal.index", site_id=site_id, up_to=min(head, end + PAGE)) if end < head else "",
    )


def _words(found: JournalCheck) -> tuple[bool, tuple[str, ...]]:
    """Return whether a journal is intact, and the sentences to show."""
    if not found.good:
        return False, (*found.problems, "Do not rely on this journal until somebody has found out why.")
    heads = f", and {found.compared} of their hashes stand as they were given out" if found.compared else ""
    what = "chain, signatures and item states are intact"
    return True, (f"All {found.entries} entries: {what}{heads}.",)


def _row(entry: Mapping[str, Any], name_of: Any, titles: Mapping[str, str]) -> EntryRow:
    body = entry["body"]
    operation = body.get("op") or {}
    what = words.JOURNAL_WORDS.get(entry["type"], entry["type"])
    if operation:
        what = words.OPERATION_WORDS.get(operation["kind"], what)
    return EntryRow(
        number=entry["number"],
        what=what,
        about=_about(entry["type"], body, operation) or titles.get(body.get("section", ""), ""),
        item=operation.get("item") or body.get("item") or "",
        by=name_of(entry["author"]),
        recorded_at=entry["recorded_at"],
        received_at=entry["received_at"],
        hash=entry["hash"],
    )


def _about(kind: str, body: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    """Return the one line that says what an entry holds."""
    if operation:
        content = operation["body"]
        value = content.get("value")
        if operation["kind"] == "deviation":
            what = content["property"].replace("_", " ")
            return f"{content['tag']}, {what}: {value} ({content['reason']})"
        measured = f"{value['raw']} {value.get('unit', '')}".strip() if value else ""
        conflict = "kept beside another entry (conflict)" if body.get("status") == "conflict" else ""
        texts = (measured, content.get("reason"), content.get("text"), content.get("caption"), conflict)
        return "; ".join(text for text in texts if text)
    if kind == "probe_run":
        return f"{words.VERDICT_LOOKS[body['verdict']].word}: {body['reason']}"
    return str(next((body[key] for key in ("comment", "reason", "name", "title") if body.get(key)), ""))

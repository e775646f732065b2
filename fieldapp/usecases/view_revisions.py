"""Revisions of a site, recorded deviations and withdrawn items as people see them."""

import json
from collections.abc import Mapping, Sequence

from sqlmodel import Session

from checklists.model import KeptOperation
from designs.as_built import PROPERTIES, check, current_value
from designs.errors import DesignError
from designs.model import SiteDesign
from fieldapp.store import revisions
from fieldapp.store.journal import Entry
from fieldapp.store.sites import Generated
from fieldapp.tables import ProposalRow, SiteRow
from fieldapp.usecases.views import ProposalView, RevisionView, WithdrawnView

History = Mapping[str, tuple[KeptOperation, ...]]
#: What no property names: an engineer changes the site file by hand and names the proposal.
OTHER = "other"


def proposal_views(
    db: Session, site: SiteRow, generated: Generated, history: History
) -> tuple[ProposalView, ...]:
    """Return every recorded deviation of a site, the open ones first."""
    rows = sorted(revisions.proposals(db, site.id), key=lambda row: (row.status != "open", row.number))
    return tuple(_proposal(row, generated.site_design, history) for row in rows)


def _proposal(row: ProposalRow, site_design: SiteDesign, history: History) -> ProposalView:
    value = str(json.loads(row.value))
    known = PROPERTIES.get(row.property)
    photos = [
        str(each.operation.body["sha256"])
        for each in history.get(row.item, ())
        if each.operation.kind == "photo"
    ]
    return ProposalView(
        id=row.id, item=row.item, tag=row.tag, property=row.property,
        title=known.title if known else row.property.replace("_", " ").capitalize(),
        present=present_text(site_design, row.tag, row.property), value=value, reason=row.reason,
        by=row.author, recorded_at=row.recorded_at, status=row.status,  # type: ignore[arg-type]
        number=row.number,
        problem=why_not(site_design, row.tag, row.property, value) if row.status == "open" else "",
        decided_by=row.decided_by or "", decided_at=row.decided_at or "", comment=row.comment,
        photos=tuple(dict.fromkeys(photos)),
    )  # fmt: skip


def present_text(site_design: SiteDesign, tag: str, key: str) -> str:
    """Return what the design says of a property, in words; "–" where it says nothing."""
    if key not in PROPERTIES:
        return "–"
    try:
        found = current_value(site_design, tag, key)
    except DesignError:
        return "–"
    if found is None:
        return "none"
    text = f"{found:g}" if isinstance(found, float) else str(found)
    return f"{text} {PROPERTIES[key].unit}".rstrip()


def why_not(site_design: SiteDesign, tag: str, key: str, value: str) -> str:
    """Return why a deviation can't be put into the site file as it is; "" when nothing speaks against it.

    What only shows when the design is applied and studied is told by the preview.
    """
    if key == OTHER:
        return "It is said in words: change the site file by hand and name this proposal there."
    try:
        current_value(site_design, tag, key)
        check(key, value_of(key, value))
    except DesignError as error:
        return str(error)
    return ""


def value_of(key: str, text: str) -> object:
    """Return the value that a recorded text means: a number where the property is one, its unit left out."""
    known = PROPERTIES.get(key)
    if known is None or known.kind not in ("number", "integer"):
        return text.strip()
    bare = text.strip().removesuffix(known.unit).strip().replace(",", ".")
    try:
        return int(bare) if known.kind == "integer" or bare.isdecimal() else float(bare)
    except ValueError:
        return text


def revision_views(entries: Sequence[Entry]) -> tuple[RevisionView, ...]:
    """Return the revisions after the first, the newest first."""
    return tuple(_revision(entry) for entry in reversed(entries))


def _revision(entry: Entry) -> RevisionView:
    body, items = entry.body, entry.body["items"]
    return RevisionView(
        revision=body["revision"], number=entry.number, design_id=body["design"]["id"],
        design_revision=body["design"]["revision"], reason=body["reason"], by=entry.author,
        at=entry.received_at, summary=body["comparison"]["summary"],
        sentences=tuple(body["comparison"]["sentences"]), proposals=tuple(body["proposals"]),
        carried=items["carried"], stale=tuple((each["item"], each["reason"]) for each in items["stale"]),
        new=tuple(items["new"]), withdrawn=tuple(items["withdrawn"]),
        why=items.get("why", {}),
    )  # fmt: skip


def superseded_by(head_number: int, entries: Sequence[Entry]) -> str:
    """Return in words which later revision of the site supersedes a pack sealed at a journal head."""
    later = [entry for entry in entries if entry.number > head_number]
    if not later:
        return ""
    return f"revision {later[-1].body['revision']} of the site, {later[-1].received_at[:10]}"


def withdrawn_views(
    db: Session, site: SiteRow, entries: Sequence[Entry], history: History
) -> tuple[WithdrawnView, ...]:
    """Return the items that left the site and bear records; they answer nothing, and stay readable."""
    gone = {item: revision for item, revision in revisions.withdrawn(entries).items() if history.get(item)}
    titles: dict[str, str] = {}
    for revision in sorted(set(gone.values())):
        items = revisions.generated_at(db, site.id, revision - 1).items
        titles |= {key: item.title for key, item in items.items() if gone.get(key) == revision}
    return tuple(
        WithdrawnView(item, titles.get(item, item), revision, history[item])
        for item, revision in sorted(gone.items())
    )

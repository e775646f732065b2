"""What a contractor recorded on other sites of the same owner, to hold a site against."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from checklists.model import ItemState, Value
from checklists.plausibility.doubt import ANSWERED
from checklists.plausibility.elsewhere import OtherSite
from fieldapp.tables import ItemStateRow, OperationRow, SiteRow

#: So many sites, the latest ones, and so many photos are looked at.
SITES = 20
PHOTOS = 500


def other_sites(session: Session, site: SiteRow, steps: Iterable[str]) -> tuple[OtherSite, ...]:
    """Return what stands at these steps of the contractor's other sites, and which photos they share.

    Sites of the same owner alone: whoever sees this site for its owner sees those too.
    """
    states, photos = _states(session, site, steps), _photos(session, site)
    names = dict.fromkeys((*states, *photos))
    return tuple(
        OtherSite(name, states.get((id_, name), {}), photos.get((id_, name), {})) for id_, name in names
    )


def _of_the_same(site: SiteRow) -> tuple[Any, ...]:
    return (
        SiteRow.owner_id == site.owner_id,
        SiteRow.contractor_id == site.contractor_id,
        SiteRow.id != site.id,
    )


def _states(
    session: Session, site: SiteRow, steps: Iterable[str]
) -> Mapping[tuple[str, str], dict[str, ItemState]]:
    wanted = [col(ItemStateRow.item).startswith(f"{step}@", autoescape=True) for step in steps]
    latest = select(SiteRow.id).where(*_of_the_same(site)).order_by(*_LATEST_FIRST).limit(SITES)
    query = (
        select(SiteRow.id, SiteRow.name, ItemStateRow.item, ItemStateRow.document)
        .join(ItemStateRow, col(ItemStateRow.site_id) == SiteRow.id)
        .where(
            col(SiteRow.id).in_(latest), col(ItemStateRow.status).in_(sorted(ANSWERED)), or_(False, *wanted)
        )
        .order_by(*_LATEST_FIRST, col(ItemStateRow.item))
    )
    found: defaultdict[tuple[str, str], dict[str, ItemState]] = defaultdict(dict)
    for id_, name, item, document in session.exec(query):
        found[id_, name][item] = _state(item, json.loads(document))
    return found


_LATEST_FIRST = (col(SiteRow.updated_at).desc(), col(SiteRow.id))


def _state(item: str, document: Mapping[str, Any]) -> ItemState:
    """The reading alone: thousands are read, and nothing else of them is compared."""
    value = document["value"]
    if value is None or value["type"] not in ("measured", "text"):
        return ItemState(item, document["status"])
    rest = (value.get("decimal"), value.get("unit", ""), value.get("bound", ""))
    return ItemState(item, document["status"], value=Value(value["type"], value["raw"], *rest))


def _photos(session: Session, site: SiteRow) -> Mapping[tuple[str, str], dict[str, str]]:
    here, there = aliased(OperationRow), aliased(OperationRow)
    query = (
        select(SiteRow.id, SiteRow.name, there.photo, there.item)
        .join(there, col(there.site_id) == SiteRow.id)
        .join(here, col(here.photo) == there.photo)
        .where(here.site_id == site.id, *_of_the_same(site))
        .distinct()
        .order_by(SiteRow.name, SiteRow.id, there.item)
        .limit(PHOTOS)
    )
    found: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for id_, name, photo, item in session.exec(query):
        found[id_, name].setdefault(str(photo), item)
    return found

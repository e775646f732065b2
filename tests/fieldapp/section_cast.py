"""Helpers of the tests about sections and sign-offs: looks into the database, and signatures."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import rfc8785

from checklists.merge import operation_digest
from checklists.operation_schema import load_operation
from checklists.schema import load_checklist
from checklists.vouched import signed_digest, vouched_items
from fieldapp.problems import Problem
from fieldapp.store import sign_offs, sites
from fieldapp.store.database import reading
from fieldapp.tables import SignOffRow, SiteRow
from fieldapp.usecases import projection
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, good_answer, instrument_for, photo_of, picture

SIGNATURE = "installer-signature@GRID"


def act(hall: Hall, who: str, verb: Callable[..., Any], *arguments: object) -> Any:
    """Do something on the hall's site as one of the cast."""
    with hall.inside():
        return verb(hall.people[who], hall.site, *arguments)


def refusal(hall: Hall, who: str, verb: Callable[..., Any], *arguments: object) -> Problem:
    """Return the problem with which something is refused."""
    try:
        act(hall, who, verb, *arguments)
    except Problem as problem:
        return problem
    raise AssertionError("it was not refused")


def row_of(hall: Hall) -> SiteRow:
    with hall.inside(), reading() as db:
        row = sites.get(db, hall.site)
        assert row is not None
        return row


def signed_off(hall: Hall) -> list[SignOffRow]:
    """Return the kept sign-offs, after making sure that they are what the journal tells."""
    with hall.inside(), reading() as db:
        site = sites.get(db, hall.site)
        assert site is not None
        assert projection.differences(db, site) == []
        return sign_offs.of_site(db, hall.site)


def digest_on_tablet(bundle: Mapping[str, Any], own: Collection[Mapping[str, Any]], item: str) -> str:
    """Return what a tablet signs: of the bundle it holds and of its own unsent operations."""
    checklists = [load_checklist(each) for each in bundle["checklists"]]
    vouched = set(vouched_items(checklists, item))
    recorded: dict[str, list[str]] = {}
    for op in [*(each["op"] for each in bundle["operations"]), *own]:
        assert rfc8785.dumps(dict(op))
        if op["item"] in vouched:
            recorded.setdefault(op["item"], []).append(operation_digest(load_operation(op)))
    runs = [outcome["run"] for outcome in bundle["probe_outcomes"]]
    return signed_digest(bundle["revision_digest"], item, recorded, runs)


def sign(
    hall: Hall, tablet: FieldTablet, digest: str, item: str = SIGNATURE, **changes: Any
) -> dict[str, Any]:
    """Return a signed signature operation."""
    body = {"statement": "Done.", "name": "Carla Contractor", "digest": digest, "strokes": [[[0, 0], [9, 9]]]}
    return tablet.record(hall.site, item, "signature", body=body, **changes)


def do_items(hall: Hall, tablet: FieldTablet, keys: Collection[str]) -> None:
    """Answer, photograph and sign some items; the probe's are left to the probe."""
    data = [picture(90 + 11 * number) for number in range(6)]
    taken, sent, view = [photo_of(each) for each in data], [], hall.view()
    for item in (item for each in view.checklists for item in each.items if item.key in keys):
        kind, photos = item.criterion.kind, item.photos
        if kind == "photo":
            photos += item.criterion.count
        elif kind == "signature":
            sent.append(sign(hall, tablet, "", item.key))
        elif kind != "probe":
            body = {"value": good_answer(item), **instrument_for(item)}
            base = list(view.states[item.key].heads)
            sent.append(tablet.record(hall.site, item.key, body=body, base=base))
        sent += [tablet.record(hall.site, item.key, "photo", body=body) for body in taken[:photos]]
    for start in range(0, len(sent), 400):
        results = tablet.sync(*sent[start : start + 400])
        assert {each["status"] for each in results} == {"applied"}, results
    assert {tablet.upload(each).status_code for each in data} == {204}

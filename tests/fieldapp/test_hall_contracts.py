"""What the hall really sends keeps to the schemas under docs/contracts, and the schemas to themselves."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from fieldapp import jobs
from fieldapp.problems import CATALOGUE
from fieldapp.store import database
from fieldapp.store import jobs as job_rows
from fieldapp.usecases import (
    assign_site,
    check_journal,
    instruments,
    manage_people,
    permissions,
    propose_change,
    rejudge,
    review_site,
    revise_site,
    sections,
    submit_site,
)
from fieldapp.usecases.viewer import Viewer
from tests.fieldapp.hall_cast import Hall, do_all_items, hall_of

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"
SCHEMAS = {path.name: json.loads(path.read_text("utf-8")) for path in CONTRACTS.glob("*.schema.json")}
REGISTRY: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)
MINE = ("bundle", "journal-entry", "problem", "site-state", "sync")


def validator(name: str, part: str = "") -> Draft202012Validator:
    schema = SCHEMAS[f"{name}.schema.json"]
    chosen = {"$ref": f"{name}.schema.json#/$defs/{part}"} if part else schema
    return Draft202012Validator(chosen, registry=REGISTRY)


def revoke_a_certificate(contractor: Viewer) -> None:
    """One that readings here rest on, and what a worker makes of it."""
    (line,) = [each for each in instruments.list_instruments(contractor) if each.id == "IT1"]
    instruments.revoke_certificate(contractor, line.certificates[0].id, "withdrawn")
    with database.reading() as db:
        waiting = job_rows.due(db, rejudge.KIND)
    assert [jobs.run(job) for job in waiting] == [True]


@pytest.fixture(scope="module")
def hall(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Hall:
    """A site with an entry of every kind that needs no pack."""
    home = tmp_path_factory.mktemp("contracts") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home)
    tablet, other, none = hall.tablet(), hall.item("equals", safety=False), hall.item("equals", safety=True)
    do_all_items(hall, tablet, wrong=(other,))
    tablet.sync(tablet.record(hall.site, other, "note"))
    colleague = hall.tablet("colleague")
    assert colleague.sync(colleague.record(hall.site, none))[0]["status"] == "conflict"
    returned = hall.item("equals", safety=True, number=1)
    heads = sorted(hall.view().states[none].heads)
    na = {"base": heads, "body": {"reason": "none here"}}
    tablet.sync(tablet.record(hall.site, none, "not_applicable", **na))
    with hall.inside():
        contractor, reviewer = hall.people["contractor"], hall.people["reviewer"]
        sections.remove(contractor, hall.site, sections.define(contractor, hall.site, "East", ["CH01"]))
        section = sections.define(contractor, hall.site, "West", ["CH03", "CH04"])
        sections.submit(contractor, hall.site, section)
        submit_site.submit_site(contractor, hall.site)
        review_site.return_item(reviewer, hall.site, returned, "again")
        review_site.concede_item(reviewer, hall.site, other, "agreed")
        review_site.accept_not_applicable(reviewer, hall.site, none)
    tablet.sync(tablet.record(hall.site, returned, base=list(hall.view().states[returned].heads)))
    with hall.inside():
        sections.submit(contractor, hall.site, section)
        submit_site.submit_site(contractor, hall.site)
        sections.approve(reviewer, hall.site, section)
        review_site.approve_site(reviewer, hall.site)
        revoke_a_certificate(contractor)
    body = {"tag": "F03", "property": "length_m", "value": "31", "reason": "round the pillar"}
    kept, refused = (tablet.record(hall.site, other, "deviation", body=body) for _ in range(2))
    tablet.sync(kept, refused)
    with hall.inside():
        engineer = hall.people["engineer"]
        propose_change.refuse(engineer, hall.site, refused["op"]["id"], "said twice")
        propose_change.accept(engineer, hall.site, [kept["op"]["id"]])
    tablet.sync(tablet.record(hall.site, other, "note", revision=2))
    with hall.inside():
        assert revise_site.site_file(engineer, hall.site).count("as_built") == 1
        watch = manage_people.add_organisation("Watch", "service_provider", "Operator")
        assign_site.assign_site(engineer, hall.site, watch, until_day="2099-12-31")
        assert assign_site.unassign(engineer, hall.site, "Watch") == 1
        database.database().dispose()
    return hall


@pytest.mark.parametrize("name", MINE)
def test_a_schema_is_valid_and_so_are_its_examples(name: str) -> None:
    schema = SCHEMAS[f"{name}.schema.json"]
    Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    for example in schema["examples"]:
        validator(name).validate(example)


def test_every_kind_of_entry_keeps_to_its_schema(hall: Hall) -> None:
    with hall.inside():
        entries = list(check_journal.export(hall.site))
    check = validator("journal-entry")
    for entry in entries:
        check.validate(entry)
        assert not check.is_valid({**entry, "body": {**entry["body"], "more": 1}}), entry["type"]  # type: ignore[dict-item]
    assert {entry["type"] for entry in entries} == set(
        SCHEMAS["journal-entry.schema.json"]["properties"]["type"]["enum"]
    ) - {"pack_issued", "pack_downloaded"}


def test_the_bundle_keeps_to_its_schema(hall: Hall) -> None:
    bundle = hall.tablet().call("GET", f"/sites/{hall.site}/bundle").json
    validator("bundle").validate(bundle)
    assert bundle["marks"]
    assert bundle["probe_outcomes"]
    assert bundle["present_objects"]
    assert bundle["site"]["revision"] == 2
    assert bundle["since"]["r1-r2-continuity@F03"]["revision"] == 2
    assert [each["status"] for each in bundle["proposals"]] == ["accepted", "refused"]


def test_answers_of_the_sync_keep_to_their_schemas(hall: Hall) -> None:
    tablet = hall.tablet()
    signed = tablet.record(hall.site, hall.item(), "note", site="elsewhere")
    validator("sync", "signed").validate(signed)
    pushed = tablet.push(signed, None, 5).json
    validator("sync", "pushed").validate(pushed)
    # A site of somebody else's is kept aside for a reviewer; what is no operation at all is refused.
    assert [each["status"] for each in pushed["results"]] == ["quarantined", "rejected", "rejected"]
    validator("sync", "receipts").validate(tablet.receipts())
    validator("sync", "journal").validate(tablet.call("GET", f"/sites/{hall.site}/journal").json)


def test_problems_keep_to_their_schema_and_the_schema_to_the_catalogue(hall: Hall) -> None:
    schema = SCHEMAS["problem.schema.json"]
    assert schema["properties"]["code"]["enum"] == sorted(CATALOGUE)
    assert schema["x-catalogue"] == {
        each.code: {"status": each.status, "title": each.title} for each in CATALOGUE.values()
    }
    client = hall.app.test_client()
    for path in ("/api/v1/nothing", "/api/v1/sites", "/api/v1/receipts"):
        validator("problem").validate(client.get(path).json)


def test_site_states_are_those_of_the_permissions() -> None:
    states = set(SCHEMAS["site-state.schema.json"]["enum"])
    assert set().union(*permissions.IN_STATES.values()) == states
    ends = {
        each[end] for each in SCHEMAS["site-state.schema.json"]["x-transitions"] for end in ("from", "to")
    }
    assert ends == states | {None}

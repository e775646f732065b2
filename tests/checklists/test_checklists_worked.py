"""One worked case per standard design: limits written by hand from tables, against what is generated."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import designs
from checklists.generate import generate
from checklists.model import Item
from designs.apply import apply
from designs.library import find_design, list_designs, read_site_file
from designs.study import study

WORKED = Path(__file__).parent / "worked"
SITES = Path(designs.__file__).parent / "sites"
CASES = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(WORKED.glob("*.yaml"))}


@pytest.fixture(scope="module", params=CASES)
def worked(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Item]]:
    case = CASES[request.param]
    site = read_site_file(SITES / case["site"])
    applied = apply(find_design(site.design), site)
    line = replace(applied.one_line, rule_set=case.get("rule_set", applied.one_line.rule_set))
    applied = replace(applied, one_line=line)
    checklists = generate(applied, study(applied))
    return case, {item.key: item for each in checklists for item in each.items}


def test_the_limits_are_those_of_the_tables(worked):
    case, items = worked
    found = {key: items[key].limit_text if key in items else "no such item" for key in case["expect"]}
    assert found == {key: limit for key, (limit, _) in case["expect"].items()}


def test_each_step_stands_as_often_as_the_design_has_places_for_it(worked):
    case, items = worked
    found = {step: sum(item.step == step for item in items.values()) for step in case["counts"]}
    assert found == case["counts"]


def test_nothing_is_asked_that_does_not_apply(worked):
    case, items = worked
    steps = {item.step for item in items.values()}
    assert [each for each in case["absent"] if each in items or each in steps] == []


def test_every_limit_says_where_it_comes_from(worked):
    _, items = worked
    assert [
        key for key, item in items.items() if not item.limit_source.strip() or not item.clause.strip()
    ] == []


def test_there_is_a_case_for_every_standard_design():
    done = {read_site_file(SITES / case["site"]).design for case in CASES.values()}
    assert done == {design.id for design in list_designs()}

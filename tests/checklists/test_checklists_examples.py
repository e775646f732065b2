"""The texts in docs/examples are what is generated today."""

from pathlib import Path

import pytest

import designs
from checklists.generate import generate
from checklists.listing import WIDTH, listing
from designs.apply import apply
from designs.library import find_design, list_designs, read_site_file
from designs.study import study

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
SITES = [
    path
    for path in sorted((Path(designs.__file__).parent / "sites").glob("*.yaml"))
    if path.stem != "wrong-design"  # the study refuses it
]


@pytest.fixture(scope="module", params=SITES, ids=lambda path: path.stem)
def generated(request):
    site = read_site_file(request.param)
    applied = apply(find_design(site.design), site)
    return request.param.stem, generate(applied, study(applied))


def test_the_example_is_what_is_generated_today(generated):
    name, checklists = generated
    assert (EXAMPLES / f"{name}.txt").read_text("utf-8").strip() == listing(checklists).strip()


def test_every_item_of_the_site_has_its_place_in_the_text(generated):
    _, checklists = generated
    text = listing(checklists)
    words = text.replace(",", " ").replace(":", " ").replace(".", " ").split()
    for item in (item for each in checklists for item in each.items):
        assert f" {item.step}: " in text
        assert item.tag.replace(".", " ").split()[0] in words


def test_lines_can_be_read_on_a_terminal(generated):
    _, checklists = generated
    long = [line for line in listing(checklists).splitlines() if len(line) > WIDTH + 60]
    assert long == []


def test_every_standard_design_has_an_example():
    assert {read_site_file(path).design for path in SITES} == {each.id for each in list_designs()}

"""Each row of the published lists of inspections, tests, functions is reached, or says why not."""

from pathlib import Path

import pytest
import yaml

import designs
from checklists.generate import generate
from designs.apply import apply
from designs.library import find_design, read_site_file
from designs.study import study

HERE = Path(__file__).parent
SITES = sorted((Path(designs.__file__).parent / "sites").glob("*.yaml"))
ROWS = {
    key: value
    for name in ("electrical", "functions")
    for key, value in yaml.safe_load((HERE / f"coverage_{name}.yaml").read_text("utf-8")).items()
}
#: Rows that only the rules of one country ask for.
ELSEWHERE = {"polarity-live": "bs7671", "open-pen-method": "bs7671"}


@pytest.fixture(scope="module")
def reached() -> set[str]:
    """The steps of every item of the example sites, one for each standard design."""
    found: set[str] = set()
    for path in SITES:
        if path.stem == "wrong-design":
            continue
        site = read_site_file(path)
        applied = apply(find_design(site.design), site)
        found |= {item.step for each in generate(applied, study(applied)) for item in each.items}
    return found


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_reached_or_says_why_not(reached, row):
    steps = ROWS[row]
    if isinstance(steps, str):
        assert len(steps) > 20
        assert steps.endswith(".")
        return
    assert [each for each in steps if each not in reached and each not in ELSEWHERE] == []


def test_the_lists_are_whole():
    numbered = {f"T{n}" for n in range(11)} | {f"I{n:02}" for n in range(1, 15)}
    numbered |= {f"F{n}" for n in range(1, 18)} | {f"pack-{n}" for n in range(1, 21)}
    assert numbered <= set(ROWS)

"""The design that docs/recipes/add-a-design.md writes works as it stands on the page: no Python needed."""

import re
from pathlib import Path

import pytest

from checklists.generate import generate
from designs.apply import apply
from designs.bill import bill
from designs.drawing import drawings
from designs.errors import DesignError
from designs.library import find_design, load_equipment, parse_site, read_site_file
from designs.study import study

PAGE = Path(__file__).parents[2] / "docs" / "recipes" / "add-a-design.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's own folder with what the recipe writes: the design and a site of it."""
    design, site = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "standard").mkdir()
    (tmp_path / "standard" / "camping-ac.yaml").write_text(design, encoding="utf-8")
    (tmp_path / "waldsee.yaml").write_text(site, encoding="utf-8")
    return tmp_path


def test_the_recipe_makes_a_site_without_errors(folder: Path) -> None:
    site_design = apply(find_design("camping-ac", folder), read_site_file(folder / "waldsee.yaml"))
    studied = study(site_design)
    assert [each.sentence for each in studied.findings if each.severity != "info"] == []
    assert [station.tag for station in site_design.one_line.stations] == [
        "CH01",
        "CH02",
        "CH03",
        "CH05",
        "CH06",
    ]
    # surveyed, and from the plan: 3.5 m to the trench of the pillar ... 1.5 + 47 + 1.5 + 4 m of ends
    assert site_design.one_line.circuit("F02").cable.length_source == "surveyed"
    assert site_design.one_line.circuit("F06").cable.length_m == 54
    # TT: 50 V / 30 mA, rounded down
    assert studied.circuit("F01").zs_permitted_ohm == 1666.66
    assert studied.connection_point.demand_managed_a == 50


def test_the_recipe_is_drawn_counted_and_checked(folder: Path) -> None:
    site_design = apply(find_design("camping-ac", folder), read_site_file(folder / "waldsee.yaml"))
    studied = study(site_design)
    assert [each.name for each in drawings(site_design, studied)] == ["one-line-1", "layout"]
    keys = {item.key for list_ in generate(site_design, studied) for item in list_.items}
    assert {"earth-electrode-resistance@GRID", "rdc-dd-trip@CH06.1", "controller-settings@LM1"} <= keys
    counted = {line.equipment: line.quantity for line in bill(site_design, load_equipment())}
    assert counted["ac-11-single"] == 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("removed: [4]", "removed: []\n  import_limit_kva: 9", "import_limit_kva"),
        ("import_limit: 50 A", "import_limit: 25 A", "Of 6 posts each needs 6 A"),
        ("posts: 6", "posts: 9", "2 to 8"),
        ("supply_ze: 18 Ω", "supply_ze: 18 mΩ", "must be in Ω"),
    ],
)
def test_the_recipe_refuses_what_it_does_not_serve(folder: Path, old: str, new: str, said: str) -> None:
    text = (folder / "waldsee.yaml").read_text(encoding="utf-8").replace(old, new)
    with pytest.raises(DesignError, match=said):
        apply(find_design("camping-ac", folder), parse_site(text, "waldsee.yaml"))

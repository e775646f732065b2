"""The plan shows how many cables lie together: what it shows must be what was computed."""

from dataclasses import replace

from designs.apply import apply
from designs.library import EXAMPLE_SITES, find_design, read_site_file
from designs.model import Duct, Layout, Point, Route, SiteDesign
from designs.rules import layout as layout_rules

TRENCH = Duct("DU1", "Trench", "trench", (Point(0, 0), Point(40, 0)))


def hotel(*ways: tuple[str, float, float]) -> SiteDesign:
    """Return the hotel with routes along one trench: circuit, from and to in metres."""
    site = apply(find_design("destination-ac"), read_site_file(EXAMPLE_SITES / "hotel-seeblick.yaml"))
    routes = tuple(
        Route(tag, (Point(low, 5), Point(low, 0), Point(high, 0), Point(high, 3)), 3, 50)
        for tag, low, high in ways
    )
    return replace(site, layout=Layout(50, 20, (), (TRENCH,), routes))


def test_more_circuits_in_a_trench_than_computed_are_told_in_how_many_to_lay_them() -> None:
    ways = [(f"F{n:02}", 1.0, 10.0 + n) for n in range(1, 10)]
    [found] = layout_rules.grouping(hotel(*ways))
    assert (found.code, found.severity, found.tag) == ("grouping_on_plan", "info", "DU1")
    assert "up to 9 cables" in found.sentence
    assert "computed for 4 laid together" in found.sentence
    assert "at least 3 trenches" in found.remedy


def test_as_many_as_computed_are_sound_and_so_are_others_elsewhere_along_the_trench() -> None:
    near = [(f"F{n:02}", 1.0, 15.0) for n in range(1, 5)]
    far = [(f"F{n:02}", 15.0, 35.0) for n in range(5, 9)]
    assert list(layout_rules.grouping(hotel(*near, *far))) == []


def test_a_crossing_is_not_laid_together() -> None:
    ways = [(f"F{n:02}", 1.0, 15.0) for n in range(1, 5)]
    assert list(layout_rules.grouping(hotel(*ways, ("F05", 8.0, 8.5)))) == []


def test_a_site_without_a_plan_has_nothing_to_hold_against_it() -> None:
    assert list(layout_rules.grouping(replace(hotel(), layout=None))) == []

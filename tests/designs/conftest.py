"""The example site, applied and studied once, and a maker of other sites."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from designs.apply import apply
from designs.library import EXAMPLE_SITES, SiteInput, find_design, read_site_file
from designs.model import SiteDesign, Study
from designs.study import study

NEEDED: Mapping[str, Any] = {"stations": 4, "supply_ik": 8, "supply_ze": 0.06, "import_limit": 160}


def _site(**parameters: Any) -> SiteInput:
    return SiteInput(
        "Test", "Street 1", "DE", "Europe/Berlin", "destination-ac", None, {**NEEDED, **parameters}
    )


@pytest.fixture(scope="session")
def make_site() -> Callable[..., SiteInput]:
    """Return a site file's content with the parameters that must be given, and any others."""
    return _site


@pytest.fixture(scope="session")
def make_design() -> Callable[..., SiteDesign]:
    """Return the site design for parameters of destination-ac."""
    return lambda **parameters: apply(find_design("destination-ac"), _site(**parameters))


@pytest.fixture(scope="session")
def hotel() -> SiteDesign:
    """The example site with twelve stations."""
    return apply(find_design("destination-ac"), read_site_file(EXAMPLE_SITES / "hotel-seeblick.yaml"))


@pytest.fixture(scope="session")
def hotel_study(hotel: SiteDesign) -> Study:
    return study(hotel)


@pytest.fixture(scope="session")
def small(make_design: Callable[..., SiteDesign]) -> SiteDesign:
    """Four stations that pass every rule."""
    return make_design()


@pytest.fixture(scope="session")
def small_study(small: SiteDesign) -> Study:
    return study(small)

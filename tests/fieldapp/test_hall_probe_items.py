"""The probe fills the probe items of the checklists: by aspects that exist, and never by a doubt."""

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from checklists.criterion_schema import ASPECTS
from device_probe.model import Aspect
from fieldapp.usecases import record_probe
from fieldapp.web.words import ASPECT_TITLES
from tests.fieldapp.hall_cast import Hall, hall_of, probe_report

TEMPLATES = Path(__file__).parents[2] / "checklists" / "templates"


@pytest.fixture
def hall(hall_home: Path) -> Hall:
    return hall_of(hall_home)


def items(hall: Hall) -> dict[str, str]:
    """Return the aspect of every probe item of the site, by key."""
    found = (item for checklist in hall.view().checklists for item in checklist.items)
    return {item.key: item.criterion.aspect for item in found if item.criterion.kind == "probe"}


def upload(hall: Hall, scenario: str) -> dict[str, Any]:
    report = probe_report(hall, scenario)
    with hall.inside():
        record_probe.record_probe(hall.people["contractor"], hall.site, report)
    return report


def test_every_aspect_has_the_same_name_in_every_room() -> None:
    assert set(ASPECTS) == set(get_args(Aspect)) == set(ASPECT_TITLES)


def test_every_probe_step_of_the_library_asks_for_an_aspect_that_exists() -> None:
    asked = set()
    for path in sorted(TEMPLATES.glob("*.yaml")):
        for step in yaml.safe_load(path.read_text("utf-8"))["steps"]:
            if step.get("criterion", {}).get("kind") == "probe":
                asked.add(step["criterion"]["aspect"])
    assert asked >= {"communication", "wiring", "power_quality", "balance"}
    assert asked <= set(get_args(Aspect))


def test_without_load_no_item_passes_but_that_the_devices_answer(hall: Hall) -> None:
    asked = items(hall)
    assert set(asked.values()) == {"communication", "wiring", "power_quality", "balance"}
    upload(hall, "idle")
    states = hall.view().states
    for key, aspect in asked.items():
        wanted = "passed" if aspect == "communication" else "inconclusive"
        assert states[key].status == wanted, key
        assert states[key].judgement.reason
    assert not {key for key in asked if asked[key] != "communication" and states[key].status == "passed"}


def test_under_load_every_probe_item_passes_and_a_fault_fails_its_own(hall: Hall) -> None:
    asked = items(hall)
    upload(hall, "ct-reversed")
    states = hall.view().states
    assert [key for key in asked if states[key].status == "failed"] == ["meter-wiring@PM1"]
    # what rests on the meter that is wired wrongly stays open
    assert states["meter-balance@PM0"].status == "inconclusive"
    upload(hall, "healthy")
    states = hall.view().states
    assert {states[key].status for key in asked} == {"passed"}

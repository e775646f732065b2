"""Equipment that is not approved for a site is refused or flagged, with what to use instead."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from designs import approval
from designs.equipment_list import Approval, EquipmentList, Mcb, StationType
from designs.findings import merged
from designs.model import SiteDesign
from designs.study import study
from tests.designs.one_lines import site_design, small_site

DAY = date(2026, 6, 1)


def breaker(item: str, amps: float, *approved: Approval) -> Mcb:
    return Mcb(
        id=item, title=item, source="by memory", rated_current_a=amps, characteristic="B",
        breaking_capacity_ka=10.0, poles=4, approved=approved,
    )  # fmt: skip


def equipment(*approved: Approval, **others: Any) -> EquipmentList:
    """Return a list in which the station ``post`` has these approvals, and nothing else any."""
    post = StationType(
        id="post", title="Post", source="by memory", profile=None, rated_input_a=32.0, phases=3,
        connectors=(),         dc_fault_protection="rdc-dd", approved=approved,
    )  # fmt: skip
    free = ["msb", "spd-t12-tn", "mccb-160", "mcb-40", "cu-70", "cu-10"]
    items: dict[str, Any] = {item: breaker(item, 40.0) for item in free} | {"post": post}
    return EquipmentList({**items, **others})


def site(country: str = "DE") -> SiteDesign:
    design = site_design(small_site())
    return replace(design, parameters=replace(design.parameters, country=country))


def said(approved: tuple[Approval, ...], country: str = "DE", on: date = DAY) -> list[str]:
    return [each.sentence for each in approval.judge(site(country), equipment(*approved), on, refuse=True)]


@pytest.mark.parametrize(
    ("approved", "country", "why"),
    [
        ((Approval("2026-06-02", None, ("EU",)),), "DE", "is approved from 2026-06-02 only"),
        ((Approval("2024-01-01", "2026-05-31", ("EU",)),), "DE",
         "is approved no longer: its approval ended on 2026-05-31"),
        ((Approval("2024-01-01", None, ("GB", "EU")),), "CH", "is not approved in CH, only in EU and GB"),
        ((Approval("2024-01-01", "2025-12-31", ("DE",)), Approval("2026-01-01", None, ("GB",))), "DE",
         "is approved no longer: its approval ended on 2025-12-31"),
    ],
)  # fmt: skip
def test_equipment_outside_its_approval_is_named_with_the_reason(
    approved: tuple[Approval, ...], country: str, why: str
) -> None:
    assert said(approved, country) == [f"CH01, CH02 and CH03: post {why} (site in {country}, 2026-06-01)."]


@pytest.mark.parametrize(
    ("approved", "country"),
    [
        ((), "US"),
        ((Approval("2026-06-01", "2026-06-01"),), "US"),
        ((Approval("2024-01-01", None, ("EU",)),), "FR"),
        ((Approval("2024-01-01", None, ("EEA",)),), "NO"),
        ((Approval("2024-01-01", "2025-12-31"), Approval("2026-01-01", None, ("DE",))), "DE"),
    ],
)
def test_equipment_within_an_approval_is_not_mentioned(approved: tuple[Approval, ...], country: str) -> None:
    assert said(approved, country) == []


def test_equipment_that_is_on_no_list_is_named_once_with_all_its_tags() -> None:
    known = equipment()
    without = EquipmentList({key: item for key, item in known.items.items() if key != "cu-10"})
    (found,) = approval.judge(site(), without, DAY, refuse=True)
    assert (found.code, found.tag, found.figures[0].value) == ("not_approved", "F01", "F01, F02, F03")
    assert "cu-10 is not on the approved equipment list" in found.sentence


def test_the_programme_chooses_between_refusal_and_a_flag() -> None:
    ended = equipment(Approval("2024-01-01", "2025-12-31"))
    (error,) = approval.judge(site(), ended, DAY, refuse=True)
    (warning,) = approval.judge(site(), ended, DAY, refuse=False)
    assert (error.severity, warning.severity) == ("error", "warning")
    done = study(site())
    assert not done.refused
    assert merged(done, (error,)).refused
    assert not merged(done, (warning,)).refused


def test_the_remedy_names_approved_equipment_of_the_same_class_nearest_first() -> None:
    """Of another region or another class is never offered."""
    swiss = breaker("b41", 41.0, Approval("2020-01-01", None, ("CH",)))
    listed = equipment(b63=breaker("b63", 63.0), b41=swiss)
    old = breaker("mcb-40", 40.0, Approval("2020-01-01", "2021-01-01"))
    items = {
        **listed.items,
        "mcb-40": old,
        "mccb-160": breaker("mccb-160", 160.0),
        "b50": breaker("b50", 50.0),
    }
    (found,) = approval.judge(site(), EquipmentList(items), DAY, refuse=True)
    assert found.tag == "F01"
    offered = approval.alternatives(EquipmentList(items), "mcb-40", "DE", DAY)
    assert "b41" not in offered
    assert "post" not in offered
    assert offered.index("b50") < offered.index("b63") < offered.index("mccb-160")
    assert found.remedy.startswith("Choose one that is approved, such as ")


def test_what_is_built_in_is_looked_up_at_every_place() -> None:
    used = approval.used(small_site())
    assert used["spd-t12-tn"] == ("MSB",)
    assert used["post"] == ("CH01", "CH02", "CH03")
    assert used["mcb-40"] == ("F01", "F02", "F03")
    assert used["cu-70"] == ("F00",)

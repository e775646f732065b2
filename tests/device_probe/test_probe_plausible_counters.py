"""Counters between two snapshots of one meter: rising is right, falling is named, and so is an overflow."""

from dataclasses import replace

import pytest

from device_probe.model import PlannedDevice, Snapshot
from device_probe.plausibility import rising, with_earlier
from device_probe.profile_schema import load_profile
from tests.device_probe.physical import Load, healthy

PROFILE = load_profile("abb-b23-b24")  # 64-bit counters of 10 Wh
SMALL = load_profile("carlo-gavazzi-em24-e1")  # 32-bit counters of 100 Wh
DEVICE = PlannedDevice("PM1", PROFILE.id, "h", 502, 1, "group_meter", ct_primary_a=100)


def at(minute: int, energy_wh: float, profile=PROFILE) -> Snapshot:
    snapshot = healthy(profile, Load(energy_wh=energy_wh))
    return replace(snapshot, taken_at=f"2026-01-01T00:{minute:02d}:00.000Z")


def test_a_counter_that_rises_as_the_current_allows_is_right() -> None:
    for wh in (0, 10, 5000):
        assert rising(at(0, 8e6), at(10, 8e6 + wh), PROFILE, DEVICE) == ()
    assert with_earlier(at(0, 8e6), at(10, 8e6 + 10), PROFILE, DEVICE).readings == at(10, 8e6 + 10).readings


def test_a_counter_that_falls_is_marked_and_keeps_its_value() -> None:
    marked = with_earlier(at(0, 8e6), at(10, 7e6), PROFILE, DEVICE)
    reading = next(r for r in marked.readings if r.quantity == "active_energy_import_total")
    assert (reading.value, reading.problem) == (7e6, "suspect")
    assert "no counter counts back" in reading.cause
    assert next(r for r in marked.readings if r.quantity == "voltage_l1_n").problem is None


@pytest.mark.parametrize(
    ("end", "profile"), [(100.0 * 2**31, SMALL), (100.0 * 10**8, SMALL), (10.0 * 10**8, PROFILE)]
)
def test_an_overflow_is_named(end: float, profile) -> None:
    found = rising(at(0, end * 0.99999, profile), at(10, end * 0.00001, profile), profile)
    assert found
    assert all("overflowed" in doubt.words for doubt in found if "total" in doubt.quantities[0])


def test_a_counter_that_rises_faster_than_current_can_flow_is_marked() -> None:
    found = rising(at(0, 8e6), at(1, 8e6 + 2e6), PROFILE, DEVICE)
    assert {name for doubt in found for name in doubt.quantities} >= {"active_energy_import_total"}
    assert "more than can have flowed" in found[0].words

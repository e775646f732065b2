"""The gate: nothing is said of a device that is read right, however little flows or however it is wired."""

import math
import random
from dataclasses import replace

import pytest

from device_probe.model import PlannedDevice, Reading, Snapshot
from device_probe.plausibility import diagnose, doubts_of, gated
from device_probe.profile import Profile
from device_probe.profile_schema import list_profiles, load_profile
from tests.device_probe.physical import SCALED_LIMIT_VA, Load, healthy, read, registers_of, values_of

PROFILES = list_profiles()
MOMENTS = {
    "load": Load(),
    "idle": Load(amperes=(0.0, 0.0, 0.0)),
    "dark": Load(volts=(0.0, 0.0, 0.0), amperes=(0.0, 0.0, 0.0)),
    "one phase": Load(amperes=(16.0, 0.0, 0.0)),
    "one live": Load(volts=(230.0, 0.0, 0.0), amperes=(10.0, 0.0, 0.0)),
    "capacitive": Load(angle_deg=-25.0),
    "small": Load(amperes=(0.31, 0.28, 0.33), angle_deg=70.0, thd=1.2),
    "120 V": Load(volts=(120.0, 121.0, 119.0), hertz=60.0),
    "277 V": Load(volts=(277.0, 275.0, 278.0), hertz=60.0),
    "690 V": Load(volts=(398.0, 399.0, 397.0)),
    "export": Load(angle_deg=180.0),
}
ONE_WAY = ("ac_charger", "dc_charger")  # they cannot feed back, so their registers cannot say so


def fits(profile: Profile, load: Load) -> bool:
    """Leave out what the registers of a device cannot hold: export of a charger, 10 kW in 16 bits."""
    if load.angle_deg == 180.0 and profile.kind in ONE_WAY:
        return False
    scaled = any(point.scale_register is not None for point in profile.points)
    return not scaled or sum(map(math.prod, zip(load.volts, load.amperes, strict=True))) < SCALED_LIMIT_VA


def words(snapshot: Snapshot, profile: Profile) -> list[str]:
    return [doubt.words for doubt in doubts_of(snapshot, profile)]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.id)
def test_nothing_is_said_of_a_device_that_is_read_right(profile: Profile) -> None:
    for name, load in MOMENTS.items():
        moment = load if fits(profile, load) else replace(load, amperes=tuple(a / 8 for a in load.amperes))
        if fits(profile, moment):
            snapshot = healthy(profile, moment)
            assert words(snapshot, profile) == [], name
            said = diagnose(snapshot, profile)
            dark = name == "dark" and profile.kind in ("meter", "analyser")
            assert said is None or (dark and said.kind in ("no_voltage", "ambiguous")), (name, said)


def test_nothing_is_said_under_any_of_many_random_loads() -> None:
    chance = random.Random(20_260_101)
    tried = 0
    for _ in range(400):
        profile = chance.choice(PROFILES)
        level = 10 ** chance.uniform(-2, 1.85)
        nominal = chance.choice((120.0, 220.0, 230.0, 240.0, 277.0, 398.0))
        load = Load(
            volts=tuple(nominal * chance.uniform(0.92, 1.08) for _ in range(3)),
            amperes=tuple(
                chance.choice((0.0, 1.0, 1.0, 1.0)) * level * chance.uniform(0.5, 1.2) for _ in range(3)
            ),
            angle_deg=chance.uniform(-80, 80) if profile.kind not in ONE_WAY else chance.uniform(-30, 30),
            thd=chance.uniform(0, 0.9),
            hertz=chance.uniform(49, 51),
        )
        if fits(profile, load):
            tried += 1
            assert words(healthy(profile, load), profile) == [], (profile.id, load)
    assert tried > 320


def test_a_power_factor_that_means_nothing_at_one_per_cent_of_the_transformers_is_no_fault() -> None:
    profile = load_profile("schneider-pm5320")
    chance = random.Random(5)
    for _ in range(40):
        values = values_of(Load(amperes=(3.6, 3.2, 4.0)))
        values |= {f"power_factor_l{k}": chance.uniform(-1, 1) for k in (1, 2, 3)}
        assert words(read(registers_of(profile, values), profile), profile) == []


@pytest.mark.parametrize("profile_id", ["eastron-sdm630", "janitza-umg-96rm-e", "carlo-gavazzi-em24-e1"])
@pytest.mark.parametrize(
    "load",
    [
        Load(polarity=(1, -1, 1)),
        Load(polarity=(-1, -1, -1)),
        Load(currents_from=(1, 0, 2)),
        Load(currents_from=(1, 2, 0), polarity=(1, 1, -1)),
        Load(volts=(230.0, 231.0, 0.0)),
        Load(amperes=(16.0, 0.0, 15.0)),
    ],
)
def test_wrong_wiring_is_not_taken_for_wrong_decoding(profile_id: str, load: Load) -> None:
    profile = load_profile(profile_id)
    snapshot = healthy(profile, load)
    assert words(snapshot, profile) == []
    assert diagnose(snapshot, profile) is None


def changed(snapshot: Snapshot, **values: float) -> Snapshot:
    return replace(
        snapshot,
        readings=tuple(replace(r, value=values.get(r.quantity, r.value)) for r in snapshot.readings),
    )


def suspects(snapshot: Snapshot, profile: Profile) -> set[str]:
    marked = gated(snapshot, profile)
    assert [r.value for r in marked.readings] == [r.value for r in snapshot.readings]  # the values stay
    assert all(r.cause for r in marked.readings if r.problem == "suspect")
    return {r.quantity for r in marked.readings if r.problem == "suspect"}


def test_one_impossible_value_is_marked_and_no_other() -> None:
    profile = load_profile("eastron-sdm630")
    right = healthy(profile)
    for quantity, value in (
        ("voltage_l1_n", 1.4e9),
        ("voltage_l2_n", -230.0),
        ("frequency", 5.0),
        ("active_power_l2", 9e5),
        ("active_power_total", -3e6),
        ("thd_voltage_l1", -4.0),
        ("active_energy_import_total", -12.0),
        ("current_l3", 5e-38),
    ):
        assert suspects(changed(right, **{quantity: value}), profile) == {quantity}


def test_readings_that_contradict_one_another_are_all_marked() -> None:
    profile = load_profile("eastron-sdm120")  # V, I, P and PF of one phase: nothing says which is wrong
    wrong = suspects(changed(healthy(profile), current_l1=0.4, active_power_total=3600.0), profile)
    assert {"current_l1", "active_power_total"} <= wrong
    assert not wrong & {"frequency", "voltage_l1_n"}


def test_a_share_beyond_its_limits_is_marked_but_nothing_else_waits_for_it() -> None:
    profile = load_profile("huawei-sun2000")
    doubts = doubts_of(changed(healthy(profile), battery_soc=240.0), profile)
    assert [(d.quantities, d.decoding) for d in doubts] == [(("battery_soc",), False)]


def test_a_current_beyond_the_transformers_is_marked_with_the_plan_alone() -> None:
    profile = load_profile("janitza-umg-604-pro")
    snapshot = Snapshot("PM1", profile.id, "", "h", 502, 1, "2026-01-01T00:00:00Z",
                        (Reading("current_l1", 4000.0, "A"),), (), 1)  # fmt: skip
    assert suspects(snapshot, profile) == set()
    device = PlannedDevice("PM1", profile.id, "h", 502, 1, "group_meter", ct_primary_a=400)
    marked = gated(snapshot, profile, device)
    assert marked.readings[0].problem == "suspect"
    assert "400 A" in marked.readings[0].cause

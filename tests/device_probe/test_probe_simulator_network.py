"""The simulated site obeys physics: what flows in flows out, and every meter agrees with itself."""

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_probe.simulator import list_scenarios, load_scenario
from device_probe.simulator.example import example_plan
from device_probe.simulator.meter import measured, with_errors
from device_probe.simulator.moment import level, moment, supply_phases
from device_probe.simulator.network import (
    PHASES,
    ROTATION,
    Branch,
    Draw,
    Node,
    Source,
    neutral_current,
    solve,
)
from device_probe.simulator.scenario import Injection, MeterFault, Step
from device_probe.simulator.spectrum import named
from device_probe.simulator.state import SiteState
from device_probe.simulator.wiring_faults import miswired

PLAN = example_plan()
METERS = [d for d in PLAN.devices if d.role in ("main_meter", "group_meter")]
SOURCE = Source(
    tuple(230 * ROTATION**k for k in PHASES),
    ({5: 0.02j, 7: 0.01 + 0j}, {5: 0.02 + 0j}, {3: 0.004j}),
    Branch(0.01, 0.02, 0.01, 0.02),
)


@st.composite
def trees(draw):
    nodes, draws = [], {}
    for number in range(draw(st.integers(1, 6))):
        tag = f"N{number}"
        parent = draw(st.sampled_from([None, *(node.tag for node in nodes)]))
        r, x = draw(st.floats(0, 0.05)), draw(st.floats(0, 0.02))
        nodes.append(Node(tag, parent, Branch(r, x, 2 * r, x)))
        draws[tag] = tuple(tuple(draw(st.lists(a_draw(), max_size=2))) for _ in PHASES)
    return nodes, draws


def a_draw():
    spectrum = st.sampled_from(["none", "charger", "single_phase_charger", "building"]).map(named)
    lag = st.floats(-0.6, 0.6)
    current = st.builds(Draw, st.floats(0, 60), lag, st.none(), spectrum)
    return current | st.builds(Draw, st.just(0.0), lag, st.floats(-8000, 8000), spectrum)


def part(conductor, order: int):
    """Voltage and current of one order."""
    if order == 1:
        return conductor.voltage, conductor.current
    return conductor.voltage_harmonics[order], conductor.current_harmonics[order]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees())
def test_currents_add_up_and_power_is_accounted_for_at_every_order(tree) -> None:
    nodes, draws = tree
    found = solve(nodes, draws, SOURCE)
    orders = [1, *next(iter(found.values()))[0].voltage_harmonics]
    assert {3, 5, 7} <= set(orders)
    children = {n.tag: [c.tag for c in nodes if c.parent == n.tag] for n in nodes}
    for order in orders:
        own = {
            tag: [part(c, order)[1] - sum(part(found[d][k], order)[1] for d in children[tag])
                  for k, c in enumerate(three)]
            for tag, three in found.items()
        }  # fmt: skip
        top = [sum(part(found[n.tag][k], order)[1] for n in nodes if n.parent is None) for k in PHASES]
        fed = sum((e * i.conjugate()).real for e, i in zip(SOURCE.at(order), top, strict=True))
        used = sum((part(c, order)[0] * own[tag][k].conjugate()).real
                   for tag, three in found.items() for k, c in enumerate(three))  # fmt: skip
        lost = loss(SOURCE.branch, top)
        lost += sum(loss(n.branch, [part(c, order)[1] for c in found[n.tag]]) for n in nodes)
        assert fed == pytest.approx(used + lost, rel=1e-6, abs=1e-6)
        if order == 1:
            drawn = {t: [sum((d.at(c.voltage) for d in draws[t][k]), 0j) for k, c in enumerate(three)]
                     for t, three in found.items()}  # fmt: skip
            for tag in found:
                assert own[tag] == [pytest.approx(i, abs=1e-6) for i in drawn[tag]]


def loss(branch: Branch, currents) -> float:
    lines = sum(abs(i) ** 2 for i in currents) * branch.r_ohm
    return lines + abs(sum(currents)) ** 2 * branch.neutral_r_ohm


def test_a_neutral_current_shifts_the_voltages_by_what_is_reckoned_by_hand() -> None:
    load = ((Draw(100.0),), (), ())
    found = solve([Node("A", None)], {"A": load}, Source(SOURCE.voltages, branch=Branch(0.1, 0, 0.1, 0)))
    volts = [c.voltage for c in found["A"]]
    assert volts[0] == pytest.approx(230 - 2 * 10, abs=1e-6)
    assert volts[1] == pytest.approx(230 * ROTATION - 10, abs=1e-6)
    assert abs(volts[1]) > 230


def test_third_harmonics_of_three_phases_add_up_in_the_neutral_and_fifth_do_not() -> None:
    draw = Draw(10.0, 0.0, None, {3: 0.1 + 0j, 5: 0.1 + 0j})
    found = solve([Node("A", None)], {"A": ((draw,), (draw,), (draw,))}, Source(SOURCE.voltages))
    neutral = neutral_current(found["A"])
    assert abs(neutral[3]) == pytest.approx(3.0)
    assert abs(neutral[5]) == pytest.approx(0, abs=1e-9)
    assert abs(neutral[1]) == pytest.approx(0, abs=1e-9)


def test_a_harmonic_current_makes_a_voltage_at_the_impedance_of_its_order() -> None:
    draw = Draw(10.0, 0.0, None, {5: 0.1 + 0j})
    source = Source(SOURCE.voltages, branch=Branch(0.1, 0.2, 0.1, 0.2))
    found = solve([Node("A", None, Branch(0.05, 0.1))], {"A": ((draw,), (draw,), (draw,))}, source)
    assert abs(found["A"][0].voltage_harmonics[5]) == pytest.approx(abs(complex(0.15, 5 * 0.3)))


def site(name: str) -> SiteState:
    return SiteState(PLAN, load_scenario(name), 0)


@pytest.mark.parametrize("name", list_scenarios())
def test_every_meter_agrees_with_itself_in_every_scenario(name: str) -> None:
    state = site(name)
    state.advance(20)
    for device in METERS:
        values = measured(with_errors(device, state.inputs_of(device)), state.moment.frequency_hz)
        told = state.values_of(device, state.profiles[device.tag])
        shared = values.keys() & told.keys()
        assert {name: told[name] for name in shared} == {name: values[name] for name in shared}
        for k in (1, 2, 3):
            u, i, p = (
                values[f"{n}_l{k}{s}"] for n, s in (("voltage", "_n"), ("current", ""), ("active_power", ""))
            )
            s, q = values[f"apparent_power_l{k}"], values[f"reactive_power_l{k}"]
            assert s == pytest.approx(u * i)
            assert math.hypot(p, q) <= s * (1 + 1e-9)
            assert values[f"power_factor_l{k}"] * s == pytest.approx(p)
            for what, rms in (("voltage", u), ("current", i)):
                table = [values[f"harmonic_{what}_l{k}_h{order}"] for order in range(1, 64)]
                assert math.hypot(*table) == pytest.approx(rms)
                thd = values[f"thd_{what}_l{k}"]
                assert thd / 100 * table[0] == pytest.approx(math.hypot(*table[1:]))
        assert values["active_power_total"] == pytest.approx(
            sum(values[f"active_power_l{k}"] for k in (1, 2, 3))
        )


@pytest.mark.parametrize("name", list_scenarios())
def test_the_main_meter_carries_the_sum_of_what_is_below_it(name: str) -> None:
    truth = site(name).moment.truth
    below = [d.tag for d in PLAN.devices if d.parent == "PM1"]
    for k in PHASES:
        assert truth["PM1"][k].current == pytest.approx(sum(truth[tag][k].current for tag in below))


def test_energies_are_the_integral_of_power_and_never_fall() -> None:
    state = site("healthy")
    power = sum(c.active_power for c in state.inputs_of(PLAN.devices[1]))
    state.advance(1800)
    assert state.counters["PM1"].imported_wh == pytest.approx(power / 2, rel=0.003)
    varying, fine = site("storage"), site("storage")
    varying.advance(200)
    before = 0.0
    for _ in range(250):
        fine.advance(0.8)
        assert fine.counters["PM0"].imported_wh >= before
        before = fine.counters["PM0"].imported_wh
    assert varying.counters["PM0"].imported_wh == pytest.approx(before, rel=1e-3)


def test_energy_stops_at_the_very_moment_at_which_the_power_does() -> None:
    scenario = replace(load_scenario("healthy"), timeline=(Step(10.3, "*", "current_a", 0.0),))
    state = SiteState(PLAN, scenario, 0)
    power = sum(c.active_power for c in state.inputs_of(PLAN.devices[1]))
    state.advance(60)
    assert state.counters["PM1"].imported_wh == pytest.approx(power * 10.3 / 3600, rel=0.003)


def test_a_battery_turns_round_and_its_state_of_charge_follows_its_energy() -> None:
    scenario = load_scenario("storage")
    home = replace(scenario.injections[0], at="PV1")
    devices = tuple(replace(d, profile="intilion-scalebloc") if d.tag == "PV1" else d for d in PLAN.devices)
    state = SiteState(replace(PLAN, devices=devices), replace(scenario, injections=(home,)), 0)
    device = devices[3]

    def read(quantity: str) -> float:
        return state.values_of(device, state.profiles["PV1"])[quantity]

    assert read("battery_power") == pytest.approx(15_000, rel=0.02)
    assert read("battery_soc") == pytest.approx(35)
    state.advance(60)
    assert read("battery_soc") == pytest.approx(35 + 100 * 250 / 40_000, rel=0.01)
    state.advance(40)
    assert read("battery_power") == pytest.approx(-18_000, rel=0.02)
    assert sum(c.active_power for c in state.moment.truth["PV1"]) < 0


def test_export_turns_the_main_meter_negative_and_counts_there() -> None:
    state = site("pv-export")
    state.advance(600)
    values = state.values_of(PLAN.devices[0], state.profiles["PM0"])
    assert values["active_power_total"] < -10_000
    assert state.counters["PM0"].exported_wh > 1500
    assert state.counters["PM0"].imported_wh == 0
    inverter = state.values_of(PLAN.devices[3], state.profiles["PV1"])
    assert inverter["active_power_total"] == pytest.approx(-inverter["dc_power"] * 0.97)


def test_the_sun_rises_and_sets() -> None:
    roof = Injection("PV", "pv", 10_000, sunrise_s=21_600, sunset_s=64_800)
    scenario = replace(load_scenario("healthy"), injections=(roof,), start_s=0)
    profiles = site("healthy").profiles
    powers = {
        hour: moment(PLAN, profiles, scenario, (), hour * 3600).powers_w["PV"] for hour in (3, 9, 12, 17, 20)
    }
    assert powers[3] == powers[20] == 0
    assert powers[12] == pytest.approx(10_000)
    assert 0 < powers[17] < powers[9] < powers[12]


def test_a_direct_current_charger_fits_its_alternating_side() -> None:
    devices = tuple(
        replace(d, profile="alpitronic-hypercharger", design_current_a=125) if d.tag == "CH01" else d
        for d in PLAN.devices
    )
    state = SiteState(replace(PLAN, devices=devices), load_scenario("dc-fast"), 0)
    device, begin = devices[4], None
    for _ in range(2):
        values = state.values_of(device, state.profiles["CH01"])
        assert values["dc_power"] == pytest.approx(0.94 * values["active_power_total"])
        assert values["dc_voltage"] * values["dc_current"] == pytest.approx(values["dc_power"])
        assert values["connector_state"] == "charging"
        begin = begin if begin is not None else values["vehicle_soc"]
        state.advance(60)
    assert values["vehicle_soc"] == pytest.approx(begin + 100 * values["session_energy"] / 60_000)
    assert values["vehicle_soc"] > begin


def test_a_level_ramps_and_a_later_change_begins_where_the_earlier_was() -> None:
    changes = [(10, 20.0, 10), (15, 0.0, 5)]
    assert [level(10, changes, t) for t in (0, 10, 12, 15, 17.5, 20, 99)] == [10, 10, 12, 15, 7.5, 0, 0]


@pytest.mark.parametrize(("phases", "kind"), [(1, "alone"), (3, "together")])
def test_rotated_stations_land_on_their_own_supply_phase(phases: int, kind: str) -> None:
    scenario = load_scenario("single-phase")
    loads = {"*": replace(scenario.stations["*"], phases=phases)}
    state = SiteState(PLAN, replace(scenario, stations=loads), 0)
    for device in PLAN.devices:
        if device.role == "station":
            loaded = {k for k in PHASES if abs(state.moment.truth[device.tag][k].current) > 1}
            assert loaded == set(supply_phases(device)[:phases])


def wired(*faults: MeterFault):
    return miswired(site("healthy").moment.truth["PM1"], faults)


def power(inputs) -> float:
    return sum(c.active_power for c in inputs)


RIGHT = wired()
TURNED = math.cos(math.radians(120) + math.acos(0.985)) / 0.985  # every element 120° on


@pytest.mark.parametrize(
    ("fault", "share"),
    [
        (MeterFault("ct_reversed", phase=2), 1 / 3),
        (MeterFault("ct_missing", phase=1), 2 / 3),
        (MeterFault("ct_shorted", phase=1), 2 / 3),
        (MeterFault("currents_permuted", order=(2, 3, 1)), TURNED),
        (MeterFault("voltages_permuted", order=(3, 1, 2)), TURNED),
        (MeterFault("ct_setting", factor=0.5), 0.5),
        (MeterFault("neutral_missing"), 1.0),
        (MeterFault("three_wire"), 1.0),
    ],
)
def test_a_wiring_fault_has_the_effect_that_is_reckoned_by_hand(fault: MeterFault, share: float) -> None:
    assert power(wired(fault)) / power(RIGHT) == pytest.approx(share, abs=0.03)


def test_a_neutral_on_a_phase_gives_line_voltages_at_the_other_inputs() -> None:
    volts = [c.voltage_rms for c in wired(MeterFault("neutral_swapped", phase=1))]
    assert volts[0] == pytest.approx(230, abs=3)
    assert volts[1:] == [pytest.approx(399, abs=4)] * 2
    saturated = wired(MeterFault("ct_saturated", phase=3))[2]
    assert saturated.current_rms < RIGHT[2].current_rms
    assert abs(saturated.current_harmonics[3]) > 3 * abs(RIGHT[2].current_harmonics[3])

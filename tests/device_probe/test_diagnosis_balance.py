"""Several meters against one another: figures by hand, each mistake by name, nothing said of right sites."""

import math
from collections.abc import Callable, Mapping

import pytest

from device_probe.diagnosis.balance import BalanceVerdict, Circumstances, NodeVerdict, judge_balance
from device_probe.diagnosis.balance.accuracy import Chain, ct_error
from device_probe.diagnosis.evidence import Sample
from device_probe.model import PlannedDevice, Role, SitePlan
from tests.device_probe import balance_faults, balance_rates

U = 230.0
Power = Callable[[int], tuple[float, float, float]]  # watts by own phase in round k
ROUNDS = 12


def device(tag: str, parent: str | None, role: Role = "group_meter", **more: object) -> PlannedDevice:
    settings: dict[str, object] = {"accuracy_percent": 0.5, "design_current_a": 100.0} | more
    if role == "station":
        settings |= {"accuracy_percent": 2.0, "design_current_a": 32.0} | more
    return PlannedDevice(tag, "x", "h", 502, 1, role, parent, **settings)  # type: ignore[arg-type]


def plan(*devices: PlannedDevice) -> SitePlan:
    return SitePlan("s", "S", 400, 50, 8, "", 200, 8, devices)


def told(power: Power, rounds: int = ROUNDS) -> tuple[Sample, ...]:
    found = []
    for k in range(rounds):
        row = power(k)
        readings: dict[str, float | str] = {"active_power_total": sum(row), "reactive_power_total": 0.0}
        for own, watts in enumerate(row, 1):
            readings |= {f"active_power_l{own}": watts, f"reactive_power_l{own}": 0.0}
            readings |= {
                "phase_sequence": "clockwise",
                f"current_l{own}": abs(watts) / U,
                f"voltage_l{own}_n": U,
            }
        found.append(Sample(f"2026-03-02T10:00:{4 * k:02}+00:00", readings))
    return tuple(found)


def step(first: float, then: float, at: int) -> Callable[[int], float]:
    return lambda k: first if k < at else then


def even(watts: Callable[[int], float] | float) -> Power:
    def row(k: int) -> tuple[float, float, float]:
        one = watts(k) if callable(watts) else watts
        return one, one, one

    return row


def plus(*parts: Power) -> Power:
    return lambda k: tuple(sum(p(k)[a] for p in parts) for a in range(3))  # type: ignore[return-value]


def times(part: Power, x: float, y: float | None = None, z: float | None = None) -> Power:
    factors = (x, x if y is None else y, x if z is None else z)
    return lambda k: tuple(f * w for f, w in zip(factors, part(k), strict=True))  # type: ignore[return-value]


A, B = even(step(7000, 1500, 6)), even(step(2000, 6000, 8))
CT = {"ct_primary_a": 100.0, "ct_secondary_a": 5.0}
TREE = plan(
    device("M", None, "main_meter", **CT), device("A", "M", **CT), device("B", "M", **CT),
    device("A1", "A", "other"),
    device("A2", "A", "other"), device("B1", "B", "other"),
)  # fmt: skip


def site(**changed: Power) -> dict[str, tuple[Sample, ...]]:
    rows: dict[str, Power] = {
        "M": plus(A, B),
        "A": A,
        "B": B,
        "A1": times(A, 0.4),
        "A2": times(A, 0.6),
        "B1": B,
    } | changed
    return {tag: told(row) for tag, row in rows.items()}


QUIET = Circumstances(skew_s=0.5, resistance_ohm=dict.fromkeys("AB", 0.0) | {"A1": 0.0, "A2": 0.0, "B1": 0.0})


def judged(samples: Mapping[str, tuple[Sample, ...]], of: SitePlan = TREE) -> BalanceVerdict:
    return judge_balance(of, samples, QUIET)


def node(verdict: BalanceVerdict, tag: str) -> NodeVerdict:
    return next(n for n in verdict.nodes if n.tag == tag)


def test_errors_are_those_of_the_table() -> None:
    assert ct_error(1.0, 0.05) == (0.03, math.radians(3))
    assert ct_error(0.5, 1.2) == (0.005, math.radians(0.5))
    assert 0.0075 < ct_error(0.5, 0.1)[0] < 0.015
    # meter 1, transformer 1, full load: 2.00 % at worst and 1.41 % root sum of squares at PF 1 (3.31 at 0.8)
    chain = Chain(1.0, 100.0, True, False)
    likely, worst = chain.error_w(23_000, 0, U)
    assert (round(100 * likely / 23_000, 2), round(100 * worst / 23_000, 2)) == (1.41, 2.0)
    _, worst = chain.error_w(0.8 * 23_000, 0.6 * 23_000, U)
    assert round(100 * worst / (0.8 * 23_000), 2) == 3.31


def test_a_charger_is_never_better_than_two_per_cent() -> None:
    charger = Chain(2.0, 32.0, False, True)
    assert charger.error_w(3680, 0, U)[1] == pytest.approx(3680 * 0.02 + 0.1 * U)


def test_right_meters_pass_with_every_comparison_told() -> None:
    verdict = judged(site())
    assert [n.verdict for n in verdict.nodes] == ["pass"] * 3
    assert not verdict.findings
    main = node(verdict, "M").comparisons
    assert {(c.quantity, c.phase) for c in main if c.quantity == "active_power"} == {
        ("active_power", p) for p in ("L1", "L2", "L3", "")
    }
    assert {c.quantity for c in main} == {"active_power", "reactive_power", "current"}
    assert all(c.verdict == "pass" and c.permitted >= c.likely > 0 for c in main)


def test_between_likely_and_permitted_is_a_doubt_and_beyond_a_fail() -> None:
    doubt = judged(site(M=times(plus(A, B), 1.018)))
    assert node(doubt, "M").verdict == "pass"
    assert {f.code for f in doubt.findings} == {"balance-doubtful"}
    assert node(judged(site(M=times(plus(A, B), 1.1))), "M").verdict != "pass"


@pytest.mark.parametrize(
    ("changed", "code", "tag", "phase", "words"),
    [
        ({"A": times(A, 0.5)}, "ct-ratio", "A", None, "200/5 A"),
        ({"A": times(A, 0.2)}, "ct-ratio", "A", None, "100/1 A"),
        ({"A": times(A, 1, 0.5, 1)}, "ct-ratio-phase", "A", "L2", "right on the other phases"),
        ({"A": times(A, -1)}, "meter-reversed", "A", None, "fed from its load side"),
        ({"A": times(A, 1, 1, -1)}, "ct-reversed", "A", "L3", "reversed"),
        ({"A": times(A, 0.001, 1, 1)}, "no-current", "A", "L1", "shorted"),
        ({"A": B}, "wrong-circuit", "A", None, "circuit of B"),
        ({"A": B, "B": A}, "addresses-swapped", "A", None, "A and B are exchanged"),
    ],
)
def test_a_mistake_is_named(
    changed: dict[str, Power], code: str, tag: str, phase: str | None, words: str
) -> None:
    verdict = judged(site(**changed))
    found = {(f.code, f.tag, f.phase) for f in verdict.findings if f.severity == "error"}
    assert found == {(code, tag, phase)}
    assert words in verdict.findings[0].sentence
    assert verdict.findings[0].remedy
    assert node(verdict, "A").verdict == "fail"


def test_a_load_without_a_meter_is_told_with_its_size_on_each_phase() -> None:
    verdict = judged(site(M=plus(A, B, lambda k: (0.0, 3000.0, 0.0))))
    (finding,) = [f for f in verdict.findings if f.severity == "error"]
    assert (finding.code, finding.tag) == ("unmetered-load", "M")
    assert "steady" in finding.sentence
    assert {f.name: round(float(f.value), -2) for f in finding.figures if "size" in f.name} == {
        "size L1": 0, "size L2": 3000, "size L3": 0
    }  # fmt: skip


def test_equal_steady_loads_leave_two_explanations() -> None:
    still = even(5000.0)
    verdict = judged({
        "M": told(plus(still, still, even(1000.0))), **dict.fromkeys(("A", "B", "B1"), told(still)),
            **dict.fromkeys(("A1", "A2"), told(even(2500.0))),
    })  # fmt: skip
    main = node(verdict, "M")
    assert main.verdict == "inconclusive"
    assert {"ct_ratio", "unmetered"} <= {h.kind for h in main.explanations}
    assert "while loads move" in main.action


def test_chargers_alone_never_accuse_a_meter() -> None:
    single = plan(
        device("M", None, "main_meter", **CT), device("C1", "M", "station"), device("C2", "M", "station")
    )
    half = times(plus(A, B), 0.5)
    verdict = judge_balance(single, {"M": told(half), "C1": told(A), "C2": told(B)}, QUIET)
    assert node(verdict, "M").verdict == "inconclusive"
    assert not [f for f in verdict.findings if f.code in ("ct-ratio", "meter-reversed")]


def test_low_load_and_lost_devices_are_inconclusive_with_the_action() -> None:
    little = even(100.0)
    low = judged({tag: told(little) for tag in ("M", "A", "B", "A1", "A2", "B1")})
    assert {n.verdict for n in low.nodes} == {"inconclusive"}
    assert "5 A" in node(low, "A").action
    lost = judged({**site(), "A1": ()})
    assert node(lost, "A").verdict == "inconclusive"
    assert "A1" in node(lost, "A").reason
    assert node(lost, "M").verdict == "pass"


def test_a_device_set_aside_is_not_compared_and_says_why() -> None:
    around = Circumstances(skew_s=0.5, set_aside={"A": "A is wired wrongly."})
    verdict = judge_balance(TREE, site(A=times(A, -1)), around)
    assert node(verdict, "A").verdict == "inconclusive"
    assert "wired wrongly" in node(verdict, "M").reason


def test_samples_that_a_device_missed_are_put_in_their_rounds() -> None:
    samples = site()
    samples["A"] = tuple(s for k, s in enumerate(samples["A"]) if k not in (2, 9))
    assert node(judged(samples), "M").verdict == "pass"


def test_counters_are_compared_when_they_moved_enough() -> None:
    def counting(samples: tuple[Sample, ...], factor: float) -> tuple[Sample, ...]:
        rows = [s.number("active_power_total") or 0.0 for s in samples]
        counted = [factor * sum(rows[: k + 1]) for k in range(len(rows))]
        return tuple(
            Sample(s.at, {**s.readings, "active_energy_import_total": round(c)})
            for s, c in zip(samples, counted, strict=True)
        )

    for factor, word in ((0.1, "pass"), (0.12, "doubt")):
        samples = {tag: counting(row, factor if tag == "M" else 0.1) for tag, row in site().items()}
        main = node(judged(samples), "M")
        (energy,) = [c for c in main.comparisons if c.quantity == "active_energy_import"]
        assert (energy.verdict, main.verdict) == (word, "pass")


def single_phase(landing: int, watts: Callable[[int], float]) -> Power:
    return lambda k: tuple(watts(k) if a == landing else 0.0 for a in range(3))  # type: ignore[return-value]


def test_the_phase_of_each_station_is_told_by_its_steps() -> None:
    stations = plan(
        device("M", None, "main_meter", **CT),
        device("C1", "M", "station", phases=1, phase_rotation="L1L2L3"),
        device("C2", "M", "station", phases=1, phase_rotation="L2L3L1"),
        device("C3", "M", "station"),
    )
    one, two, three = step(0, 7000, 4), step(7000, 2000, 8), even(3000.0)
    own = {"C1": told(single_phase(0, one)), "C2": told(single_phase(0, two)), "C3": told(three)}
    right = plus(single_phase(0, one), single_phase(1, two), three)
    verdict = judge_balance(stations, {"M": told(right), **own}, QUIET)
    assert {s.tag: s.verdict for s in verdict.stations} == {
        "C1": "confirmed", "C2": "confirmed", "C3": "undecided"
    }  # fmt: skip
    wrong = plus(single_phase(0, one), single_phase(2, two), three)
    verdict = judge_balance(stations, {"M": told(wrong), **own}, QUIET)
    found = {s.tag: s for s in verdict.stations}
    assert found["C2"].verdict == "other"
    assert found["C2"].found is not None
    assert found["C2"].found[0] == 2
    assert "on L3, not L2" in found["C2"].reason


@pytest.mark.parametrize("seed", range(16))
def test_nothing_is_said_of_right_sites(seed: int) -> None:
    known = balance_rates.site("right", seed)
    assert known is not None
    verdict = balance_rates.judged(known)
    counted = balance_rates.right_outcomes(verdict)
    assert not counted["false fail"]
    assert not counted["station other"]


@pytest.mark.parametrize("kind", balance_faults.KINDS)
def test_one_mistake_is_named_right_or_left_open(kind: str) -> None:
    for seed in range(2):
        known = balance_rates.site(kind, seed)
        if known is not None and known.fault is not None:
            outcome = balance_rates.outcome(balance_rates.judged(known), known.fault)
            assert outcome not in ("wrong", "wrong ratio"), (kind, seed)

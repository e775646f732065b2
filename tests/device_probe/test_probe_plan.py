"""The request planner against an exhaustive search, and the limits of real devices."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_probe.plan import cost_of, plan_requests, split_block
from device_probe.profile import PROFILES
from device_probe.profile_schema import load_profile, parse_profile

FILES = sorted(path.stem for path in PROFILES.glob("*.yaml"))
TYPES = {1: "uint16", 2: "uint32", 4: "uint64"}
HEAD = "id: t\nvendor: V\nmodel: M\nkind: meter\nphases: 3\n"
NAMES = [f"harmonic_voltage_l1_h{n}" for n in range(2, 60)]


def a_profile(points, limit: int, transport: str, gaps=(), max_gap: int | None = None):
    lines = [HEAD + f"transport: {transport}\nmax_registers_per_read: {limit}\n"]
    if max_gap is not None:
        lines.append(f"max_gap: {max_gap}\n")
    holes = ", ".join(f"{{table: holding, from: {a}, to: {b}}}" for a, b in gaps)
    lines.append(f"forbidden_gaps: [{holes}]\npoints:\n")
    for name, (address, size) in zip(NAMES, points, strict=False):
        lines.append(f"  {name}: {{table: holding, address: {address}, type: {TYPES[size]}, unit: V}}\n")
    return parse_profile("".join(lines), "t.yaml")


@st.composite
def small_maps(draw):
    steps = draw(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([1, 2, 4])), min_size=1, max_size=8))
    points, address = [], 0
    for gap, size in steps:
        address += gap
        points.append((address, size))
        address += size
    return points


def cheapest(profile, points) -> float:
    """The least cost over all ways to cut the points into requests, by trying them all."""
    cost, best = cost_of(profile), float("inf")
    for cuts in itertools.product((False, True), repeat=len(points) - 1):
        total, start = 0.0, 0
        for end in [i + 1 for i, cut in enumerate(cuts) if cut] + [len(points)]:
            first, last = points[start][0], points[end - 1][0] + points[end - 1][1]
            crosses = any(first <= s.last and s.first < last for s in profile.forbidden) and end - start > 1
            if last - first > profile.max_registers or crosses:
                total = float("inf")
            total += cost.request + cost.register * (last - first)
            start = end
        best = min(best, total)
    return best


@settings(max_examples=150, deadline=None)
@given(small_maps(), st.integers(4, 20), st.sampled_from(["tcp", "rtu_gateway"]), st.booleans())
def test_no_way_to_cut_is_cheaper_than_the_plan(points, limit, transport, with_gap) -> None:
    gaps = [(a + s, a + s) for a, s in points[:1] if with_gap and all(b != a + s for b, _ in points)]
    profile = a_profile(points, limit, transport, gaps)
    blocks, cost = plan_requests(profile, 1), cost_of(profile)
    total = sum(cost.request + cost.register * block.count for block in blocks)
    assert total == pytest.approx(cheapest(profile, points))
    assert sum(len(block.points) for block in blocks) == len(points)


@pytest.mark.parametrize("name", FILES)
def test_a_plan_reads_every_point_whole_and_within_the_limits(name: str) -> None:
    profile = load_profile(name)
    blocks = plan_requests(profile, 7)
    read = [
        point.quantity
        for block in blocks
        for point in block.points
        if not point.quantity.startswith("scale_")
    ]
    assert sorted(read) == sorted(profile.quantities)
    for block in blocks:
        assert 1 <= block.count <= (2000 if block.table in ("coil", "discrete") else profile.max_registers)
        for point in block.points:
            assert block.address <= point.address
            assert point.end <= block.address + block.count
            assert block.unit == (7 if point.unit_id is None else point.unit_id)


def test_the_sdm630_takes_the_requests_that_the_measurements_say() -> None:
    profile = load_profile("eastron-sdm630")
    assert len(plan_requests(profile, 1)) <= 7
    assert all(block.address % 2 == 0 and block.count % 2 == 0 for block in plan_requests(profile, 1))


def test_quantities_that_belong_together_are_read_together() -> None:
    profile = load_profile("sax-power-home")
    together = [
        b
        for b in plan_requests(profile, 64)
        if {p.quantity for p in b.points} >= {"battery_soc", "battery_power"}
    ]
    assert len(together) == 1


def test_a_serial_line_does_not_bridge_a_gap_that_costs_more_than_a_request() -> None:
    far = [(0, 2), (60, 2)]
    assert len(plan_requests(a_profile(far, 125, "tcp"), 1)) == 1
    assert len(plan_requests(a_profile(far, 125, "rtu_gateway"), 1)) == 2
    assert len(plan_requests(a_profile(far, 125, "tcp", max_gap=0), 1)) == 2


def test_a_value_that_must_be_read_alone_is_read_alone_and_last() -> None:
    last = plan_requests(load_profile("carlo-gavazzi-em24-e1"), 1)[-1]
    assert [point.quantity for point in last.points] == ["model_code"]
    assert last.count == 1


def test_a_refused_block_is_split_at_its_gaps_first() -> None:
    block = plan_requests(a_profile([(0, 2), (2, 2), (10, 2)], 125, "tcp"), 1)[0]
    parts = split_block(block)
    assert [(part.address, part.count) for part in parts] == [(0, 4), (10, 2)]
    assert [(part.address, part.count) for part in split_block(parts[0])] == [(0, 2), (2, 2)]

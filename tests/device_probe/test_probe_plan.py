"""The request planner against exhaustive search over every limit, and the limits of real devices."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from device_probe.learned import Learned
from device_probe.model import PlannedDevice
from device_probe.plan import cost_of, plan_requests, split_block
from device_probe.problems import ProfileError
from device_probe.profile import PROFILES, Point, Span
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


# The reference: what the limits mean, register by register, and every way to group the values.


def atoms_of(profile, unit: int, wanted=None):
    """Per (unit, table): the things that must not be split, as (first, end, alone)."""
    found: dict = {}
    points = [p for p in profile.points if p.access != "wo" and (wanted is None or p.quantity in wanted)]
    for p in points:
        place = (unit if p.unit_id is None else p.unit_id, p.table)
        group = {p.quantity}
        while not p.alone and any(group & set(g) and not set(g) <= group for g in profile.joint_reads):
            group.update(*(g for g in profile.joint_reads if group & set(g)))
        together = [q for q in profile.points if q.quantity in group and not q.alone]
        members = [p] if p.alone else [q for q in together if q.unit_id == p.unit_id]
        atom = (min(q.address for q in members), max(q.end for q in members), p.alone)
        found.setdefault(place, set()).add(atom)
        for register in (p.scale_register, p.ratio_register):
            if register is not None:
                found[place].add((register, register + 1, False))
    return found


def reach(profile, table: str, first: int, end: int):
    if profile.even_start and table in ("holding", "input"):
        return first - first % 2, end + end % 2
    return first, end


def filled(profile, unit: int, place):
    """The registers of a table that hold something readable, for ``max_gap``."""
    return {a for first, end, _ in atoms_of(profile, unit).get(place, ()) for a in range(first, end)}


def may_be_one_request(profile, place, known, first: int, end: int) -> bool:
    table = place[1]
    start, stop = reach(profile, table, first, end)
    if stop - start > (2000 if table in ("coil", "discrete") else profile.max_registers):
        return False
    holes = [(s.first, s.last) for s in profile.forbidden if s.table == table]
    if any(first <= a <= last for first, last in holes for a in range(start, stop)):
        return False
    run = 0
    for address in range(first, end):
        run = 0 if address in known else run + 1
        if profile.max_gap is not None and run > profile.max_gap:
            return False
    return True


def price(profile, table: str, first: int, end: int) -> float:
    if profile.transport == "tcp":
        return 1.0
    character = (10 + (profile.parity != "N") + (profile.stop_bits - 1)) / profile.baud
    count = end - first
    size = (count + 7) // 8 if table in ("coil", "discrete") else 2 * count
    return (8 + 5 + 7 + size) * character + 0.010 + profile.min_gap_ms / 1000


def price_of_group(profile, place, known, group) -> float:
    """The price of one request for a group of atoms, infinite when no such request may be made."""
    first, end = min(a[0] for a in group), max(a[1] for a in group)
    one = any((a[0], a[1]) == (first, end) for a in group)
    if any(a[2] for a in group) or profile.exact_reads:
        if len(set(group)) > 1:
            return float("inf")
        return price(profile, place[1], first, end)
    if not one and not may_be_one_request(profile, place, known, first, end):
        return float("inf")
    return price(profile, place[1], *reach(profile, place[1], first, end))


def groupings(items):
    if not items:
        yield []
        return
    head, *rest = items
    for size in range(len(rest) + 1):
        for others in itertools.combinations(rest, size):
            left = [item for item in rest if item not in others]
            for tail in groupings(left):
                yield [[head, *others], *tail]


def cheapest(profile, unit: int, wanted=None) -> float:
    total = 0.0
    for place, atoms in atoms_of(profile, unit, wanted).items():
        known = filled(profile, unit, place)
        total += min(
            sum(price_of_group(profile, place, known, group) for group in grouping)
            for grouping in groupings(sorted(atoms))
        )
    return total


def cheapest_cover(profile, unit: int) -> float:
    """The same for large maps: the leftmost value left is the start of a request, whose end is tried out."""
    total = 0.0
    for place, atoms in atoms_of(profile, unit).items():
        known = filled(profile, unit, place)
        apart = [a for a in atoms if a[2] or profile.exact_reads]
        total += sum(price(profile, place[1], a[0], a[1]) for a in apart)
        shared = sorted(a for a in atoms if a not in apart)
        ends = sorted({a[1] for a in shared}, reverse=True)
        least = dict.fromkeys(ends[:1], 0.0)  # what the values that end beyond an address cost at least
        for done in [*ends[1:], 0]:
            first = min(a[0] for a in shared if a[1] > done) if shared else 0
            own = [a[1] for a in shared if a[1] > done and a[0] == first]
            near = [a for a in shared if a[1] > done and a[1] <= max(first + profile.max_registers, *own)]
            costs = []
            for end in {a[1] for a in near if a[1] >= min(own)}:
                group = [a for a in near if a[1] <= end]
                costs.append(price_of_group(profile, place, known, group) + least[end])
            least[done] = min(costs, default=0.0)
        total += least[0]
    return total


def price_of_plan(profile, unit: int, wanted=None) -> float:
    blocks = plan_requests(profile, unit, wanted)
    return sum(price(profile, b.table, b.address, b.end) for b in blocks)


BASE = a_profile([(0, 1)], 125, "tcp")


@st.composite
def small_maps(draw):
    """A device of up to six values with any of the limits, contradictory ones too."""
    names = NAMES[: draw(st.integers(1, 6))]
    address, points = 0, []
    for name in names:
        address += draw(st.integers(0, 6))
        size = draw(st.sampled_from([1, 2, 4]))
        alone, unit_id = draw(st.sampled_from([(False, None)] * 4 + [(True, None), (False, 9)]))
        scale = draw(st.sampled_from([None, None, None, draw(st.integers(0, 30))]))
        points.append(
            Point(name, "holding", address, TYPES[size], alone=alone, unit_id=unit_id, scale_register=scale)
        )
        address += draw(st.sampled_from([size, size, size, 1]))  # values may overlap
    joint = st.lists(st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True), max_size=2)
    low = draw(st.integers(0, 40))
    return replace(
        BASE,
        points=tuple(points),
        transport=draw(st.sampled_from(["tcp", "rtu_gateway"])),
        max_registers=draw(st.integers(4, 24)),
        max_gap=draw(st.sampled_from([None, 0, 2])),
        forbidden=draw(st.sampled_from([(), (Span("holding", low, low + 1),)])),
        even_start=draw(st.booleans()),
        exact_reads=draw(st.sampled_from([False, False, False, True])),
        min_gap_ms=draw(st.sampled_from([0, 60])),
        joint_reads=tuple(map(tuple, draw(joint))) if len(names) > 1 else (),
    )


@settings(max_examples=400, deadline=None)
@given(small_maps(), st.booleans(), st.data())
def test_no_way_to_group_the_values_is_cheaper_than_the_plan(profile, some, data) -> None:
    wanted = data.draw(st.sets(st.sampled_from(profile.quantities), min_size=1)) if some else None
    blocks = plan_requests(profile, 1, wanted)
    places = [(p.address, p.end, p.alone, p.unit_id, p.scale_register) for p in profile.points]
    note(f"{places} {replace(profile, points=())} {[(b.address, b.count) for b in blocks]}")
    best = cheapest(profile, 1, wanted)
    assert best < float("inf")
    assert price_of_plan(profile, 1, wanted) == pytest.approx(best)
    read = [p.quantity for b in blocks for p in b.points if p.quantity in profile.quantities]
    assert sorted(read) == sorted(profile.quantities if wanted is None else wanted)
    for block in blocks:
        assert all(block.address <= p.address and p.end <= block.end for p in block.points)
        assert block.unit == (9 if any(p.unit_id for p in block.points) else 1)


@settings(max_examples=150, deadline=None)
@given(small_maps())
def test_values_that_belong_together_are_in_one_request(profile) -> None:
    blocks = plan_requests(profile, 1)
    place = {p.quantity: i for i, b in enumerate(blocks) for p in b.points}
    for group in profile.joint_reads:
        members = [profile.point(name) for name in group if not profile.point(name).alone]
        assert len({place[p.quantity] for p in members if p.unit_id is None}) <= 1


@pytest.mark.parametrize("name", FILES)
def test_every_profile_is_read_with_the_fewest_possible_requests(name: str) -> None:
    profile = load_profile(name)
    if profile.transport == "tcp":
        assert len(plan_requests(profile, 7)) == round(cheapest_cover(profile, 7))
    else:
        assert price_of_plan(profile, 7) == pytest.approx(cheapest_cover(profile, 7))
    network = replace(profile, transport="tcp")
    assert len(plan_requests(network, 7)) == round(cheapest_cover(network, 7))


@pytest.mark.parametrize("name", FILES)
def test_a_plan_reads_every_point_whole_and_within_the_limits(name: str) -> None:
    profile = load_profile(name)
    blocks = plan_requests(profile, 7)
    read = [p.quantity for block in blocks for p in block.points if p.quantity in profile.quantities]
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


def test_quantities_that_belong_together_are_read_together_even_when_one_is_asked_for() -> None:
    profile = load_profile("sax-power-home")
    both = plan_requests(profile, 64, ["battery_soc"])
    assert [(block.address, block.count) for block in both] == [(46, 2)]


def test_joint_reads_that_share_a_value_are_one_and_too_long_ones_are_refused() -> None:
    profile = a_profile([(0, 1), (10, 1), (20, 1)], 12, "tcp")
    linked = replace(profile, joint_reads=((NAMES[0], NAMES[1]), (NAMES[1], NAMES[2])))
    assert [(b.address, b.count) for b in plan_requests(linked, 1)] == [(0, 21)]
    far = replace(a_profile([(0, 1), (200, 1)], 125, "tcp"), joint_reads=((NAMES[0], NAMES[1]),))
    with pytest.raises(ProfileError, match="joint read of 201 registers"):
        plan_requests(far, 1)


def test_a_serial_line_does_not_bridge_a_gap_that_costs_more_than_a_request() -> None:
    far = [(0, 2), (60, 2)]
    assert len(plan_requests(a_profile(far, 125, "tcp"), 1)) == 1
    assert len(plan_requests(a_profile(far, 125, "rtu_gateway"), 1)) == 2
    assert len(plan_requests(a_profile(far, 125, "tcp", max_gap=0), 1)) == 2
    fast = PlannedDevice("M", "t", "/dev/ttyUSB0", 0, 1, "other", link="serial", baud=115200)
    profile = a_profile(far, 125, "rtu_gateway")
    assert len(plan_requests(profile, 1, cost=cost_of(profile, fast))) == 1


def test_a_pause_between_requests_is_part_of_their_price() -> None:
    slow = replace(a_profile([(0, 2), (60, 2)], 125, "rtu_gateway"), min_gap_ms=500)
    assert len(plan_requests(slow, 1)) == 1


def test_a_scale_register_travels_with_its_value_where_that_costs_no_request() -> None:
    text = HEAD + "transport: tcp\nmax_registers_per_read: 5\npoints:\n" + "".join(
        f"  {name}: {{table: holding, address: {address}, type: uint16, unit: V{scale}}}\n"
        for name, address, scale in zip(NAMES, (0, 1, 5), ("", ", scale_register: 4", ""), strict=False)
    )  # fmt: skip
    blocks = plan_requests(parse_profile(text, "t.yaml"), 1)
    assert [(b.address, b.count) for b in blocks] == [(0, 1), (1, 5)]  # not (0, 2), (4, 2)


def test_a_register_that_only_takes_commands_is_a_gap() -> None:
    profile = a_profile([(0, 2), (2, 2), (4, 2)], 125, "tcp", max_gap=0)
    assert len(plan_requests(profile, 1, [NAMES[0], NAMES[2]])) == 1
    command = replace(profile.points[1], access="wo")
    taking = replace(profile, points=(profile.points[0], command, profile.points[2]))
    assert [(b.address, b.count) for b in plan_requests(taking, 1)] == [(0, 2), (4, 2)]


def test_a_value_that_must_be_read_alone_is_read_alone_and_last() -> None:
    last = plan_requests(load_profile("carlo-gavazzi-em24-e1"), 1)[-1]
    assert [point.quantity for point in last.points] == ["model_code"]
    assert last.count == 1


def test_exact_reads_ask_for_each_value_by_its_own_registers() -> None:
    profile = replace(a_profile([(0, 2), (2, 2), (4, 1)], 125, "tcp"), exact_reads=True)
    assert [(b.address, b.count) for b in plan_requests(profile, 1)] == [(0, 2), (2, 2), (4, 1)]


def test_a_refused_request_is_cut_at_its_widest_gap_and_then_in_the_middle() -> None:
    profile = a_profile([(0, 2), (2, 2), (5, 2), (20, 2)], 125, "tcp")
    block = plan_requests(profile, 1)[0]
    parts = split_block(profile, block)
    assert [(part.address, part.count) for part in parts] == [(0, 7), (20, 2)]
    again = split_block(profile, parts[0])
    assert [(part.address, part.count) for part in again] == [(0, 4), (5, 2)]
    assert [(part.address, part.count) for part in split_block(profile, again[0])] == [(0, 2), (2, 2)]
    assert split_block(profile, again[1]) == ()


def test_a_refused_joint_read_is_not_split_but_its_guests_are_spared() -> None:
    profile = a_profile([(0, 1), (3, 1), (6, 1)], 125, "tcp")
    joint = replace(profile, joint_reads=((NAMES[0], NAMES[2]),))
    (block,) = plan_requests(joint, 1)
    parts = split_block(joint, block)
    assert sorted((p.address, p.count, len(p.points)) for p in parts) == [(0, 7, 2), (3, 1, 1)]
    assert all(split_block(joint, part) == () for part in parts)


def test_what_was_learned_is_never_asked_for_again() -> None:
    profile = a_profile([(0, 2), (4, 2), (6, 2), (8, 2)], 125, "tcp")

    def shapes(learned):
        return [(b.address, b.count) for b in plan_requests(profile, 1, learned=learned)]

    assert shapes(Learned()) == [(0, 10)]
    assert shapes(Learned(holes=frozenset({(1, "holding", 2, 4)}))) == [(0, 2), (4, 6)]
    assert shapes(Learned(cuts=frozenset({(1, "holding", 6)}))) == [(0, 6), (6, 4)]
    assert shapes(Learned(counts=frozenset({(1, "holding", 6)}))) == [(0, 2), (4, 6)]
    assert shapes(Learned(holes=frozenset({(2, "holding", 2, 4)}))) == [(0, 10)]
    optional = replace(profile, points=(replace(profile.points[0], optional=True), *profile.points[1:]))
    absent = Learned(absent=frozenset({NAMES[0]}))
    assert [(b.address, b.count) for b in plan_requests(optional, 1, learned=absent)] == [(4, 6)]


def test_a_value_in_a_forbidden_gap_is_asked_for_by_itself() -> None:
    profile = replace(a_profile([(0, 2), (2, 4), (6, 2)], 125, "tcp"), forbidden=(Span("holding", 3, 3),))
    assert [(b.address, b.count) for b in plan_requests(profile, 1)] == [(0, 2), (2, 4), (6, 2)]

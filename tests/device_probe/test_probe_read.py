"""Reading one device: refusals teach, variants lack values, and one fault never costs the others."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_probe import read as reading_module
from device_probe.blocks import NOT_OFFERED
from device_probe.bus import Bus
from device_probe.learned import Memory
from device_probe.model import PlannedDevice, SitePlan
from device_probe.profile_schema import load_profile, parse_profile
from device_probe.read import read_device, read_on, read_site
from tests.device_probe.fault_runs import serving
from tests.device_probe.register_server import RegisterServer, Unit, serve

HEAD = "id: t\nvendor: V\nmodel: M\nkind: meter\nphases: 3\ntransport: tcp\n"
NAMES = [f"harmonic_voltage_l1_h{n}" for n in range(2, 128)] + [
    f"harmonic_voltage_l2_h{n}" for n in range(2, 60)
]


def a_profile(addresses, head: str = "", extra: dict[int, str] | None = None):
    keys = extra or {}
    lines = [
        f"  {name}: {{table: holding, address: {at}, type: uint16, unit: V{keys.get(at, '')}}}\n"
        for name, at in zip(NAMES, addresses, strict=False)
    ]
    return parse_profile(HEAD + head + "points:\n" + "".join(lines), "t.yaml")


def a_device(port: int, **changes) -> PlannedDevice:
    return replace(PlannedDevice("D", "t", "127.0.0.1", port, 1, "other"), **changes)


def requests_of(server: RegisterServer) -> list[tuple[int, int]]:
    """Address and count of what was asked since the last call."""
    asked = [(address, count) for _, _, address, count in server.counters.asked]
    server.counters.asked.clear()
    return asked


def wrong_values(profile, snapshot, present) -> list[str]:
    """What is not as it should be: the value of an address is the address."""
    places = {p.quantity: p.address for p in profile.points}
    right = {name: float(address) if address in present else None for name, address in places.items()}
    return [r.quantity for r in snapshot.readings if r.value != right[r.quantity]]


def registers(addresses) -> dict[int, int]:
    return {address: address for address in addresses}


def test_a_hole_is_found_once_and_spared_from_then_on() -> None:
    addresses = [*range(20), *range(30, 50), *range(60, 80)]
    profile, memory = a_profile(addresses), Memory()
    server = RegisterServer({1: Unit(holding=registers(set(range(80)) - {25}))})
    with serve((server, "127.0.0.1")) as running:
        first = read_device(a_device(running.port), profile, memory=memory)
        assert wrong_values(profile, first, addresses) == []
        assert (first.planned, requests_of(server)[0]) == (1, (0, 80))
        later = [read_device(a_device(running.port), profile, memory=memory) for _ in range(2)]
        assert all(wrong_values(profile, each, addresses) == [] for each in later)
        assert requests_of(server) == [(0, 20), (30, 50)] * 2
        assert {each.requests for each in later} == {each.planned for each in later} == {2}


def test_a_limit_of_the_device_is_learned_as_a_limit() -> None:
    addresses = range(120)
    profile, memory = a_profile(addresses), Memory()
    server = RegisterServer({1: Unit(holding=registers(range(120)), longest=50)})
    with serve((server, "127.0.0.1")) as running:
        snapshot = read_device(a_device(running.port), profile, memory=memory)
        assert wrong_values(profile, snapshot, addresses) == []
        requests_of(server)
        snapshot = read_device(a_device(running.port), profile, memory=memory)
        assert wrong_values(profile, snapshot, addresses) == []
        asked = requests_of(server)
        assert max(count for _, count in asked) <= 50
        assert len(asked) == 4  # 30 are known to work, so 30 it is


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 90), min_size=1, max_size=40, unique=True),
    st.sets(st.integers(0, 90), max_size=8),
    st.integers(1, 90),
)
def test_whatever_a_device_refuses_all_it_has_is_read_and_nothing_else(addresses, holes, longest) -> None:
    profile, memory = a_profile(sorted(addresses)), Memory()
    present = set(range(91)) - holes
    channel = Refusing(present, longest)
    for _ in range(12):  # most come to rest in two readings, one in a thousand needs five
        snapshot = asyncio.run(read_on(OneChannel(channel), a_device(1), profile, memory=memory))
        assert wrong_values(profile, snapshot, present) == []
        # what is refused in the end is only what the device has not got at all
        if all(count == 1 and address not in present for address, count in channel.refused_last()):
            return
    pytest.fail(f"the device still refuses {channel.refused_last()}")


class Refusing:
    """A channel to a device with holes and a limit, without a network."""

    def __init__(self, present: set[int], longest: int) -> None:
        self.present, self.longest, self.unit, self.requests = present, longest, 1, 0
        self.log: list[tuple[int, int, bool]] = []

    async def read(self, table, address: int, count: int, unit: int | None = None):
        from device_probe.bus import Answer
        from device_probe.problems import DeviceRefusalError

        good = count <= self.longest and set(range(address, address + count)) <= self.present
        self.log.append((address, count, good))
        self.requests += 1
        if not good:
            raise DeviceRefusalError(3 if count > self.longest else 2)
        return Answer(
            b"".join(a.to_bytes(2, "big") for a in range(address, address + count)),
            "2026-01-01T00:00:00.000Z",
        )

    def refused_last(self) -> list[tuple[int, int]]:
        """What was refused in the last reading."""
        return [(address, count) for address, count, good in self.log[self.begin :] if not good]


class OneChannel:
    """A bus of one channel."""

    def __init__(self, channel: Refusing) -> None:
        self._channel = channel
        channel.begin = len(channel.log)

    def channel(self, *_: object) -> Refusing:
        return self._channel


@pytest.mark.parametrize(("mode", "changes"), [("gaps", {"gap": "60-69"}), ("limit", {"max_regs": 15})])
def test_the_fault_servers_limits_are_learned_within_one_sample(mode: str, changes: dict) -> None:
    profile, memory = a_profile([*range(50, 60), *range(70, 80)]), Memory()

    async def run():
        async with serving(mode, **changes) as (device, port):
            bus, counts = Bus(), []
            for _ in range(3):
                before = device.stats["requests"]
                snapshot = await read_on(bus, a_device(port), profile, memory=memory)
                assert all(
                    r.value == float(profile.point(r.quantity).address ^ 256) for r in snapshot.readings
                )
                counts.append((device.stats["requests"] - before, snapshot.requests, snapshot.planned))
            await bus.close()
            return counts

    assert asyncio.run(run()) == [(3, 3, 1), (2, 2, 2), (2, 2, 2)]


def test_the_limits_of_a_simulated_device_are_learned_when_its_profile_does_not_know_them(simulated) -> None:
    device = next(d for d in simulated.plan.devices if d.tag == "PM1")
    profile, memory = load_profile(device.profile), Memory()
    naive = replace(profile, max_registers=125, transport="tcp", even_start=False)
    right = {r.quantity: r.value for r in read_device(device, profile).readings}
    first, second = (read_device(device, naive, memory=memory) for _ in range(2))
    for snapshot in (first, second):
        assert {r.quantity: r.value for r in snapshot.readings} == right
    assert first.requests > first.planned
    assert second.requests == second.planned
    assert simulated.writes == 0


def test_what_was_learned_is_known_to_the_next_run_by_its_folder(tmp_path: Path) -> None:
    addresses = [0, 1, 10, 11]
    profile = a_profile(addresses)
    server = RegisterServer({1: Unit(holding=registers(addresses))})
    folder = tmp_path / "learned"
    with serve((server, "127.0.0.1")) as running:
        for expected in ([(0, 12), (0, 2), (10, 2)], [(0, 2), (10, 2)]):
            memory = Memory(folder)
            snapshot = read_device(a_device(running.port), profile, memory=memory)
            memory.save()
            assert wrong_values(profile, snapshot, addresses) == []
            assert requests_of(server) == expected
        for path in folder.iterdir():
            path.write_text('{"schema": 1, "holes": [["x"]]}')  # half a file, or that of another program
        read_device(a_device(running.port), profile, memory=Memory(folder))
        assert requests_of(server)[0] == (0, 12)


def test_a_lesson_is_of_one_unit_and_one_profile_only() -> None:
    memory = Memory()
    memory.lesson("h:502", 1, "a").add(absent={"x"})
    assert memory.lesson("h:502", 1, "a").learned.absent
    assert not memory.lesson("h:502", 2, "a").learned.absent
    assert not memory.lesson("h:502", 1, "b").learned.absent


def test_what_a_variant_lacks_is_not_available_and_asked_for_once() -> None:
    extra = {5: ", optional: true", 6: ", optional: true", 20: ", optional: true"}
    profile, memory = a_profile([0, 1, 5, 6, 20], extra=extra), Memory()
    server = RegisterServer({1: Unit(holding=registers([*range(6), 20]))})
    with serve((server, "127.0.0.1")) as running:
        for _ in range(2):
            snapshot = read_device(a_device(running.port), profile, memory=memory)
            found = {r.quantity: r for r in snapshot.readings}
            lacking = found[NAMES[3]]
            assert (lacking.value, lacking.problem, lacking.cause) == (None, "not_available", NOT_OFFERED)
            assert [found[name].value for name in (NAMES[0], NAMES[1], NAMES[2], NAMES[4])] == [0, 1, 5, 20]
        assert [request for request in requests_of(server) if request == (6, 1)] == [(6, 1)]


def test_a_device_without_a_table_is_no_fault_when_all_of_it_is_optional() -> None:
    text = HEAD + "points:\n  frequency: {table: holding, address: 0, type: uint16, unit: Hz}\n"
    text += "".join(
        f"  {name}: {{table: discrete, address: {n}, type: coil, optional: true}}\n"
        for n, name in enumerate(("charging_active", "ev_presence"))
    )
    server = RegisterServer({1: Unit(holding={0: 50})})
    with serve((server, "127.0.0.1")) as running:
        snapshot = read_device(a_device(running.port), parse_profile(text, "t.yaml"))
    assert [r.problem for r in snapshot.readings] == [None, "not_available", "not_available"]
    assert snapshot.problem is None
    assert snapshot.requests == 2


class Forgetful(Unit):
    """Says "not available" the first time it is asked for a register."""

    def __init__(self) -> None:
        self.asked = 0
        super().__init__(holding=self)
        self.longest = 125

    def __contains__(self, address: object) -> bool:
        return True

    def __getitem__(self, address: int) -> int:
        if address != 3:
            return address
        self.asked += 1
        return 0xFFFF if self.asked == 1 else 3


def test_not_available_is_asked_again_before_it_is_believed_where_it_may_pass() -> None:
    for key, value in ((", na: 65535, retry_na: true", 3.0), (", na: 65535", None)):
        profile = a_profile([0, 3, 5], extra={3: key})
        server = RegisterServer({1: Forgetful()})
        with serve((server, "127.0.0.1")) as running:
            snapshot = read_device(a_device(running.port), profile)
            asked = requests_of(server)
        assert [r.value for r in snapshot.readings] == [0.0, value, 5.0]
        assert asked == ([(0, 6), (3, 1)] if value else [(0, 6)])
        assert snapshot.requests == len(asked)


def test_a_device_that_refuses_everything_is_not_asked_for_each_value() -> None:
    profile = a_profile(range(120))
    server = RegisterServer({1: Unit()})
    with serve((server, "127.0.0.1")) as running:
        snapshot = read_device(a_device(running.port), profile)
    assert all(r.problem == "unreadable" for r in snapshot.readings)
    assert snapshot.requests <= 64
    assert "illegal address" in snapshot.problem


def test_a_dead_device_costs_at_most_ten_seconds() -> None:
    profile = load_profile("eastron-sdm630")

    async def one(mode: str):
        async with serving(mode, delay=0.2) as (_, port):
            bus = Bus()
            begin = time.monotonic()
            snapshot = await read_on(bus, a_device(port, profile="eastron-sdm630"), profile)
            await bus.close()
            return mode, snapshot, time.monotonic() - begin

    async def run():
        modes = ("blackhole", "syn-drop", "half-stall", "trickle", "accept-close", "refuse", "exc6")
        return await asyncio.gather(*(one(mode) for mode in modes))

    for mode, snapshot, seconds in asyncio.run(run()):
        assert snapshot.problem, mode
        assert all(r.value is None and r.problem == "unreadable" for r in snapshot.readings), mode
        assert seconds <= 10.5, mode


def test_a_fault_of_ours_in_one_device_does_not_end_the_site(monkeypatch, plan: SitePlan) -> None:
    real = reading_module.decode_blocks

    def failing(profile, unit, blocks, *rest):
        if profile.id == "t" and blocks:
            raise ZeroDivisionError("a fault in the decoder")
        return real(profile, unit, blocks, *rest)

    monkeypatch.setattr(reading_module, "decode_blocks", failing)
    texts = {"bad": HEAD, "good": HEAD.replace("id: t", "id: good")}
    profiles = {
        name: parse_profile(
            text + "points:\n  frequency: {table: holding, address: 3, type: uint16, unit: Hz}\n", name
        )
        for name, text in texts.items()
    }
    monkeypatch.setattr(reading_module, "load_profile", lambda name: profiles[name])
    server = RegisterServer({1: Unit(holding=registers(range(9))), 2: Unit(holding=registers(range(9)))})
    with serve((server, "127.0.0.1")) as running:
        devices = (a_device(running.port, tag="A", profile="bad"),
                   a_device(running.port, tag="B", profile="good", unit=2))  # fmt: skip
        one, other = read_site(replace(plan, devices=devices))
    assert "ZeroDivisionError" in one.problem
    assert [r.problem for r in one.readings] == ["unreadable"]
    assert other.problem is None

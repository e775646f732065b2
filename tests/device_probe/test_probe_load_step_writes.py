"""What the load step may write, and what it never does."""

import asyncio
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device_probe.bus import Bus
from device_probe.bus.request import reading
from device_probe.diagnosis.evidence import Sample
from device_probe.load_step.follow import fell_back
from device_probe.load_step.journal import Journals
from device_probe.load_step.record import LeftAlone, RawRead
from device_probe.load_step.result import FollowResult
from device_probe.load_step.setpoint import Obstacle, SetPoint, lowering, registers_of
from device_probe.load_step.wire import Write, WriteStream, writing
from device_probe.load_step.writer import Writer
from device_probe.model import PlannedDevice, Reading, Snapshot
from device_probe.problems import (
    BadFrameError,
    BadRequestError,
    DeviceRefusalError,
    OutputError,
    PlanFileError,
    RefusedError,
)
from device_probe.profile_schema import list_profiles, load_profile

from .load_step_sites import running, scenario, site_plan

DEVICE = PlannedDevice("CH01", "peblar", "127.0.0.1", 502, 1, "station", "PM1", design_current_a=32)
anything = st.integers(-70_000, 70_000)


def told(profile: str, **values: float | str) -> Snapshot:
    readings = tuple(Reading(name, value, "") for name, value in values.items())
    return Snapshot("CH01", profile, "", "h", 502, 1, "t", readings, (), 1)


def charging(
    profile: str = "peblar", device: PlannedDevice = DEVICE, **values: float | str
) -> SetPoint | Obstacle:
    known = {"max_current_limit": 32.0, "current_l1": 16.0, "current_l2": 0.0, "current_l3": 0.0} | values
    return lowering(replace(device, profile=profile), load_profile(profile), told(profile, **known))


def refused(profile: str = "peblar", device: PlannedDevice = DEVICE, **values: float | str) -> str:
    found = charging(profile, device, **values)
    assert isinstance(found, Obstacle)
    return found.code


@settings(deadline=None)
@given(anything, st.lists(anything, max_size=4), st.integers(-10, 300), st.integers(-10, 300))
def test_only_function_codes_6_and_16_leave(address, words, unit, function) -> None:
    try:
        write = writing(address, words, unit, function)
    except BadRequestError:
        return
    assert write.pdu[0] in (6, 16)
    assert write.pdu[0] == write.function == function
    for rtu in (False, True):
        frame = WriteStream("here", rtu).of(write, 7)
        assert write.pdu in frame


def test_what_reads_can_not_be_made_a_write_nor_the_other_way_round() -> None:
    good, read = writing(100, [6], 1, 6), reading("holding", 0, 1, 1)
    with pytest.raises(BadRequestError):
        Write(1, 3, read.pdu, read.rtu)
    with pytest.raises(BadRequestError):
        replace(good, rtu=read.rtu)
    with pytest.raises(BadRequestError):
        replace(read, function=6, pdu=good.pdu)
    with pytest.raises(BadRequestError):
        WriteStream("here", rtu=False).begin(read, 1, zero_ok=False)


@pytest.mark.parametrize("function", [6, 16])
def test_an_answer_counts_only_when_every_bit_is_as_it_must_be(function) -> None:
    write = writing(1210, [6] if function == 6 else [0x40C0, 0], 1, function)
    good = bytes.fromhex("0007 0000 0006 01") + write.pdu[:5]
    for at in range(len(good)):
        stream = WriteStream("here", rtu=False)
        stream.of(write, 7)
        wrong = good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :]
        with pytest.raises((BadFrameError, DeviceRefusalError)):
            assert stream.feed(wrong) == "never"
    stream = WriteStream("here", rtu=False)
    stream.of(write, 7)
    pieces = [stream.feed(bytes((byte,))) for byte in good]
    assert pieces == [None] * (len(good) - 1) + [b""]
    stream.of(write, 7)
    with pytest.raises(DeviceRefusalError, match="2"):
        stream.feed(bytes.fromhex("0007 0000 0003 01") + bytes((function | 0x80, 2)))


def test_the_echo_of_a_half_duplex_adapter_is_no_answer_to_a_write_of_several_registers() -> None:
    write = writing(1210, [0x40C0, 0], 1, 16)
    stream = WriteStream("here", rtu=True)
    frame = stream.of(write, 1)
    assert stream.feed(frame) is None
    crc = WriteStream("here", rtu=True)
    crc.of(write, 1)
    assert stream.feed(crc._good) == b""


@settings(deadline=None)
@given(st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 40))
@example(20.5)
@example(32.0)
@example(5.9)
@example(0.0)
def test_no_value_above_the_one_found_is_ever_written(value) -> None:
    point = charging(max_current_limit=20.0)
    assert isinstance(point, SetPoint)
    try:
        point.check(value)
    except RefusedError:
        assert not 6 <= value <= 20
        return
    assert 6 <= value <= 20


def test_the_writer_itself_sends_no_other_value(tmp_path: Path) -> None:
    plan = site_plan(1, 1)
    with running(plan, scenario(plan, ["CH01"])) as site:
        point = charging(device=site.plan.devices[-1], max_current_limit=20.0)
        assert isinstance(point, SetPoint)
        for value in (20.5, 32.0, 5.9, 0.0, math.nan):
            with pytest.raises(RefusedError, match="never written"):
                asyncio.run(Writer(Bus()).put(point, value))
        assert site.writes == 0


def test_set_points_are_lowered_within_profile_and_circuit() -> None:
    point = charging()
    assert isinstance(point, SetPoint)
    assert (point.found, point.low, point.point.quantity) == (32.0, 6.0, "max_current_limit")
    for profile in list_profiles():
        device = replace(DEVICE, profile=profile.id)
        values = {"max_current_limit": 16.0, "max_power_limit": 11000.0, "current_limit_actual": 16.0}
        found = lowering(device, profile, told(profile.id, current_l1=16.0, **values))
        if isinstance(found, SetPoint):
            assert found.point.access in ("rw", "wo")
            assert found.point.safe_range is not None
            assert found.point.safe_range[0] <= found.low < found.found
            assert registers_of(found, found.low) != registers_of(found, found.found)


def test_a_write_only_set_point_counts_as_found_at_what_is_drawn() -> None:
    point = charging("keba-kecontact-p30", current_limit_actual=20.0)
    assert isinstance(point, SetPoint)
    assert point.found == 20.0
    drawn = charging("keba-kecontact-p30", current_l1=15.87)
    assert isinstance(drawn, SetPoint)
    assert drawn.found == pytest.approx(15.87)


def test_what_is_not_safe_is_refused() -> None:
    assert refused("eastron-sdm630") == "no-set-point"
    assert refused("schneider-evlink-pro-ac") == "heartbeat"
    assert refused("kathrein-kwb", communication_timeout=4.0) == "heartbeat"
    assert refused(device=replace(DEVICE, design_current_a=None)) == "no-design-current"
    assert refused(device=replace(DEVICE, design_current_a=16)) == "limit-above-design"
    assert (
        refused("alfen-eve-ng9xx", max_current_limit=16.0, current_limit_failsafe=40.0)
        == "failsafe-above-design"
    )
    assert refused(max_current_limit=0.0) == "no-load"
    assert refused(max_current_limit=6.0) == "no-load"
    assert refused(current_l1=7.0) == "no-load"
    assert refused("kathrein-kwb", rfid_tag="04A2B3") == "session"
    silent = replace(
        told("peblar"), problem="h:502 accepts and closes at once: another client holds the device"
    )
    held = lowering(DEVICE, load_profile("peblar"), silent)
    assert isinstance(held, Obstacle)
    assert held.stops_all


def test_a_set_point_that_a_device_forgets_is_written_again_in_time() -> None:
    point = charging("alfen-eve-ng9xx", max_current_limit=16.0, current_limit_valid_time=60.0)
    assert isinstance(point, SetPoint)
    assert point.refresh_s == pytest.approx(20)


def test_a_journal_comes_back_as_it_was_written(tmp_path: Path) -> None:
    plan = site_plan(2, 1)
    point = charging(device=replace(plan.devices[2], profile="peblar"))
    assert isinstance(point, SetPoint)
    with Journals(tmp_path) as journals:
        journals.open(plan, [point], "2026-03-02T10:00:00Z")
        (found,) = journals.left_over()
        assert found.plan == plan
        (again,) = found.points
        assert (again.tag, again.found, again.low, again.limit) == ("CH01", 32.0, 6.0, 32.0)
        with pytest.raises(RefusedError, match="Another load step"):
            Journals(tmp_path).__enter__()
        found.path.write_text('{"schema": 1', encoding="utf-8")
        with pytest.raises(PlanFileError, match="by hand"):
            journals.left_over()


def test_without_a_journal_on_disk_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        Journals(tmp_path / "file").__enter__()
    with pytest.raises(RefusedError, match="Nothing is written"):
        Journals(tmp_path).open(site_plan(2, 1), [], "t")


def left_alone(before_a: float, after_a: float | None, **changes: object) -> FollowResult:
    nothing = RawRead("CH01", "t")
    alone = LeftAlone("CH01", "set_point", 60.0, 8.0, 10.0, 80.0, nothing, nothing)
    after = {} if after_a is None else {"current_l1": after_a}
    after |= {"life_bit": 1.0} if changes.pop("sign", False) else {}
    return fell_back(replace(alone, **changes), Sample("t", {"current_l1": before_a}), Sample("t", after))  # type: ignore[arg-type]


def test_a_station_left_alone_falls_back_or_is_named() -> None:
    assert left_alone(16.0, 8.1).judged.verdict == "pass"
    assert left_alone(16.0, 15.9).judged.verdict == "fail"
    assert left_alone(16.0, None).judged.verdict == "fail"
    assert "could not show" in left_alone(8.2, 8.1).judged.reason
    assert left_alone(8.2, 8.1).judged.verdict == "inconclusive"
    assert "timeout of 0" in left_alone(16.0, 15.9, timeout_s=0.0, need="contact").judged.reason
    assert left_alone(16.0, 15.9, need="life_sign", sign=True).judged.verdict == "inconclusive"
    assert left_alone(16.0, 10.0, need="life_sign", failsafe_a=None).judged.verdict == "pass"
    assert left_alone(16.0, 15.0, need="life_sign", failsafe_a=None).judged.verdict == "fail"

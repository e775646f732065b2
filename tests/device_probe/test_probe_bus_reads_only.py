"""Reading is incapable of writing: no other request than those that read can be built or sent."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import device_probe
from device_probe.bus.framing import RtuStream, TcpStream
from device_probe.bus.request import Request, identification, of_another_size, reading
from device_probe.problems import BadRequestError

HARMLESS = {1, 2, 3, 4, 43}
ROOM = Path(device_probe.__file__).parent
PDU_NAMES = {
    "DecodePDU", "ModbusPDU", "ReadCoilsRequest", "ReadDeviceInformationRequest",
    "ReadDeviceInformationResponse", "ReadDiscreteInputsRequest", "ReadHoldingRegistersRequest",
    "ReadInputRegistersRequest",
}  # fmt: skip
WRITES = ROOM / "load_step" / "wire.py"  # the one door that writes; see test_probe_load_step_writes.py
WRITE_NAMES = {"WriteMultipleRegistersRequest", "WriteSingleRegisterRequest"}
tables = st.sampled_from(["coil", "discrete", "holding", "input"])
anything = st.integers(-70_000, 70_000)


def functions_sent(request: Request) -> set[int]:
    tcp = TcpStream("here").begin(request, 1, False)
    rtu = RtuStream("here").begin(request, 1, False)
    assert tcp[7:] == rtu[1:-2] == request.pdu
    if request.pdu[0] == 43:
        assert request.pdu[1] == 14
    return {tcp[7], rtu[1], request.function}


@given(tables, anything, anything, st.integers(-10, 300))
def test_whatever_is_asked_for_a_read_leaves_or_nothing(table, address, count, unit) -> None:
    try:
        request = reading(table, address, count, unit)
    except BadRequestError:
        return
    assert functions_sent(request) <= HARMLESS
    for number in range(5):
        assert functions_sent(of_another_size(request, number)) <= HARMLESS
        assert of_another_size(request, number).size != request.size


@given(st.integers(-10, 300), st.integers(-10, 300))
def test_whatever_is_asked_for_an_identification_leaves_or_nothing(unit, object_id) -> None:
    try:
        request = identification(unit, object_id)
    except BadRequestError:
        return
    assert functions_sent(request) == {43}
    assert functions_sent(of_another_size(request, 0)) <= HARMLESS


def test_no_other_function_code_makes_a_request() -> None:
    good = reading("holding", 0, 1, 1)
    for function in sorted(set(range(256)) - HARMLESS):
        pdu = bytes((function,)) + good.pdu[1:]
        with pytest.raises(BadRequestError, match="never sent"):
            replace(good, function=function, pdu=pdu)
        with pytest.raises(BadRequestError, match="never sent"):
            replace(good, pdu=pdu)


def test_the_other_kinds_of_function_43_make_no_request() -> None:
    good = identification(1, 0)
    with pytest.raises(BadRequestError, match="never sent"):
        replace(good, pdu=b"\x2b\x0d\x01\x00")


def test_frames_can_only_be_made_of_requests_that_were_checked() -> None:
    good, other = reading("holding", 0, 1, 1), b"\x06\x00\x00\x00\x01"
    with pytest.raises(BadRequestError):
        replace(good, tcp_tail=good.tcp_tail[:-5] + other)
    with pytest.raises(BadRequestError):
        replace(good, rtu=b"\x01" + other + good.rtu[-2:])


def test_no_part_of_the_room_but_simulator_and_load_step_knows_how_a_write_is_built() -> None:
    for path in ROOM.rglob("*.py"):
        if "simulator" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not any(name.name.startswith("pymodbus") for name in node.names), path
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pymodbus"):
                assert path in (ROOM / "bus" / "request.py", WRITES), path
                if node.module.startswith("pymodbus.pdu"):
                    known = PDU_NAMES | (WRITE_NAMES if path == WRITES else set())
                    assert {name.name for name in node.names} <= known, path
                assert "client" not in node.module


def test_only_the_load_step_reaches_what_writes() -> None:
    doors = {"device_probe.load_step.wire", "device_probe.load_step.writer"}
    for path in ROOM.rglob("*.py"):
        names = {
            node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        assert path.parent.name == "load_step" or not names & doors, path


def test_there_is_one_place_that_sends() -> None:
    sends = [
        path.name
        for path in (ROOM / "bus").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("write", "writelines", "sendall", "send")
    ]  # fmt: skip
    assert sorted(sends) == ["connection.py", "serial_port.py"]  # a request, and the transport under it

"""The command line: its JSON, its exit codes, and one sentence for every mistake."""

import csv
import io
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from device_probe.__main__ import main
from device_probe.profile_schema import list_profiles
from device_probe.report import dump_plan, load_report
from device_probe.simulator import SimulatedSite

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"


def call(*arguments: object):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def plan_file(simulated: SimulatedSite, tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(dump_plan(simulated.plan)), encoding="utf-8")
    return path


@pytest.fixture
def meter(simulated: SimulatedSite):
    return next(d for d in simulated.plan.devices if d.tag == "PM1")


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_profiles_lists_all_as_table_and_as_json() -> None:
    listed = json.loads(call("profiles", "--json").stdout)
    assert [entry["id"] for entry in listed] == [profile.id for profile in list_profiles()]
    table = call("profiles", "--kind", "analyser")
    assert table.exit_code == 0
    assert "janitza" in table.stdout
    assert "eastron-sdm120" not in table.stdout


def place_of(device) -> tuple[object, ...]:
    return ("--profile", device.profile, "--host", device.host, "--port", device.port, "--unit", device.unit)


def test_read_prints_the_whole_snapshot_and_where_it_is_from(meter) -> None:
    result = call("read", *place_of(meter), "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    place = document.pop("device")
    assert place == {"host": meter.host, "port": meter.port, "unit": meter.unit, "link": "tcp"}
    schema = json.loads((CONTRACTS / "snapshot.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    values = {reading["quantity"]: reading for reading in document["readings"]}
    voltage = values["voltage_l1_n"]
    assert voltage["value"] == pytest.approx(229.6, abs=0.5)
    assert struct.unpack(">f", bytes.fromhex(voltage["raw"]))[0] == voltage["value"]
    assert voltage["raw"] in document["blocks"][voltage["request"]]["data_hex"]
    assert document["requests"] == document["planned"] == len(document["blocks"]) >= 1


def test_read_prints_csv_as_rfc_4180_has_it(meter) -> None:
    result = call("read", *place_of(meter), "--quantity", "voltage_l?_n", "--quantity", "frequency", "--csv")
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes.count(b"\r\n") == 5
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert list(rows[0]) == ["quantity", "value", "unit", "problem", "cause", "raw", "taken_at"]
    assert [row["quantity"] for row in rows] == ["voltage_l1_n", "voltage_l2_n", "voltage_l3_n", "frequency"]
    assert float(rows[3]["value"]) == pytest.approx(50, abs=0.1)
    assert call("read", *place_of(meter), "--csv", "--json").exit_code == 2


def test_an_unknown_quantity_names_the_nearest(meter) -> None:
    result = call("read", *place_of(meter), "--quantity", "voltage_l1")
    assert result.exit_code == 2
    assert "the nearest are voltage_l1_" in result.stderr


def test_the_way_to_a_device_is_said_once(meter) -> None:
    for arguments, words in (
        (("--host", "h"), "--profile"),
        (("--profile", "eastron-sdm630"), "--host"),
        (("--profile", "eastron-sdm630", "--host", "h", "--serial-port", "/dev/ttyUSB0"), "--serial-port"),
        (("--profile", "eastron-sdm630", "--serial-port", "/dev/ttyUSB0", "--link", "tcp"), "--serial-port"),
    ):
        result = call("read", *arguments)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
        assert words in result.stderr
    gone = call("read", "--profile", "eastron-sdm120", "--serial-port", "/dev/no-such-adapter", "--json")
    assert gone.exit_code == 4
    assert json.loads(gone.stdout)["link"] == "serial"


def test_a_device_that_only_refuses_is_connected_all_the_same(meter, tmp_path: Path) -> None:
    profile = tmp_path / "else.yaml"
    profile.write_text(
        "id: else\nvendor: V\nmodel: M\nkind: meter\nphases: 3\ntransport: tcp\npoints:\n"
        "  frequency: {table: input, address: 9000, type: float32, unit: Hz}\n"
    )
    place = ("--host", meter.host, "--port", meter.port, "--unit", meter.unit)
    result = call("read", "--profile", profile, *place, "--json")
    assert result.exit_code == 1
    assert "illegal address" in json.loads(result.stdout)["readings"][0]["cause"]


def test_nobody_there_is_json_all_the_same(free_port: int) -> None:
    place = ("--profile", "eastron-sdm630", "--host", "127.0.0.1", "--port", free_port)
    result = call("read", *place, "--json")
    assert result.exit_code == 4
    document = json.loads(result.stdout)
    assert "no connection" in document["problem"]
    assert all(reading["problem"] == "unreadable" for reading in document["readings"])


def test_plan_shows_every_request_with_its_reason(plan_file: Path) -> None:
    document = json.loads(call("plan", "eastron-sdm630", "--unit", 11, "--json").stdout)
    (device,) = document["devices"]
    assert {request["unit"] for request in device["requests"]} == {11}
    assert all(request["not_merged_because"] for request in device["requests"][:-1])
    assert device["estimated_s"] == pytest.approx(
        sum(r["estimated_s"] for r in device["requests"]), abs=0.001
    )
    fast = json.loads(call("plan", "eastron-sdm630", "--baud", 115200, "--json").stdout)["devices"][0]
    assert fast["estimated_s"] < device["estimated_s"]
    table = call("plan", "eastron-sdm630", "--quantity", "voltage_*")
    assert table.exit_code == 0
    assert "0x0000 ███" in table.stdout
    assert "frequency" not in table.stdout
    site = json.loads(call("plan", plan_file, "--json").stdout)["devices"]
    assert [entry["tag"] for entry in site] == [
        d["tag"] for d in json.loads(plan_file.read_text())["devices"]
    ]


def test_watch_prints_a_line_for_each_sample_where_there_is_no_terminal(meter, plan_file: Path) -> None:
    result = call("watch", *place_of(meter), "--samples", 2, "--interval", 0.1, "--quantity", "frequency")
    assert result.exit_code == 0, result.output
    assert [line.split()[1:] for line in result.stdout.splitlines()] == [["DEVICE", "frequency=50", "Hz"]] * 2
    result = call("watch", plan_file, "--samples", 1, "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["tag"] for line in lines} == {d["tag"] for d in json.loads(plan_file.read_text())["devices"]}
    assert all(line["snapshot"]["readings"] for line in lines)
    result = call("read", *place_of(meter), "--quantity", "mood", "--watch", 1)
    assert result.exit_code == 2


def test_watch_goes_on_when_the_device_is_gone(free_port: int) -> None:
    place = ("--profile", "eastron-sdm120", "--host", "127.0.0.1", "--port", free_port)
    result = call("watch", *place, "--samples", 2, "--interval", 2)
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert "no connection" in first
    assert f"127.0.0.1:{free_port}" in second or "busy" in second


def test_read_can_be_limited_to_a_quantity_and_prints_a_table(meter) -> None:
    place = ("--host", meter.host, "--port", meter.port, "--unit", meter.unit)
    result = call("read", "--profile", meter.profile, *place, "--quantity", "frequency")
    assert result.exit_code == 0
    assert "frequency" in result.stdout
    assert "voltage" not in result.stdout
    wrong = call("read", "--profile", meter.profile, *place, "--quantity", "mood")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)


def test_read_of_a_missing_value_ends_with_1(meter, tmp_path: Path) -> None:
    profile = tmp_path / "more.yaml"
    profile.write_text(
        "id: more\nvendor: V\nmodel: M\nkind: meter\nphases: 3\ntransport: tcp\npoints:\n"
        "  voltage_l1_n: {table: input, address: 0, type: float32, unit: V}\n"
        "  frequency: {table: input, address: 9000, type: float32, unit: Hz}\n"
    )
    result = call(
        "read",
        "--profile",
        profile,
        "--host",
        meter.host,
        "--port",
        meter.port,
        "--unit",
        meter.unit,
        "--json",
    )
    readings = {r["quantity"]: r for r in json.loads(result.stdout)["readings"]}
    assert result.exit_code == 1
    assert readings["frequency"]["value"] is None
    assert readings["frequency"]["problem"] == "unreadable"
    assert readings["voltage_l1_n"]["value"] > 200


def test_nobody_there_ends_with_4_and_one_sentence(free_port: int) -> None:
    result = call("read", "--profile", "eastron-sdm630", "--host", "127.0.0.1", "--port", free_port)
    assert result.exit_code == 4
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("PM0", "janitza-umg-96rm-e"), ("PM1", "eastron-sdm630"), ("PM2", "carlo-gavazzi-em340"),
     ("PM3", "schneider-iem3155-iem3255"), ("CH01", "alfen-eve-ng9xx")],
)  # fmt: skip
def test_identify_ranks_the_right_profile_first_or_among_equals(
    simulated: SimulatedSite, tag: str, expected: str
) -> None:
    device = next(d for d in simulated.plan.devices if d.tag == tag)
    result = call("identify", "--host", device.host, "--port", device.port, "--unit", device.unit, "--json")
    candidates = json.loads(result.stdout)["candidates"]
    assert result.exit_code == 0
    best = [c["profile"] for c in candidates if c["score"] == candidates[0]["score"]]
    assert expected in best
    assert all(c["evidence"] for c in candidates)
    assert simulated.writes == 0


def test_site_writes_a_report_that_judge_judges_again(
    simulated: SimulatedSite, plan_file: Path, tmp_path: Path
) -> None:
    simulated.set_scenario("ct-reversed")
    out = tmp_path / "report.json"
    fast = ("--interval", 0.02)
    result = call("site", plan_file, "--out", out, *fast)
    assert result.exit_code == 1
    assert "PM1: the CT at input L2 is reversed." in result.stdout.replace("\n", " ")
    report = load_report(json.loads(out.read_text(encoding="utf-8")))
    judged = call("judge", out, "--json")
    assert judged.exit_code == 1
    assert load_report(json.loads(judged.stdout)) == report
    simulated.set_scenario("idle")
    assert call("site", plan_file, "--json", *fast).exit_code == 3
    simulated.set_scenario("healthy")
    assert call("site", plan_file, *fast).exit_code == 0


def test_a_site_where_nobody_answers_ends_with_4(plan_file: Path, free_port: int, tmp_path: Path) -> None:
    document = json.loads(plan_file.read_text())
    document["devices"] = [{**document["devices"][0], "port": free_port}]
    lonely = tmp_path / "lonely.json"
    lonely.write_text(json.dumps(document))
    result = call("site", lonely)
    assert result.exit_code == 4
    assert "No device of lonely.json answered" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("site", "no-such.json"), "no-such.json: the file cannot be read"),
        (("judge", "{broken}"), "this is not JSON"),
        (("judge", "{plan}"), "Missing data"),
        (("simulate", "{plan}", "--scenario", "party"), "There is no scenario 'party'"),
        (("read", "--profile", "none", "--host", "h"), "There is no profile 'none'"),
    ],
)
def test_mistakes_end_with_2_and_one_sentence(plan_file: Path, tmp_path: Path, arguments, words: str) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    filled = [str(a).format(plan=plan_file, broken=broken) for a in arguments]
    result = call(*filled)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


def test_simulate_serves_the_plan_and_says_where(plan_file: Path, tmp_path: Path) -> None:
    where = tmp_path / "simulated.json"
    result = call(
        "simulate", plan_file, "--scenario", "idle", "--plan-out", where, "--seconds", "0", "--json"
    )
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["scenario"] == "idle"
    assert json.loads(where.read_text()) == document["plan"]
    assert all(device["host"] == "127.0.0.1" for device in document["plan"]["devices"])


@pytest.mark.parametrize(
    "command", ["profiles", "read", "plan", "watch", "window", "identify", "judge", "site", "simulate"]
)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = call(command, "--help")
    assert result.exit_code == 0
    assert f"device-probe {command}" in result.stdout
    assert "--json" in result.stdout


def test_the_room_needs_nothing_of_the_web_application() -> None:
    forbidden = (
        "flask",
        "numpy",
        "pandapower",
        "weasyprint",
        "jinja2",
        "sqlalchemy",
        "designs",
        "checklists",
        "fieldapp.",
    )
    code = (
        "import sys, click, device_probe.figures; from device_probe.__main__ import main;"
        "context = click.Context(main);"
        "assert all([main.get_command(context, name) for name in main.list_commands(context)]);"
        f"print([m for m in sys.modules if m.startswith({forbidden!r})])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_judging_loads_nothing_that_reads_devices() -> None:
    forbidden = (
        "pymodbus",
        "asyncio",
        "serial",
        "uvloop",
        "httpx",
        "device_probe.bus",
        "device_probe.simulator",
    )
    code = (
        "import sys, click; from device_probe.__main__ import main;"
        "assert main.get_command(click.Context(main), 'judge');"
        f"print([m for m in sys.modules if m.startswith({forbidden!r})])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

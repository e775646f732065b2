"""`device-probe judge --readings`: from a file of values to a judgement, without network or plan."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from device_probe.cli import main
from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings
from tests.device_probe.contract_schemas import VECTORS, faults
from tests.device_probe.miswired import document, four_wire

RIGHT = (("L1", "L2", "L3"), ("+L1", "+L2", "+L3"))


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def test_the_examples_fit_their_schemas_and_the_code() -> None:
    readings = json.loads((VECTORS / "readings-ct-reversed.json").read_text(encoding="utf-8"))
    example = json.loads((VECTORS / "judgement-ct-reversed.json").read_text(encoding="utf-8"))
    assert faults("readings", readings) == []
    assert faults("judgement", example) == []
    judged = dump_judgement(judge_readings(load_readings(readings)))
    assert faults("judgement", judged) == []
    for key in ("verdict", "reason", "findings", "power_quality"):
        assert judged[key] == example[key], key
    best, written = (each["wiring"]["hypotheses"][0] for each in (judged, example))
    assert best == written | {"probability": pytest.approx(written["probability"], abs=0.05)}
    assert (best["voltage_inputs"], best["current_inputs"]) == (["L1", "L2", "L3"], ["+L1", "-L2", "+L3"])


@pytest.mark.parametrize(
    ("currents", "code", "word"),
    [
        (("+L1", "+L2", "+L3"), 0, "pass"),
        (("+L1", "-L2", "+L3"), 1, "fail"),
        (("0", "0", "0"), 3, "inconclusive"),
    ],
)
def test_the_exit_code_is_the_verdict(tmp_path: Path, currents, code: int, word: str) -> None:
    path = tmp_path / "readings.json"
    path.write_text(json.dumps(document(four_wire(RIGHT[0], currents))), encoding="utf-8")
    result = call("judge", "--readings", path, "--json")
    assert result.exit_code == code
    printed = json.loads(result.stdout)
    assert printed["verdict"] == word
    assert faults("judgement", printed) == []
    table = call("judge", "--readings", path)
    assert table.exit_code == code
    assert f"Verdict: {word}." in table.stdout


def test_a_person_reads_what_to_do_and_what_to_expect(tmp_path: Path) -> None:
    path = tmp_path / "readings.json"
    path.write_text(json.dumps(document(four_wire(RIGHT[0], ("+L1", "-L2", "+L3")))), encoding="utf-8")
    words = " ".join(call("judge", "--readings", path).stdout.split())
    assert "Wiring: fail. The CT at input L2 is reversed." in words
    assert "+L1 -L2 +L3" in words
    assert "never open its secondary while current flows" in words
    assert "expect after it, at the same load:" in words
    assert "+9.1 kW on L2" in words


def test_readings_may_be_the_list_of_a_snapshot(tmp_path: Path) -> None:
    given = document(four_wire(*RIGHT))
    for sample in given["samples"]:
        sample["readings"] = [
            {"quantity": q, "value": v, "unit": "", "problem": None} for q, v in sample["readings"].items()
        ]
        sample["readings"].append(
            {"quantity": "frequency", "value": None, "unit": "Hz", "problem": "unreadable"}
        )
    assert faults("readings", given) == []
    assert judge_readings(load_readings(given)).verdict == "pass"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("meter"), "meter"),
        (lambda d: d["meter"].update(system="4P"), "meter.system"),
        (lambda d: d["meter"].update(nominal_voltage_v=0), "meter.nominal_voltage_v"),
        (lambda d: d["meter"].update(colour="red"), "meter.colour"),
        (lambda d: d["samples"][1]["readings"].update(current_l1=True), "current_l1"),
        (lambda d: d.update(limits={"harmonics": {"five": 1}}), "limits.harmonics"),
    ],
)
def test_a_wrong_file_ends_with_2_and_one_sentence(tmp_path: Path, change, words: str) -> None:
    given = document(four_wire(*RIGHT))
    change(given)
    assert faults("readings", given)
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    result = call("judge", "--readings", path)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.startswith("Error: wrong.json: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("content", ["", "[]", "{", '{"meter": []}', "null", "\x00"])
def test_a_file_that_is_no_readings_never_crashes(tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    assert call("judge", "--readings", path).exit_code == 2


def test_a_report_or_readings_and_never_both(tmp_path: Path) -> None:
    path = tmp_path / "readings.json"
    path.write_text(json.dumps(document(four_wire(*RIGHT))), encoding="utf-8")
    for arguments in ((), (path, "--readings", path), ("--readings", path, "--out", tmp_path / "x.json")):
        assert call("judge", *arguments).exit_code == 2

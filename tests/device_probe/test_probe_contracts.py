"""The JSON Schemas of docs/contracts describe what the code reads and writes."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from device_probe.profile import PROFILES
from device_probe.report import dump_plan, dump_report, load_plan, load_report, rejudge
from tests.device_probe.contract_schemas import NAMES, SCHEMAS, VECTORS, faults


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["additionalProperties"] is False


def test_the_example_plan_fits_its_schema_and_the_code() -> None:
    document = json.loads((VECTORS / "site-plan.json").read_text(encoding="utf-8"))
    assert faults("site-plan", document) == []
    assert faults("site-plan", dump_plan(load_plan(document))) == []
    del document["devices"][0]["host"]
    assert faults("site-plan", document)


def test_the_example_report_fits_its_schema_and_is_judged_as_it_was() -> None:
    document = json.loads((VECTORS / "probe-report-ct-reversed.json").read_text(encoding="utf-8"))
    assert faults("probe-report", document) == []
    report = load_report(document)
    assert dump_report(report) == document
    assert (report.verdict, rejudge(report).verdict) == ("fail", "fail")
    assert [f.code for f in rejudge(report).findings] == ["ct-reversed"]
    assert report.rounds == 3
    for snapshot in document["snapshots"] + document["earlier"]:
        assert faults("snapshot", snapshot) == []
    for finding in document["findings"]:
        assert faults("finding", finding) == []
    document["load_statement"] = "complies with EN 50160"
    assert faults("probe-report", document)


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_profile_file_fits_its_schema(path: Path) -> None:
    document = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert faults("profile", document) == []

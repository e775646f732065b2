"""The JSON Schemas of docs/contracts describe what the code reads and writes."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from device_probe.profile import PROFILES
from device_probe.report import dump_plan, dump_report, load_plan, load_report, rejudge

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "probe"
NAMES = ("site-plan", "snapshot", "finding", "probe-report", "profile")
SCHEMAS = {
    name: json.loads((ROOT / "docs" / "contracts" / f"{name}.schema.json").read_text()) for name in NAMES
}
REGISTRY = Registry().with_resources(
    (f"{name}.schema.json", Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)


def faults(name: str, document) -> list[str]:
    validator = Draft202012Validator(SCHEMAS[name], registry=REGISTRY)
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(document)]


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
    for snapshot in document["snapshots"]:
        assert faults("snapshot", snapshot) == []
    for finding in document["findings"]:
        assert faults("finding", finding) == []
    document["load_statement"] = "complies with EN 50160"
    assert faults("probe-report", document)


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_profile_file_fits_its_schema(path: Path) -> None:
    document = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert faults("profile", document) == []

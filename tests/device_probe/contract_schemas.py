"""The JSON Schemas of docs/contracts that speak of this room, and what they find wrong with a document."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "probe"
NAMES = (
    "site-plan", "snapshot", "finding", "probe-report", "profile", "readings", "judgement", "drift",
    "load-step",
)  # fmt: skip
SCHEMAS = {
    name: json.loads((ROOT / "docs" / "contracts" / f"{name}.schema.json").read_text()) for name in NAMES
}
REGISTRY = Registry().with_resources(
    (f"{name}.schema.json", Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)


def faults(name: str, document) -> list[str]:
    validator = Draft202012Validator(SCHEMAS[name], registry=REGISTRY)
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(document)]

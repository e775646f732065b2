"""The format of a profile is one thing: code, contract and recipe say the same."""

import copy
import json
import random
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from device_probe.profile import PROFILES
from device_probe.profile_format.faults import shape
from device_probe.profile_format.json_schema import json_schema
from device_probe.profile_format.keys import TABLES_OF_KEYS, keys_of
from device_probe.profile_format.rules import rule_faults

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / "docs" / "recipes" / "add-a-device.md").read_text(encoding="utf-8")
CONTRACT = ROOT / "docs" / "contracts" / "profile.schema.json"
NAMES = sorted(path.stem for path in PROFILES.glob("*.yaml"))


@pytest.mark.parametrize(("title", "schema"), TABLES_OF_KEYS)
def test_the_recipe_explains_every_key_and_invents_none(title: str, schema) -> None:
    section = RECIPE.split(f"| {title} | means |\n|---|---|\n")[1].split("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))
    assert rows == {key: means.replace("|", "or") for key, means in keys_of(schema).items()}
    assert all(rows.values())


def test_the_contract_is_what_the_code_prints() -> None:
    assert json.loads(CONTRACT.read_text(encoding="utf-8")) == json_schema()


def accepted_by_the_code(document: dict) -> bool:
    """Return True when shape and vocabulary are right: the rest no schema can say."""
    device, faults = shape(copy.deepcopy(document))
    words = "not in the vocabulary"
    return not faults and not any(
        words in fault.problem or fault.path[:1] in (("sign",), ("zero_based_addresses",))
        for fault in rule_faults(device)
    )


STRANGE = (None, True, -1, 1.5, 70000, 3, "big", "", [], ["x"], [1, 2], {}, {"holding": 3}, {"x": 1}, "NaN")


def mutated(document: dict, chance: random.Random) -> dict:
    """Change, remove or add one thing anywhere."""
    changed = copy.deepcopy(document)
    places = [changed, changed["points"], *changed["points"].values(), *changed["identity"].values()]
    places += [value for place in places for value in place.values() if isinstance(value, dict)]
    place = chance.choice(places)
    key = chance.choice([*place, "surprise"]) if place else "surprise"
    if chance.random() < 0.2 and key in place:
        del place[key]
    else:
        place[key] = chance.choice(STRANGE)
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_accepts_exactly_what_the_code_accepts(name: str) -> None:
    text = (PROFILES / f"{name}.yaml").read_text(encoding="utf-8")
    document = json.loads(json.dumps(yaml.safe_load(text)))
    # the keys of a mapping are text in JSON: only those documents can be compared where they are text in YAML
    for point in document["points"].values():
        point.pop("bits", None)
        point.pop("enum", None)
    for entry in document["identity"].values():
        entry.pop("values", None)
    for raw in document["points"].values():
        raw.pop("sign_from", None)
    document.pop("word_order_setting", None)
    validator, chance = Draft202012Validator(json_schema()), random.Random(name)
    some = chance.sample(list(document["points"]), min(6, len(document["points"])))
    document["points"] = {quantity: document["points"][quantity] for quantity in some}
    assert validator.is_valid(document)
    assert accepted_by_the_code(document)
    verdicts = set()
    for _ in range(20):
        changed = mutated(document, chance)
        by_contract = validator.is_valid(changed)
        assert by_contract == accepted_by_the_code(changed), changed
        verdicts.add(by_contract)
    assert False in verdicts

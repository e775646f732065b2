import copy
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from checklists import schema
from checklists.canonical import canonical_json
from checklists.errors import ContractError
from checklists.generate import generate

ROOT = Path(__file__).parent.parent.parent
VECTORS = ROOT / "tests" / "vectors"
CONTRACTS = ROOT / "docs" / "contracts"
OPERATIONS = [each["op"] for each in json.loads((VECTORS / "operations.json").read_text(encoding="utf-8"))]
FOLDS = json.loads((VECTORS / "fold.json").read_text(encoding="utf-8"))
ANSWER = OPERATIONS[0]


def contract(name: str) -> Draft202012Validator:
    names = ("criterion", "value", "item", "checklist", "operation", "item-state")
    contents = {
        each: json.loads((CONTRACTS / f"{each}.schema.json").read_text(encoding="utf-8")) for each in names
    }
    resources = [
        (f"{each}.schema.json", Resource.from_contents(content)) for each, content in contents.items()
    ]
    Draft202012Validator.check_schema(contents[name])
    return Draft202012Validator(contents[name], registry=Registry().with_resources(resources))


def with_change(change: dict) -> dict:
    return copy.deepcopy(ANSWER) | change


WRONG = {
    "a key nobody knows": {"author": "ann"},
    "a later schema": {"schema": 2},
    "seq from zero": {"seq": 0},
    "seq as a flag": {"seq": True},
    "seq as a text": {"seq": "1"},
    "seq as a fraction": {"seq": 1.5},
    "seq not a number": {"seq": float("nan")},
    "a UUID of version 4": {"id": "5f0c9a52-8b1e-4d0e-9d2f-3c1b2a495867"},
    "a UUID in upper case": {"id": ANSWER["id"].upper()},
    "an item without tag": {"item": "insulation-resistance"},
    "a tag in lower case": {"item": "insulation-resistance@f03"},
    "a line end behind the item": {"item": "insulation-resistance@F03\n"},
    "a base that is not sorted": {"base": [OPERATIONS[2]["id"], OPERATIONS[1]["id"]]},
    "a base twice": {"base": [OPERATIONS[1]["id"]] * 2},
    "a base that names itself": {"base": [ANSWER["id"]]},
    "time without offset": {"recorded_at": "2026-11-22T09:14:03.120"},
    "a day that does not exist": {"recorded_at": "2026-02-30T09:14:03Z"},
    "a body of another kind": {"body": {"reason": "no"}},
    "no body": {"body": None},
    "a body with more": {"body": ANSWER["body"] | {"verdict": "pass"}},
    "a number that was not typed": {"body": {"value": ANSWER["body"]["value"] | {"decimal": "9999"}}},
    "a bound that was not typed": {"body": {"value": ANSWER["body"]["value"] | {"bound": ""}}},
    "a choice with a number": {"body": {"value": {"type": "choice", "raw": "yes", "decimal": "1"}}},
    "an empty text": {"body": {"value": {"type": "text", "raw": "  "}}},
    "half a character": {"body": {"value": {"type": "text", "raw": "\ud800"}}},
    "a NUL": {"kind": "note", "body": {"text": "a\x00b"}},
    "a note too long": {"kind": "note", "body": {"text": "x" * 4001}},
    "retract with a body": {"kind": "retract", "body": {"reason": "x"}},
    "a photo of no bytes": {"kind": "photo", "body": OPERATIONS[4]["body"] | {"size": 0}},
    "a photo that is a program": {
        "kind": "photo",
        "body": OPERATIONS[4]["body"] | {"media_type": "text/html"},
    },
    "a signature without a stroke": {"kind": "signature", "body": OPERATIONS[6]["body"] | {"strokes": []}},
    "a stroke with fractions": {
        "kind": "signature",
        "body": OPERATIONS[6]["body"] | {"strokes": [[[0.5, 1]]]},
    },
    "a stroke in space": {"kind": "signature", "body": OPERATIONS[6]["body"] | {"strokes": [[[1, 2, 3]]]}},
    "strokes beyond the size": {
        "kind": "signature",
        "body": OPERATIONS[6]["body"] | {"strokes": [[[99999, 99999]] * 19000]},
    },
}


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op["kind"])
def test_an_operation_survives_the_round_trip_byte_for_byte(op):
    again = schema.dump_operation(schema.load_operation(op))
    assert again == op
    assert canonical_json(again) == canonical_json(op)
    contract("operation").validate(op)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_operation_is_refused_with_one_sentence(name):
    with pytest.raises(ContractError) as refused:
        schema.load_operation(with_change(WRONG[name]))
    assert str(refused.value).startswith("operation: ")
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", sorted(ANSWER))
def test_every_key_of_an_operation_is_needed(missing):
    with pytest.raises(ContractError, match=f"operation: {missing}: is missing"):
        schema.load_operation({key: value for key, value in ANSWER.items() if key != missing})


@pytest.mark.parametrize("not_an_object", [None, [], "text", 1, [ANSWER]])
def test_an_operation_must_be_an_object(not_an_object):
    with pytest.raises(ContractError, match="must be an object with keys"):
        schema.load_operation(not_an_object)


def test_what_was_loaded_does_not_change_with_its_source():
    source = copy.deepcopy(ANSWER)
    loaded = schema.load_operation(source)
    source["body"]["value"]["raw"] = "0"
    assert schema.dump_operation(loaded) == ANSWER


def test_folds_survive_the_round_trip_and_keep_the_contracts():
    states, items = contract("item-state"), contract("item")
    for vector in FOLDS:
        for each in vector["items"]:
            items.validate(each)
            told = schema.dump_item(schema.load_item(each))
            assert told | each == told  # what the first release did not say has its default
        for each in vector["states"].values():
            states.validate(each)
            assert schema.dump_item_state(schema.load_item_state(each)) == each
        assert [schema.dump_kept(schema.load_kept(each)) for each in vector["operations"]] == vector[
            "operations"
        ]
        assert [schema.dump_mark(schema.load_mark(each)) for each in vector["marks"]] == vector["marks"]
        assert [schema.dump_outcome(schema.load_outcome(each)) for each in vector["outcomes"]] == vector[
            "outcomes"
        ]


def test_generated_checklists_survive_the_round_trip_through_json(small_site):
    validator = contract("checklist")
    for checklist in generate(*small_site):
        sent = json.loads(json.dumps(schema.dump_checklist(checklist)))
        validator.validate(sent)
        assert schema.load_checklist(sent) == checklist


CRITERIA = [
    ({"kind": "range", "minimum": "2", "maximum": "1"}, "minimum"),
    ({"kind": "range", "minimum": "1e3"}, "minimum"),
    ({"kind": "range", "minimum": 1.0}, "minimum"),
    ({"kind": "range", "values": ["yes"]}, "values"),
    ({"kind": "equals", "values": ["yes", "no"]}, "values"),
    ({"kind": "equals"}, "values"),
    ({"kind": "one_of", "values": []}, "values"),
    ({"kind": "probe"}, "aspect"),
    ({"kind": "probe", "aspect": "colour"}, "aspect"),
    ({"kind": "present", "maximum": "1"}, "maximum"),
    ({"kind": "photo", "count": 0}, "count"),
    ({"kind": "eval"}, "kind"),
    ({}, "kind"),
]


@pytest.mark.parametrize(("data", "key"), CRITERIA, ids=str)
def test_a_criterion_that_means_nothing_is_refused(data, key):
    with pytest.raises(ContractError) as refused:
        schema.load_criterion(data)
    assert refused.value.path == key
    # One limit above the other is the only thing that the JSON Schema can't say.
    assert contract("criterion").is_valid(data) == (data.get("minimum") == "2")


@pytest.mark.parametrize(
    "vector", json.loads((VECTORS / "canonical.json").read_text(encoding="utf-8")), ids=str
)
def test_canonical_form_is_that_of_the_vectors(vector):
    assert canonical_json(vector["value"]).decode() == vector["canonical"]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", {"\udfff": 1}, 2**53, {"a": {1, 2}}], ids=repr
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(ContractError, match="canonical form"):
        canonical_json(value)

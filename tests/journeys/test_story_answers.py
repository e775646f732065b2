"""What the story enters is good, or bad, for every kind of criterion and every item there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import designs
from checklists.generate import generate
from checklists.item_schema import dump_item, load_value
from checklists.judge import judge
from checklists.model import Column, Criterion, Expectation, Item, ItemState, Judgement
from checklists.plausibility import doubts
from designs.apply import apply
from designs.library import find_design, read_site_file
from designs.study import study
from fieldapp.clock import today
from fieldapp.story.answers import BY_VALUE, bad_value, good_value
from fieldapp.story.errors import StoryError

SITES = sorted(
    path for path in (Path(designs.__file__).parent / "sites").glob("*.yaml") if path.stem != "wrong-design"
)
YES_NO = Criterion("equals", values=("yes",), choices=("yes", "no"))
CRITERIA = (
    Criterion("range", minimum="1.0", unit="MΩ"),
    Criterion("range", maximum="0.437", unit="Ω"),
    Criterion("range", minimum="207", maximum="253", unit="V"),
    Criterion("range", minimum="-0.5", maximum="0.5", unit="%"),
    Criterion("range", maximum="0", unit="A"),
    YES_NO,
    Criterion("one_of", values=("A", "B"), choices=("A", "B", "AC")),
    Criterion("document", expires="required"),
    Criterion("document", expires="optional"),
    Criterion(
        "table",
        columns=(
            Column("l1-pe", "L1–PE", Criterion("range", minimum="1.0", unit="MΩ")),
            Column("spd", "SPD off", YES_NO),
            Column("note", "Remark", Criterion("present"), optional=True),
        ),
    ),
)


def _item(criterion: Criterion, tag: str = "F03", **rest: object) -> Item:
    key = f"a-test@{tag}"
    return Item(
        key, "a-test", tag, "dead_tests", "A test", "Do it.", criterion, "", "", "", False, **rest  # type: ignore[arg-type]
    )  # fmt: skip


def _verdict(item: Item, value: dict[str, object]) -> Judgement:
    return judge(load_value(value), item.criterion, day=today().isoformat())


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda each: f"{each.kind} {each.minimum} {each.maximum}")
def test_a_good_value_passes_and_a_bad_one_fails(criterion: Criterion) -> None:
    item = _item(criterion)
    assert _verdict(item, good_value(dump_item(item))).verdict == "pass"
    assert _verdict(item, bad_value(dump_item(item))).verdict == "fail"


def test_what_cannot_fail_has_no_bad_value() -> None:
    with pytest.raises(StoryError, match="a-test@F03"):
        bad_value(dump_item(_item(Criterion("present"))))


def test_a_reading_lies_near_what_the_study_expects() -> None:
    expect = Expectation("the study", value="0.21", low="0.17", high="0.27", least="0.1")
    item = _item(Criterion("range", maximum="0.437", unit="Ω"), expect=expect)
    reading = float(good_value(dump_item(item))["decimal"])
    assert 0.2 <= reading <= 0.23


def test_a_serial_number_is_never_that_of_another_tag() -> None:
    tags = [f"CH{number:02}" for number in range(1, 61)]
    items = [_item(Criterion("present"), tag, evidence="serial") for tag in tags]
    assert len({good_value(dump_item(item))["raw"] for item in items}) == len(tags)


def _answerable(path: Path) -> Iterator[Item]:
    site = read_site_file(path)
    applied = apply(find_design(site.design), site)
    checklists = generate(applied, study(applied))
    yield from (it for each in checklists for it in each.items if it.criterion.kind in BY_VALUE)


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.stem)
def test_every_item_of_every_example_site_is_answered_well_and_nothing_is_doubted(path: Path) -> None:
    items = list(_answerable(path))
    values = {item.key: load_value(good_value(dump_item(item))) for item in items}
    judged = {item.key: judge(values[item.key], item.criterion, day=today().isoformat()) for item in items}
    assert {key: found.reason for key, found in judged.items() if found.verdict != "pass"} == {}
    states = {key: ItemState(key, "passed", value=value) for key, value in values.items()}
    assert [doubt.sentence for doubt in doubts(items, states)] == []

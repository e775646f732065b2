import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.errors import ReadingError
from checklists.judge import judge, limit_text, parse_value
from checklists.model import Criterion, Value
from checklists.schema import dump_value, load_criterion, load_value

VECTORS = Path(__file__).parent.parent / "vectors"
VALUES = json.loads((VECTORS / "values.json").read_text(encoding="utf-8"))
CRITERIA = json.loads((VECTORS / "criteria.json").read_text(encoding="utf-8"))

decimals = st.decimals(min_value=-9999, max_value=9999, places=2, allow_nan=False, allow_infinity=False)
bounds = st.sampled_from(["", "above", "below"])
ranges = st.builds(
    lambda ends, open_low, open_high: Criterion(
        "range", None if open_low else str(min(ends)), None if open_high else str(max(ends)), "Ω"
    ),
    st.tuples(decimals, decimals),
    st.booleans(),
    st.booleans(),
)


def measured(number: Decimal, bound: str = "") -> Value:
    sign = {"": "", "above": ">", "below": "<"}[bound]
    return parse_value(f"{sign}{number}", "Ω")


@pytest.mark.parametrize("vector", VALUES, ids=lambda vector: repr(vector["raw"]))
def test_reading_is_parsed_as_the_vectors_say(vector):
    if "error" in vector:
        with pytest.raises(ReadingError) as refused:
            parse_value(vector["raw"], vector["unit"])
        assert str(refused.value) == vector["error"]
    else:
        assert dump_value(parse_value(vector["raw"], vector["unit"])) == vector["value"]


@pytest.mark.parametrize("vector", CRITERIA, ids=lambda vector: vector["name"])
def test_criterion_is_judged_as_the_vectors_say(vector):
    value = None if vector["value"] is None else load_value(vector["value"])
    judgement = judge(value, load_criterion(vector["criterion"]))
    assert (judgement.verdict, judgement.reason) == (vector["verdict"], vector["reason"])


@pytest.mark.parametrize("raw", ["1.234,5", "1,234.5", "1 234", "1'234,5"])
def test_thousands_separator_is_refused_in_words(raw):
    with pytest.raises(ReadingError, match="thousands separator"):
        parse_value(raw, "V")


def test_three_decimals_are_read_where_testers_show_them_and_refused_where_they_would_mislead():
    assert parse_value("1,917", "Ω").decimal == "1.917"
    with pytest.raises(ReadingError, match=r"may mean 1234 or 1\.234"):
        parse_value("1.234", "ms")


@given(decimals, st.sampled_from([",", "."]), st.sampled_from(["", " ", "\u00a0"]))
def test_every_decimal_reads_back_as_itself(number, mark, blank):
    value = parse_value(f"{blank}{number}{blank}".replace(".", mark), "Ω")
    assert Decimal(value.decimal) == number
    assert load_value(dump_value(value)) == value


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_with_one_sentence(raw):
    try:
        value = parse_value(raw, "Ω")
    except ReadingError as error:
        said, number = str(error), Decimal(0)
    else:
        said, number = value.raw + ".", Decimal(value.decimal)
    assert said.endswith(".")
    assert number.is_finite()


@given(ranges, decimals)
def test_a_reading_is_judged_by_its_decimal_and_the_ends_belong_inside(criterion, number):
    inside = (criterion.minimum is None or number >= Decimal(criterion.minimum)) and (
        criterion.maximum is None or number <= Decimal(criterion.maximum)
    )
    assert judge(measured(number), criterion).verdict == ("pass" if inside else "fail")


@given(decimals, decimals, decimals)
def test_a_smaller_reading_never_does_worse_against_a_maximum(limit, one, other):
    criterion = Criterion("range", maximum=str(limit), unit="Ω")
    small, large = judge(measured(min(one, other)), criterion), judge(measured(max(one, other)), criterion)
    assert not (small.verdict == "fail" and large.verdict == "pass")


@given(
    ranges, decimals, st.sampled_from(["above", "below"]), st.decimals(min_value=0, max_value=999, places=2)
)
def test_off_scale_readings_are_decided_only_when_every_value_behind_them_agrees(
    criterion, number, bound, beyond
):
    verdict = judge(measured(number, bound), criterion).verdict
    step = beyond + Decimal("0.01")  # the true value lies strictly beyond the bound
    true_value = number + step if bound == "above" else number - step
    if verdict in ("pass", "fail"):
        assert judge(measured(true_value), criterion).verdict == verdict


@given(ranges, decimals, bounds)
def test_every_verdict_on_a_limit_names_reading_and_limit(criterion, number, bound):
    value = measured(number, bound)
    reason = judge(value, criterion).reason
    if limit_text(criterion):
        assert limit_text(criterion) in reason
        assert value.decimal in reason


def test_a_reading_in_another_unit_is_never_compared():
    judgement = judge(parse_value("0.5", "kΩ"), Criterion("range", maximum="1", unit="Ω"))
    assert judgement.verdict == "inconclusive"
    assert judgement.reason == "The reading is in kΩ; record it in Ω."

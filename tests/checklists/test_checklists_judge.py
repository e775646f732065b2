import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checklists.errors import ReadingError
from checklists.item_schema import load_instrument
from checklists.judge import judge, judge_item, limit_text
from checklists.model import Column, Criterion, Judgement, Value
from checklists.readings import parse_value
from checklists.schema import dump_value, load_criterion, load_item, load_value
from checklists.units import UNITS, power_between

VECTORS = Path(__file__).parent.parent / "vectors"
VALUES = json.loads((VECTORS / "values.json").read_text(encoding="utf-8"))
JUDGING = json.loads((VECTORS / "judging.json").read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("vector", JUDGING, ids=lambda vector: vector["name"])
def test_an_item_is_judged_with_its_instrument_and_day_as_the_vectors_say(vector):
    value = None if vector["value"] is None else load_value(vector["value"])
    tool = None if vector["instrument"] is None else load_instrument(vector["instrument"])
    judgement = judge_item(value, load_item(vector["item"]), day=vector["day"], instrument=tool)
    assert (judgement.verdict, judgement.reason) == (vector["verdict"], vector["reason"])


def test_a_reading_of_another_quantity_is_never_compared():
    judgement = judge(Value("measured", "0.5", "0.5", "kV"), Criterion("range", maximum="1", unit="Ω"))
    assert judgement == Judgement("inconclusive", "The reading is in kV; record it in Ω.")


FAMILIES = [[unit for unit, (base, _) in UNITS.items() if base == each] for each in ("Ω", "V", "A", "s")]


@given(ranges, decimals, st.sampled_from(FAMILIES[0]), st.integers(0, 6))
def test_no_reading_outside_a_limit_ever_passes_in_whatever_unit_and_with_however_many_digits(
    criterion, number, unit, more
):
    power = power_between(unit, "Ω")
    typed = format(number.scaleb(-power), "f")
    digits = typed + ("." if "." not in typed else "") + "0" * more if more else typed
    if sum(each.isdigit() for each in digits) > 15 or digits.endswith("."):
        return
    value = Value("measured", digits, digits, unit)
    low, high = (None if end is None else Decimal(end) for end in (criterion.minimum, criterion.maximum))
    outside = (low is not None and number < low) or (high is not None and number > high)
    verdict = judge(value, criterion).verdict
    assert (verdict == "fail") is outside
    assert verdict in ("pass", "fail", "inconclusive")


@given(decimals, decimals, st.integers(0, 1))
def test_rounding_a_reading_never_makes_a_pass_of_a_fail(limit, number, places):
    """Whoever writes down fewer digits than the limit has gains nothing by it (decision 0010)."""
    assume(places < -int(limit.normalize().as_tuple().exponent))
    criterion = Criterion("range", maximum=str(limit), unit="Ω")
    rounded = number.quantize(Decimal(1).scaleb(-places))
    assert not (
        judge(measured(number), criterion).verdict == "fail"
        and judge(measured(rounded), criterion).verdict == "pass"
    )


kinds = st.sampled_from(["measured", "choice", "text", "table", "document"])


@given(
    kinds,
    st.text(min_size=1, max_size=20),
    st.sampled_from([None, "0.5", "-3", "7"]),
    st.sampled_from(["", "Ω", "V", "zz"]),
)
def test_judging_never_breaks_whatever_stands_where(kind, raw, decimal, unit):
    value = Value(kind, raw, decimal, unit)
    for criterion in (
        Criterion("range", maximum="1", unit="Ω"),
        Criterion("equals", values=("yes",)),
        Criterion("present"),
        Criterion("document", expires="required"),
        Criterion("table", columns=(Column("a", "A", Criterion("range", maximum="1", unit="Ω")),)),
        Criterion("photo"),
    ):
        found = judge(value, criterion, day="2026-11-27")
        assert found.reason.endswith(".")

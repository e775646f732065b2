"""Values against criteria. The TypeScript twin is held by tests/vectors."""

from decimal import Decimal

from checklists.model import Criterion, Judgement, Value


def limit_text(criterion: Criterion) -> str:
    """Return the limit as printed beside a reading: "≤ 0.95 Ω", "207 to 253 V", "yes"; "" without one."""
    unit = f" {criterion.unit}" if criterion.unit else ""
    low, high = criterion.minimum, criterion.maximum
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    if low is not None:
        return f"≥ {low}{unit}"
    if high is not None:
        return f"≤ {high}{unit}"
    return " or ".join(criterion.values)


def judge(value: Value | None, criterion: Criterion) -> Judgement:
    """Return the verdict on a value with the sentence that explains it."""
    if value is None:
        return Judgement("none", "Nothing is recorded yet.")
    if criterion.kind == "range":
        return _judge_range(value, criterion)
    if criterion.kind in ("equals", "one_of"):
        return _judge_choice(value, criterion)
    if criterion.kind == "present":
        return Judgement("pass", "It is recorded.")
    return Judgement("none", _NOT_BY_VALUE[criterion.kind])


_NOT_BY_VALUE = {
    "photo": "This is answered by a photo.",
    "signature": "This is answered by a signature.",
    "probe": "This is answered by a probe run.",
}


def _judge_choice(value: Value, criterion: Criterion) -> Judgement:
    if value.raw in criterion.values:
        return Judgement("pass", f"“{value.raw}” meets the requirement.")
    return Judgement("fail", f"“{value.raw}” is recorded, required is {limit_text(criterion)}.")


def _judge_range(value: Value, criterion: Criterion) -> Judgement:
    if value.type != "measured" or value.decimal is None:
        return Judgement("inconclusive", f"“{value.raw}” is not a reading.")
    if value.unit != criterion.unit:
        return Judgement("inconclusive", _other_unit(value.unit, criterion.unit))
    limit = limit_text(criterion)
    verdict = _compare(value, criterion)
    if not limit:
        return Judgement("pass", "It is recorded.")
    if verdict is None:
        return Judgement(
            "inconclusive",
            f"{_shown(value)} can't be judged against {limit}: measure on a range that shows the value.",
        )
    return (
        Judgement("pass", f"{_shown(value)} is within {limit}.")
        if verdict
        else Judgement("fail", f"{_shown(value)} is outside {limit}.")
    )


def _compare(value: Value, criterion: Criterion) -> bool | None:
    """True inside, False outside, None undecidable: the true value is somewhere beyond the tester's range."""
    number = Decimal(value.decimal or "")
    low = None if criterion.minimum is None else Decimal(criterion.minimum)
    high = None if criterion.maximum is None else Decimal(criterion.maximum)
    if value.bound == "above":
        return _beyond(high is not None and number >= high, high is None and (low is None or number >= low))
    if value.bound == "below":
        return _beyond(low is not None and number <= low, low is None and (high is None or number <= high))
    return (low is None or number >= low) and (high is None or number <= high)


def _beyond(outside: bool, inside: bool) -> bool | None:
    return False if outside else True if inside else None


def _shown(value: Value) -> str:
    sign = {"": "", "above": ">", "below": "<"}[value.bound]
    return f"{sign}{value.decimal} {value.unit}".strip()


def _other_unit(unit: str, wanted: str) -> str:
    has = f"is in {unit}" if unit else "has no unit"
    return f"The reading {has}; record it {f'in {wanted}' if wanted else 'without a unit'}."

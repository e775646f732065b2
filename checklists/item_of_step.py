"""What a step becomes at a place: its criterion, what a reading there can be, and the items it waits for."""

from collections.abc import Iterable, Iterator, Set
from functools import lru_cache

from checklists.errors import ExpressionError
from checklists.expressions import condition, text
from checklists.item_schema import load_criterion, load_expectation
from checklists.model import Criterion, Expectation
from checklists.places import Place
from checklists.template_model import Step, StepColumn, StepCriterion, StepExpectation
from checklists.words import INSTRUMENTS

Worked = tuple[str | None, str | None, tuple[str, ...], tuple[str, ...]]


def criterion_of(step: StepCriterion, place: Place) -> Criterion:
    """Work the expressions out; the result must be a criterion like any that crosses a boundary."""
    columns = [each for each in step.columns if not each.when or condition(each.when)(place.values)]
    return _checked(step, _worked(step, place), tuple(_column(each, place) for each in columns))


def _column(column: StepColumn, place: Place) -> tuple[StepColumn, str, Worked]:
    return column, text(column.title)(place.values), _worked(column.criterion, place)


def _worked(step: StepCriterion, place: Place) -> Worked:
    minimum = text(step.minimum)(place.values) if step.minimum is not None else None
    maximum = text(step.maximum)(place.values) if step.maximum is not None else None
    values = tuple(text(value)(place.values) for value in step.values)
    return minimum, maximum, values, tuple(text(choice)(place.values) for choice in step.choices)


@lru_cache(maxsize=4096)
def _checked(
    step: StepCriterion, worked: Worked, columns: tuple[tuple[StepColumn, str, Worked], ...]
) -> Criterion:
    data = _data(step, worked) | {"count": step.count, "aspect": step.aspect, "expires": step.expires}
    rows = [
        {"id": it.id, "title": title, "optional": it.optional, "criterion": _data(it.criterion, cell)}
        for it, title, cell in columns
    ]
    return load_criterion(data | {"columns": rows})


def _data(step: StepCriterion, worked: Worked) -> dict[str, object]:
    minimum, maximum, values, choices = worked
    limits: dict[str, object] = {
        "minimum": minimum,
        "maximum": maximum,
        "values": list(values),
        "choices": list(choices),
    }
    return limits | {"kind": step.kind, "unit": step.unit}


def expectation_of(step: StepExpectation | None, place: Place) -> Expectation | None:
    """Work out what a reading can be; None where no figure is known."""
    if step is None:
        return None
    names = ("value", "low", "high", "least", "most")
    figures = {name: text(getattr(step, name))(place.values).strip() or None for name in names}
    if not any(figures.values()):
        return None
    return load_expectation(figures | {"source": text(step.source)(place.values)})


def instrument_of(step: Step, place: Place) -> str | None:
    """Return the class of instrument that a step needs at this place; ExpressionError when it is none."""
    if step.instrument is None:
        return None
    kind = text(step.instrument)(place.values)
    if kind not in INSTRUMENTS:
        raise ExpressionError(f"instrument: {kind} is none of: {', '.join(INSTRUMENTS)}.")
    return kind


def required(steps: Iterable[str], place: Place, keys: Set[str]) -> Iterator[str]:
    """Yield the items of each step at the nearest place that has any."""
    for step in steps:
        for tags in place.near:
            found = [f"{step}@{tag}" for tag in tags if f"{step}@{tag}" in keys]
            if found:
                yield from found
                break

"""Site design + study + templates -> checklists. The same input gives the same output, byte for byte.

Steps that follow one another with the same ``for_each`` are worked through place by place, as a person does
who stands in front of a board or a station; the order of the steps at one place is that of the template.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby

from checklists.errors import ChecklistError, GenerationError
from checklists.expressions import condition, text
from checklists.item_schema import load_criterion
from checklists.judge import limit_text
from checklists.library import load_templates
from checklists.model import Checklist, Criterion, Item
from checklists.places import Place, places
from checklists.template_schema import Over, Step, StepCriterion, Template
from designs.model import SiteDesign, Study

Places = Mapping[Over, tuple[Place, ...]]


def generate(
    site_design: SiteDesign,
    study: Study,
    *,
    templates: Mapping[str, Template] | None = None,
    revision: int = 1,
) -> tuple[Checklist, ...]:
    """Return the checklists that the site design names, in its order."""
    if study.circuits and not study.boards:
        raise GenerationError(
            f"No limits were computed ({study.rule_set}), so there is nothing to check against; a licensed "
            "engineer must give the limits, or choose another rule set."
        )
    library = load_templates() if templates is None else templates
    chosen = [_find(library, each) for each in site_design.checklists]
    where = places(site_design, study)
    planned = {template.id: list(_planned(template, where)) for template in chosen}
    keys = {f"{step.id}@{place.tag}" for plan in planned.values() for step, place in plan}
    return tuple(_checklist(template, planned[template.id], keys, revision) for template in chosen)


def _find(library: Mapping[str, Template], template: str) -> Template:
    if template not in library:
        raise GenerationError(
            f"There is no checklist template {template}; there are {', '.join(sorted(library))}."
        )
    return library[template]


def _planned(template: Template, where: Places) -> Iterator[tuple[Step, Place]]:
    """Yield each step with each place that meets its condition, in the order of work."""
    for over, group in groupby(template.steps, key=lambda step: step.for_each):
        steps = list(group)
        for place in where[over]:
            for step in steps:
                if _applies(template, step, place):
                    yield step, place


def _applies(template: Template, step: Step, place: Place) -> bool:
    try:
        return not step.when or condition(step.when)(place.values)
    except ChecklistError as error:
        raise GenerationError(f"{template.id}: step {step.id} at {place.tag}: when: {error}") from error


def _checklist(
    template: Template, plan: list[tuple[Step, Place]], keys: set[str], revision: int
) -> Checklist:
    return Checklist(
        id=f"{template.id}-r{revision}",
        template=template.id,
        template_digest=template.digest,
        revision=revision,
        section=template.section,
        title=template.title,
        items=tuple(_item(template, step, place, keys) for step, place in plan),
    )


def _item(template: Template, step: Step, place: Place, keys: set[str]) -> Item:
    try:
        criterion = _criterion(step.criterion, place)
        return Item(
            key=f"{step.id}@{place.tag}",
            step=step.id,
            tag=place.tag,
            section=template.section,
            title=text(step.title)(place.values),
            instruction=text(step.instruction)(place.values).strip(),
            criterion=criterion,
            limit_text=text(step.limit)(place.values) if step.limit else limit_text(criterion),
            limit_source=text(step.limit_source)(place.values),
            clause=text(step.clause)(place.values),
            safety=step.safety,
            photos=step.photos,
            instrument=step.instrument,
            requires=tuple(_required(step, place, keys)),
        )
    except ChecklistError as error:
        raise GenerationError(f"{template.id}: step {step.id} at {place.tag}: {error}") from error


def _criterion(step: StepCriterion, place: Place) -> Criterion:
    """Work the expressions out; the result must be a criterion like any that crosses a boundary."""
    minimum = text(step.minimum)(place.values) if step.minimum is not None else None
    maximum = text(step.maximum)(place.values) if step.maximum is not None else None
    values = tuple(text(value)(place.values) for value in step.values)
    return _checked(step, minimum, maximum, values)


@lru_cache(maxsize=4096)
def _checked(
    step: StepCriterion, minimum: str | None, maximum: str | None, values: tuple[str, ...]
) -> Criterion:
    data = {"kind": step.kind, "unit": step.unit, "count": step.count, "aspect": step.aspect}
    return load_criterion(data | {"minimum": minimum, "maximum": maximum, "values": list(values)})


def _required(step: Step, place: Place, keys: set[str]) -> Iterator[str]:
    """Yield the items of each required step at the nearest place that has any."""
    for required in step.requires:
        for tags in place.near:
            found = [f"{required}@{tag}" for tag in tags if f"{required}@{tag}" in keys]
            if found:
                yield from found
                break

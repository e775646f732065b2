"""Site design + study + templates -> checklists. The same input gives the same output, byte for byte.

A site gets the templates that its standard design names and those that every site gets (``always``), of its
rule set, phase by phase. Steps that follow one another with the same ``for_each`` are worked through place
by place, as a person does who stands in front of a board or a station; the order of the steps at one place
is that of the template. Items are numbered for print, phase by phase.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from checklists.errors import ChecklistError, GenerationError
from checklists.expressions import condition, text
from checklists.item_of_step import criterion_of, expectation_of, instrument_of, required
from checklists.judge import limit_text
from checklists.library import load_library
from checklists.model import SECTIONS, Checklist, Item, Section
from checklists.places import Place, places
from checklists.template_model import Library, Over, Step, Template
from designs.equipment_list import EquipmentList
from designs.model import RuleSetId, SiteDesign, Study

#: More than a tenfold of the largest site: beyond it something is wrong with the templates.
MAX_ITEMS = 30_000
#: The longest texts that an item may have, as the contract says.
MAX_TEXT = {"title": 200, "instruction": 4000, "limit_text": 200, "limit_source": 500, "clause": 200}

Places = Mapping[Over, tuple[Place, ...]]


def generate(
    site_design: SiteDesign,
    study: Study,
    *,
    library: Library | None = None,
    equipment: EquipmentList | None = None,
    revision: int = 1,
) -> tuple[Checklist, ...]:
    """Return the checklists of a site in the order of work; GenerationError names step and tag.

    ``library`` and ``equipment`` are the built-in ones when left out.
    """
    chosen = load_library() if library is None else library
    rule_set = site_design.one_line.rule_set
    templates = _templates(chosen, site_design.checklists, rule_set)
    where = places(site_design, study, equipment)
    planned = {each.id: list(_planned(each, where, rule_set)) for each in templates}
    keys = {f"{step.id}@{place.tag}" for plan in planned.values() for step, place in plan}
    if len(keys) > MAX_ITEMS:
        raise GenerationError(
            f"This would make {len(keys)} items, at most {MAX_ITEMS} are allowed; split site or templates."
        )
    made = [_checklist(each, planned[each.id], keys, revision, chosen) for each in templates]
    return _numbered([each for each in made if each.items])


def _templates(library: Library, named: Sequence[str], rule_set: RuleSetId) -> list[Template]:
    """Return the templates of a site: those named and those for every site, in the order of work."""
    known = library.templates
    unknown = next((each for each in named if each not in known), None)
    if unknown:
        raise GenerationError(
            f"There is no checklist template {unknown}; there are {', '.join(sorted(known))}."
        )
    chosen = [
        each for each in known.values() if (each.id in named or each.always) and rule_set in each.rule_sets
    ]
    if not chosen:
        raise GenerationError(
            f"No checklist template is for the rule set {rule_set}; choose another rule set."
        )
    return sorted(chosen, key=lambda each: (SECTIONS.index(each.section), each.order, each.id))


def _planned(template: Template, where: Places, rule_set: RuleSetId) -> Iterator[tuple[Step, Place]]:
    """Yield each step with each place that meets its condition, in the order of work."""
    steps_of_set = [step for step in template.steps if rule_set in step.rule_sets]
    for over, group in groupby(steps_of_set, key=lambda step: step.for_each):
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
    template: Template, plan: list[tuple[Step, Place]], keys: set[str], revision: int, library: Library
) -> Checklist:
    methods = dict.fromkeys(step.method for step, _ in plan if step.method)
    return Checklist(
        id=f"{template.id}-r{revision}",
        template=template.id,
        template_digest=template.digest,
        revision=revision,
        section=template.section,
        title=template.title,
        items=tuple(_item(template, step, place, keys) for step, place in plan),
        methods=tuple(library.methods[each] for each in methods),
    )


def _item(template: Template, step: Step, place: Place, keys: set[str]) -> Item:
    try:
        criterion = criterion_of(step.criterion, place)
        item = Item(
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
            safety=step.severity == "safety",
            photos=step.photos,
            instrument=instrument_of(step, place),
            requires=tuple(required(step.requires, place, keys)),
            evidence=step.evidence,
            severity=step.severity,
            stops_work=step.stops_work,
            who=step.who,
            minutes=step.minutes,
            repeats=tuple(required(step.repeats, place, keys)),
            method=step.method,
            expect=expectation_of(step.expect, place),
            varies=step.varies,
        )
        _check_texts(item)
        return item
    except ChecklistError as error:
        raise GenerationError(f"{template.id}: step {step.id} at {place.tag}: {error}") from error


def _check_texts(item: Item) -> None:
    """Refuse texts that became too long at this place, before they are stored."""
    for name, longest in MAX_TEXT.items():
        length = len(getattr(item, name))
        if length > longest:
            raise GenerationError(f"its {name} is {length} characters long here; {longest} are allowed.")


def _numbered(checklists: Sequence[Checklist]) -> tuple[Checklist, ...]:
    """Number the items of each phase from 1, over all its checklists: "4.17"."""
    counts: dict[Section, int] = {}
    numbered = []
    for checklist in checklists:
        first = counts.get(checklist.section, 0) + 1
        phase = SECTIONS.index(checklist.section) + 1
        items = [replace(it, number=f"{phase}.{n}") for n, it in enumerate(checklist.items, first)]
        counts[checklist.section] = first - 1 + len(items)
        numbered.append(replace(checklist, items=tuple(items)))
    return tuple(numbered)

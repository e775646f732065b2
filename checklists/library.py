"""Find checklist templates and method statements, built-in ones and a user's own: one YAML file each."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from checklists.errors import TemplateError
from checklists.model import Method
from checklists.template_model import Library, Step, Template
from checklists.template_schema import read_method, read_template

BUILT_IN = Path(__file__).parent / "templates"
METHODS = Path(__file__).parent / "methods"


def load_library(folder: Path | None = None) -> Library:
    """Return templates and methods by id; one in ``folder`` replaces the built-in one with the same id.

    A user's own methods stand in ``folder/methods``.
    """
    if folder is None:
        return _built_in()
    if not folder.is_dir():
        raise TemplateError(f"{folder} is not a folder; give the folder that holds the templates.")
    own = folder / "methods"
    library = Library(
        {**_built_in().templates, **_templates(folder)},
        {**_built_in().methods, **(_methods(own) if own.is_dir() else {})},
    )
    _check(library)
    return library


def load_templates(folder: Path | None = None) -> Mapping[str, Template]:
    """Return the templates by id."""
    return dict(load_library(folder).templates)


@lru_cache(maxsize=1)
def _built_in() -> Library:
    library = Library(_templates(BUILT_IN), _methods(METHODS))
    _check(library)
    return library


def _templates(folder: Path) -> dict[str, Template]:
    found: dict[str, Template] = {}
    for path in sorted(folder.glob("*.yaml")):
        template = read_template(path)
        if template.id in found:
            raise TemplateError(f"{path.name}: another file here has the template id {template.id} already.")
        found[template.id] = template
    return found


def _methods(folder: Path) -> dict[str, Method]:
    found: dict[str, Method] = {}
    for path in sorted(folder.glob("*.yaml")):
        method = read_method(path)
        if method.id in found:
            raise TemplateError(f"{path.name}: another file here has the method id {method.id} already.")
        found[method.id] = method
    return found


def _check(library: Library) -> None:
    """Every step id is unique over all templates, what a step names exists, and nothing waits for itself."""
    steps: dict[str, Step] = {}
    owners: dict[str, str] = {}
    for template in library.templates.values():
        for step in template.steps:
            if step.id in steps:
                raise TemplateError(
                    f"The step {step.id} stands in {owners[step.id]} and in {template.id}; rename one."
                )
            steps[step.id], owners[step.id] = step, template.id
    for step in steps.values():
        where = f"{owners[step.id]}: step {step.id}"
        _check_known(f"{where} requires", step.requires, steps, "no template has")
        _check_known(f"{where} repeats", step.repeats, steps, "no template has")
        if step.method:
            _check_known(f"{where} names the method", [step.method], library.methods, "is not there")
    _check_circles(steps)


def _check_known(who: str, names: Iterable[str], known: Mapping[str, object], what: str) -> None:
    unknown = next((each for each in names if each not in known), None)
    if unknown:
        raise TemplateError(f"{who} {unknown}, which {what}.")


def _check_circles(steps: Mapping[str, Step]) -> None:
    """Refuse steps that wait for one another: nobody could begin."""
    done: set[str] = set()
    for start in steps:
        way: list[str] = []
        open_steps = [(start, False)]
        while open_steps:
            step, left = open_steps.pop()
            if left:
                way.pop()
                done.add(step)
                continue
            if step in way:
                circle = " → ".join([*way[way.index(step) :], step])
                raise TemplateError(f"Steps that require one another can never begin: {circle}.")
            if step in done:
                continue
            way.append(step)
            open_steps.append((step, True))
            open_steps += [(each, False) for each in steps[step].requires]

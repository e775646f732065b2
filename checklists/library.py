"""Find checklist templates: the built-in ones and a user's own. A new one is one YAML file."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from checklists.errors import TemplateError
from checklists.template_schema import Template, read_template

BUILT_IN = Path(__file__).parent / "templates"


def load_templates(folder: Path | None = None) -> Mapping[str, Template]:
    """Return the templates by id; one in ``folder`` replaces the built-in one with the same id."""
    if folder is None:
        return dict(_built_in())
    if not folder.is_dir():
        raise TemplateError(f"{folder} is not a folder; give the folder that holds the templates.")
    templates = {**_built_in(), **_read_folder(folder)}
    _check_requires(templates)
    return templates


@lru_cache(maxsize=1)
def _built_in() -> Mapping[str, Template]:
    templates = _read_folder(BUILT_IN)
    _check_requires(templates)
    return templates


def _read_folder(folder: Path) -> dict[str, Template]:
    found: dict[str, Template] = {}
    for path in sorted(folder.glob("*.yaml")):
        template = read_template(path)
        if template.id in found:
            raise TemplateError(f"{path.name}: another file here has the template id {template.id} already.")
        found[template.id] = template
    return found


def _check_requires(templates: Mapping[str, Template]) -> None:
    """Every step id is unique over all templates, and what a step requires exists."""
    owners: dict[str, str] = {}
    for template in templates.values():
        for step in template.steps:
            if step.id in owners:
                raise TemplateError(
                    f"The step {step.id} stands in {owners[step.id]} and in {template.id}; rename one."
                )
            owners[step.id] = template.id
    for template in templates.values():
        for step in template.steps:
            unknown = next((each for each in step.requires if each not in owners), None)
            if unknown:
                raise TemplateError(
                    f"{template.id}: step {step.id} requires {unknown}, which no template has."
                )

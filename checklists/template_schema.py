"""Checklist templates: YAML -> frozen steps, strictly. How to write one: docs/recipes/add-a-checklist.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from marshmallow import ValidationError, fields, validates_schema

from checklists import canonical
from checklists.errors import ChecklistError, ContractError, ExpressionError, TemplateError
from checklists.expressions import condition, text
from checklists.fields import STEP, Flag, Strict, Text, TupleOf, Whole, load, words
from checklists.item_schema import ASPECTS, SECTIONS
from checklists.model import CriterionKind, Section

Over = Literal[
    "site", "board", "circuit", "station", "connector", "meter",
    "transformer", "source", "emergency-stop", "controller", "network",
]  # fmt: skip
OVER: tuple[Over, ...] = get_args(Over)

MAX_BYTES = 256 * 1024
MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class StepCriterion:
    """A criterion whose limits and values are still expressions."""

    kind: CriterionKind
    minimum: str | None = None
    maximum: str | None = None
    unit: str = ""
    values: tuple[str, ...] = ()
    count: int = 1
    aspect: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a template, repeated ``for_each`` node that meets ``when``."""

    id: str
    for_each: Over
    title: str
    instruction: str
    criterion: StepCriterion
    limit_source: str
    clause: str
    when: str = ""
    limit: str = ""  # how the limit is printed, where it should not be made from the criterion
    safety: bool = False
    photos: int = 0
    instrument: str | None = None
    requires: tuple[str, ...] = ()  # step ids


@dataclass(frozen=True, slots=True)
class Template:
    """The steps of one checklist in the order of work."""

    id: str
    section: Section
    title: str
    steps: tuple[Step, ...]
    digest: str


class _Expression(Text):
    """A text that may hold ``{{ }}``; it is compiled when the template is loaded."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        source: str = super()._deserialize(value, attr, data, **rest)
        try:
            text(source)
        except ExpressionError as error:
            raise ValidationError(str(error)) from error
        return source


class _Condition(Text):
    """A condition without braces."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        source: str = super()._deserialize(value, attr, data, **rest)
        try:
            condition(source)
        except ExpressionError as error:
            raise ValidationError(str(error)) from error
        return source


class StepCriterionSchema(Strict):
    """The criterion of a step; a number stands in quotes, so that its decimals are kept."""

    target = StepCriterion
    kind = words("range", "equals", "one_of", "present", "photo", "signature", "probe", required=True)
    minimum = _Expression(300)
    maximum = _Expression(300)
    unit = Text(16)
    values = TupleOf(_Expression(100, shortest=1), longest=50)
    count = Whole(1, 50)
    aspect = words(*ASPECTS)


class StepSchema(Strict):
    """One step."""

    target = Step
    id = Text(60, pattern=STEP, like="a step id like insulation-resistance", required=True)
    for_each = words(*OVER, required=True)
    when = _Condition(500)
    title = _Expression(200, shortest=1, required=True)
    instruction = _Expression(4000, shortest=1, required=True)
    criterion = fields.Nested(StepCriterionSchema, required=True)
    limit = _Expression(200)
    limit_source = _Expression(500, shortest=1, required=True)
    clause = _Expression(200, required=True)
    safety = Flag()
    photos = Whole(0, 20)
    instrument = Text(60, pattern=STEP, like="a kind of instrument like installation-tester")
    requires = TupleOf(Text(60, pattern=STEP, like="a step id"), longest=50)


class TemplateSchema(Strict):
    """A template file."""

    id = Text(60, pattern=STEP, like="a template id like dead-tests", required=True)
    section = words(*SECTIONS, required=True)
    title = Text(200, shortest=1, required=True)
    steps = TupleOf(fields.Nested(StepSchema), longest=500, required=True)

    @validates_schema
    def each_once(self, data: dict[str, Any], **_: Any) -> None:
        """Check that there are steps and that no id stands twice."""
        ids = [step.id for step in data["steps"]]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValidationError(f"the step {twice[0]} stands here twice.", "steps")
        if not ids:
            raise ValidationError("a template has at least one step.", "steps")


class _Loader(yaml.SafeLoader):
    """SafeLoader without duplicate keys, aliases and deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias is not allowed; write it out")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.YAMLError(f"it is nested deeper than {MAX_DEPTH} levels")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                mark = key_node.start_mark
                raise yaml.MarkedYAMLError(problem=f"the key {key} stands here twice", problem_mark=mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_template(path: Path) -> Template:
    """Return the template of a YAML file; TemplateError names file and key."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise TemplateError(f"{path.name} can't be read: {error.strerror}.") from error
    return parse_template(source, path.name)


def parse_template(source: bytes, name: str) -> Template:
    """Return the template of a YAML text; ``name`` is the file as it stands in the message."""
    if len(source) > MAX_BYTES:
        raise TemplateError(
            f"{name} is larger than {MAX_BYTES // 1024} KiB; split it into several templates."
        )
    raw = _yaml(source, name)
    try:
        loaded = load(TemplateSchema, raw, name, dict)
        return Template(**loaded, digest=canonical.digest(canonical.TEMPLATE, raw))
    except ContractError as error:
        raise TemplateError(f"{name}: {_place(raw, error.path)}: {error.problem}") from error
    except ChecklistError as error:
        raise TemplateError(f"{name}: {error}") from error


def _yaml(source: bytes, name: str) -> Any:
    try:
        return yaml.load(source, Loader=_Loader)  # noqa: S506 - a SafeLoader made stricter
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise TemplateError(f"{name}{line}: {error.problem}; correct the YAML.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateError(f"{name} is no YAML that can be used: {str(error).splitlines()[0]}.") from error


def _place(raw: Any, path: str) -> str:
    """Say the step's id beside its number, because people look for the id."""
    if not path.startswith("steps["):
        return path or "the file"
    number = int(path[6 : path.index("]")])
    step = raw["steps"][number]
    name = step.get("id") if isinstance(step, dict) else None
    return f"{path} (step {name})" if isinstance(name, str) else path

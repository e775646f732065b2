"""Checklist templates: YAML -> frozen steps, strictly. How to write one: docs/recipes/add-a-checklist.md."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validates_schema

from checklists import canonical
from checklists.criterion_schema import ASPECTS, CRITERION_KINDS
from checklists.errors import ChecklistError, ContractError, ExpressionError, TemplateError
from checklists.expressions import condition, text
from checklists.fields import STEP, Flag, Strict, Text, TupleOf, Whole, load, words
from checklists.item_schema import MethodSchema
from checklists.model import EVIDENCE, SECTIONS, SEVERITIES, Evidence, Method
from checklists.template_model import (
    OVER,
    RULE_SETS,
    Step,
    StepColumn,
    StepCriterion,
    StepExpectation,
    Template,
)
from checklists.words import COMPETENCES, INSTRUMENTS
from checklists.yaml_file import parse_yaml, read_bytes

MAX_PICTURE = 40_000
#: Nothing in a picture may run, load or leave it: it is shown inside pages and sealed documents.
FORBIDDEN_IN_SVG = re.compile(
    r"<script|<foreignObject|<image|<use|<style|<!|<\?|<a[\s>]|<animate|<set[\s>]|href|url\(|\son[a-z]+\s*=|javascript:",
    re.IGNORECASE,
)

#: Which criteria each kind of evidence can have; the first evidence that fits is what a step has by default.
EVIDENCE_OF: Final[Mapping[Evidence, tuple[str, ...]]] = {
    "check": ("equals",),
    "choice": ("one_of", "equals"),
    "number": ("range",),
    "text": ("present",),
    "serial": ("present",),
    "table": ("table",),
    "photo": ("photo",),
    "signature": ("signature",),
    "document": ("document",),
    "probe": ("probe",),
}


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


class _Instrument(_Expression):
    """A class of instrument, or an expression that gives one at each place."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> Any:
        source: str = super()._deserialize(value, attr, data, **rest)
        if "{" not in source and source not in INSTRUMENTS:
            raise ValidationError(f"must be one of: {', '.join(INSTRUMENTS)}.")
        return source


class _Limits(Strict):
    """What a criterion and a column have in common; numbers stand in quotes to keep their decimals."""

    target = StepCriterion
    minimum = _Expression(400)
    maximum = _Expression(400)
    unit = Text(16)
    values = TupleOf(_Expression(100, shortest=1), longest=50)
    choices = TupleOf(_Expression(100, shortest=1), longest=50)


class ColumnCriterionSchema(_Limits):
    """The criterion of a column."""

    kind = words("range", "equals", "one_of", "present", required=True)


class ColumnSchema(Strict):
    """A column of a table row."""

    target = StepColumn
    id = Text(40, pattern=STEP, like="a column id like l1-pe", required=True)
    title = _Expression(60, shortest=1, required=True)
    criterion = fields.Nested(ColumnCriterionSchema, required=True)
    optional = Flag()
    when = _Condition(500)


class StepCriterionSchema(_Limits):
    """The criterion of a step."""

    kind = words(*CRITERION_KINDS, required=True)
    count = Whole(1, 50)
    aspect = words(*ASPECTS)
    expires = words("required", "optional")
    columns = TupleOf(fields.Nested(ColumnSchema), longest=12)


class ExpectationSchema(Strict):
    """What a reading can be."""

    target = StepExpectation
    source = _Expression(500, shortest=1, required=True)
    value = _Expression(400)
    low = _Expression(400)
    high = _Expression(400)
    least = _Expression(400)
    most = _Expression(400)


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
    severity = words(*SEVERITIES)
    photos = Whole(0, 20)
    instrument = _Instrument(200)
    requires = TupleOf(Text(60, pattern=STEP, like="a step id"), longest=50)
    repeats = TupleOf(Text(60, pattern=STEP, like="a step id"), longest=20)
    evidence = words(*EVIDENCE)
    stops_work = Flag()
    who = words(*COMPETENCES)
    minutes = Whole(0, 480)
    method = Text(60, pattern=STEP, like="a method id like insulation-test")
    expect = fields.Nested(ExpectationSchema)
    varies = Flag()
    rule_sets = TupleOf(words(*RULE_SETS), longest=len(RULE_SETS))
    # Short for severity: safety, as the first templates said it.
    safety = Flag(load_default=None, allow_none=True)

    @validates_schema
    def fits(self, data: dict[str, Any], **_: Any) -> None:
        """Check that severity, evidence and criterion fit one another."""
        if data.get("safety") is not None and "severity" in data:
            raise ValidationError("say severity: safety, or safety: true, not both.", "safety")
        kind = data["criterion"].kind
        evidence = data.get("evidence")
        if evidence is not None and kind not in EVIDENCE_OF[evidence]:
            raise ValidationError(f"{evidence} can't be judged by a criterion of kind {kind}.", "evidence")
        if data.get("stops_work") and not _is_safety(data):
            raise ValidationError("what stops work is a safety item; add severity: safety.", "stops_work")
        if (data.get("expect") or data.get("varies")) and kind != "range":
            raise ValidationError("belongs to a step with a reading (criterion range).", "expect")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Step:
        """Fill in what follows from other keys."""
        safety = data.pop("safety")
        if safety:
            data["severity"] = "safety"
        data.setdefault("evidence", _evidence_for(data["criterion"]))
        return Step(**data)


def _is_safety(data: Mapping[str, Any]) -> bool:
    return bool(data.get("safety")) or data.get("severity") == "safety"


def _evidence_for(criterion: StepCriterion) -> Evidence:
    if criterion.kind == "equals" and criterion.values != ("yes",):
        return "choice"
    return next(each for each, kinds in EVIDENCE_OF.items() if criterion.kind in kinds)


class TemplateSchema(Strict):
    """A template file."""

    id = Text(60, pattern=STEP, like="a template id like dead-tests", required=True)
    section = words(*SECTIONS, required=True)
    title = Text(200, shortest=1, required=True)
    always = Flag()
    order = Whole(0, 99)
    rule_sets = TupleOf(words(*RULE_SETS), longest=len(RULE_SETS))
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


def read_template(path: Path) -> Template:
    """Return the template of a YAML file; TemplateError names file and key."""
    return parse_template(read_bytes(path), path.name)


def parse_template(source: bytes, name: str) -> Template:
    """Return the template of a YAML text; ``name`` is the file as it stands in the message."""
    raw = parse_yaml(source, name)
    try:
        loaded = load(TemplateSchema, raw, name, dict)
        return Template(**loaded, digest=canonical.digest(canonical.TEMPLATE, raw))
    except ContractError as error:
        raise TemplateError(f"{name}: {_place(raw, error.path)}: {error.problem}") from error
    except ChecklistError as error:
        raise TemplateError(f"{name}: {error}") from error


def read_method(path: Path) -> Method:
    """Return the method statement of a YAML file; its picture is the SVG file that it names, beside it."""
    raw = parse_yaml(read_bytes(path), path.name)
    try:
        if isinstance(raw, dict) and isinstance(raw.get("picture"), str):
            raw = raw | {"picture": read_picture(path.parent, raw["picture"])}
        return load(MethodSchema, raw, path.name, Method)
    except ContractError as error:
        raise TemplateError(f"{path.name}: {error.path or 'the file'}: {error.problem}") from error


def read_picture(folder: Path, name: str) -> str:
    """Return the SVG text of a picture beside a method; nothing in it may run or point elsewhere."""
    if not name.endswith(".svg") or Path(name).name != name:
        raise TemplateError(f"{name} is not the name of an SVG file beside the method.")
    try:
        source = read_bytes(folder / name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise TemplateError(f"{name} is not UTF-8; save it as UTF-8.") from error
    if len(source) > MAX_PICTURE:
        raise TemplateError(f"{name} is larger than {MAX_PICTURE} characters; draw it simpler.")
    found = FORBIDDEN_IN_SVG.search(source)
    if found or not source.lstrip().startswith("<svg"):
        what = found.group(0) if found else "no <svg at its start"
        raise TemplateError(f"{name} has {what!r}: a picture holds shapes and text only.")
    return source


def _place(raw: Any, path: str) -> str:
    """Say the step's id beside its number, because people look for the id."""
    if not path.startswith("steps["):
        return path or "the file"
    number = int(path[6 : path.index("]")])
    step = raw["steps"][number]
    name = step.get("id") if isinstance(step, dict) else None
    return f"{path} (step {name})" if isinstance(name, str) else path

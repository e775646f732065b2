"""The values of the template language; texts and limits of a step are still expressions."""

from dataclasses import dataclass
from typing import Literal, get_args

from checklists.model import CriterionKind, Evidence, Method, Section, Severity
from designs.model import RuleSetId

Over = Literal[
    "site", "board", "circuit", "station", "connector", "meter",
    "transformer", "source", "emergency-stop", "controller", "network",
]  # fmt: skip
OVER: tuple[Over, ...] = get_args(Over)
RULE_SETS: tuple[RuleSetId, ...] = get_args(RuleSetId)


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
    choices: tuple[str, ...] = ()
    expires: Literal["", "required", "optional"] = ""
    columns: tuple["StepColumn", ...] = ()


@dataclass(frozen=True, slots=True)
class StepColumn:
    """A column of a table row; ``when``: only at places where it is true."""

    id: str
    title: str
    criterion: StepCriterion
    optional: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class StepExpectation:
    """What a reading can be; an expression that gives an empty text means: not known."""

    source: str
    value: str = ""
    low: str = ""
    high: str = ""
    least: str = ""
    most: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step, repeated ``for_each`` node that meets ``when`` under one of its ``rule_sets``."""

    id: str
    for_each: Over
    title: str
    instruction: str
    criterion: StepCriterion
    limit_source: str
    clause: str
    when: str = ""
    limit: str = ""  # how the limit is printed, where it should not be made from the criterion
    severity: Severity = "major"
    photos: int = 0
    instrument: str | None = None
    requires: tuple[str, ...] = ()  # step ids
    repeats: tuple[str, ...] = ()  # ids of earlier steps that a failure here opens again
    evidence: Evidence = "check"
    stops_work: bool = False
    who: str = ""
    minutes: int = 1
    method: str | None = None
    expect: StepExpectation | None = None
    varies: bool = False
    rule_sets: tuple[RuleSetId, ...] = RULE_SETS


@dataclass(frozen=True, slots=True)
class Template:
    """The steps of one checklist in the order of work.

    ``always``: every site by one of the ``rule_sets`` gets it, whatever its standard design names.
    ``order`` sorts the templates of one phase.
    """

    id: str
    section: Section
    title: str
    steps: tuple[Step, ...]
    digest: str
    always: bool = False
    order: int = 50
    rule_sets: tuple[RuleSetId, ...] = RULE_SETS


@dataclass(frozen=True, slots=True)
class Library:
    """Every template and every method, by id; what one names in another is there."""

    templates: dict[str, Template]
    methods: dict[str, Method]

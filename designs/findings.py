"""How a rule writes what it found."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from designs.model import Figure, Finding, OneLine, Severity, Study

Rule = Callable[[OneLine, Study], Iterable[Finding]]


def finding(
    code: str,
    severity: Severity,
    tag: str,
    sentence: str,
    figure: Figure,
    limit: Figure | None,
    clause: str,
    remedy: str,
) -> Finding:
    """Return a finding with one figure against one limit."""
    return Finding(code, severity, tag, sentence, (figure,), limit, clause, remedy)


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with errors first, then warnings, each by tag and code."""
    order = {"error": 0, "warning": 1, "info": 2}
    return tuple(sorted(found, key=lambda each: (order[each.severity], each.tag, each.code)))


def stricter(found: Finding, strict: Sequence[str]) -> Finding:
    """Return the finding, as an error where it is a warning whose code the design names as strict."""
    if found.severity == "warning" and found.code in strict:
        return replace(found, severity="error")
    return found


def merged(study: Study, found: Iterable[Finding]) -> Study:
    """Return the study with further findings in their places."""
    return replace(study, findings=in_order((*study.findings, *found)))

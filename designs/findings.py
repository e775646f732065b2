"""How a rule writes what it found."""

from collections.abc import Callable, Iterable

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

"""The one door to Jinja2: small expressions in templates over plain values, and nothing more.

Allowed are names, dotted lookups, comparisons, and/or/not, + - * /, if/else in one line, and a few filters.
Loops, calls, tests, blocks and every way to a Python object are refused when the template is loaded.
"""

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.sandbox import SandboxedEnvironment

from checklists.errors import ExpressionError

MAX_LENGTH = 4000
MAX_NODES = 200

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Tuple,
    nodes.List,
)

Context = Mapping[str, Any]


def round_down(value: object, decimals: int = 2) -> str:
    """Round towards minus infinity, so that a maximum never becomes looser than it is."""
    return _round(value, decimals, ROUND_FLOOR)


def round_up(value: object, decimals: int = 2) -> str:
    """Round towards plus infinity, so that a minimum never becomes looser than it is."""
    return _round(value, decimals, ROUND_CEILING)


def _round(value: object, decimals: int, rounding: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ExpressionError(f"rounding needs a number, not {value!r}.")
    if not isinstance(decimals, int) or not 0 <= decimals <= 6:
        raise ExpressionError("rounding goes to 0 to 6 decimals.")
    # 230 × 1.1 is 253.00000000000003 in floating point; what is beyond 9 decimals is no part of the figure.
    exact = Decimal(repr(round(value, 9)))
    return format(exact.quantize(Decimal(1).scaleb(-decimals), rounding=rounding), "f")


def floor2(value: object) -> str:
    """Round down to two decimals."""
    return round_down(value, 2)


def limit(value: object) -> str:
    """Round a resistance or impedance limit down to what a tester shows: 10 mΩ, below 0.1 Ω 1 mΩ."""
    small = isinstance(value, (int, float)) and value < 0.1
    return round_down(value, 3 if small else 2)


FILTERS: dict[str, Callable[..., Any]] = {
    "floor2": floor2,
    "limit": limit,
    "round_down": round_down,
    "round_up": round_up,
}


class _Environment(SandboxedEnvironment):
    """Dotted names read plain mappings only; arithmetic is for numbers only."""

    intercepted_binops = frozenset({"+", "-", "*", "/"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look a key up in a plain mapping; no attribute of a Python object is ever reached."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return self.undefined(hint=f"{attribute} is not known here", name=attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Calculate with numbers only, so that no text can be multiplied until the memory is gone."""
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)  # StrictUndefined says which name is missing
            if isinstance(side, bool) or not isinstance(side, (int, float)):
                raise ExpressionError(f"{operator} is for numbers, not for {side!r}.")
        result = super().call_binop(context, operator, left, right)
        if not math.isfinite(result):
            raise ExpressionError(f"{left} {operator} {right} is too large.")
        return result


def _finalize(value: Any) -> Any:
    """Print numbers as people write them, refuse what has no text."""
    if isinstance(value, Undefined):
        return str(value)  # StrictUndefined says which name is missing
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ExpressionError("an expression has no text here; guard it with a condition.")
    return f"{value:.10g}" if isinstance(value, float) else value


def _environment() -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined, autoescape=False, finalize=_finalize, optimized=False
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters.clear()
    environment.filters.update(FILTERS)
    return environment


_ENVIRONMENT = _environment()


@lru_cache(maxsize=4096)
def text(source: str) -> Callable[[Context], str]:
    """Compile a text with ``{{ }}`` in it; ExpressionError says what is refused."""
    if "{" not in source:
        return lambda _: source
    _check(_parse(source))
    template = _guard(lambda: _ENVIRONMENT.from_string(source), source)
    return lambda context: str(_guard(lambda: template.render(context), source))


@lru_cache(maxsize=4096)
def condition(source: str) -> Callable[[Context], bool]:
    """Compile a condition, written without braces; its answer must be true or false."""
    tree = _parse("{{ " + source + " }}")
    _check(tree)
    output = tree.body[0] if len(tree.body) == 1 else None
    if (
        not isinstance(output, nodes.Output)
        or len(output.nodes) != 1
        or isinstance(output.nodes[0], nodes.TemplateData)
    ):
        raise ExpressionError(f"“{source}” is not one condition; write it without braces.")
    compiled = _guard(lambda: _ENVIRONMENT.compile_expression(source, undefined_to_none=False), source)
    return lambda context: _truth(_guard(lambda: compiled(**context), source), source)


def _truth(value: Any, source: str) -> bool:
    if isinstance(value, Undefined):
        raise ExpressionError(f"“{source}”: {value._undefined_name!r} is not known here.")
    if not isinstance(value, bool):
        raise ExpressionError(f"“{source}” is {value!r}, not true or false; compare it with something.")
    return value


def _parse(source: str) -> nodes.Template:
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"a text of {len(source)} characters is too long; {MAX_LENGTH} are allowed.")
    tree: nodes.Template = _guard(lambda: _ENVIRONMENT.parse(source), source)
    return tree


def _check(tree: nodes.Template) -> None:
    """Refuse everything that is not on the list of what small expressions need."""
    count, open_nodes = 0, list[nodes.Node]([tree])
    while open_nodes:
        node = open_nodes.pop()
        count += 1
        if count > MAX_NODES:
            raise ExpressionError(
                f"an expression with more than {MAX_NODES} parts is refused; make it smaller."
            )
        _check_node(node)
        open_nodes.extend(node.iter_child_nodes())


def _check_node(node: nodes.Node) -> None:
    if not isinstance(node, _ALLOWED):
        raise ExpressionError(
            f"{type(node).__name__.lower()} is not allowed in an expression (line {node.lineno})."
        )
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise ExpressionError(f"the name {node.attr} is not allowed in an expression.")
    if isinstance(node, nodes.Const) and isinstance(node.value, float) and not math.isfinite(node.value):
        raise ExpressionError("an infinite number is not allowed in an expression.")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise ExpressionError(f"the filter {node.name} is not known; there are {', '.join(sorted(FILTERS))}.")


def _guard(work: Callable[[], Any], source: str) -> Any:
    """Turn whatever Jinja2 or arithmetic say into one sentence."""
    shown = source if len(source) <= 80 else source[:77] + "..."
    try:
        return work()
    except (TemplateError, ArithmeticError, TypeError, ValueError, RecursionError, MemoryError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise ExpressionError(f"“{shown}”: {reason}.") from error

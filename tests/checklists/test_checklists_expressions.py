import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.errors import ExpressionError
from checklists.expressions import condition, round_down, round_up, text

CONTEXT = {
    "circuit": {"tag": "F03", "zs": 0.7666, "rated": 32.0, "rcd": None, "items": 3},
    "supply": {"earthing": "TN-S"},
}

HOSTILE = {
    "a Python attribute": "{{ circuit.__class__.__mro__ }}",
    "a method": "{{ circuit.tag.format }}",
    "a method of the mapping": "{{ circuit.keys }}",
    "a call": "{{ range(10) }}",
    "a call of a text": "{{ 'x'.join('ab') }}",
    "a subscript": "{{ circuit['tag'] }}",
    "a loop": "{% for x in (1, 2) %}{{ x }}{% endfor %}",
    "a macro": "{% macro m() %}{% endmacro %}",
    "an assignment": "{% set x = 1 %}",
    "a block": "{% block x %}{% endblock %}",
    "a file": "{% include '/etc/passwd' %}",
    "an import": "{% import 'os' as os %}",
    "a filter that reaches objects": "{{ circuit | attr('tag') }}",
    "a filter with a callback": "{{ circuit | map('upper') }}",
    "a test": "{{ 1 is odd }}",
    "a power": "{{ 9 ** 9 ** 9 }}",
    "joined texts": "{{ 'a' ~ 'b' }}",
    "a text a thousand million times": "{{ 'a' * 1000000000 }}",
    "a known text a thousand million times": "{{ circuit.tag * 1000000000 }}",
    "a list many times": "{{ (1, 2) * 100000000 }}",
    "infinity": "{{ 1e999 }}",
    "infinity by product": "{{ 1e308 * 1e308 }}",
    "division by zero": "{{ circuit.zs / 0 }}",
    "a whole mapping": "{{ circuit }}",
    "the template itself": "{{ self }}",
    "nothing": "{{ circuit.rcd }}",
    "a truth": "{{ 1 < 2 }}",
    "an unknown name": "{{ circiut.tag }}",
    "an unknown key": "{{ circuit.tga }}",
    "a global of Jinja2": "{{ lipsum }}",
    "unclosed braces": "{{ circuit.tag",
    "depth": "{{ " + "(" * 1900 + "1" + ")" * 1900 + " }}",
    "length": "{{ 1 }}" + " " * 4000,
    "many parts": "{{ 1" + " + 1" * 300 + " }}",
    "many places": "{{ 1 }}" * 300,
    "a rounding that eats memory": "{{ circuit.zs | round_down(999999999) }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_expression_is_refused_with_one_sentence(name):
    with pytest.raises(ExpressionError) as refused:
        text(HOSTILE[name])(CONTEXT)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("name", ["a text a thousand million times", "a known text a thousand million times"])
def test_a_text_is_never_multiplied(name):
    with pytest.raises(ExpressionError, match="is for numbers, not for"):
        text(HOSTILE[name])(CONTEXT)


def test_texts_print_numbers_as_people_write_them():
    source = (
        "{{ circuit.zs | floor2 }} Ω, {{ circuit.rated }} A, {{ circuit.rated/2 }} A, {{ circuit.items+1 }}"
    )
    assert text(source)(CONTEXT) == "0.76 Ω, 32 A, 16 A, 4"
    assert text("{{ 'TT' if supply.earthing == 'TT' else 'TN' }}")(CONTEXT) == "TN"
    assert text("a limit in { braces }")(CONTEXT) == "a limit in { braces }"


@pytest.mark.parametrize(
    ("source", "truth"),
    [
        ("circuit.rcd == none", True),
        ("circuit.rated >= 32 and supply.earthing in ('TN-S', 'TN-C-S')", True),
        ("not (circuit.items > 2)", False),
    ],
)
def test_conditions_are_true_or_false(source, truth):
    assert condition(source)(CONTEXT) is truth


@pytest.mark.parametrize(
    "source", ["circuit.tag", "1", "circuit.tga", "tga == 1", "1 }}{{ 2", "{{ true }}", "", "x("]
)
def test_a_condition_that_is_no_condition_is_refused(source):
    with pytest.raises(ExpressionError):
        condition(source)(CONTEXT)


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_rounding_goes_one_way_only(number, decimals):
    assert float(round_down(number, decimals)) <= number + 1e-9
    assert float(round_up(number, decimals)) >= number - 1e-9
    assert float(round_up(number, decimals)) - float(round_down(number, decimals)) <= 10**-decimals + 1e-9


def test_rounding_forgives_the_dust_of_floating_point():
    assert round_down(230 * 1.1, 0) == "253"
    assert round_up(0.1 + 0.2, 1) == "0.3"
    assert round_down(0.7666, 2) == "0.76"
    assert text("{{ x | limit }}")({"x": 0.0479}) == "0.047"
    assert text("{{ x | limit }}")({"x": 0.4379}) == "0.43"

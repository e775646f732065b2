"""Templates come from people's own folders: none can loop, read, reach or grow beyond what is meant."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from checklists import generate as generating
from checklists.errors import GenerationError, TemplateError
from checklists.generate import generate
from checklists.library import load_library
from checklists.template_schema import parse_template, read_method, read_template

STEP = """
  - id: {id}
    for_each: {over}
    title: Bollard at {{{{ {over}.tag }}}}
    instruction: Push.
    criterion: {{kind: equals, values: ["yes"]}}
    limit_source: Site rule
    clause: Site rule
"""
HEAD = "id: extra-checks\nsection: inspection\ntitle: Extra checks\nsteps:\n"
ONE = HEAD + STEP.format(id="bollard", over="station")
METHOD = """
id: pushing
title: Pushing
safely: [Stand beside it]
tools: [Hand]
steps: [Push]
source: Our own rule
"""
SVG = '<svg viewBox="0 0 10 10"><circle cx="5" cy="5" r="4"/></svg>'


def written(folder: Path, text: str) -> Path:
    path = folder / "extra.yaml"
    path.write_text(text, encoding="utf-8")
    return path


LOOPS = {
    "a for loop": "{% for x in (1, 2) %}{{ x }}{% endfor %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a range": "{{ range(1000000000) }}",
    "a power": "{{ 9 ** 9 ** 9 ** 9 }}",
    "another file": "{% include '/etc/passwd' %}",
    "an import": "{% import 'os' as os %}",
    "an object's class": "{{ station.__class__ }}",
    "a subclass": "{{ ''.__class__.__mro__ }}",
    "a long text": "{{ 'a' * 1000000000 }}",
    "a shift": "{{ 1 << 10000000000 }}",
}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("key", ["title: Bollard at {{ station.tag }}", "instruction: Push."])
def test_what_could_loop_read_or_reach_is_refused_when_the_file_is_read_or_the_checklist_made(
    tmp_path, small_site, name, key
):
    text = ONE.replace(key, f"{key.partition(':')[0]}: >-\n      {LOOPS[name]}")
    design, study = small_site
    named = replace(design, checklists=("extra-checks",))
    written(tmp_path, text)
    with pytest.raises((TemplateError, GenerationError)) as refused:
        generate(named, study, library=load_library(tmp_path))
    assert "\n" not in str(refused.value)
    assert "bollard" in str(refused.value)


def test_steps_that_wait_for_one_another_are_refused_with_the_circle(tmp_path):
    first, second = STEP.format(id="one", over="station"), STEP.format(id="two", over="station")
    text = HEAD + first + "    requires: [two]\n" + second + "    requires: [one]\n"
    written(tmp_path, text)
    with pytest.raises(TemplateError, match="can never begin: one → two → one"):
        load_library(tmp_path)
    written(tmp_path, HEAD + first + "    requires: [one]\n")
    with pytest.raises(TemplateError, match="can never begin: one → one"):
        load_library(tmp_path)


def test_a_pipe_or_a_device_in_the_folder_is_refused_and_nothing_waits(tmp_path):
    os.mkfifo(tmp_path / "extra.yaml")
    with pytest.raises(TemplateError, match=r"extra.yaml is no ordinary file"):
        load_library(tmp_path)
    with pytest.raises(TemplateError, match="zero is no ordinary file"):
        read_template(Path("/dev/zero"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE + "#" * 300_000, "is larger than 256 KiB"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "an alias is not allowed"),
        ("[" * 5000 + "]" * 5000, "nested deeper than"),
        (HEAD + STEP.format(id="x" * 61, over="station"), "is 61 characters long"),
        (HEAD + "".join(STEP.format(id=f"s{n}", over="site") for n in range(501)), "steps"),
    ],
    ids=["bytes", "laughs", "depth", "name", "steps"],
)
def test_a_file_that_would_eat_memory_is_refused(text, message):
    with pytest.raises(TemplateError, match=message):
        parse_template(text.encode(), "extra.yaml")


def test_a_template_that_makes_too_many_items_is_refused(monkeypatch, tmp_path, small_site):
    design, study = small_site
    written(tmp_path, ONE)
    monkeypatch.setattr(generating, "MAX_ITEMS", 3)
    with pytest.raises(GenerationError, match="at most 3 are allowed; split site or templates"):
        generate(replace(design, checklists=("extra-checks",)), study, library=load_library(tmp_path))


def test_a_text_that_grows_too_long_at_a_place_is_refused_there(tmp_path, small_site):
    design, study = small_site
    long_name = replace(design, parameters=replace(design.parameters, name="x" * 190))
    text = ONE.replace("Bollard at {{ station.tag }}", "Bollard of {{ site.name }} at {{ station.tag }}")
    written(tmp_path, text)
    with pytest.raises(GenerationError, match="bollard at CH01: its title is 209 characters long here"):
        generate(replace(long_name, checklists=("extra-checks",)), study, library=load_library(tmp_path))


HOSTILE_PICTURES = {
    "a script": '<svg viewBox="0 0 1 1"><script>alert(1)</script></svg>',
    "a handler": '<svg viewBox="0 0 1 1"><rect onload="alert(1)"/></svg>',
    "a link": '<svg viewBox="0 0 1 1"><a xlink:href="javascript:alert(1)"/></svg>',
    "an outside picture": '<svg viewBox="0 0 1 1"><image href="file:///etc/passwd"/></svg>',
    "an outside style": '<svg viewBox="0 0 1 1"><rect fill="url(//x.test/y)"/></svg>',
    "an entity": '<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 1 1"/>',
    "a page inside": '<svg viewBox="0 0 1 1"><foreignObject/></svg>',
    "no picture": "hello",
    "too much": '<svg viewBox="0 0 1 1">' + "<g/>" * 20_000 + "</svg>",
}


@pytest.mark.parametrize("name", HOSTILE_PICTURES)
def test_a_picture_holds_shapes_and_text_only(tmp_path, name):
    (tmp_path / "push.svg").write_text(HOSTILE_PICTURES[name], encoding="utf-8")
    (tmp_path / "pushing.yaml").write_text(METHOD + "picture: push.svg\n", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"push\.svg"):
        read_method(tmp_path / "pushing.yaml")


@pytest.mark.parametrize("name", ["../push.svg", "/etc/passwd", "push.png", "none.svg"])
def test_a_picture_stands_beside_its_method(tmp_path, name):
    (tmp_path / "methods").mkdir()
    (tmp_path / "push.svg").write_text(SVG, encoding="utf-8")
    (tmp_path / "methods" / "pushing.yaml").write_text(METHOD + f"picture: {name}\n", encoding="utf-8")
    with pytest.raises(TemplateError):
        read_method(tmp_path / "methods" / "pushing.yaml")


def test_a_good_picture_travels_with_the_checklist(tmp_path, small_site):
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods" / "push.svg").write_text(SVG, encoding="utf-8")
    (tmp_path / "methods" / "pushing.yaml").write_text(METHOD + "picture: push.svg\n", encoding="utf-8")
    written(tmp_path, ONE.replace("instruction: Push.", "instruction: Push.\n    method: pushing"))
    design, study = small_site
    made = generate(replace(design, checklists=("extra-checks",)), study, library=load_library(tmp_path))
    (extra,) = (each for each in made if each.template == "extra-checks")
    assert [method.picture for method in extra.methods] == [SVG]
    assert {item.method for item in extra.items} == {"pushing"}


LANGUAGE = [
    ("clause: Site rule", "clause: Site rule\n    evidence: number", "number can't be judged by"),
    ("clause: Site rule", "clause: Site rule\n    stops_work: true", "what stops work is a safety item"),
    ("clause: Site rule", "clause: Site rule\n    varies: true", "belongs to a step with a reading"),
    ("clause: Site rule", "clause: Site rule\n    who: wizard", "must be one of: electrician"),
    ("clause: Site rule", "clause: Site rule\n    instrument: hammer", "must be one of: installation-tester"),
    ("clause: Site rule", "clause: Site rule\n    safety: true\n    severity: minor", "not both"),
    ("clause: Site rule", "clause: Site rule\n    repeats: [nothing]", "repeats nothing, which no template"),
    ("clause: Site rule", "clause: Site rule\n    method: nothing", "the method nothing, which is not there"),
    ("clause: Site rule", "clause: Site rule\n    rule_sets: [vde]", "must be one of: iec"),
    ('{kind: equals, values: ["yes"]}', "{kind: table, columns: []}", "at least one column"),
    ('{kind: equals, values: ["yes"]}', "{kind: document}", "must be required or optional"),
    ('values: ["yes"]', 'values: ["yes"], choices: ["no"]', "must hold every good value"),
]


@pytest.mark.parametrize(("old", "new", "message"), LANGUAGE, ids=[each[1][:60] for each in LANGUAGE])
def test_a_step_that_contradicts_itself_is_refused(tmp_path, small_site, old, new, message):
    design, study = small_site
    written(tmp_path, ONE.replace(old, new))
    with pytest.raises((TemplateError, GenerationError), match=message):
        generate(replace(design, checklists=("extra-checks",)), study, library=load_library(tmp_path))

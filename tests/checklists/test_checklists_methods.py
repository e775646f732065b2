"""Method statements: how it is done safely, with a picture that can be read on a tablet."""

import re
from xml.etree import ElementTree as ET

import pytest

from checklists.errors import GenerationError, TemplateError
from checklists.generate import generate
from checklists.library import load_library
from checklists.template_model import Library
from checklists.template_schema import parse_template

LIBRARY = load_library()
STEP = """
id: extra-checks
section: inspection
title: Extra checks
always: true
steps:
  - id: extra
    for_each: station
    title: Extra
    instruction: Measure.
    criterion: {kind: range, maximum: "1", unit: Ω}
    limit_source: Our own rule
    clause: Our own rule
    instrument: INSTRUMENT
"""


@pytest.mark.parametrize("method", LIBRARY.methods.values(), ids=LIBRARY.methods)
def test_a_method_says_how_to_stay_safe_and_where_it_comes_from(method):
    assert len(method.safely) >= 2
    assert len(method.steps) >= 3
    assert method.tools
    assert method.source


@pytest.mark.parametrize("method", LIBRARY.methods.values(), ids=LIBRARY.methods)
def test_its_picture_is_read_at_arms_length(method):
    """A tablet is about 130 mm wide: 13 of 640 units are 2.6 mm, as large as the print of a newspaper."""
    picture = ET.fromstring(method.picture)
    width = float(picture.attrib["viewBox"].split()[2])
    sizes = [float(each.attrib["font-size"]) for each in picture.iter() if "font-size" in each.attrib]
    assert sizes
    assert min(sizes) / width >= 13 / 640


def test_every_method_is_named_by_a_step():
    named = {step.method for each in LIBRARY.templates.values() for step in each.steps if step.method}
    assert named == set(LIBRARY.methods)


def test_no_method_tells_anyone_to_do_what_kills():
    said = {each.id: " ".join((*each.safely, *each.steps)) for each in LIBRARY.methods.values()}
    assert "never with 500 V" in said["insulation-test"]
    assert "only type B, or no RCD at all, may stand there" in said["rcd-dc-test"]
    assert "Only dead, locked off and proved dead" in said["torque-terminations"]
    for text in said.values():
        for sentence in re.split(r"[.;]", text):
            if "current transformer" in sentence and "open" in sentence:
                assert re.search(r"never|stay|short|not|kills", sentence), sentence


def test_a_step_may_ask_for_another_instrument_at_each_place(small_site):
    site, studied = small_site
    chosen = "\"{{ 'earth-tester' if station.tag == 'CH01' else 'lux-meter' }}\""
    template = parse_template(STEP.replace("INSTRUMENT", chosen).encode(), "extra.yaml")
    library = Library({**LIBRARY.templates, "extra-checks": template}, LIBRARY.methods)
    made = next(it for it in generate(site, studied, library=library) if it.template == "extra-checks")
    assert [item.instrument for item in made.items] == ["earth-tester", "lux-meter", "lux-meter", "lux-meter"]


def test_what_is_no_instrument_is_refused(small_site):
    with pytest.raises(
        TemplateError, match=r"instrument \(step extra\): must be one of: installation-tester"
    ):
        parse_template(STEP.replace("INSTRUMENT", "hammer").encode(), "extra.yaml")
    source = STEP.replace("INSTRUMENT", '"{{ station.tag }}"')
    template = parse_template(source.encode(), "extra.yaml")
    library = Library({**LIBRARY.templates, "extra-checks": template}, LIBRARY.methods)
    with pytest.raises(
        GenerationError, match="extra at CH01: instrument: CH01 is none of: installation-tester"
    ):
        generate(*small_site, library=library)

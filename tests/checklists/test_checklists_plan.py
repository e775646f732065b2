"""What a phase amounts to: items, minutes, instruments and people, in the order of work."""

from dataclasses import replace

import pytest

from checklists.model import SECTIONS, Checklist, Item
from checklists.plan import hours, plan


def test_every_phase_with_items_is_there_once_in_the_order_of_work(
    checklists: tuple[Checklist, ...], items: dict[str, Item]
) -> None:
    found = plan(checklists[::-1])
    sections = [each.section for each in found]
    assert sections == [section for section in SECTIONS if section in {it.section for it in items.values()}]
    for each in found:
        here = [item for item in items.values() if item.section == each.section]
        assert each.items == len(here)
        assert each.minutes == sum(item.minutes for item in here)
        assert set(each.instruments) == {item.instrument for item in here if item.instrument}
        assert set(each.competences) == {item.who for item in here if item.who}
        assert each.stops == sum(item.stops_work for item in here)


def test_instruments_come_in_the_order_in_which_they_are_needed(items: dict[str, Item]) -> None:
    item = next(iter(items.values()))
    needed = ("torque-tool", None, "lux-meter", "torque-tool")
    made = tuple(replace(item, key=f"s@X{n}", instrument=kind, minutes=3) for n, kind in enumerate(needed))
    checklist = Checklist("x-r1", "x", "0" * 64, 1, item.section, "X", made)
    (phase,) = plan([checklist])
    assert (phase.instruments, phase.minutes) == (("torque-tool", "lux-meter"), 12)
    assert plan([replace(checklist, items=())]) == ()


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "about 0 min"),
        (7, "about 7 min"),
        (13, "about 15 min"),
        (58, "about 1 h"),
        (61, "about 1 h"),
        (200, "about 3 h 20 min"),
    ],
)
def test_an_estimate_is_said_as_people_say_it(minutes: int, said: str) -> None:
    assert hours(minutes) == said

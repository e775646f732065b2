"""The verdict on one recorded answer: on its day, in the site's zone, and with its instrument."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checklists.device_time import day_in
from checklists.instruments import kind_of
from checklists.judge import judge, judge_item
from checklists.model import Calibration, Cell, Instrument, Item, Judgement, KeptOperation, Value
from fieldapp.usecases.views import InstrumentView, SiteView


def value_of(kept: KeptOperation) -> Value | None:
    """Return what was entered, None for anything but an answer; it was checked when it arrived."""
    found = kept.operation.body.get("value")
    if not isinstance(found, Mapping):
        return None
    return Value(**{**found, "cells": tuple(Cell(**each) for each in found.get("cells", ()))})


def verdict_on(view: SiteView, item: Item, kept: KeptOperation) -> Judgement:
    """Return the verdict on an answer as it was given, whatever came later."""
    value = value_of(kept)
    zone = view.site_design.parameters.timezone
    day = day_of(kept.operation.recorded_at, zone, kept.clock_offset_s)
    if not item.number:  # as merge does: generated before instruments were asked for
        return judge(value, item.criterion, day=day)
    named = view.instruments.get(str(kept.operation.body.get("instrument") or ""))
    return judge_item(value, item, day=day, instrument=_instrument(named) if named else None)


def day_of(moment: str, zone: str, clock_offset_s: float | None = None) -> str:
    """Return the day that a moment of the journal was on a site; "" when it is none.

    ``clock_offset_s`` is by how much the clock was fast that told the moment.
    """
    try:
        return day_in(_zone(zone), moment, clock_offset_s)
    except ValueError:
        return ""


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _instrument(view: InstrumentView) -> Instrument:
    held = tuple(Calibration(each.since, each.until) for each in view.certificates)
    return Instrument(view.id, kind_of(view.kind), held)

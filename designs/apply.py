"""Apply a standard design to a site: parameters checked, the template expanded, equipment put in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from designs.as_built import put_in
from designs.build import build_one_line
from designs.checks import check_one_line, check_structure
from designs.equipment_list import EquipmentList, load_equipment
from designs.errors import DesignError
from designs.expressions import Getter
from designs.layout import DuctRow, FrameRow, ItemRow, LayoutRows, RouteRow, build_layout
from designs.library import SiteInput
from designs.model import Layout, SiteDesign, SiteParameters
from designs.parameters import fill_parameters
from designs.ranges import Spans
from designs.rows import LISTS, Rows, SupplyRow, check_numbers, expand_rows
from designs.schema import load_value
from designs.scope import Scope
from designs.standard_design import LayoutTemplate, StandardDesign, Template
from designs.template import Element, compile_elements, compile_value

__all__ = ["apply", "check_one_line"]

_LAYOUT_LISTS: Mapping[str, type[Any]] = {"items": ItemRow, "ducts": DuctRow, "routes": RouteRow}


def apply(design: StandardDesign, site: SiteInput, equipment: EquipmentList | None = None) -> SiteDesign:
    """Return the site design that follows from a standard design, a site's parameters and its deviations.

    DesignError, in one sentence with file and key, when anything does not fit.
    """
    approved = equipment or load_equipment()
    _check_design(design, site)
    spans = Spans(design.ranges)
    values = fill_parameters(design, site.parameters, approved, site.file, spans)
    scope = Scope(values, spans, equipment=approved)
    compiled = _compiled(_Same(design))
    rows = _one_line_rows(compiled, scope, design.file)
    plan = _layout_rows(compiled, scope.anew(spans.again()), design.file)
    _check_tag_tables(design, values, rows, site.file)
    rows, plan = put_in(rows, plan, site.as_built, approved, site.file)
    check_structure(rows, site.file)
    layout = _layout(rows, plan, approved, site.file)
    lengths = None if layout is None else {route.circuit: route.length_m for route in layout.routes}
    one_line = build_one_line(rows, lengths, approved, site.file)
    parameters = SiteParameters(site.name, site.address, site.country, site.timezone, values)
    as_built = {tag: dict(wanted) for tag, wanted in site.as_built.items()}
    return SiteDesign(design.ref, parameters, one_line, design.checklists, layout, as_built, design.strict)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A design's templates as functions of a scope."""

    rule_set: Getter
    supply: Getter
    lists: Mapping[str, tuple[Element, ...]]
    frame: Getter | None
    layout_lists: Mapping[str, tuple[Element, ...]]


class _Same:
    """A design as a key: the very same one, since to compare two takes longer than to compile one."""

    def __init__(self, design: StandardDesign) -> None:
        self.design = design

    def __hash__(self) -> int:
        return id(self.design)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.design is self.design


@lru_cache(maxsize=64)
def _compiled(key: _Same) -> _Compiled:
    design = key.design
    template: Template = design.one_line
    plan: LayoutTemplate | None = design.layout
    frame = None
    layout_lists = {}
    if plan is not None:
        sizes = {"width_m": plan.width_m, "depth_m": plan.depth_m, "north_deg": plan.north_deg}
        frame = compile_value(sizes, f"{design.file}: layout")
        for name in _LAYOUT_LISTS:
            layout_lists[name] = compile_elements(getattr(plan, name), f"{design.file}: layout {name}")
    return _Compiled(
        rule_set=compile_value(template.rule_set, f"{design.file}: rule_set"),
        supply=compile_value(template.supply, f"{design.file}: supply"),
        lists={name: compile_elements(getattr(template, name), f"{design.file}: {name}") for name in LISTS},
        frame=frame,
        layout_lists=layout_lists,
    )


def _one_line_rows(compiled: _Compiled, scope: Scope, file: str) -> Rows:
    supply = load_value(SupplyRow, compiled.supply(scope), f"{file}: supply")
    check_numbers(supply, f"{file}: supply")
    lists = {
        name: expand_rows(LISTS[name], elements, scope, f"{file}: {name}")
        for name, elements in compiled.lists.items()
    }
    rule_set = compiled.rule_set(scope)
    if rule_set not in ("iec", "bs7671", "nec"):
        raise DesignError(f"{file}: rule_set must be iec, bs7671 or nec, not {rule_set!r:.40}.")
    return Rows(rule_set=rule_set, supply=supply, **lists)


def _layout_rows(compiled: _Compiled, scope: Scope, file: str) -> LayoutRows | None:
    if compiled.frame is None:
        return None
    frame = load_value(FrameRow, compiled.frame(scope), f"{file}: layout")
    lists = {
        name: expand_rows(_LAYOUT_LISTS[name], elements, scope, f"{file}: layout {name}")
        for name, elements in compiled.layout_lists.items()
    }
    return LayoutRows(frame, **lists)


def _layout(rows: Rows, plan: LayoutRows | None, equipment: EquipmentList, where: str) -> Layout | None:
    if plan is None:
        return None
    ends = {row.tag: (row.source, row.target) for row in rows.circuits}
    tags = {rows.supply.tag: True} | {
        row.tag: name != "circuits" for name in LISTS for row in getattr(rows, name)
    }
    return build_layout(plan, ends, tags, equipment, where)


def _check_design(design: StandardDesign, site: SiteInput) -> None:
    if site.design != design.id:
        raise DesignError(f"{site.file} is for the design {site.design:.60}, not for {design.id}.")
    if site.design_revision not in (None, design.revision):
        raise DesignError(
            f"{site.file} asks for revision {site.design_revision} of {design.id}, this is {design.revision}."
        )


def _check_tag_tables(design: StandardDesign, values: Mapping[str, Any], rows: Rows, where: str) -> None:
    """Refuse a table by tag with a row for a tag that no device of the site bears."""
    tables = [each.key for each in design.parameters if each.kind == "table" and each.rows == "tags"]
    if not tables:
        return
    names = ("meters", "stations", "storage", "pv", "controllers", "network")
    known = {row.tag: None for name in names for row in getattr(rows, name)}
    for key in tables:
        for tag in values[key]:
            if tag not in known:
                raise DesignError(
                    f"{where}: {key}: there is no device {tag:.60}; there are {_some(list(known))}."
                )


def _some(tags: list[str]) -> str:
    shown = ", ".join(tags[:40])
    return shown if len(tags) <= 40 else f"{shown} and {len(tags) - 40} more"

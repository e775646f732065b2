"""Apply a standard design to a site: parameters checked, the template expanded, equipment put in. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from designs.build import build_one_line
from designs.equipment_list import EquipmentList, load_equipment
from designs.errors import DesignError
from designs.library import SiteInput
from designs.model import OneLine, SiteDesign, SiteParameters
from designs.parameters import fill_parameters
from designs.standard_design import StandardDesign
from designs.template import Scope

_TAG = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*(\.[0-9]+)?\Z")


def apply(design: StandardDesign, site: SiteInput, equipment: EquipmentList | None = None) -> SiteDesign:
    """Return the site design that follows from a standard design and a site's parameters."""
    approved = equipment or load_equipment()
    _check_design(design, site)
    values = fill_parameters(design, site.parameters, approved, site.file)
    scope = Scope(values, design.ranges, design.file)
    one_line = build_one_line(design.one_line, scope, approved)
    check_one_line(one_line, site.file)
    _check_tag_tables(design, values, one_line, site.file)
    parameters = SiteParameters(site.name, site.address, site.country, site.timezone, values)
    return SiteDesign(design.ref, parameters, one_line, design.checklists)


def check_one_line(one_line: OneLine, where: str) -> None:
    """Refuse a one-line with bad or repeated tags, dangling ends, circular feeds or unfed nodes."""
    tags = _all_tags(one_line)
    for tag in tags:
        if not _TAG.match(tag):
            raise DesignError(
                f"{where}: {tag!r} is not a tag; tags are capitals and digits, such as MSB or CH03."
            )
        if tags.count(tag) > 1:
            raise DesignError(f"{where}: the tag {tag} is used twice.")
    _check_feeds(one_line, where)
    _check_meters(one_line, where)


def _check_design(design: StandardDesign, site: SiteInput) -> None:
    if site.design != design.id:
        raise DesignError(f"{site.file} is for the design {site.design}, not for {design.id}.")
    if site.design_revision not in (None, design.revision):
        raise DesignError(
            f"{site.file} asks for revision {site.design_revision} of {design.id}, this is {design.revision}."
        )


def _nodes(one_line: OneLine) -> list[str]:
    groups = (one_line.transformers, one_line.switchboards, one_line.stations)
    return [one_line.supply.tag, *(node.tag for group in groups for node in group)]


def _all_tags(one_line: OneLine) -> list[str]:
    connectors = [connector.tag for station in one_line.stations for connector in station.connectors]
    rest = [*(meter.tag for meter in one_line.meters), *(circuit.tag for circuit in one_line.circuits)]
    return _nodes(one_line) + connectors + rest


def _check_feeds(one_line: OneLine, where: str) -> None:
    nodes = _nodes(one_line)
    targets = [circuit.target for circuit in one_line.circuits]
    for circuit in one_line.circuits:
        for end in (circuit.source, circuit.target):
            if end not in nodes:
                raise DesignError(f"{where}: circuit {circuit.tag} ends at {end}, which does not exist.")
        if targets.count(circuit.target) > 1:
            raise DesignError(f"{where}: {circuit.target} is fed by more than one circuit.")
    for node in nodes:
        _check_fed(one_line, node, where)


def _check_fed(one_line: OneLine, node: str, where: str) -> None:
    at, visited = node, [node]
    while circuit := one_line.circuit_to(at):
        at = circuit.source
        if at in visited:
            raise DesignError(f"{where}: {node} is fed in a circle through {at}.")
        visited.append(at)
    if at != one_line.supply.tag:
        raise DesignError(f"{where}: {at} is not fed from {one_line.supply.tag} by any circuit.")


def _check_meters(one_line: OneLine, where: str) -> None:
    circuits = {circuit.tag for circuit in one_line.circuits}
    meters = {meter.tag: meter for meter in one_line.meters}
    boards = {board.tag for board in one_line.switchboards}
    for meter in one_line.meters:
        for tag in meter.measures:
            if tag not in circuits:
                raise DesignError(f"{where}: meter {meter.tag} measures {tag}, which is not a circuit.")
        if meter.parent is not None and (meter.parent not in meters or meter.parent == meter.tag):
            raise DesignError(
                f"{where}: the parent {meter.parent} of meter {meter.tag} is not another meter."
            )
        if meter.board not in boards:
            raise DesignError(
                f"{where}: meter {meter.tag} stands in {meter.board}, which is not a switchboard."
            )


def _check_tag_tables(
    design: StandardDesign, values: Mapping[str, Any], one_line: OneLine, where: str
) -> None:
    known = [*(meter.tag for meter in one_line.meters), *(station.tag for station in one_line.stations)]
    for parameter in design.parameters:
        if parameter.kind == "table" and parameter.rows == "tags":
            for tag in values[parameter.key]:
                if tag not in known:
                    raise DesignError(
                        f"{where}: {parameter.key}: there is no device {tag}; there are {', '.join(known)}."
                    )

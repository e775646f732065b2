"""Open a new site: choose a design, give its parameters (a form or a site file), look, then open."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from checklists.plan import plan
from designs.addresses import address_list
from designs.bill import bill
from designs.equipment_list import load_equipment
from designs.errors import DesignError
from designs.library import find_design, parse_site
from designs.standard_design import StandardDesign
from fieldapp.config import settings
from fieldapp.problems import Problem, not_found
from fieldapp.usecases import open_site, preview_site
from fieldapp.usecases.viewer import Viewer
from fieldapp.web.design_gallery import gallery
from fieldapp.web.parameter_form import filled, given_by, parameter_form, site_text
from fieldapp.web.visitor import visitor

blueprint = Blueprint("new_site", __name__, url_prefix="/sites/new")
_HEAD = {"name": "", "address": "", "country": "", "timezone": "Europe/Berlin"}


@blueprint.get("")
def choose() -> ResponseReturnValue:
    """Choose a standard design."""
    return render_template("new/choose.html", **gallery(visitor()))


@blueprint.get("/<design_id>")
def form(design_id: str) -> ResponseReturnValue:
    """Show the empty form of a design."""
    _, design = _allowed(design_id)
    return _form_page(design, _HEAD, {})


@blueprint.post("/<design_id>")
def look(design_id: str) -> ResponseReturnValue:
    """Take a filled form or a site file; have it studied, or show the form again with what is wrong."""
    viewer, design = _allowed(design_id)
    text = _given_text(design)
    if request.form.get("do") == "change":
        return _changed(design, text)
    try:
        job_id = preview_site.request_preview(viewer, design.id, text)
    except Problem as problem:
        return _changed(design, text, problem.detail), problem.status
    return redirect(url_for("new_site.preview", design_id=design.id, job_id=job_id))


@blueprint.get("/<design_id>/preview/<job_id>")
def preview(design_id: str, job_id: str) -> ResponseReturnValue:
    """Show how the study gets on, and then what would be opened."""
    viewer, design = _allowed(design_id)
    found = preview_site.preview(viewer, job_id)
    if found.job.state == "failed":
        return _changed(design, found.text, found.job.error), 422
    if found.generated is None:
        return render_template("new/studying.html", design=design, job=found.job)
    return render_template(
        "new/preview.html",
        design=design,
        job=found.job,
        text=found.text,
        site_design=found.generated.site_design,
        study=found.generated.study,
        phases=plan(found.generated.checklists),
        drawings=found.generated.drawings,
        bill=bill(found.generated.site_design, load_equipment()),
        addresses=address_list(found.generated.site_design.one_line),
        item_count=len(found.generated.items),
    )


@blueprint.post("/<design_id>/open")
def open_it(design_id: str) -> ResponseReturnValue:
    """Open the site that was looked at."""
    viewer, design = _allowed(design_id)
    job_id = request.form.get("job", "")
    try:
        site_id = preview_site.open_previewed(viewer, job_id)
    except Problem as problem:
        if problem.status != 422:
            raise
        return _changed(design, preview_site.preview(viewer, job_id).text, problem.detail), problem.status
    flash("The site is open. Assign it to a contractor, who then finds it on the tablet.", "pass")
    return redirect(url_for("sites.overview", site_id=site_id))


def _allowed(design_id: str) -> tuple[Viewer, StandardDesign]:
    viewer = visitor()
    if design_id not in {it.id for it in open_site.list_designs(viewer)}:
        raise not_found("standard design")
    return viewer, find_design(design_id, settings().designs)


def _given_text(design: StandardDesign) -> str:
    file = request.files.get("file")
    if file and file.filename:
        data: bytes = file.read()
        return data.decode("utf-8", errors="replace")
    if "text" in request.form:
        return request.form["text"].replace("\r\n", "\n")
    return site_text(design, request.form)


def _changed(design: StandardDesign, text: str, problem: str = "") -> str:
    """Show the form filled with a site file, or the file itself when it can't be read."""
    try:
        site = parse_site(text)
    except DesignError as error:
        head = {key: request.form.get(key, start) for key, start in _HEAD.items()}
        return _form_page(design, head, filled(design, request.form), problem or str(error), text)
    return _form_page(design, given_by(site), site.parameters, problem, text)


def _form_page(
    design: StandardDesign,
    head: Mapping[str, str],
    given: Mapping[str, Any],
    problem: str = "",
    text: str = "",
) -> str:
    return render_template(
        "new/form.html",
        design=design,
        head=head,
        form=parameter_form(design, given, load_equipment()),
        problem=problem,
        text=text or site_text(design, {**head, "name": head["name"] or "My site"}),
        as_text="text" in request.form or bool(request.files.get("file")),
    )

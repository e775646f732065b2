"""The pages of one site: overview, drawing, study, checklists, probe, journal and photos."""

import json

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.problems import not_found
from fieldapp.usecases import (
    agent_jobs,
    assign_site,
    doubt_site,
    permissions,
    probe_history,
    read_object,
    record_probe,
    site_plan,
    submit_site,
    view_site,
)
from fieldapp.web import words
from fieldapp.web.checklist_page import checklist_page
from fieldapp.web.item_rows import held_rows
from fieldapp.web.next_step import blockers, next_step, state_steps
from fieldapp.web.probe_page import Moved, main_phasor, template_values
from fieldapp.web.report_file import uploaded_report
from fieldapp.web.review_page import rows_with_moves
from fieldapp.web.sections import section_rows, spare_stations
from fieldapp.web.sign_off_rows import sign_off_rows
from fieldapp.web.site_frame import frame
from fieldapp.web.visitor import visitor

blueprint = Blueprint("sites", __name__)

#: A drawing opened alone is a document of its own: it may style itself and do nothing else.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
PHOTO_POLICY = "default-src 'none'; sandbox"


@blueprint.get("/sites")
def index() -> ResponseReturnValue:
    """List the sites that a person may see, by name, address and state."""
    query, state = request.args.get("q", "").strip(), request.args.get("state", "")
    found = [
        site
        for site in view_site.list_sites(visitor())
        if query.casefold() in f"{site.name} {site.address}".casefold() and state in ("", site.state)
    ]
    return render_template("sites.html", sites=found, query=query, state=state)


@blueprint.get("/sites/<site_id>")
def overview(site_id: str) -> ResponseReturnValue:
    """Show where a site stands and what comes next."""
    viewer = visitor()
    view = view_site.view_site(viewer, site_id)
    may_assign = permissions.has_verb(viewer, "assign")
    organisations = assign_site.list_organisations(viewer) if may_assign else ()
    if (
        "assign" not in view.actions
    ):  # a new contractor would have to begin anew; who looks after it may change
        organisations = tuple(each for each in organisations if each.kind == "service_provider")
    title, rows, unstarted = blockers(view)
    return render_template(
        "site/overview.html",
        **frame(view, "overview"),
        steps=state_steps(view.summary.state),
        step_now=next_step(view, viewer),
        blockers=rows,
        unstarted=unstarted,
        held=held_rows(view),
        blockers_title=title,
        section_rows=section_rows(view),
        spare_stations=spare_stations(view),
        sign_offs=sign_off_rows(view),
        organisations=organisations,
        may_assign=may_assign,
        assignments=assign_site.list_assignments(viewer, site_id)
        if permissions.has_verb(viewer, "read_journal")
        else (),
        latest_run=view.probe_runs[-1] if view.probe_runs else None,
        phasor=main_phasor(view.probe_runs[-1].report) if view.probe_runs else "",
    )


@blueprint.post("/sites/<site_id>/assign")
def assign(site_id: str) -> ResponseReturnValue:
    """Assign the site to a contractor."""
    form = request.form
    days = form.get("from", ""), form.get("until", "")
    assign_site.assign_site(visitor(), site_id, form.get("organisation", ""), *days)
    flash("The site is assigned; they see it from the first day on.", "pass")
    return redirect(url_for("sites.overview", site_id=site_id))


@blueprint.post("/sites/<site_id>/assignments/<assignment_id>/end")
def end_assignment(site_id: str, assignment_id: str) -> ResponseReturnValue:
    """End an assignment at once."""
    assign_site.end_assignment(visitor(), site_id, assignment_id)
    flash("Ended. What was recorded stays; what arrives later is set apart for a reviewer.", "pass")
    return redirect(url_for("sites.overview", site_id=site_id))


@blueprint.post("/sites/<site_id>/submit")
def submit(site_id: str) -> ResponseReturnValue:
    """Submit the site for review."""
    submit_site.submit_site(visitor(), site_id)
    flash("Submitted. The reviewer sees it at the top of their queue.", "pass")
    return redirect(url_for("sites.overview", site_id=site_id))


@blueprint.get("/sites/<site_id>/one-line")
def one_line(site_id: str) -> ResponseReturnValue:
    """Show the one-line diagram large."""
    view = view_site.view_site(visitor(), site_id)
    return render_template("site/one_line.html", **frame(view, "one_line"))


@blueprint.get("/sites/<site_id>/one-line.svg")
def one_line_file(site_id: str) -> ResponseReturnValue:
    """Serve the one-line diagram alone, to zoom and to print."""
    view = view_site.view_site(visitor(), site_id)
    headers = {"Content-Security-Policy": DRAWING_POLICY, "Cache-Control": "private, no-cache"}
    return Response(view.one_line_svg, mimetype="image/svg+xml", headers=headers)


@blueprint.get("/sites/<site_id>/study")
def study(site_id: str) -> ResponseReturnValue:
    """Show the electrical study."""
    view = view_site.view_site(visitor(), site_id)
    return render_template("site/study.html", **frame(view, "study"))


@blueprint.get("/sites/<site_id>/checklists")
def checklists(site_id: str) -> ResponseReturnValue:
    """Show every item, exceptions first, filtered by state, section and tag."""
    viewer = visitor()
    view = view_site.view_site(viewer, site_id)
    page = checklist_page(view, doubt_site.doubts_of(viewer, view), request.args)
    return render_template("site/checklists.html", **frame(view, "checklists"), page=page)


@blueprint.get("/sites/<site_id>/items/<key>")
def item(site_id: str, key: str) -> ResponseReturnValue:
    """Show one item with its history and its evidence."""
    viewer = visitor()
    view = view_site.view_site(viewer, site_id)
    rows = list(rows_with_moves(view, doubt_site.doubts_of(viewer, view)))
    place = next((place for place, row in enumerate(rows) if row.item.key == key), None)
    if place is None:
        raise not_found("item")
    return render_template(
        "site/item.html",
        **frame(view, "checklists"),
        row=rows[place],
        sign_offs=sign_off_rows(view, ("signature",), key),
        before=rows[place - 1].item if place else None,
        after=rows[place + 1].item if place + 1 < len(rows) else None,
    )


@blueprint.get("/sites/<site_id>/probe")
def probe(site_id: str) -> ResponseReturnValue:
    """Show one probe run, the latest unless another is asked for."""
    viewer = visitor()
    view = view_site.view_site(viewer, site_id)
    wanted = [request.args.get(name, type=int) for name in ("run", "against")]
    values = template_values(view, *wanted)
    if values is None:
        raise not_found("probe run")
    return render_template(
        "site/probe.html",
        **frame(view, "probe"),
        **values,
        aspects=tuple(words.ASPECT_TITLES),
        by_agent=agent_jobs.standing(viewer, site_id),
    )


@blueprint.get("/sites/<site_id>/probe-runs/<int:run>.json")
def probe_report(site_id: str, run: int) -> ResponseReturnValue:
    """Hand out the report of a run: to judge it elsewhere, or to compare another with it on site."""
    document = probe_history.run_report(visitor(), site_id, run)
    headers = {"Content-Disposition": f'attachment; filename="probe-run-{run}.json"'}
    return Response(json.dumps(document, ensure_ascii=False), mimetype="application/json", headers=headers)


@blueprint.post("/sites/<site_id>/probe")
def upload_probe(site_id: str) -> ResponseReturnValue:
    """Record the report of a probe run made elsewhere."""
    number = record_probe.record_probe(visitor(), site_id, uploaded_report(request.files.get("report")))
    flash("The report is recorded and was judged again from its raw registers.", "pass")
    return redirect(url_for("sites.probe", site_id=site_id, run=number))


@blueprint.post("/sites/<site_id>/drift")
def compare_probe(site_id: str) -> ResponseReturnValue:
    """Compare a new report with the approved state; it is not recorded."""
    viewer = visitor()
    view = view_site.view_site(viewer, site_id)
    found = probe_history.compared(viewer, site_id, uploaded_report(request.files.get("report")))
    return render_template("site/drift.html", **frame(view, "probe"), shown=Moved(None, found.found))


@blueprint.get("/sites/<site_id>/site-plan.json")
def plan(site_id: str) -> ResponseReturnValue:
    """Hand out the plan that the device probe reads."""
    document = site_plan.site_plan(visitor(), site_id)
    headers = {"Content-Disposition": 'attachment; filename="site-plan.json"'}
    return Response(
        json.dumps(document, indent=2, ensure_ascii=False), mimetype="application/json", headers=headers
    )


@blueprint.get("/sites/<site_id>/photos/<sha256>")
def photo(site_id: str, sha256: str) -> ResponseReturnValue:
    """Show a photo."""
    size = "thumbnail" if request.args.get("size") == "thumbnail" else "screen"
    data, media_type = read_object.read_photo(visitor(), site_id, sha256, size)
    headers = {
        "Cache-Control": "private, max-age=86400",
        "Content-Disposition": f'inline; filename="{sha256[:16]}.jpg"',
        "Content-Security-Policy": PHOTO_POLICY,
    }
    return Response(data, mimetype=media_type, headers=headers)

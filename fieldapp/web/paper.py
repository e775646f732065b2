"""A day without tablets: checklists as a sheet or on paper, and a filled sheet brought back."""

import base64
import io

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from fieldapp import auth
from fieldapp.problems import Problem
from fieldapp.usecases import import_sheet, paper_sheet, print_sheet, view_site
from fieldapp.usecases.import_sheet import ImportedSheet
from fieldapp.usecases.permissions import ALLOWED
from fieldapp.usecases.views import SiteView
from fieldapp.web.phases import phases
from fieldapp.web.site_frame import frame
from fieldapp.web.visitor import visitor

blueprint = Blueprint("paper", __name__)

#: What became of rows, in words and with their colour, in the order in which they want a look.
RESULTS = (
    ("refused", "refused", "fail"),
    ("conflict", "recorded beside a newer entry", "doubt"),
    ("ready", "would be recorded", "pass"),
    ("recorded", "recorded", "pass"),
    ("on_record", "on record already", "neutral"),
)
#: So many rows are listed for each of them.
SHOWN = 200


@blueprint.get("/sites/<site_id>/checklists.csv")
def csv(site_id: str) -> ResponseReturnValue:
    """Hand out the checklists as a sheet to fill in, whole or one phase of them."""
    found = paper_sheet.export_sheet(visitor(), site_id, request.args.get("section", ""))
    return _file(found, "text/csv; charset=utf-8")


@blueprint.get("/sites/<site_id>/checklists.pdf")
def pdf(site_id: str) -> ResponseReturnValue:
    """Hand out one phase as a blank PDF; a whole site takes too long for a page."""
    viewer, section = visitor(), request.args.get("section", "")
    view_site.view_site(viewer, site_id)
    if not section:
        raise Problem(
            "invalid", where="section", problem="name a phase; the command line prints a whole site"
        )
    return _file(print_sheet.print_sheet(viewer, site_id, section), "application/pdf")


def _file(found: paper_sheet.SheetFile, media_type: str) -> ResponseReturnValue:
    response = send_file(io.BytesIO(found.content), media_type, as_attachment=True, download_name=found.name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/sites/<site_id>/paper")
def index(site_id: str) -> ResponseReturnValue:
    """Offer every phase to print or fill in, and the way back."""
    return _page(view_site.view_site(visitor(), site_id))


@blueprint.post("/sites/<site_id>/paper")
def bring(site_id: str) -> ResponseReturnValue:
    """Look a filled sheet over, or record it with the signature of who is signed in."""
    viewer, file = visitor(), request.files.get("file")
    view = view_site.view_site(viewer, site_id)
    content = file.read() if file else b""
    name = (file.filename if file else None) or "The sheet"
    try:
        if request.form.get("do") == "record":
            auth.throttle()
            password = request.form.get("password", "")
            found = import_sheet.import_sheet(viewer.email, password, site_id, content, name)
        else:
            found = import_sheet.check_sheet(viewer.email, site_id, content, name)
    except Problem as problem:
        return _page(view, problem=problem.detail), problem.status
    return _page(view_site.view_site(viewer, site_id), found=found, name=name)


def _page(view: SiteView, *, problem: str = "", found: ImportedSheet | None = None, name: str = "") -> str:
    lines = found.lines if found else ()
    groups = [
        (word, tone, [line for line in lines if line.result == result]) for result, word, tone in RESULTS
    ]
    refused = found.refused_csv.encode("utf-8-sig") if found and found.count("refused") else b""
    return render_template(
        "site/paper.html",
        **frame(view, "checklists"),
        phases=phases(view.summary.id, view.checklists, ()),
        can_record=visitor().role in ALLOWED["work"],
        problem=problem,
        found=found,
        file_name=name,
        groups=[each for each in groups if each[2]],
        shown=SHOWN,
        refused_file=base64.b64encode(refused).decode(),
    )

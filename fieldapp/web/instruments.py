"""Test instruments with their certificates: which are valid, which run out, which have run out."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from checklists.words import INSTRUMENTS
from fieldapp.usecases import instruments
from fieldapp.usecases.instruments import NewCertificate, NewInstrument
from fieldapp.usecases.permissions import ALLOWED
from fieldapp.web.visitor import visitor

blueprint = Blueprint("instruments", __name__, url_prefix="/instruments")

#: What needs care first.
_ORDER = ("expired", "none", "due", "later", "valid", "retired")
_FILE_POLICY = "default-src 'none'; sandbox"


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the instruments that the person may know of."""
    viewer = visitor()
    found = sorted(instruments.list_instruments(viewer), key=lambda line: _ORDER.index(line.standing))
    return render_template(
        "certificates/instruments.html",
        lines=found,
        kinds=INSTRUMENTS,
        may_add=viewer.role in ALLOWED["manage_instruments"] and viewer.kind == "contractor",
        sees_people=viewer.role in ALLOWED["see_qualifications"],
    )


@blueprint.post("")
def add() -> ResponseReturnValue:
    """Add an instrument with its first certificate."""
    form = request.form
    new = NewInstrument(*(form.get(name, "").strip() for name in ("kind", "make", "model", "serial", "id")))
    instruments.add_instrument(visitor(), new, _certificate())
    flash("The instrument is added; tablets offer it after their next look here.", "pass")
    return redirect(url_for("instruments.index"), 303)


@blueprint.post("/<instrument_id>/certificates")
def add_certificate(instrument_id: str) -> ResponseReturnValue:
    """Add a certificate to an instrument."""
    instruments.add_certificate(visitor(), instrument_id, _certificate())
    flash("The certificate is added. What the instrument was used for is judged anew in a moment.", "pass")
    return redirect(url_for("instruments.index"), 303)


@blueprint.post("/certificates/<certificate_id>/revoke")
def revoke(certificate_id: str) -> ResponseReturnValue:
    """Say that a certificate does not hold."""
    instruments.revoke_certificate(visitor(), certificate_id, request.form.get("reason", ""))
    flash("The certificate is revoked. What rests on it is judged anew in a moment.", "pass")
    return redirect(url_for("instruments.index"), 303)


@blueprint.post("/<instrument_id>/retire")
def retire(instrument_id: str) -> ResponseReturnValue:
    """Take an instrument out of use."""
    instruments.retire(visitor(), instrument_id)
    flash("The instrument is retired. What it was used for stays as it is.", "pass")
    return redirect(url_for("instruments.index"), 303)


@blueprint.get("/certificates/<certificate_id>/file")
def file(certificate_id: str) -> ResponseReturnValue:
    """Hand out a certificate."""
    return certificate_response(*instruments.certificate_file(visitor(), certificate_id))


def certificate_response(data: bytes, media_type: str) -> Response:
    """Return a file that somebody uploaded, as a download: never a page of ours."""
    ending = media_type.rpartition("/")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="certificate.{ending}"',
        "Content-Security-Policy": _FILE_POLICY,
        "Cache-Control": "private, no-store",
    }
    return Response(data, mimetype=media_type, headers=headers)


def uploaded_file() -> bytes:
    """Return the file of a form, nothing when none was chosen."""
    given = request.files.get("file")
    return given.read() if given else b""


def _certificate() -> NewCertificate:
    names = ("calibrated_on", "calibration_due", "number", "laboratory")
    given = {name: request.form.get(name, "").strip() for name in names}
    return NewCertificate(**given, file=uploaded_file())

"""The tablets of a contractor: pair one, see how they are, rename or revoke one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.config import settings
from fieldapp.qr_codes import qr_svg
from fieldapp.usecases import pair_tablet, tablets
from fieldapp.web.visitor import visitor

blueprint = Blueprint("tablet_list", __name__, url_prefix="/tablets")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the tablets, and offer to pair another."""
    viewer = visitor()
    found = tablets.list_tablets(viewer)
    return render_template("tablets/list.html", tablets=found, people=pair_tablet.choices(viewer))


@blueprint.post("/pair")
def pair() -> ResponseReturnValue:
    """Show a fresh code, once: it stands in no address, so loading the page again makes another."""
    viewer = visitor()
    offer = pair_tablet.offer(viewer, request.form.get("person", viewer.id))
    address = pairing_address(offer.code)
    return render_template(
        "tablets/pair.html", offer=offer, address=address, qr=qr_svg(address), server=_server()
    )


@blueprint.post("/<tablet_id>/rename")
def rename(tablet_id: str) -> ResponseReturnValue:
    """Give a tablet another name."""
    tablets.rename(visitor(), tablet_id, request.form.get("name", ""))
    flash("The tablet has its new name.", "pass")
    return redirect(url_for("tablet_list.index"), 303)


@blueprint.post("/<tablet_id>/revoke")
def revoke(tablet_id: str) -> ResponseReturnValue:
    """Shut a tablet out."""
    tablets.revoke(visitor(), tablet_id)
    flash("The tablet is shut out. What it sent so far stays where it is.", "pass")
    return redirect(url_for("tablet_list.index"), 303)


def pairing_address(code: str) -> str:
    """Return the address that pairs; the code stands behind #, so that no server and no log ever sees it."""
    return f"{_server()}{url_for('field.index')}#pair={code}"


def _server() -> str:
    return (settings().base_url or request.host_url).rstrip("/")

"""Photo bytes, resumable: HEAD says how far an upload is, PATCH adds to it."""

from typing import Any

from flask import Response, request
from marshmallow import fields, validate

from fieldapp.api.answers import bearer
from fieldapp.api.openapi import PREFIX, ApiBlueprint, StrictSchema
from fieldapp.objects import chunks_of
from fieldapp.problems import Problem
from fieldapp.usecases import read_object, upload_object
from fieldapp.usecases.upload_object import Upload

blueprint = ApiBlueprint("objects", __name__, url_prefix=PREFIX, description="Photo bytes by their SHA-256")
_CONTENT = "application/offset+octet-stream"
_NUMBER = {"in": "header", "required": True, "schema": {"type": "integer", "minimum": 0}}
_HEADERS = [{"name": name, **_NUMBER} for name in ("Upload-Offset", "Upload-Length")]

_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
}


class SizeSchema(StrictSchema):
    """For what a picture is wanted."""

    size = fields.String(
        load_default=None, validate=validate.OneOf(["original", "screen", "print", "thumbnail"])
    )


def _sha256(text: str) -> str:
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise Problem(
            "invalid", where="address", problem="an object is named by its SHA-256 in lower-case hex."
        )
    return text


@blueprint.route("/objects/<string:sha256>", methods=["HEAD"])
@blueprint.response(200)
@blueprint.refuses(404, 422)
def head(sha256: str) -> Response:
    """Say how far an upload is."""
    viewer = bearer().viewer
    response = _answer(upload_object.upload_state(viewer, _sha256(sha256)), 200)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/objects/<string:sha256>", methods=["PATCH"])
@blueprint.doc(
    parameters=_HEADERS,
    requestBody={"content": {_CONTENT: {"schema": {"type": "string", "format": "binary"}}}},
)
@blueprint.response(204)
@blueprint.refuses(404, 409, 507)
def patch(sha256: str) -> Response:
    """Add bytes at an offset."""
    viewer = bearer().viewer
    if request.mimetype != _CONTENT:
        raise Problem("wrong_media_type", expected=f"the bytes as {_CONTENT}")
    offset, size = _number("Upload-Offset"), _number("Upload-Length")
    if not size > 0 or offset > size:
        raise Problem("invalid", where="Upload-Offset", problem="must lie within Upload-Length.")
    found = upload_object.upload(viewer, _sha256(sha256), offset, size, chunks_of(request.stream))
    return _answer(found, 204)


@blueprint.route("/objects/<string:sha256>", methods=["GET"], provide_automatic_options=False)
@blueprint.arguments(SizeSchema, location="query")
@blueprint.response(200, content_type="application/octet-stream")
@blueprint.refuses(404)
def get(query: dict[str, Any], sha256: str) -> Response:
    """Return the bytes: of a picture the original for who sent it, for others one without its place."""
    data, media_type = read_object.read_object(bearer().viewer, _sha256(sha256), query["size"])
    response = Response(data, content_type=media_type)
    name = f"{sha256[:16]}{_ENDINGS.get(media_type, '.bin')}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    # Whatever it is, it is never run: not even by who opens the address in a browser.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _number(name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Problem("invalid", where=name, problem="must be a whole number of bytes.")
    return int(text)


def _answer(upload: Upload, status: int) -> Response:
    response = Response(status=status)
    response.headers["Upload-Offset"] = str(upload.offset)
    response.headers["Upload-Length"] = str(upload.size)
    response.headers["Upload-Complete"] = "1" if upload.complete else "0"
    return response

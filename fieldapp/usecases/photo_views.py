"""Photos as pages see them: here, still on the tablet, refused, lost or damaged."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from fieldapp.store import objects
from fieldapp.tables import ObjectRow
from fieldapp.usecases.views import PhotoView


def photo_views(db: Session, bodies: Iterable[Mapping[str, object]]) -> dict[str, PhotoView]:
    """Return what is known of the photos that some operations name, by SHA-256."""
    named = {str(body["sha256"]): body for body in bodies}
    here, refused = objects.present(db, named), objects.refused(db, named)
    return {
        sha256: PhotoView(
            sha256,
            str(body["media_type"]),
            sha256 in here and not here[sha256].problem,
            int(str(body["size"])),
            _problem(here.get(sha256), refused.get(sha256, ""), str(body["media_type"])),
            sha256 in refused and sha256 not in here,
            here[sha256].problem if sha256 in here else "",
        )
        for sha256, body in named.items()
    }


def _problem(row: ObjectRow | None, refused: str, claimed: str) -> str:
    if row is None:
        return f"Refused: {refused}" if refused else ""
    if row.problem:
        found = f"Photo {row.problem} on the server, found {(row.checked_at or '')[:10]}"
        return f"{found}: a tablet that still has it sends it again by itself."
    return f"Sent as {claimed}, but it is {row.media_type}." if row.media_type != claimed else ""

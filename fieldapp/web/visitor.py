"""Who is looking at this page; nobody sees one without having signed in."""

from fieldapp.auth import current_viewer
from fieldapp.problems import Problem
from fieldapp.usecases.viewer import Viewer


def visitor() -> Viewer:
    """Return the person who is signed in; otherwise they are led to the sign-in page."""
    viewer = current_viewer()
    if viewer is None:
        raise Problem("not_signed_in")
    return viewer

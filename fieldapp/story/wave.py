"""The rollout wave of the story: three rows of the example file, one of them wrong, studied by the worker."""

import time

from designs.library import EXAMPLE_SITES
from fieldapp.story.errors import StoryError
from fieldapp.usecases import open_rollout
from fieldapp.usecases.rollout_standing import RolloutView, view_rollout
from fieldapp.usecases.viewer import Viewer

WAVE_SECONDS = 300
#: A DC hub on its own transformer, a car park with AC and DC, and a value in the wrong unit.
_ROWS = ("Rastplatz Heidehof", "Parkplatz Rathaus", "Wrong unit")


def open_wave(engineer: Viewer) -> RolloutView:
    """Open the wave and wait until the worker has studied it; an instance that has it says so."""
    head, *rows = (EXAMPLE_SITES / "rollout-example.csv").read_text("utf-8").splitlines()
    text = "\n".join((head, *(row for row in rows if row.startswith(_ROWS))))
    job, deadline = (
        open_rollout.request_rollout(engineer, "wave.csv", text.encode()),
        time.monotonic() + WAVE_SECONDS,
    )
    while time.monotonic() < deadline:
        found = view_rollout(engineer, job)
        if found.ended:
            return found
        time.sleep(0.3)
    raise StoryError(f"The worker did not study the rollout wave within {WAVE_SECONDS // 60} minutes.")

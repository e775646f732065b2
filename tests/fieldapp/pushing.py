"""Processes that push batches through the use case all at once, with only the database between them."""

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fieldapp.field_tablet import FieldTablet

_PUSH = """
    import json, sys
    from fieldapp import create_app
    from fieldapp.usecases import sign_in_tablet, sync_tablet
    settings, token, tablet, batches = json.load(open(sys.argv[1]))
    app = create_app(settings)
    with app.app_context():
        bearer = sign_in_tablet.authenticate(token)
        print("ready", flush=True)
        sys.stdin.readline()
        for batch in batches:
            push = {"protocol": 1, "tablet": tablet, "sent_at": None, "operations": batch}
            print(json.dumps(sync_tablet.push(bearer, push).results), flush=True)
"""


def pusher(
    settings: Mapping[str, str], tablet: FieldTablet, batches: list[list[dict[str, Any]]]
) -> "subprocess.Popen[str]":
    """Start a process that pushes these batches as soon as it is told to."""
    file = Path(settings["FIELDAPP_HOME"]) / f"{time.monotonic_ns()}.json"
    file.write_text(json.dumps([dict(settings), tablet.token, tablet.id, batches]))
    command = [sys.executable, "-c", textwrap.dedent(_PUSH), str(file)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(processes: list["subprocess.Popen[str]"]) -> None:
    """Tell them all to begin when the last one is ready."""
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()


def results_of(process: "subprocess.Popen[str]") -> list[dict[str, Any]]:
    """Wait for a process and return the results of its pushes."""
    output, _ = process.communicate(timeout=300)
    return [result for line in output.splitlines() for result in json.loads(line)]

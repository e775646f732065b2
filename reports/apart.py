"""Bytes that nobody trusts yet, decoded in a process of their own: what breaks there breaks nothing here.

The process may use so much memory and so many seconds of a processor; whatever needs more is refused. It gets
none of our settings.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from reports.errors import ApartError, PhotoError
from reports.photos import Rendition

MOST_MEMORY = 2 * 1024**3
MOST_CPU_S = 30
#: A busy machine is no fault of the picture: this long is waited, then the sender tries again.
_WAIT_S = 180
_ROOT = str(Path(__file__).parent.parent)
_START = "from reports.apart import main; main()"
_TOO_MUCH = frozenset(
    -each
    for each in (signal.SIGXCPU, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
)
#: So many of them at once: each may need the memory of a large picture.
_turn = threading.BoundedSemaphore(2)


def look_at_picture(data: bytes, most_pixels: int) -> tuple[int, int]:
    """Return width and height in pixels of a picture that decodes; anything else is refused."""
    answer, _ = _ask("picture", str(most_pixels), data)
    return answer["width"], answer["height"]


def look_at_document(data: bytes) -> int:
    """Return how many pages a PDF has; anything else is refused."""
    answer, _ = _ask("document", "", data)
    return int(answer["pages"])


def renditions(data: bytes, kinds: tuple[str, ...]) -> tuple[Rendition, ...]:
    """Return a photo re-encoded for some purposes."""
    answer, rest = _ask("renditions", ",".join(kinds), data)
    found, at = [], 0
    for each in answer["renditions"]:
        found.append(Rendition(each["kind"], rest[at : at + each["size"]], each["width"], each["height"]))
        at += each["size"]
    return tuple(found)


def _ask(task: str, argument: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    command = [sys.executable, "-c", _START, task, argument]
    plain = {"PYTHONPATH": _ROOT, "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    try:
        with _turn:
            done = subprocess.run(  # noqa: S603 - ourselves
                command,
                input=data,
                capture_output=True,
                timeout=_WAIT_S,
                env=plain,
                check=False,
                # Ctrl-C at a server ends what it asked for when the answer is there, not in the middle.
                start_new_session=True,
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ApartError("The picture could not be looked at; the machine is too busy.") from error
    if done.returncode in _TOO_MUCH:
        raise PhotoError(
            "The file can't be decoded with the memory and time that a photo needs; take it again."
        )
    line, _, rest = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise ApartError("The picture could not be looked at; the process for it was stopped.")
    answer: dict[str, Any] = json.loads(line)
    if "refused" in answer:
        raise PhotoError(answer["refused"])
    return answer, rest


def main() -> None:
    """Do one task on what comes in; the first line that goes out says what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    task, argument = sys.argv[1:3]
    data, rest = sys.stdin.buffer.read(), b""
    try:
        answer, rest = _do(task, argument, data)
    except PhotoError as problem:
        answer = {"refused": str(problem)}
    except MemoryError:
        answer = {"refused": "The file unpacks to more than a photo needs; take it again."}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + rest)


def _do(task: str, argument: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    if task == "document":
        from reports import documents

        return {"pages": documents.look(data)}, b""
    from reports import photos

    if task == "picture":
        width, height = photos.look(data, int(argument))
        return {"width": width, "height": height}, b""
    made = photos.renditions(data, tuple(argument.split(",")))
    told = [
        {"kind": each.kind, "width": each.width, "height": each.height, "size": len(each.data)}
        for each in made
    ]
    return {"renditions": told}, b"".join(each.data for each in made)

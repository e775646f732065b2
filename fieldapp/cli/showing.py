"""How commands show what they found: as a table for people, as JSON for programs."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fieldapp.problems import Problem

View = TypeVar("View", bound=Callable[..., Any])
#: More than any text that a command reads.
_MAX_TEXT_BYTES = 1024 * 1024


class PlainConsole(Console):
    """A console that leaves the exit code of a closed pipe to us; rich would say 1, the answer no."""

    def on_broken_pipe(self) -> None:
        """Let the command line decide."""
        raise BrokenPipeError


def json_option(command: View) -> View:
    """Add --json to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def show_json(document: object) -> None:
    """Print JSON."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def show_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str = "Nothing here yet."
) -> None:
    """Print a table, or a sentence when there is nothing to show."""
    if not rows:
        click.echo(empty)
        return
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # A name may look like markup; it is shown as it is written.
        table.add_row(*(Text(str(cell), overflow="fold") for cell in row))
    PlainConsole().print(table)


def read_bytes(path: Path, limit: int) -> bytes:
    """Return a file that somebody named; of one above the limit, one byte more than that and no further."""
    if not path.is_file():  # a pipe or a device would be read without end
        raise Problem("invalid", where=str(path), problem="it is not a file; save it as a file.")
    with path.open("rb") as file:
        return file.read(limit + 1)


def read_text(path: Path) -> str:
    """Return the text of a file that somebody named."""
    content = read_bytes(path, _MAX_TEXT_BYTES)
    if len(content) > _MAX_TEXT_BYTES:
        raise Problem("too_large", what=str(path), limit=f"{_MAX_TEXT_BYTES // 1024 // 1024} MiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(
            "invalid", where=str(path), problem="it is not UTF-8 text; save it as UTF-8."
        ) from error


def write_file(path: Path, content: bytes) -> None:
    """Write a result; a place that does not take it is named with what to do."""
    try:
        path.write_bytes(content)
    except OSError as error:
        why = f"the file can't be written ({error.strerror}); check folder, space and permissions"
        raise OSError(error.errno, why, str(path)) from error


def make_folder(path: Path) -> None:
    """Make a folder for results; a place that does not take one is named with what to do."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"the folder can't be made ({error.strerror}); check folder, space and permissions"
        raise OSError(error.errno, why, str(path)) from error


def say(sentence: str) -> None:
    """Print one sentence."""
    click.echo(sentence)

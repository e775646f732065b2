"""The command line `handover-pack`: verify a sealed pack, take its data out."""

import hashlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports import contents
from reports.errors import ReportError
from reports.model import Verification
from reports.verify import verify

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


STOPPED = 130  # as shells say it: neither the answer yes nor the answer no


class PlainConsole(Console):
    """A console that leaves the exit code of a closed pipe to us; rich would say 1, the answer no."""

    def on_broken_pipe(self) -> None:
        """Let the command line decide."""
        raise BrokenPipeError


class OneSentence(click.Group):
    """Turns what the surroundings do to a command into one sentence and an exit code."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run, and say so when the help itself can't be written."""
        try:
            return super().main(*arguments, **options)
        except OSError as problem:
            sys.exit(_output_failed(problem))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an interruption or a full disk is no verdict."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(STOPPED)
        except OSError as problem:  # never 0: an answer that nobody got is not the answer yes
            ctx.exit(_output_failed(problem))


def _output_failed(problem: OSError) -> int:
    # What is still buffered would fail once more at the end of the process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if not isinstance(problem, BrokenPipeError):  # then whoever read it has gone, and nobody is left to tell
        click.echo(f"The output can't be written: {problem.strerror or problem}.", err=True)
    return 4


@click.group(cls=OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Verify sealed handover packs and take their data out."""


@main.command("verify")
@click.argument("file", type=FILE)
@click.option(
    "--root", "roots", multiple=True, type=FILE, help="Root certificate to trust (PEM); repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verification as JSON.")
def verify_command(file: Path, roots: tuple[Path, ...], as_json: bool) -> None:
    """Say whether FILE is a sealed pack, whole and unchanged; ends with 0 when it is, else with 1."""
    found = roots or _default_root()
    data = _read(file)
    verification = _judge(data, tuple(_read(path) for path in found))
    if as_json:
        name = _readable(file.name)
        click.echo(json.dumps(summary(verification, name, data), indent=2, ensure_ascii=False))
    else:
        _show(verification, file, found)
    sys.exit(0 if verification.good else 1)


@main.command("manifest")
@click.argument("file", type=FILE)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there instead.")
def manifest_command(file: Path, output: Path | None) -> None:
    """Write the JSON attached to FILE. The seal must be intact; whose it is, only `verify` says."""
    data = _read(file)
    verification = verify(data, roots=())
    if not (verification.intact and verification.manifest_matches):
        _fail(f"{file}: no data taken out, {'; '.join(verification.problems)}.", 1)
    raw = contents.read(data).raw
    try:
        if output is None:
            sys.stdout.buffer.write(raw)
        else:
            output.write_bytes(raw)
    except OSError as problem:
        _fail(f"{output}: can't be written ({problem.strerror}); choose another place.", 4)


def summary(verification: Verification, name: str, data: bytes) -> dict[str, object]:
    """Return a verification as docs/contracts/verification.schema.json describes it."""
    return {
        "file": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "good": verification.good,
        "bottom_line": verification.bottom_line,
        **asdict(verification),
        "problems": list(verification.problems),
    }


def _readable(name: str) -> str:
    """Return a file name as text: its bytes need not be UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def _default_root() -> tuple[Path, ...]:
    home = Path(os.environ.get("FIELDAPP_HOME") or "var")
    root = home / "pki" / "root.pem"
    return (root,) if root.is_file() else ()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        _fail(f"{path}: can't be read ({problem.strerror}).", 4)


def _judge(data: bytes, roots: tuple[bytes, ...]) -> Verification:
    try:
        return verify(data, roots=roots)
    except ReportError as problem:
        _fail(str(problem), 2)


def _fail(sentence: str, code: int) -> NoReturn:
    click.echo(_readable(sentence), err=True)
    sys.exit(code)


def _show(verification: Verification, file: Path, roots: tuple[Path, ...]) -> None:
    console = PlainConsole(highlight=False)
    style = "bold green" if verification.good else "bold red"
    console.print(verification.bottom_line, style=style, markup=False)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for fits, name, meaning in _parts(verification):
        table.add_row("[green]✔[/]" if fits else "[red]✘[/]", name, meaning)
    console.print(table)
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0), style="dim")
    for name, value in _facts(verification, file, roots):
        facts.add_row(name, Text(value))  # names from a file or its seal: shown, never obeyed
    console.print(facts)


def _parts(verification: Verification) -> tuple[tuple[bool, str, str], ...]:
    return (
        (verification.intact, "Intact", "the sealed bytes are as they were sealed"),
        (
            verification.covers_whole_file,
            "Whole file",
            "the seal covers every byte, nothing stands before or after",
        ),
        (verification.trusted, "Trusted", "the seal's certificate leads to an authority trusted here"),
        (verification.unmodified, "Unmodified", "the seal forbids changes and no later revision exists"),
        (verification.manifest_matches, "Data matches", "the attached data is that of the document"),
    )


def _facts(verification: Verification, file: Path, roots: tuple[Path, ...]) -> tuple[tuple[str, str], ...]:
    time = (
        verification.timestamp or f"{verification.signing_time or 'unknown'}, as the seal claims (not proven)"
    )
    return (
        ("File", _readable(str(file))),
        ("Pack", verification.pack_id or "unknown"),
        ("Sealed by", verification.signer or "nobody"),
        ("Sealed at", time),
        ("Level", verification.level),
        (
            "Trusted root",
            ", ".join(_readable(str(root)) for root in roots) or "none found: give --root root.pem",
        ),
        ("Superseded by", verification.superseded_by or "unknown without the issuing server"),
    )


if __name__ == "__main__":
    main()

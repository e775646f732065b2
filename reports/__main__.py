"""The command line `handover-pack`: verify a sealed pack, take its data out."""

import hashlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.table import Table

from reports import contents
from reports.errors import ReportError
from reports.model import Verification
from reports.verify import verify

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
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
        click.echo(json.dumps(summary(verification, file.name, data), indent=2, ensure_ascii=False))
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
    click.echo(sentence, err=True)
    sys.exit(code)


def _show(verification: Verification, file: Path, roots: tuple[Path, ...]) -> None:
    console = Console(highlight=False)
    style = "bold green" if verification.good else "bold red"
    console.print(verification.bottom_line, style=style, markup=False)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for fits, name, meaning in _parts(verification):
        table.add_row("[green]✔[/]" if fits else "[red]✘[/]", name, meaning)
    console.print(table)
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0), style="dim")
    for name, value in _facts(verification, file, roots):
        facts.add_row(name, value)
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
        ("File", str(file)),
        ("Pack", verification.pack_id or "unknown"),
        ("Sealed by", verification.signer or "nobody"),
        ("Sealed at", time),
        ("Level", verification.level),
        ("Trusted root", ", ".join(str(root) for root in roots) or "none found: give --root root.pem"),
        ("Superseded by", verification.superseded_by or "unknown without the issuing server"),
    )


if __name__ == "__main__":
    main()

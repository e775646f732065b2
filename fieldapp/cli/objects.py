"""`fieldapp objects`: is every stored file what it was; list them, get one, let refused ones in."""

from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from fieldapp.cli.inside import application
from fieldapp.cli.showing import json_option, say, show_json, show_table, write_file
from fieldapp.usecases import files_here, upload_object
from fieldapp.usecases.verify_objects import Finding, ObjectsCheck, verify_objects

_SIZES = click.Choice(["screen", "print", "thumbnail"])


@click.group()
def objects() -> None:
    """Stored photos, documents and packs: verify, list, get, allow."""


@objects.command("verify")
@click.option(
    "--quick", is_flag=True, help="Only whether each is there with its size; hashes are not computed."
)
@json_option
def verify_command(quick: bool, as_json: bool) -> int:
    """Read every stored file and compare it with its SHA-256.

    What is lost or damaged is written down, so that pages, packs and tablets know of it, and ends with exit
    code 1. What belongs to nothing is named and left alone.
    """
    with application(), Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("stored files", total=None)
        found = verify_objects(
            quick=quick, tell=lambda done, total: bar.update(task, completed=done, total=total)
        )
    if as_json:
        show_json(asdict(found) | {"good": found.good})
    else:
        _show(found, quick)
    return 0 if found.good else 1


def _show(found: ObjectsCheck, quick: bool) -> None:
    rows = [(each.sha256, _WORDS[each.problem], each.size or "–") for each in found.findings]
    show_table(("File", "What is wrong", "Bytes"), rows, "Nothing is wrong.")
    looked = "are there with their size" if quick else "were read"
    wrong = [each for each in found.findings if _is_bad(each)]
    end = "every one is good" if found.good else f"{len(wrong)} of them lost or damaged"
    say(f"{found.objects} files, {found.size} bytes {looked}: {end}.")


def _is_bad(each: Finding) -> bool:
    return each.problem in ("lost", "damaged")


_WORDS = {
    "lost": "lost: not in the store",
    "damaged": "damaged: its bytes are not those of its SHA-256",
    "renewed": "a picture made from a photo; made again when it is needed",
    "unknown": "belongs to nothing here; may be removed",
    "orphaned": "a piece of an upload that nobody has begun; cleared away by itself",
}


@objects.command("list")
@click.option("--wrong", is_flag=True, help="Only what is lost or damaged.")
@json_option
def list_command(wrong: bool, as_json: bool) -> None:
    """List the stored files."""
    with application():
        found = files_here.files(wrong=wrong)
    if as_json:
        show_json({"objects": [asdict(each) for each in found]})
        return
    rows = [
        (
            each.sha256,
            each.media_type,
            each.size,
            each.created_at,
            each.problem or "–",
            each.checked_at or "–",
        )
        for each in found
    ]
    show_table(("File", "Type", "Bytes", "Since", "Problem", "Looked at"), rows, "No files.")


@objects.command("get")
@click.argument("sha256")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--original", is_flag=True, help="As it was sent, with the place and time that a camera wrote.")
@click.option("--size", type=_SIZES, default="print", show_default=True, help="Of a picture.")
@json_option
def get_command(sha256: str, output: Path, original: bool, size: str, as_json: bool) -> None:
    """Write one stored file: a picture without its place, or the original."""
    with application():
        data, media_type = files_here.file(sha256, "original" if original else size)
        write_file(output, data)
    show_json({"file": str(output), "media_type": media_type, "size": len(data)}) if as_json else say(
        f"Wrote {output}: {media_type}, {len(data)} bytes."
    )


@objects.command("allow")
@click.argument("sha256", required=False)
@json_option
def allow_command(sha256: str | None, as_json: bool) -> None:
    """Let refused files be sent again, one or all, after a limit was changed."""
    with application():
        count = upload_object.allow_again(sha256)
    show_json({"allowed": count}) if as_json else say(
        f"{count} may be sent again; tablets do so by themselves."
    )

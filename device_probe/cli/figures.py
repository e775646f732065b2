"""`device-probe figures`: the figures of a report, in the terminal or as SVG files."""

from fnmatch import fnmatchcase
from pathlib import Path

import click

from device_probe import console
from device_probe.cli.options import FILE, JSON
from device_probe.cli.output import write_text
from device_probe.figures import ReportFigure, figures_of
from device_probe.json_file import read_json
from device_probe.model import ProbeReport
from device_probe.problems import OutputError
from device_probe.report import load_report, rejudge

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(name="figures")
@click.argument("report_file", metavar="REPORT", type=FILE)
@click.option("--out", "folder", type=FOLDER, help="Write every figure as SVG into this folder.")
@click.option("--only", multiple=True, metavar="NAME", help="Only these, patterns too: 'phasor:*'.")
@JSON
def figures_command(report_file: Path, folder: Path | None, only: tuple[str, ...], as_json: bool) -> None:
    """Draw a report: balance of the meters, distortion, phasors, harmonics, currents, the load step.

    In the terminal without --out. A report that holds no judgement of its meters, as those of earlier
    versions, is judged first.

    \b
    Examples:
      device-probe figures report.json.gz
      device-probe figures report.json.gz --out figures
      device-probe figures report.json.gz --only balance --only 'phasor:*'
    """
    report = _judged(load_report(read_json(report_file), report_file.name))
    found = _chosen(figures_of(report), only)
    written = {figure.name: _written(figure, folder) for figure in found} if folder else {}
    if as_json:
        console.print_json([_document(figure, written) for figure in found])
    elif written:
        for path in written.values():
            click.echo(str(path))
    else:
        click.echo("\n\n".join(figure.told() for figure in found))


def _judged(report: ProbeReport) -> ProbeReport:
    return report if report.judgements else rejudge(report)


def _chosen(figures: tuple[ReportFigure, ...], only: tuple[str, ...]) -> tuple[ReportFigure, ...]:
    found = tuple(f for f in figures if not only or any(fnmatchcase(f.name, name) for name in only))
    if not found:
        raise click.UsageError(f"No figure is called so; there are {', '.join(f.name for f in figures)}.")
    return found


def _written(figure: ReportFigure, folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: the folder cannot be made ({error.strerror or error}); give another one."
        ) from error
    path = folder / f"{figure.name.replace(':', '-')}.svg"
    write_text(path, figure.drawn() + "\n")
    return path


def _document(figure: ReportFigure, written: dict[str, Path]) -> dict[str, str | None]:
    path = written.get(figure.name)
    return {
        "name": figure.name, "title": figure.title, "tag": figure.tag or None,
        "file": str(path) if path else None, "text": figure.told(),
    }  # fmt: skip

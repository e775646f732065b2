"""The command `fieldapp`: what is done at the machine. Errors are one sentence, never a traceback."""

import os
import sys
from typing import IO, Any

import click
from sqlalchemy.exc import SQLAlchemyError

from checklists.errors import ChecklistError
from designs.errors import DesignError
from device_probe.problems import ProbeError
from fieldapp.cli.agents import probe_command
from fieldapp.cli.checklists import checklist
from fieldapp.cli.demo import demo
from fieldapp.cli.designs import design
from fieldapp.cli.held import held, sync
from fieldapp.cli.instruments import instrument, qualification
from fieldapp.cli.jobs import jobs
from fieldapp.cli.journals import journal
from fieldapp.cli.objects import objects
from fieldapp.cli.packs import pack
from fieldapp.cli.people import org, user
from fieldapp.cli.revisions import DESIGN_COMMANDS, SITE_COMMANDS
from fieldapp.cli.rollouts import rollout
from fieldapp.cli.running import config, init, serve
from fieldapp.cli.sections import sections_command
from fieldapp.cli.sites import site
from fieldapp.cli.staff import USER_COMMANDS
from fieldapp.cli.tablets import tablet
from fieldapp.cli.tokens import token
from fieldapp.cli.workers import worker
from fieldapp.config import ConfigError
from fieldapp.problems import Problem
from reports.errors import ReportError

ENVIRONMENT_FAILED = 4


class Unwritten(click.ClickException):
    """The reader of the output has gone; click itself would end with 1, the answer no."""

    exit_code = ENVIRONMENT_FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Say nothing: nobody is left to tell."""


class Commands(click.Group):
    """All commands; a closed pipe is no verdict."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and never take a verdict that nobody got for an answer."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise Unwritten("") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fieldapp")
def cli() -> None:
    """Commission EV-charging sites: designs, checklists, probe, review, sealed handover packs."""


for command in (
    checklist,
    config,
    demo,
    design,
    held,
    init,
    instrument,
    jobs,
    journal,
    objects,
    org,
    pack,
    rollout,
    serve,
    site,
    sync,
    tablet,
    token,
    user,
    worker,
):
    cli.add_command(command)
for command in (*USER_COMMANDS, qualification):
    user.add_command(command)
for command in DESIGN_COMMANDS:
    design.add_command(command)
for command in (*SITE_COMMANDS, sections_command, probe_command):
    site.add_command(command)


def main() -> None:
    """Run the command line and end with the exit code of docs/contracts."""
    sys.exit(_run())


def _run() -> int:
    try:
        code = cli(standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as error:
        return int(error.exit_code)
    except click.Abort:
        return _say("Stopped.", 130)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (Problem, ConfigError, DesignError, ChecklistError, ProbeError, ReportError) as error:
        return _say(str(error), error.exit_code)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return _say(
            f"The database failed: {reason}. Is it there, and up to date (fieldapp init)?", ENVIRONMENT_FAILED
        )
    except UnicodeEncodeError:
        return _say("An argument or the terminal is not UTF-8; write it anew, or set PYTHONUTF8=1.", 2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"{where}{error.strerror or error}.", ENVIRONMENT_FAILED)


def _say(sentence: str, code: int) -> int:
    click.echo(f"fieldapp: {sentence}", err=True)
    return code

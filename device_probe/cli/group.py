"""How every command ends: one sentence and an exit code, never a traceback."""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from device_probe.problems import OutputError, ProbeError

STOPPED = 130  # as shells say it: neither the answer yes nor the answer no


class OneSentence(click.Group):
    """Turns this package's errors into one sentence and an exit code."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run, and say so when the help itself can't be written."""
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            sys.exit(_output_failed(error))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; never show a traceback for what a person can put right."""
        try:
            return super().invoke(ctx)
        except ProbeError as error:
            click.echo(f"Error: {_sentence(str(error))}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(STOPPED)
        except OSError as error:
            ctx.exit(_output_failed(error))


class Commands(OneSentence):
    """Commands that are loaded when they are asked for: a verdict needs no Modbus, a reading no simulator."""

    def __init__(self, *arguments: Any, places: Mapping[str, str], **options: Any) -> None:
        """Take the name of each command and where it stands, as "module:attribute"."""
        super().__init__(*arguments, **options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*self._places, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None when there is none of that name."""
        if cmd_name not in self._places:
            return super().get_command(ctx, cmd_name)
        module, attribute = self._places[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


def _output_failed(error: OSError) -> int:
    # What is still buffered would fail once more at the end of the process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if not isinstance(error, BrokenPipeError):  # then whoever read it has gone, and nobody is left to tell
        click.echo(f"Error: The output can't be written: {error.strerror or error}.", err=True)
    # never 0: an answer that nobody got is not the answer yes
    return OutputError.exit_code


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!")) else f"{text}."

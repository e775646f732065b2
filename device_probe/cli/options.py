"""Options that several commands share."""

import math
from pathlib import Path
from typing import Any

import click


class Finite(click.FloatRange):
    """A number in a range; "not a number" is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what compares with nothing before the range is looked at."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value} is not a number.", param, ctx)
        return found


JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
HOST = click.option("--host", required=True, help="Name or address of the device or its gateway.")
PORT = click.option(
    "--port", type=click.IntRange(1, 65535), help="TCP port; default: what the profile says, else 502."
)
UNIT = click.option(
    "--unit", type=click.IntRange(0, 255), help="Modbus unit id; default: what the profile says, else 1."
)
TIMEOUT = click.option(
    "--timeout",
    "timeout_s",
    type=Finite(0.05, 60),
    help="Seconds to wait for an answer (default 1 to 1.5).",
)
FILE = click.Path(dir_okay=False, path_type=Path)

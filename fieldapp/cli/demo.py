"""`fieldapp demo`: the whole story once, on real parts."""

import click

from fieldapp.cli.showing import json_option


@click.command()
@json_option
def demo(as_json: bool) -> int:
    """Run the whole story: from a standard design to a sealed, verified handover pack."""
    # Only this command needs a browser's driver; all others work without the demo's dependencies.
    from fieldapp.story import run_demo

    return int(run_demo(as_json=as_json) or 0)

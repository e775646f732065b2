"""`device-probe profiles`: what is known."""

import click

from device_probe import console
from device_probe.cli.options import JSON
from device_probe.profile_schema import list_profiles


@click.command()
@click.option(
    "--kind", type=click.Choice(["meter", "analyser", "ac_charger", "dc_charger", "inverter", "bess"])
)
@JSON
def profiles(kind: str | None, as_json: bool) -> None:
    """List the device profiles.

    \b
    Example:
      device-probe profiles --kind analyser
    """
    found = [profile for profile in list_profiles() if kind in (None, profile.kind)]
    if not as_json:
        console.show_profiles(found)
        return
    console.print_json(
        [
            {
                "id": p.id,
                "vendor": p.vendor,
                "model": p.model,
                "kind": p.kind,
                "transport": p.transport,
                "word_order": p.word_order,
                "default_unit_id": p.default_unit_id,
                "default_port": p.default_port,
                "quantities": list(p.quantities),
                "confidence": p.confidence,
                "partial": p.partial,
                "digest": p.digest,
            }
            for p in found
        ]
    )

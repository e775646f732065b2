"""The command line `device-probe`.

Exit codes: 0 good, 1 the answer is no, 2 wrong call or input, 3 inconclusive, 4 environment.
"""

import click

from device_probe.cli.group import Commands

PLACES = {
    "agent": "device_probe.cli.agent:agent",
    "drift": "device_probe.cli.drift:drift_command",
    "figures": "device_probe.cli.figures:figures_command",
    "identify": "device_probe.cli.identify:identify",
    "judge": "device_probe.cli.judge:judge_command",
    "load-step": "device_probe.cli.load_step:load_step",
    "plan": "device_probe.cli.plan:plan",
    "profile": "device_probe.cli.profile:profile",
    "profiles": "device_probe.cli.profiles:profiles",
    "read": "device_probe.cli.read:read",
    "scan": "device_probe.cli.scan:scan_command",
    "simulate": "device_probe.cli.simulate:simulate_command",
    "site": "device_probe.cli.site:site",
    "watch": "device_probe.cli.watch:watch",
    "window": "device_probe.cli.window:window",
}


@click.group(cls=Commands, places=PLACES, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Read meters and chargers over Modbus/TCP, judge their wiring and the power quality.

    Nothing is ever written, but for set-points by load-step with --allow-writes.

    \b
    Examples:
      device-probe profiles
      device-probe profile check my-meter.yaml
      device-probe read --profile eastron-sdm630 --host 192.168.1.50 --unit 11
      device-probe plan eastron-sdm630
      device-probe watch plan.json
      device-probe window plan.json --interval 1 --samples 300 --out test.jsonl
      device-probe identify --host 192.168.1.50
      device-probe scan 192.168.1.0/24 --units 1-10 --expected plan.json
      device-probe site plan.json --out report.json
      device-probe judge report.json
      device-probe drift approved.json.gz report.json
      device-probe figures report.json --out figures
      device-probe load-step plan.json
      device-probe simulate plan.json --scenario ct-reversed
      device-probe agent --server https://field.example --token-file token.txt
    """

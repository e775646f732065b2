"""Feeds frames and profiles grown by coverage (atheris): no wrong value, no error of another kind."""

import argparse
import base64
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

WATCHED = ["device_probe.bus", "device_probe.profile", "device_probe.plan"]
TARGETS = ("tcp-frames", "rtu-frames", "stray-bytes", "profiles")
LONGEST = 600


def fuzz(name: str, arguments: list[str]) -> None:
    """Run one target until its time is over; never returns."""
    import atheris  # here, for it must see what it watches being imported

    with atheris.instrument_imports(include=WATCHED):
        from tests.device_probe import fuzz_targets

    atheris.Setup([sys.argv[0], *arguments], fuzz_targets.TARGETS[name])
    atheris.Fuzz()


def run(name: str, seconds: int, folder: Path) -> dict[str, object]:
    """Run one target in a process of its own and return what it came to."""
    corpus = folder / name
    corpus.mkdir()
    begin = time.monotonic()
    command = [
        sys.executable, __file__, "--target", name, "--", f"-max_total_time={seconds}", f"-max_len={LONGEST}",
        "-print_final_stats=1", f"-artifact_prefix={corpus}-", "-timeout=20", str(corpus),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    executions = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    finds = sorted(folder.glob(f"{name}-*"))
    figures: dict[str, object] = {
        "proof": "fuzz",
        "target": name,
        "executions": int(executions[1]) if executions else 0,
        "inputs_kept": sum(1 for _ in corpus.iterdir()),
        "seconds": round(time.monotonic() - begin, 1),
        "findings": [base64.b64encode(find.read_bytes()).decode() for find in finds],
    }
    if finds or done.returncode:
        sys.stderr.write(done.stderr[-4000:])
    return figures | {"ended": done.returncode}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=4, help="for all targets together (default 4)")
    parser.add_argument("--only", choices=TARGETS)
    parser.add_argument("--target", choices=TARGETS, help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.target:
        fuzz(given.target, given.arguments)
    chosen = (given.only,) if given.only else TARGETS
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            figures = run(name, max(5, round(60 * given.minutes / len(chosen))), Path(folder))
            good = good and not figures["findings"] and figures["ended"] == 0
            print(json.dumps(figures), flush=True)  # noqa: T201
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

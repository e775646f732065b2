"""Damages a sealed pack at random places, by bits, bytes, runs and cuts: every copy must be refused."""

import argparse
import datetime as dt
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from reports.authority import ensure
from reports.render import render
from reports.seal import seal
from reports.verify import verify
from tests.reports.sample_pack import sample

AT = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)


def damaged(data: bytes, chance: random.Random) -> tuple[str, int, bytes]:
    """Return what was done, where, and the damaged copy (never equal to the original)."""
    kind, at = chance.choice(("bit", "byte", "run", "cut", "insert", "append")), chance.randrange(len(data))
    copy = bytearray(data)
    if kind == "bit":
        copy[at] ^= 1 << chance.randrange(8)
    elif kind == "byte":
        copy[at] = (copy[at] + chance.randrange(1, 256)) % 256
    elif kind == "run":
        copy[at : at + 64] = bytes(each ^ 0x55 for each in copy[at : at + 64])
    elif kind == "cut":
        del copy[at:]
    elif kind == "insert":
        copy[at:at] = b" "
    else:
        copy += chance.randbytes(chance.randrange(1, 64))
    return kind, at, bytes(copy)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, tried, accepted = random.Random(options.seed), Counter[str](), []
    with tempfile.TemporaryDirectory() as folder:
        identity = ensure(Path(folder) / "pki", organisation="Proof")
        data = seal(render(sample(photos=2)), identity, reason="Proof", at=AT)
        begin = time.perf_counter()
        for _ in range(options.copies):
            kind, at, copy = damaged(data, chance)
            tried[kind] += 1
            if verify(copy, roots=[identity.root_pem]).good:
                accepted.append({"kind": kind, "at": at})
        seconds = time.perf_counter() - begin
        untouched = verify(data, roots=[identity.root_pem]).good
    figures = {
        "proof": "tamper", "seed": options.seed, "bytes": len(data), "copies": dict(tried),
        "accepted": accepted, "untouched_accepted": untouched, "seconds": round(seconds, 1),
    }  # fmt: skip
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if accepted or not untouched else 0


if __name__ == "__main__":
    sys.exit(main())

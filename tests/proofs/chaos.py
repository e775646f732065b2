"""Kills the server again and again while tablets work through a bad network: is anything lost?"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from fieldapp import create_app
from fieldapp.store import database
from tests.fieldapp.hall_cast import Hall, furnish, hall_of
from tests.fieldapp.postgres_cluster import Cluster, running_cluster
from tests.proofs.chaos_parts.storm import Outcome, Scale, storm
from tests.proofs.chaos_parts.workers import dying_workers
from tests.proofs.chaos_parts.writers import writers_at_once

Scene = Callable[[Hall, dict[str, str]], Outcome]


@contextmanager
def opened(home: Path, cluster: Cluster | None) -> Iterator[tuple[Hall, dict[str, str]]]:
    """Open a copy of a furnished home, its rows in PostgreSQL when there is a cluster."""
    with tempfile.TemporaryDirectory(prefix="fieldapp-chaos-") as folder, ExitStack() as stack:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        settings = {"FIELDAPP_HOME": str(copy)}
        if cluster is not None:
            settings["FIELDAPP_DATABASE_URL"] = stack.enter_context(cluster.copy_of(copy))
        hall = hall_of(copy, **{key: value for key, value in settings.items() if key != "FIELDAPP_HOME"})
        yield hall, settings
        with hall.inside():
            database.database().dispose()


def played(name: str, scene: Scene, home: Path, kind: str, cluster: Cluster | None, seed: int) -> bool:
    """Play one scene on one database and print its figures; True when nothing was lost."""
    begin = time.perf_counter()
    with opened(home, cluster) as (hall, settings):
        found = scene(hall, settings)
    line: dict[str, Any] = {"proof": f"chaos {name}", "database": kind, "seed": seed, **found.figures}
    line |= {"lost": len(found.faults), "all_seconds": round(time.perf_counter() - begin, 1)}
    sys.stdout.write(json.dumps(line) + "\n")
    for fault in found.faults[:50]:
        sys.stderr.write(f"{kind}, seed {seed}: {fault}\n")
    sys.stdout.flush()
    return not found.faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--scene", choices=("storm", "workers", "writers", "all"), default="all")
    parser.add_argument("--tablets", type=int, default=3)
    parser.add_argument("--operations", type=int, default=500, help="of each tablet")
    parser.add_argument("--photos", type=int, default=60, help="of each tablet")
    parser.add_argument("--kills", type=int, default=20, help="of the server, while there is work left")
    parser.add_argument("--seconds", type=float, default=1800, help="after which what is not done is lost")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    scale = Scale(options.tablets, options.operations, options.photos, options.kills, options.seconds)
    scenes: dict[str, Scene] = {
        "storm": lambda hall, settings: storm(hall, settings, scale, options.seed),
        "workers": lambda hall, settings: dying_workers(hall, settings, 3, options.seconds, options.seed),
        "writers": lambda hall, settings: writers_at_once(hall, settings, options.operations // 10),
    }
    scenes = {name: scene for name, scene in scenes.items() if options.scene in (name, "all")}
    kinds = ("sqlite", "postgres") if options.database == "both" else (options.database,)
    with tempfile.TemporaryDirectory(prefix="fieldapp-chaos-") as folder, ExitStack() as stack:
        home = Path(folder) / "furnished"
        app = create_app({"FIELDAPP_HOME": str(home)})
        furnish(app)
        with app.app_context():
            database.database().dispose()
        cluster = stack.enter_context(running_cluster(durable=True)) if "postgres" in kinds else None
        good = [
            played(name, scene, home, kind, cluster if kind == "postgres" else None, options.seed)
            for kind in kinds
            for name, scene in scenes.items()
        ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

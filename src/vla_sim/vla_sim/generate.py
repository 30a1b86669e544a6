# SPDX-License-Identifier: Apache-2.0
"""Demonstrations of the experts as arrays: `python -m vla_sim.generate scene.yaml folder --episodes 1000`.

One `.npz` per shard of seeds, renamed into place when complete, so that a stopped run goes on where it was and a
trainer can read while more are made. The recording itself is in `demonstration.py`.
"""

import argparse
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from vla_sim.demonstration import DemonstrationConfig, write_shard
from vla_sim.errors import SimulationError
from vla_sim.scene.config import load_scene
from vla_sim.tasks.task import Skill

SHARD = 16  # episodes a file: about 15 s of work


def _progress(done: int, total: int, started_s: float, episodes: int, successes: int) -> str:
    elapsed_s = time.monotonic() - started_s
    eta_s = elapsed_s / max(done, 1) * (total - done)
    bar = "#" * round(30 * done / total)
    rate = 60.0 * episodes / max(elapsed_s, 1e-9)
    return f"[{bar:30s}] {done}/{total} shards, {successes}/{episodes} good, {rate:.0f}/min, ETA {eta_s:.0f} s"


def _write(arguments: tuple[DemonstrationConfig, Path, range]) -> tuple[int, int]:
    return write_shard(*arguments)


def generate(config: DemonstrationConfig, folder: Path, episodes: int, workers: int) -> tuple[int, int]:
    """Write what is missing of ``episodes`` demonstrations; return how many were made and how many succeeded."""
    folder.mkdir(parents=True, exist_ok=True)
    shards = [range(first, min(first + SHARD, episodes)) for first in range(0, episodes, SHARD)]
    missing = [(config, folder / f"shard_{s.start:06d}.npz", s) for s in shards]
    missing = [job for job in missing if not job[1].exists()]
    made = good = 0
    started_s = time.monotonic()
    with get_context("spawn").Pool(workers) as pool:
        for done, (count, successes) in enumerate(pool.imap_unordered(_write, missing), start=1):
            made, good = made + count, good + successes
            print("\r" + _progress(done, len(missing), started_s, made, good), end="", flush=True)  # noqa: T201
    print()  # noqa: T201
    return made, good


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m vla_sim.generate", description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--size", type=int, default=96, help="image height and width")
    parser.add_argument("--skills", nargs="+", choices=[s.value for s in Skill], default=[s.value for s in Skill])
    parser.add_argument("--disturb", type=float, default=0.05, help="chance of a disturbance at each row")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    try:
        config = DemonstrationConfig(
            scene=load_scene(arguments.scene),
            skills=tuple(Skill(name) for name in arguments.skills),
            image_size=arguments.size,
            disturbance=arguments.disturb,
        )
        generate(config, arguments.folder, arguments.episodes, arguments.workers)
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

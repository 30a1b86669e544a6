# SPDX-License-Identifier: Apache-2.0
"""Demonstrations of the experts as bags and arrays: `python -m vla_sim.generate scene.yaml folder --episodes 1000`.

Below the folder: ``shard_*.npz`` with rows at 10 Hz, and ``bags/shard_*/episode_*`` as rosbag2 (mcap) with the topics
of the robot's contract, labelled with instruction and outcome. A stopped run goes on where it was.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from vla_sim.demonstration import DemonstrationConfig
from vla_sim.errors import SimulationError
from vla_sim.generate import FORMATS, Progress, generate, shards_of
from vla_sim.scene.config import load_scene
from vla_sim.tasks.task import Skill


def progress_bar(clock_s: Callable[[], float]) -> Callable[[Progress], None]:
    """Return what draws a bar with rate and remaining time; over itself where it is a terminal."""
    begin_s, draws_over = clock_s(), sys.stdout.isatty()

    def draw(progress: Progress) -> None:
        elapsed_s = max(clock_s() - begin_s, 1e-9)
        share = progress.done / progress.total
        text = (
            f"[{'#' * round(30 * share):30s}] {progress.done}/{progress.total} shards, "
            f"{progress.good}/{progress.made} good, {60.0 * progress.made / elapsed_s:.0f}/min, "
            f"{elapsed_s / share - elapsed_s:.0f} s left"
        )
        ends = progress.done == progress.total
        print(f"\r{text}" if draws_over else text, end="\n" if ends or not draws_over else "", flush=True)  # noqa: T201

    return draw


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m vla_sim.generate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--episodes", type=_positive, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=96, help="image height and width")
    parser.add_argument("--skills", nargs="+", choices=[s.value for s in Skill], default=[s.value for s in Skill])
    parser.add_argument("--disturb", type=float, default=0.05, help="chance of a disturbance at each row")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--workers", type=_positive, default=2)
    arguments = parser.parse_args()
    try:
        config = DemonstrationConfig(
            scene=load_scene(arguments.scene),
            skills=tuple(Skill(name) for name in arguments.skills),
            image_size=arguments.size,
            disturbance=arguments.disturb,
        )
        formats = tuple(arguments.formats)
        shards = shards_of(arguments.folder, arguments.episodes, formats, arguments.first_seed)
        progress = generate(config, shards, arguments.workers, progress_bar(time.monotonic))
        if progress.total == 0:
            print(f"{arguments.folder} has all {arguments.episodes} demonstrations already")  # noqa: T201
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

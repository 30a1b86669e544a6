# SPDX-License-Identifier: Apache-2.0
"""Demonstrations of the experts as arrays: `python -m vla_sim.generate scene.yaml folder --episodes 1000`."""

import argparse
import sys
import time
from pathlib import Path

from vla_sim.demonstration import DemonstrationConfig
from vla_sim.errors import SimulationError
from vla_sim.generate import generate
from vla_sim.scene.config import load_scene
from vla_sim.tasks.task import Skill


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m vla_sim.generate", description=(__doc__ or "").splitlines()[0])
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
        generate(config, arguments.folder, arguments.episodes, arguments.workers, time.monotonic)
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

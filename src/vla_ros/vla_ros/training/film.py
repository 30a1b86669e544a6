# SPDX-License-Identifier: Apache-2.0
"""Film strips of attempts: what both cameras saw, one column per chunk, one row per attempt. For people to look at."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.training.closed_loop import ChunkFollower, run_policy
from vla_ros.training.conditions import Condition, prepare
from vla_sim.simulation import Simulation
from vla_sim.tasks.task import Skill

__all__ = ["film", "save_films"]

Image = npt.NDArray[np.uint8]

COLUMNS = 9
WHITE, YELLOW = (255, 255, 255), (255, 255, 0)


def film(
    simulation: Simulation, policy: FlowPolicy, condition: Condition, skill: Skill, seed: int
) -> tuple[Image, bool]:
    """Return the strip of one attempt, and whether it succeeded."""
    task, event = prepare(simulation, condition, skill, seed)
    pictures: list[Image] = []

    def take(time_s: float) -> None:
        picture = np.concatenate([simulation.render("scene"), simulation.render("wrist")])
        done = float(np.clip(policy.auxiliary[9], 0.0, 1.0))
        pictures.append(_written(picture, f"{time_s:.1f} s, done {done:.2f}", WHITE, 0))

    def on_chunk(time_s: float, follower: ChunkFollower) -> None:
        take(time_s)
        event(time_s, follower)

    attempt = run_policy(simulation, task, policy, on_chunk=on_chunk)
    take(attempt.duration_s)
    pictures[0] = _written(pictures[0], f"{task.text}: {'success' if attempt.success else 'failure'}", YELLOW, 1)
    chosen = np.unique(np.linspace(0, len(pictures) - 1, COLUMNS).astype(int))
    strip = np.concatenate([pictures[index] for index in chosen], axis=1)
    blank = COLUMNS * pictures[0].shape[1] - strip.shape[1]
    return np.pad(strip, ((0, 6), (0, blank), (0, 0))), attempt.success


def save_films(strips: list[Image], path: Path) -> None:
    """Write strips below each other as one picture."""
    cv2.imwrite(str(path), np.concatenate(strips)[..., ::-1])


def _written(picture: Image, text: str, colour: tuple[int, int, int], line: int) -> Image:
    copy = np.ascontiguousarray(picture)
    cv2.putText(copy, text, (4, 14 + 16 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
    return copy

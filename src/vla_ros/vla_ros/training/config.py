# SPDX-License-Identifier: Apache-2.0
"""Configuration of every step of the training command. Values and their checks only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vla_ros.errors import ConfigError
from vla_sim.tasks.task import Skill

__all__ = ["DEMONSTRATION_WEIGHTS", "RELABEL_WEIGHTS", "GenerationConfig", "LossConfig", "OptimiserConfig"]

# Pick-and-place first: what the others share (finding, grasping, carrying) is learned there.
DEMONSTRATION_WEIGHTS: Mapping[Skill, float] = {
    Skill.PLACE_IN_BIN: 0.30,
    Skill.PLACE_ON_ZONE: 0.15,
    Skill.STACK: 0.16,
    Skill.PUSH_TO_ZONE: 0.16,
    Skill.PICK: 0.08,
    Skill.REACH: 0.06,
    Skill.HOME: 0.05,
    Skill.OPEN: 0.02,
    Skill.CLOSE: 0.02,
}
RELABEL_WEIGHTS: Mapping[Skill, float] = {
    Skill.PLACE_IN_BIN: 0.30,
    Skill.PLACE_ON_ZONE: 0.15,
    Skill.STACK: 0.15,
    Skill.PUSH_TO_ZONE: 0.15,
    Skill.PICK: 0.08,
    Skill.REACH: 0.08,
    Skill.HOME: 0.04,
    Skill.OPEN: 0.025,
    Skill.CLOSE: 0.025,
}


@dataclass(frozen=True, slots=True)
class GenerationConfig:
    """How demonstrations are made.

    Attributes:
        weights: Share of each skill among the tasks.
        nominal: Share of scenes with fixed light, cameras and table.
        home_start: Share of scenes that start at home; the others start at a random tool pose.
        tasks: Most tasks one after the other in a scene.
        disturbance: Probability per row (0.1 s) that a disturbance begins.
        linger_rows: Rows recorded after a task is done.
        shard_frames: Frames of a shard, at least.
    """

    weights: Mapping[Skill, float] = field(default_factory=lambda: dict(DEMONSTRATION_WEIGHTS))
    nominal: float = 0.4
    home_start: float = 0.5
    tasks: int = 3
    disturbance: float = 0.05
    linger_rows: int = 5
    shard_frames: int = 1500

    def __post_init__(self) -> None:
        for name in ("nominal", "home_start", "disturbance"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"{name} must be within [0, 1], got {getattr(self, name)}")
        if not self.weights or min(self.weights.values()) < 0.0 or sum(self.weights.values()) <= 0.0:
            raise ConfigError("weights must name at least one skill with a positive share")


@dataclass(frozen=True, slots=True)
class LossConfig:
    """Weights of the loss terms.

    Attributes:
        grounding: Cross-entropy of where each phrase lies in each picture; the decisive term.
        auxiliary: Regression of object and target pose, and of the flags held and done.
        time_power: Flow times are drawn as ``u ** time_power``.
    """

    grounding: float = 0.15
    auxiliary: float = 2.0
    time_power: float = 1.3


@dataclass(frozen=True, slots=True)
class OptimiserConfig:
    """AdamW with warm-up and a cosine over wall-clock time or iterations, whichever is given.

    Attributes:
        learning_rate, final_share: Peak rate, and its share at the end.
        warm_up: Iterations.
        images: Pictures per batch; each serves two sentences.
        ema: Decay of the averaged weights that are shipped.
    """

    learning_rate: float = 1e-3
    final_share: float = 0.04
    warm_up: int = 200
    weight_decay: float = 1e-3
    clip: float = 1.0
    images: int = 64
    ema: float = 0.997

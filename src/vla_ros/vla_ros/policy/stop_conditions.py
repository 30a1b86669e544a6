# SPDX-License-Identifier: Apache-2.0
"""Named conditions that end a run early with success. Pure functions of a few facts; adding one is one row.

They look at what the policy says and what the robot measures, never at the scene: whether the task is done is the
planner's and the executor's question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.policy.prediction import Prediction
from vla_ros.policy.schedule.algebra import algebra_of
from vla_ros.policy.session_config import SessionConfig
from vla_ros.types import Observation

__all__ = ["STOP_CONDITIONS", "StopFacts", "require_conditions"]

STILL_RAD_S = 0.02  # joint speed of an arm at rest; sensor noise is a tenth of it
STILL_CHUNK = 0.004  # [rad] or [m]: a chunk whose rows stay within this asks for no motion
STILL_WIDTH_M = 0.0005  # per observation: fingers that move at all move 2 mm in it
CLOSED_SHARE, OPEN_SHARE = 0.5, 0.9  # of the commanded range: below is a closing command, above an open hand


@dataclass(frozen=True, slots=True)
class StopFacts:
    """What the conditions look at, over the last predictions and observations.

    Attributes:
        done_count: Predictions in a row that the policy called done.
        still_count: Predictions in a row without motion while the arm stood still.
        width_m: Measured opening; NaN where it is not observed.
        commanded_m: Opening of the last row that was due; NaN where there is none.
        still_width: Whether the fingers stood still between the last two observations.
    """

    done_count: int = 0
    still_count: int = 0
    width_m: float = float("nan")
    commanded_m: float = float("nan")
    still_width: bool = False

    def seen(self, observation: Observation) -> StopFacts:
        """Return the facts after one more observation."""
        width = _entry(observation, ".width")
        moved = abs(width - self.width_m)
        return StopFacts(self.done_count, self.still_count, width, self.commanded_m, bool(moved < STILL_WIDTH_M))

    def predicted(self, prediction: Prediction, observation: Observation, config: SessionConfig) -> StopFacts:
        """Return the facts after one more prediction from ``observation``."""
        done = prediction.done >= config.done_probability
        still = _asks_for_no_motion(prediction) and _speed(observation) < STILL_RAD_S
        gripper = prediction.chunk.gripper_m
        return StopFacts(
            self.done_count + 1 if done else 0,
            self.still_count + 1 if still else 0,
            self.width_m,
            float(gripper[0]) if len(gripper) else float("nan"),
            self.still_width,
        )


Condition = Callable[[StopFacts, SessionConfig], bool]


def _policy_done(facts: StopFacts, config: SessionConfig) -> bool:
    return facts.done_count >= config.done_count


def _motion_ended(facts: StopFacts, config: SessionConfig) -> bool:
    return facts.still_count >= config.done_count


def _gripper_closed(facts: StopFacts, config: SessionConfig) -> bool:
    closing = facts.commanded_m < CLOSED_SHARE * config.largest_width_m
    return closing and facts.still_width and facts.width_m < OPEN_SHARE * config.largest_width_m


def _gripper_open(facts: StopFacts, config: SessionConfig) -> bool:
    return facts.still_width and facts.width_m >= OPEN_SHARE * config.largest_width_m


STOP_CONDITIONS: dict[str, Condition] = {
    "policy_done": _policy_done,  # the policy says so, several times in a row
    "motion_ended": _motion_ended,  # it asks for no motion and the arm stands still
    "gripper_closed": _gripper_closed,  # told to close, and the fingers have stopped
    "gripper_open": _gripper_open,  # the hand is open and still
}


def require_conditions(names: tuple[str, ...]) -> None:
    """Refuse a condition that does not exist.

    Raises:
        ConfigError: naming it and the nearest known one.
    """
    for name in names:
        if name not in STOP_CONDITIONS:
            raise ConfigError(unknown_name("stop condition", name, STOP_CONDITIONS))


def _entry(observation: Observation, suffix: str) -> float:
    values = [
        value for name, value in zip(observation.state_names, observation.state, strict=True) if name.endswith(suffix)
    ]
    return float(values[0]) if values else float("nan")


def _speed(observation: Observation) -> float:
    rates = [
        abs(value)
        for name, value in zip(observation.state_names, observation.state, strict=True)
        if name.endswith(".velocity")
    ]
    return float(max(rates, default=0.0))


def _asks_for_no_motion(prediction: Prediction) -> bool:
    chunk = prediction.chunk
    if len(chunk.rows) == 0:
        return False
    algebra = algebra_of(chunk.space, chunk.rows.shape[1])
    rest = np.repeat(algebra.at_rest(chunk.rows[:1]), len(chunk.rows), axis=0)
    return float(np.max(np.abs(algebra.difference(chunk.rows, rest)))) < STILL_CHUNK

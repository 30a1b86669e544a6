# SPDX-License-Identifier: Apache-2.0
"""The scripted policy: the simulation's expert on its ground truth. Not learned, and useless on a real robot.

It exists so that the whole graph runs before there is a checkpoint, and as the upper bound that a learned policy is
compared with. It declares itself as ``scripted`` in every chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.errors import PolicyError
from vla_ros.policy.backends.scene_task import SceneObject, SceneTask, ToolState, handling_of, situation_of, task_of
from vla_ros.policy.checkpoint import Checkpoint
from vla_ros.policy.flow.arm import tool_pose, yaw_of
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.specification import PolicySpecification
from vla_ros.types import ActionChunk, ActionSpace, Observation, Provenance
from vla_sim.experts.law import is_delivered
from vla_sim.experts.rollout import ToolChunk, roll_out
from vla_sim.tasks.task import NEEDS_TARGET

__all__ = ["ScriptedPolicy", "TruthSnapshot", "load"]

Array = npt.NDArray[np.float64]

ROWS, PERIOD_NS = 16, 100_000_000  # those of the default policy
COLUMNS = ("x", "y", "z", "qx", "qy", "qz", "qw")
MAX_TRUTH_AGE_NS = 500_000_000
FINISHED_M = 0.005  # a roll-out that goes nowhere further


@dataclass(frozen=True, slots=True)
class TruthSnapshot:
    """Ground truth at one moment; the feed ``ground_truth`` returns the one nearest to a time."""

    stamp_ns: int
    things: tuple[SceneObject, ...]


class ScriptedPolicy:
    """Rolls the expert's law out from the measured state."""

    def __init__(
        self, specification: PolicySpecification, truth: Callable[[int], TruthSnapshot | None], speed: float = 1.0
    ) -> None:
        """Serve ``specification`` at a share of the expert's speed; ``truth`` is the one nearest to a time [ns]."""
        self.specification = specification
        self._truth = truth
        self._speed = speed

    def infer(
        self, observation: Observation, instruction: Instruction, context: InferenceContext, deadline_ns: int
    ) -> Prediction:
        """See :class:`vla_ros.policy.interface.Policy`."""
        truth = self._truth(observation.stamp_ns)
        if truth is None or abs(observation.stamp_ns - truth.stamp_ns) > MAX_TRUTH_AGE_NS:
            raise PolicyError("the scripted policy has no ground truth: the simulation publishes none")
        task = task_of(instruction.text, truth.things)
        situation, handling = situation_of(task, self._tool(observation)), handling_of(task)
        chunk = roll_out(task.skill, situation, handling, ROWS, PERIOD_NS * 1e-9 * self._speed)
        delivered = task.skill not in NEEDS_TARGET or bool(is_delivered(situation, handling)[0])
        away = float(np.max(np.linalg.norm(chunk.position[0] - situation.tool_position[0], axis=1))) < FINISHED_M
        done = delivered and away and _width_reached(chunk, situation.width[0], task)
        return Prediction(self._chunk(observation, context, chunk), done=float(done))

    def reset(self) -> None:
        """Nothing is remembered: the law is a function of the state."""

    def warm_up(self) -> None:
        """There is nothing to warm up."""

    def _tool(self, observation: Observation) -> ToolState:
        names = self.specification.state_names
        values = observation.values(names)
        joints, rates = values[:7], values[7:14]
        position, rotation = tool_pose(joints)
        step_s = 1e-4
        velocity = (tool_pose(joints + step_s * rates)[0] - position) / (step_s * self._speed)  # in the expert's time
        return ToolState(position, velocity, float(yaw_of(rotation)), float(values[14]))

    def _chunk(self, observation: Observation, context: InferenceContext, rolled: ToolChunk) -> ActionChunk:
        half = rolled.yaw[0] / 2.0  # pointing down with that yaw: Rz(yaw) · Rx(pi)
        zero = np.zeros_like(half)
        rows = np.column_stack([rolled.position[0], np.cos(half), np.sin(half), zero, zero])
        specification = self.specification
        return ActionChunk(
            stamp_ns=observation.stamp_ns + specification.first_row_ns,
            period_ns=specification.period_ns,
            space=specification.space,
            names=specification.names,
            rows=rows,
            gripper_m=np.append(rolled.width[0, 1:], rolled.width[0, -1]),  # commanded from the row before on
            frame=specification.frame,
            provenance=Provenance(
                observation_stamp_ns=observation.stamp_ns,
                policy_id=specification.policy_id,
                epoch=context.epoch,
            ),
        )


def load(checkpoint: Checkpoint | None, resources: PolicyResources) -> ScriptedPolicy:
    """Return the scripted policy for the robot of ``resources``.

    Raises:
        PolicyError: the arm has another number of joints than the expert's, or an option is wrong.
    """
    speed = _speed(resources.options)
    contract = resources.contract
    joints = contract.joints.names
    if len(joints) != 7:
        raise PolicyError(f"the scripted policy drives a Franka arm of 7 joints, '{contract.name}' has {len(joints)}")
    widths = [name for name in contract.state_names if name.endswith(".width")]
    if not widths:
        raise PolicyError(f"the scripted policy needs the gripper's width, which '{contract.name}' does not observe")
    entries = [f"{joint}.{field}" for field in ("position", "velocity") for joint in joints]
    specification = PolicySpecification(
        policy_id="scripted",
        rows=ROWS,
        period_ns=PERIOD_NS,
        first_row_ns=PERIOD_NS,
        space=ActionSpace.TOOL_POSE,
        names=COLUMNS,
        frame=contract.frames.base,
        state_names=(*entries, widths[0]),
    )
    return ScriptedPolicy(specification, resources.feeds["ground_truth"], speed)


def _speed(options: Mapping[str, Any]) -> float:
    unknown = sorted(set(options) - {"speed"})
    if unknown:
        raise PolicyError(f"the scripted policy has no option '{unknown[0]}'; it has 'speed'")
    speed = options.get("speed", 1.0)
    if not isinstance(speed, (int, float)) or not 0.1 <= speed <= 1.0:
        raise PolicyError(f"speed must be a number in 0.1 .. 1, a share of the expert's, got {speed!r}")
    return float(speed)


def _width_reached(chunk: ToolChunk, width: float, task: SceneTask) -> bool:
    """Whether the fingers are where they are told to be; a held object keeps them apart."""
    wanted = float(chunk.width[0, -1])
    held = 0.0 if task.thing is None else 2.0 * float(np.min(task.thing.half_size_m[:2]))
    return abs(width - wanted) < 0.01 or (wanted < held and abs(width - held) < 0.012)

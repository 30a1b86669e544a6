# SPDX-License-Identifier: Apache-2.0
"""What was commanded, in the columns of a policy's predictions: joints as they are, tool poses by kinematics. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.policy.flow.arm import ARM_JOINTS, tool_pose
from vla_ros.policy.rotation import quaternion_from_matrix
from vla_ros.recording.actions import ActionTrack
from vla_ros.types import ActionChunk, ActionSpace

__all__ = ["Truth", "truth_of"]

Array = npt.NDArray[np.float64]
TOOL_NAMES = ("x", "y", "z", "qx", "qy", "qz", "qw")
TOOL_UNITS = ("m", "m", "m", "", "", "", "")
ROTATION = slice(3, 7)  # of a tool pose
_FRANKA_JOINT = re.compile(r"(fr3|panda|fer)_joint\d")  # the arms whose kinematics ``tool_pose`` knows


@dataclass(frozen=True, slots=True)
class Truth:
    """What was commanded.

    Attributes:
        names, units: ``(A,)`` columns.
        space: What they mean.
        track: ``(N, A)`` over time, with the gripper's opening.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    space: ActionSpace
    track: ActionTrack

    @property
    def is_tool_pose(self) -> bool:
        """Whether the columns 3 to 6 are a quaternion."""
        return self.space is ActionSpace.TOOL_POSE

    def pairs(self, chunks: Sequence[ActionChunk]) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
        """Return predictions and truth ``(P, T, A)``, and which rows have one ``(P, T)``.

        ``T`` is the length of the shortest chunk. Of the two quaternions of a rotation the truth is the one nearer to
        the prediction.
        """
        rows = min(len(chunk.rows) for chunk in chunks)
        predicted = np.stack([chunk.rows[:rows] for chunk in chunks])
        times = np.stack([chunk.times_ns[:rows] for chunk in chunks])
        flat, _, covered = self.track.at(times.reshape(-1))
        truth = flat.reshape(predicted.shape)
        if self.is_tool_pose:
            dot = np.sum(predicted[..., ROTATION] * truth[..., ROTATION], axis=-1, keepdims=True)
            truth[..., ROTATION] *= np.where(dot < 0.0, -1.0, 1.0)
        return predicted, truth, covered.reshape(times.shape)


def truth_of(chunk: ActionChunk | None, actions: ActionTrack, contract: Contract) -> Truth | None:
    """Return what was commanded in the columns of ``chunk``; None where the bag does not tell it.

    Args:
        chunk: Any prediction; None: the contract's own columns.
        actions: Commanded, in the contract's columns.
        contract: The robot.
    """
    spec = contract.action
    if chunk is None or (chunk.space is spec.space and chunk.names == spec.names):
        return Truth(spec.names, spec.units, spec.space, actions)
    is_franka = len(spec.names) == ARM_JOINTS and all(map(_FRANKA_JOINT.fullmatch, spec.names))
    tool = chunk.space is ActionSpace.TOOL_POSE and chunk.names == TOOL_NAMES
    in_base = chunk.frame in ("", contract.frames.base)
    if not (tool and in_base and is_franka and spec.space is ActionSpace.JOINT_POSITION):
        return None
    position, rotation = tool_pose(actions.rows)
    poses = np.concatenate([position, _continuous(quaternion_from_matrix(rotation))], axis=1)
    return Truth(TOOL_NAMES, TOOL_UNITS, ActionSpace.TOOL_POSE, replace(actions, rows=poses))


def _continuous(quaternions: Array) -> Array:
    """Return ``(N, 4)`` with signs such that neighbours are near each other, so that rows can be interpolated."""
    if len(quaternions) < 2:
        return quaternions
    turned = np.sum(quaternions[1:] * quaternions[:-1], axis=1) < 0.0
    signs = np.where(np.cumsum(turned) % 2 == 1, -1.0, 1.0)
    return np.concatenate([quaternions[:1], quaternions[1:] * signs[:, None]])

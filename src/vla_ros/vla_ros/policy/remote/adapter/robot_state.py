# SPDX-License-Identifier: Apache-2.0
"""The robot's state as policies ask for it: joints, gripper, and the tool in every rotation format. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.contract.streams import PoseSpec
from vla_ros.errors import ConfigError, unknown_name
from vla_ros.policy.flow.arm import ARM_JOINTS, tool_pose
from vla_ros.policy.rotation import matrix_from_quaternion, quaternion_from_matrix
from vla_ros.policy.transforms import GripperScale, Origin
from vla_ros.policy.transforms.pose_format import ROTATION_FORMATS
from vla_ros.types import Observation

__all__ = ["STATE_PARTS", "RobotState", "StateReader"]

Array = npt.NDArray[np.float64]

JOINTS = ("joint_positions", "joint_velocities")
GRIPPER = ("gripper", "gripper_width", "finger_positions")
TOOL = ("tool_position", *(f"tool_{name}" for name in ROTATION_FORMATS))
# By name: its unit, as a dry run shows it.
STATE_PARTS = {
    "joint_positions": "rad",
    "joint_velocities": "rad/s",
    "gripper": "as the server counts",
    "gripper_width": "m",
    "finger_positions": "m, the second mirrored",
    "tool_position": "m in the base",
    **{f"tool_{name}": "rad" if name in ("rpy", "rotation_vector") else "unit" for name in ROTATION_FORMATS},
}


@dataclass(frozen=True, slots=True)
class RobotState:
    """One observation's state: joints ``(J,)`` [rad], [rad/s], opening [m], tool pose ``(7,)`` in the base."""

    origin: Origin
    velocities: Array
    width_m: float


class StateReader:
    """Picks parts out of observations of one robot."""

    def __init__(self, contract: Contract, parts: frozenset[str]) -> None:
        """Prepare for ``parts``.

        Raises:
            ConfigError: a part is unknown, or the robot does not observe what it is made of.
        """
        joints, known = contract.joints.names, contract.state_names
        unknown = sorted(parts - {*STATE_PARTS, *known})
        if unknown:
            raise ConfigError(unknown_name("part of a state", unknown[0], {*STATE_PARTS, *known}))
        self._positions = tuple(f"{joint}.position" for joint in joints)
        self._velocities = tuple(f"{joint}.velocity" for joint in joints) if "joint_velocities" in parts else ()
        widths = tuple(name for name in known if name.endswith(".width"))
        self._width = widths[:1] if parts.intersection(GRIPPER) else ()
        if parts.intersection(GRIPPER) and not widths:
            raise ConfigError(f"the adapter needs the gripper's width, which '{contract.name}' does not observe")
        self._pose = _tool_names(contract) if parts.intersection(TOOL) else ()
        if parts.intersection(TOOL) and not self._pose and len(joints) != ARM_JOINTS:
            raise ConfigError(
                f"the adapter needs the tool's pose: '{contract.name}' observes none of {contract.frames.tool} in "
                f"{contract.frames.base}, and only of Franka arms it is computed from the joints"
            )
        self._needs_tool = bool(parts.intersection(TOOL))
        self.state_names = (*self._positions, *self._velocities, *self._width, *self._pose)

    def __call__(self, observation: Observation) -> RobotState:
        """Return the state of an observation.

        Raises:
            VlaError: the observation lacks an entry.
        """
        joints = observation.values(self._positions)
        velocities = observation.values(self._velocities) if self._velocities else np.zeros(0)
        width = float(observation.values(self._width)[0]) if self._width else 0.0
        origin = Origin(joints, self._tool(observation, joints)) if self._needs_tool else Origin(joints)
        return RobotState(origin, velocities, width)

    def _tool(self, observation: Observation, joints: Array) -> Array:
        if self._pose:
            return observation.values(self._pose)
        position, rotation = tool_pose(joints)
        return np.concatenate([position, quaternion_from_matrix(rotation)])


def part_of(state: RobotState, part: str, scale: GripperScale | None) -> Array:
    """Return the numbers of a part of ``STATE_PARTS``."""
    if part in JOINTS:
        return state.origin.joints if part == "joint_positions" else state.velocities
    if part == "finger_positions":
        return np.array([state.width_m / 2.0, -state.width_m / 2.0])
    if part in GRIPPER:
        width = np.array([[state.width_m]])
        return width[0] if scale is None or part == "gripper_width" else scale(width, state.origin)[0]
    pose = state.origin.pose
    if part == "tool_position":
        return pose[:3]
    _, encode, _ = ROTATION_FORMATS[part.removeprefix("tool_")]
    return encode(matrix_from_quaternion(pose[3:]))


def _tool_names(contract: Contract) -> tuple[str, ...]:
    """Return the entries of the stream that observes the tool in the base; empty where there is none."""
    wanted = PoseSpec(contract.frames.base, contract.frames.tool)
    return next((stream.state_names for stream in contract.streams if stream.payload == wanted), ())

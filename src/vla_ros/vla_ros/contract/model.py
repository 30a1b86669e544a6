# SPDX-License-Identifier: Apache-2.0
"""The robot contract: what is observed and what is commanded. Values only; ``reader`` makes them from YAML."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from vla_ros.contract.streams import NS_PER_S, StreamSpec
from vla_ros.errors import ContractError, unknown_name
from vla_ros.types import ActionSpace

__all__ = [
    "ActionSpec",
    "ArmSpec",
    "CameraSpec",
    "Contract",
    "ControllerKind",
    "Frames",
    "GripperCommandSpec",
    "JointSet",
    "Normalization",
    "Timing",
]


class ControllerKind(Enum):
    """Interface that the arm's controller offers."""

    JTC = "jtc"  # joint_trajectory_controller: trajectory_msgs/JointTrajectory
    FORWARD = "forward"  # forward_command_controller: std_msgs/Float64MultiArray
    CRISP = "crisp"  # CRISP Cartesian impedance: sensor_msgs/JointState on target_joint

    @property
    def command_type(self) -> str:
        """ROS type of the command topic."""
        return _COMMAND_TYPES[self]


_COMMAND_TYPES = {
    ControllerKind.JTC: "trajectory_msgs/msg/JointTrajectory",
    ControllerKind.FORWARD: "std_msgs/msg/Float64MultiArray",
    ControllerKind.CRISP: "sensor_msgs/msg/JointState",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """When observations are made.

    Attributes:
        rate_hz: Highest rate of observations.
        pace: Key of the stream whose stamps are the reference times.
        max_wait_s: Longest wait for the other aligned streams to reach a reference time.
        max_future_s: A header stamp further ahead of the receiving clock is a lie.
        max_offset_s: A header stamp further behind it is from another clock.
        jump_s: A clock that goes back by more than this has been restarted; buffers are emptied.
    """

    rate_hz: float
    pace: str
    max_wait_s: float
    max_future_s: float = 0.05
    max_offset_s: float = 10.0
    jump_s: float = 1.0

    @property
    def period_ns(self) -> int:
        """Shortest regular time between observations."""
        return round(NS_PER_S / self.rate_hz)


@dataclass(frozen=True, slots=True)
class Frames:
    """Names of the frames that a policy speaks of: the robot's base and the tool centre point."""

    base: str
    tool: str


@dataclass(frozen=True, slots=True)
class JointSet:
    """The arm's joints in the order of actions, with their limits: ``(J,)`` each, [rad], [rad], [rad/s]."""

    names: tuple[str, ...]
    lower_rad: tuple[float, ...]
    upper_rad: tuple[float, ...]
    velocity_rad_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What the policy commands.

    Attributes:
        space: Meaning of a row.
        names: ``(A,)`` columns.
        units: ``(A,)`` unit of each column.
        lower, upper: ``(A,)`` range of each column, in its unit.
        rate_hz: Rate of the rows.
        gripper: Whether an opening width [m] comes with each row.
    """

    space: ActionSpace
    names: tuple[str, ...]
    units: tuple[str, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    rate_hz: float
    gripper: bool


@dataclass(frozen=True, slots=True)
class GripperCommandSpec:
    """The gripper's action: name, type, largest opening [m], speed [m/s] and force [N]."""

    action: str
    type_name: str
    max_width_m: float
    max_speed_m_s: float
    max_force_n: float


@dataclass(frozen=True, slots=True)
class ArmSpec:
    """How the arm is commanded.

    Attributes:
        controller: Kind of controller.
        command_topic: Where its commands go.
        state_topic: Where its ``control_msgs/JointTrajectoryControllerState`` comes from; empty: it has none.
        update_rate_hz: Rate of the control loop.
        error_recovery: Name of the robot's error recovery, a ``franka_msgs/action/ErrorRecovery`` or a
            ``std_srvs/srv/Trigger``; empty: it has none.
        gripper: None where there is no gripper.
    """

    controller: ControllerKind
    command_topic: str
    state_topic: str
    update_rate_hz: float
    error_recovery: str
    gripper: GripperCommandSpec | None


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """A camera: its name, the stream that it feeds, its ``sensor_msgs/CameraInfo`` topic and its optical frame."""

    name: str
    stream: str
    info_topic: str
    frame: str


@dataclass(frozen=True, slots=True)
class Normalization:
    """Statistics that a checkpoint was trained with: ``normalised = (value - offset) / scale``, each ``(N,)``.

    Attributes:
        part: ``state`` or ``action``.
        method: ``mean_std``, ``min_max`` or ``quantile``: how the two were estimated.
        names: Columns that they belong to, in order.
    """

    part: str
    method: str
    names: tuple[str, ...]
    offset: tuple[float, ...]
    scale: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything that a policy and a robot agree on. Immutable and hashable.

    Attributes:
        name: Name of the robot family.
        variant: Chosen robot and target, e.g. ``fr3/sim``; empty where the file has none.
        normalization: Only in the contract that a checkpoint carries.
    """

    name: str
    variant: str
    timing: Timing
    frames: Frames
    joints: JointSet
    streams: tuple[StreamSpec, ...]
    action: ActionSpec
    arm: ArmSpec
    cameras: tuple[CameraSpec, ...] = ()
    normalization: tuple[Normalization, ...] = ()

    def stream(self, key: str) -> StreamSpec:
        """Return the stream named ``key``.

        Raises:
            ContractError: there is none.
        """
        for stream in self.streams:
            if stream.key == key:
                return stream
        raise ContractError(unknown_name("stream", key, (stream.key for stream in self.streams)))

    @property
    def image_keys(self) -> tuple[str, ...]:
        """Keys of the images, in order."""
        return tuple(stream.key for stream in self.streams if stream.is_image)

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the state entries, in order."""
        return tuple(name for stream in self.streams for name in stream.state_names)

    @property
    def hash(self) -> str:
        """SHA-256 over the meaning of the contract (not its comments or layout), hex."""
        return _hash(self)


@functools.lru_cache(maxsize=16)
def _hash(contract: Contract) -> str:
    canonical = json.dumps(dataclasses.asdict(contract), sort_keys=True, default=_plain)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"a contract holds no {type(value).__name__}")

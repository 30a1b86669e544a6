# SPDX-License-Identifier: Apache-2.0
"""Values that go into and come out of the safety filter. No behaviour beyond checks of shape.

Shapes: ``J`` joints of the arm, ``T`` rows or points, ``A`` width of a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Grade(Enum):
    """How a step came out."""

    UNCHANGED = "unchanged"  # the reference, as asked
    SLOWED = "slowed"  # the reference's path, later than asked
    PROJECTED = "projected"  # the path was bent: joined from elsewhere, or a row was inadmissible
    RECOVERING = "recovering"  # the arm is outside a limit and moves inward
    BRAKING = "braking"  # no admissible step: the held stop is executed
    HOLDING = "holding"  # at rest, nothing to do
    ESTOPPED = "estopped"  # latched; at rest or coming to it


class Limit(IntEnum):
    """What a trajectory can break; the values are those of the compiled certificate."""

    NONE = 0
    JOINT_POSITION = 1
    JOINT_VELOCITY = 2
    JOINT_ACCELERATION = 3
    JOINT_JERK = 4
    JOINT_TORQUE = 5
    TOOL_SPEED = 6
    TOOL_ANGULAR_SPEED = 7
    WORKSPACE = 8
    ORIENTATION = 9
    SELF_COLLISION = 10
    WORLD_COLLISION = 11
    SINGULARITY = 12
    STOP_DURATION = 14  # a stop on the path would take too long
    REACH = 13  # the arm cannot take the tool there


class ReferenceKind(Enum):
    """What the rows of a reference are."""

    JOINT_POSITION = "joint_position"  # (T, J) [rad]
    JOINT_VELOCITY = "joint_velocity"  # (T, J) [rad/s]
    TOOL_POSE = "tool_pose"  # (T, 3 + 3 | 4 | 6 | 9): position [m]; rotation vector, xyzw, rot6d or matrix
    TOOL_TWIST = "tool_twist"  # (T, 6): linear [m/s], angular [rad/s]; base axes


@dataclass(frozen=True, slots=True)
class RobotState:
    """Measured state of arm and gripper."""

    stamp_ns: int
    q: Floats  # (J,) [rad]
    v: Floats  # (J,) [rad/s]
    effort: Floats | None = None  # (J,) [N m]
    gripper_width_m: float | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows on the absolute time axis: row ``k`` is for ``stamp_ns + k · period_ns``."""

    kind: ReferenceKind
    stamp_ns: int
    period_ns: int
    rows: Floats  # (T, A), see `ReferenceKind`
    gripper: Floats | None = None  # (T,) width [m]
    source: str = "policy"
    epoch: int = 0  # of the source; older ones are refused
    chunk_id: int = 0  # rises within an epoch

    @property
    def end_ns(self) -> int:
        """Return the time of the last row."""
        return self.stamp_ns + (len(self.rows) - 1) * self.period_ns


@dataclass(frozen=True, slots=True)
class SafeTrajectory:
    """A verified motion from the commanded state to rest. Quintics between its points are what was verified."""

    stamp_ns: int  # time of the first point
    times_ns: NDArray[np.int64]  # (T,), since the stamp
    positions: Floats  # (T, J) [rad]
    velocities: Floats  # (T, J) [rad/s], last row zero
    accelerations: Floats  # (T, J) [rad/s²], last row zero
    gripper_width_m: float | None = None

    @property
    def end_ns(self) -> int:
        """Return when the arm is at rest."""
        return self.stamp_ns + int(self.times_ns[-1])


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """What was decided, and why."""

    grade: Grade
    active_limit: Limit
    reason: str
    scale: float  # s, share of the reference's own speed
    stop_duration_ns: int  # from the end of the step
    stop_distance_rad: float  # largest travel of a joint during the stop
    lag_ns: int  # how far the arm is behind the reference
    source: str = ""
    chunk_id: int = -1
    epoch: int = -1
    refused: str = ""  # why the latest reference was not taken, if it was not


@dataclass(frozen=True, slots=True)
class SafetyOutput:
    """What `SafetyFilter.step` returns."""

    trajectory: SafeTrajectory
    report: SafetyReport
    reference_position: Floats | None = field(default=None)  # (J,) where the reference asked to be, for displays

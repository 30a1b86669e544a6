# SPDX-License-Identifier: Apache-2.0
"""The trajectory controller of ros2_controllers as a pure class. No ROS, no clock; time comes in as nanoseconds.

Behaviour taken from the real one's documentation: stamp 0 starts now, another stamp is the trajectory's time zero, a
new trajectory replaces the old one at once, joints may come in any order, and one that cannot be right is refused
whole.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from vla_sim.controllers.trajectory import Float64, Int64, JointSamples, JointTrajectory, resting_spline, spline_of

REST_VELOCITY_RAD_S = 1e-5  # what counts as rest at the end


class Acceptance(Enum):
    """Answer to a trajectory."""

    ACCEPTED = "accepted"  # replaces whatever was followed
    EMPTY = "empty"  # it has no points
    MISSING_JOINT = "missing_joint"  # partial trajectories are not allowed
    UNKNOWN_JOINT = "unknown_joint"  # a joint that the arm has not, or one named twice
    WRONG_SIZE = "wrong_size"  # an array does not have points x joints
    NOT_FINITE = "not_finite"  # NaN or infinity
    TIME_NOT_INCREASING = "time_not_increasing"  # times must be >= 0 and strictly increase
    ENDS_IN_PAST = "ends_in_past"  # its last point is before now
    NOT_AT_REST = "not_at_rest"  # last velocities are not zero
    REFLEX = "reflex"  # the arm waits for error recovery


@dataclass(frozen=True, slots=True)
class TrajectoryControllerConfig:
    """Parameters, named as the real controller's."""

    joints: tuple[str, ...]
    allow_nonzero_velocity_at_trajectory_end: bool = False
    # The real default is false; a robot that is streamed to sets it, since re-anchoring at the measured state kicks.
    interpolate_from_desired_state: bool = True


class JointTrajectoryController:
    """Follows the latest accepted trajectory; rests at its end."""

    def __init__(self, config: TrajectoryControllerConfig, position: Float64, now_ns: int) -> None:
        """Start at rest at ``position (J,)`` [rad]."""
        self._config = config
        self._spline = resting_spline(np.asarray(position, dtype=np.float64), now_ns)

    @property
    def end_ns(self) -> int:
        """When the present trajectory is over."""
        return int(self._spline.knots_ns[-1])

    def hold(self, position: Float64, now_ns: int) -> None:
        """Forget the trajectory and rest at ``position (J,)`` [rad]."""
        self._spline = resting_spline(np.asarray(position, dtype=np.float64), now_ns)

    def sample(self, times_ns: Int64) -> JointSamples:
        """Return the reference at ``times_ns (N,)``."""
        return self._spline.sample(times_ns)

    def accept(self, trajectory: JointTrajectory, now_ns: int, measured: JointSamples | None = None) -> Acceptance:
        """Check and follow ``trajectory`` from ``now_ns`` on, or leave everything as it was and say why.

        ``measured`` is the arm's state; used where `interpolate_from_desired_state` is off.
        """
        verdict = self.check(trajectory, now_ns)
        if verdict is not Acceptance.ACCEPTED:
            return verdict
        order = [trajectory.joint_names.index(name) for name in self._config.joints]
        ordered = JointTrajectory(
            self._config.joints,
            trajectory.stamp_ns,
            trajectory.times_ns,
            trajectory.positions[:, order],
            None if trajectory.velocities is None else trajectory.velocities[:, order],
            None if trajectory.accelerations is None else trajectory.accelerations[:, order],
        )
        before = self.sample(np.array([now_ns])).row(0)
        if measured is not None and not self._config.interpolate_from_desired_state:
            before = measured
        self._spline = spline_of(ordered, trajectory.stamp_ns or now_ns, before, now_ns)
        return verdict

    def check(self, trajectory: JointTrajectory, now_ns: int) -> Acceptance:
        """Return what `accept` would answer."""
        names, times_ns = trajectory.joint_names, trajectory.times_ns
        if len(times_ns) == 0:
            return Acceptance.EMPTY
        if any(name not in self._config.joints for name in names) or len(set(names)) != len(names):
            return Acceptance.UNKNOWN_JOINT
        if len(names) < len(self._config.joints):
            return Acceptance.MISSING_JOINT
        fields = [trajectory.positions, trajectory.velocities, trajectory.accelerations]
        arrays = [field for field in fields if field is not None]
        if any(array.shape != (len(times_ns), len(names)) for array in arrays):
            return Acceptance.WRONG_SIZE
        if not all(np.isfinite(array).all() for array in arrays):
            return Acceptance.NOT_FINITE
        if times_ns[0] < 0 or np.any(np.diff(times_ns) <= 0):
            return Acceptance.TIME_NOT_INCREASING
        if trajectory.stamp_ns and trajectory.stamp_ns + int(times_ns[-1]) < now_ns:
            return Acceptance.ENDS_IN_PAST
        if not self._config.allow_nonzero_velocity_at_trajectory_end and _moves_at_end(trajectory):
            return Acceptance.NOT_AT_REST
        return Acceptance.ACCEPTED


def _moves_at_end(trajectory: JointTrajectory) -> bool:
    if trajectory.velocities is None:
        return False
    return bool(np.abs(trajectory.velocities[-1]).max() > REST_VELOCITY_RAD_S)

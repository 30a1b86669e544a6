# SPDX-License-Identifier: Apache-2.0
"""A joint trajectory as it arrives, and the spline that is made of it. Pure functions of integer nanoseconds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
NS = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class JointTrajectory:
    """What ``trajectory_msgs/JointTrajectory`` says. ``stamp_ns`` 0 means: starts when it is accepted."""

    joint_names: tuple[str, ...]
    stamp_ns: int
    times_ns: Int64  # (T,), from the stamp
    positions: Float64  # (T, J) [rad]
    velocities: Float64 | None = None  # (T, J) [rad/s]
    accelerations: Float64 | None = None  # (T, J) [rad/s^2]


@dataclass(frozen=True, slots=True, eq=False)
class JointSamples:
    """Reference at N times: position, velocity, acceleration, each ``(N, J)``."""

    positions: Float64
    velocities: Float64
    accelerations: Float64

    def row(self, index: int) -> "JointSamples":
        """Return one time as ``(J,)`` arrays."""
        return JointSamples(self.positions[index], self.velocities[index], self.accelerations[index])


@dataclass(frozen=True, slots=True, eq=False)
class Spline:
    """Piecewise polynomial over ``knots_ns (K,)``: ``coefficients (K - 1, 6, J)``, powers of seconds from the knot.

    Before the first knot it is undefined; from the last on it rests at the last position, as the real controller does.
    """

    knots_ns: Int64
    coefficients: Float64
    end: Float64

    def sample(self, times_ns: Int64) -> JointSamples:
        """Return position, velocity and acceleration at ``times_ns (N,)``."""
        count = len(self.knots_ns) - 1
        index = np.clip(np.searchsorted(self.knots_ns, times_ns, side="right") - 1, 0, max(count - 1, 0))
        t = ((times_ns - self.knots_ns[index]) * NS)[:, None]
        c = self.coefficients[index].transpose(1, 0, 2)
        position = c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * (c[4] + t * c[5]))))
        velocity = c[1] + t * (2 * c[2] + t * (3 * c[3] + t * (4 * c[4] + t * 5 * c[5])))
        acceleration = 2 * c[2] + t * (6 * c[3] + t * (12 * c[4] + t * 20 * c[5]))
        over = (times_ns >= self.knots_ns[-1])[:, None]
        return JointSamples(
            np.where(over, self.end, position), np.where(over, 0.0, velocity), np.where(over, 0.0, acceleration)
        )


def resting_spline(position: Float64, now_ns: int) -> Spline:
    """Return the spline that holds ``position (J,)`` for ever."""
    return Spline(np.array([now_ns - 1, now_ns]), np.zeros((1, 6, len(position))), position.copy())


def spline_of(trajectory: JointTrajectory, start_ns: int, before: JointSamples, before_ns: int) -> Spline:
    """Return the spline from the state ``before`` through every point.

    The order follows the fields that both ends of a segment have: positions linear, with velocities cubic, with
    accelerations quintic. ``before`` has all three. It counts only when the first point is still to come.
    """
    times_ns = start_ns + trajectory.times_ns
    rows = [before.positions, before.velocities, before.accelerations]
    given = [trajectory.positions, trajectory.velocities, trajectory.accelerations]
    if times_ns[0] > before_ns:
        times_ns = np.concatenate([[before_ns], times_ns])
        given = [None if g is None else np.vstack([row, g]) for g, row in zip(given, rows, strict=True)]
    elif len(times_ns) == 1:
        return resting_spline(trajectory.positions[-1], int(times_ns[0]))
    durations = (np.diff(times_ns) * NS)[:, None]
    return Spline(times_ns, _coefficients(given, durations), trajectory.positions[-1].copy())


def _coefficients(given: list[Float64 | None], t: Float64) -> Float64:
    """Return ``(K - 1, 6, J)``; Hermite interpolation written out for each order, ``t (K - 1, 1)`` [s]."""
    q, v, a = given
    assert q is not None
    start, rise = q[:-1], q[1:] - q[:-1]
    zero = np.zeros_like(start)
    if v is None:
        return np.stack([start, rise / t, zero, zero, zero, zero], axis=1)
    v0, v1 = v[:-1], v[1:]
    if a is None:
        second = (3 * rise - (2 * v0 + v1) * t) / t**2
        third = (-2 * rise + (v0 + v1) * t) / t**3
        return np.stack([start, v0, second, third, zero, zero], axis=1)
    a0, a1 = a[:-1], a[1:]
    third = (20 * rise - (8 * v1 + 12 * v0) * t - (3 * a0 - a1) * t**2) / (2 * t**3)
    fourth = (-30 * rise + (14 * v1 + 16 * v0) * t + (3 * a0 - 2 * a1) * t**2) / (2 * t**4)
    fifth = (12 * rise - 6 * (v1 + v0) * t + (a1 - a0) * t**2) / (2 * t**5)
    return np.stack([start, v0, a0 / 2, third, fourth, fifth], axis=1)

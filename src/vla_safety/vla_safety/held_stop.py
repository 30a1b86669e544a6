# SPDX-License-Identifier: Apache-2.0
"""The verified motion being executed: a step and its stop. It has a state at any time: a missed tick is no event."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vla_safety.kernels.arrays import Floats, KnotArrays, PathArrays
from vla_safety.kernels.path import path_state
from vla_safety.kernels.quintic import cell
from vla_safety.kernels.stop import along
from vla_safety.types import SafeTrajectory


@dataclass(frozen=True, slots=True)
class HeldStop:
    """A trajectory that ends at rest, and the motion of the path parameter behind it where it follows a path."""

    stamp_ns: int
    times: Floats  # (K,), [s] since the stamp
    states: Floats  # (K, 3, J): position, velocity, acceleration
    phase: Floats  # (4, 2), see `KnotArrays`
    scalar: Floats  # (3,), τ, s, ds/dt at the stamp
    on_path: bool

    @classmethod
    def at_rest(cls, stamp_ns: int, position: Floats) -> HeldStop:
        """Return the base case of the invariant: staying where the arm is."""
        states = np.zeros((2, 3, len(position)))
        states[:, 0] = position
        return cls(stamp_ns, np.array([0.0, 1e-3]), states, np.zeros((4, 2)), np.zeros(3), on_path=False)

    @classmethod
    def from_knots(cls, stamp_ns: int, knots: KnotArrays, count: int, scalar: Floats, *, on_path: bool) -> HeldStop:
        """Return a copy of what a kernel wrote; ``scalar`` is the path parameter at the stamp."""
        states = np.stack([knots.position[:count], knots.velocity[:count], knots.acceleration[:count]], axis=1)
        return cls(stamp_ns, knots.time[:count].copy(), states, knots.phase.copy(), scalar.copy(), on_path)

    @property
    def end_ns(self) -> int:
        """Return when the arm is at rest."""
        return self.stamp_ns + int(np.ceil(self.times[-1] * 1e9))

    def command(self, now_ns: int) -> Floats:
        """Return the commanded position, velocity, acceleration ``(3, J)`` at ``now_ns``."""
        elapsed = (now_ns - self.stamp_ns) * 1e-9
        if elapsed >= self.times[-1]:
            return self.states[-1].copy()
        for k in (1, 0):  # a tick that comes on time meets a knot exactly
            if abs(elapsed - self.times[k]) < 1e-12:
                return self.states[k].copy()
        k = cell(self.times, elapsed)
        pieces = [np.ascontiguousarray(self.states[k : k + 2, order]) for order in range(3)]
        state = np.empty((4, self.states.shape[2]))
        path_state(PathArrays(self.times[k : k + 2], *pieces), elapsed, state)
        return state[:3]

    def path_scalar(self, now_ns: int) -> Floats:
        """Return τ, s and ds/dt ``(3,)`` at ``now_ns``."""
        scalar = self.scalar.copy()
        along(self.phase, (now_ns - self.stamp_ns) * 1e-9, scalar)
        return scalar

    def rested(self, now_ns: int) -> HeldStop:
        """Return its end as a motion of its own: staying there, on the path if it was on one."""
        rest = HeldStop.at_rest(now_ns, self.states[-1, 0])
        if not self.on_path:
            return rest
        scalar = self.path_scalar(now_ns)
        scalar[1:] = 0.0
        return replace(rest, scalar=scalar, on_path=True)

    def trajectory(self, now_ns: int, gripper_width_m: float | None) -> SafeTrajectory:
        """Return what is left of it from ``now_ns`` on; its first point is the commanded state then."""
        elapsed = (now_ns - self.stamp_ns) * 1e-9
        later = self.times > elapsed + 1e-5
        if not later.any():
            later[-1] = True
        first = self.command(now_ns)
        times = np.concatenate([[0.0], np.maximum(self.times[later] - elapsed, 1e-3 * (self.times[-1] <= elapsed))])
        states = np.concatenate([first[None], self.states[later]])
        return SafeTrajectory(
            now_ns, np.round(times * 1e9).astype(np.int64), states[:, 0], states[:, 1], states[:, 2], gripper_width_m
        )

    def knots(self) -> KnotArrays:
        """Return its knots as the compiled certificate takes them."""
        position, velocity, acceleration = (np.ascontiguousarray(self.states[:, order]) for order in range(3))
        return KnotArrays(self.times, position, velocity, acceleration, self.phase)

    def stop_distance_rad(self) -> float:
        """Return the largest distance of a joint between the end of the step and rest."""
        return float(np.max(np.abs(self.states[-1, 0] - self.states[1, 0])))

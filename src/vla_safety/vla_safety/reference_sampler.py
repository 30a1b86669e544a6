# SPDX-License-Identifier: Apache-2.0
"""From rows on the absolute time axis to a C² joint path that ends at rest. No limits of motion, no search in time.

Joint rows become a cubic spline. Tool rows are met one by one by inverse kinematics (rotations interpolated on SO(3)
where rows are far apart) and then splined in joint space, which is C² where interpolating rotations is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vla_safety.arm_model import ArmModel
from vla_safety.config import ToolConfig
from vla_safety.kernels.arrays import Floats, PathArrays
from vla_safety.kernels.inverse import ACCEPTED, reach_rows
from vla_safety.kernels.kinematics import forward
from vla_safety.kernels.path import path_state
from vla_safety.kernels.spline import spline_path
from vla_safety.projection import RowBender
from vla_safety.rotations import interpolate_rotations, rotations_from_rows
from vla_safety.types import Limit, Reference, ReferenceKind

LONGEST_TOOL_PERIOD_S = 0.05  # tool rows farther apart are divided: a joint spline bends 1e-5 m off the line at 0.5 m/s


@dataclass(frozen=True, slots=True)
class SampledReference:
    """A reference as a joint path, in seconds since ``origin_ns``."""

    reference: Reference
    origin_ns: int
    path: PathArrays
    limit: Limit = Limit.NONE  # what cut it short or stretched it
    bent: bool = False  # a row was moved to the nearest admissible one

    def seconds(self, now_ns: int) -> float:
        """Return ``now_ns`` in the path's time [s]."""
        return (now_ns - self.origin_ns) * 1e-9

    def position(self, now_ns: int) -> Floats:
        """Return where the reference is at ``now_ns`` ``(J,)`` [rad]."""
        state = np.empty((4, self.path.position.shape[1]))
        path_state(self.path, max(self.seconds(now_ns), float(self.path.time[0])), state)
        return state[0]


class ReferenceSampler:
    """Turns references of any kind into joint paths for one arm."""

    def __init__(self, model: ArmModel, tool: ToolConfig, bender: RowBender | None = None) -> None:
        self._model = model
        self._bender = bender
        self._tool = tool
        self._posture = np.array(tool.posture_rad)

    def sample(self, reference: Reference, now_ns: int, position: Floats) -> SampledReference:
        """Return the path of ``reference``.

        Args:
            reference: Checked: finite, right width (see `acceptance.refusal`).
            now_ns: Tool rows older than a period are left out.
            position: Where the arm is commanded to be ``(J,)`` [rad]: inverse kinematics starts here, and velocities
                and twists are integrated from here.

        Raises:
            DegenerateRotationError: A tool row has no nearest rotation.
        """
        period = reference.period_ns * 1e-9
        if reference.kind is ReferenceKind.JOINT_POSITION:
            rows = reference.rows
        elif reference.kind is ReferenceKind.JOINT_VELOCITY:
            rows = _integrate(reference.rows, period, position)
        else:
            return self._sample_tool(reference, now_ns, position)
        rows, bent = self._bend(np.ascontiguousarray(rows), period, position)
        return SampledReference(reference, reference.stamp_ns, spline_path(rows, 0.0, period), bent=bent)

    def _bend(self, rows: Floats, period: float, position: Floats) -> tuple[Floats, bool]:
        return (rows, False) if self._bender is None else self._bender.bend(rows, period, position)

    def _sample_tool(self, reference: Reference, now_ns: int, position: Floats) -> SampledReference:
        skipped = min(max((now_ns - reference.stamp_ns) // reference.period_ns, 0), len(reference.rows) - 1)
        rows = reference.rows
        if reference.kind is ReferenceKind.TOOL_TWIST:
            points, rotations = self._integrate_twists(rows, reference.period_ns * 1e-9, position)
        else:
            points, rotations = rows[:, :3], rotations_from_rows(rows[:, 3:])
        points, rotations = points[skipped:], rotations[skipped:]
        parts = max(1, int(np.ceil(reference.period_ns * 1e-9 / LONGEST_TOOL_PERIOD_S - 1e-9)))
        period = reference.period_ns * 1e-9 / parts
        if parts > 1 and len(points) > 1:
            points = _interpolate_points(points, parts)
            rotations = interpolate_rotations(rotations, parts)
        poses = np.concatenate([rotations, points[:, None, :]], axis=1)
        model = self._model
        joints, error, smallest = reach_rows(model.chain, model.bounds, poses, self._posture, position)
        origin_ns = reference.stamp_ns + skipped * reference.period_ns
        joints, bent = self._bend(joints, period, position)
        sampled = self._within_reach(reference, origin_ns, period, (joints, error, smallest))
        return replace(sampled, bent=bent)

    def _within_reach(
        self, reference: Reference, origin_ns: int, period: float, reached: tuple[Floats, Floats, Floats]
    ) -> SampledReference:
        """Cut the rows where the arm cannot go on; stretch time where it is near a singularity."""
        joints, error, smallest = reached
        wrong = (error > ACCEPTED) | (smallest < self._tool.singular_stop)
        keep = int(np.argmax(wrong)) if wrong.any() else len(joints)
        limit = Limit.NONE
        if keep < len(joints):
            limit = Limit.SINGULARITY if smallest[keep] < self._tool.singular_slow else Limit.REACH
        path = spline_path(joints[: max(keep, 1)], 0.0, period)
        if keep == 0:
            path = path._replace(position=np.full((1, joints.shape[1]), np.nan))
        slow = smallest[: len(path.time)] < self._tool.singular_slow
        if keep > 1 and slow.any():
            limit = Limit.SINGULARITY if limit is Limit.NONE else limit
            path = _stretch(path, np.minimum(smallest[:keep] / self._tool.singular_slow, 1.0))
        return SampledReference(reference, origin_ns, path, limit)

    def _integrate_twists(self, rows: Floats, period: float, position: Floats) -> tuple[Floats, Floats]:
        joints = len(position)
        frames, origins = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3))
        forward(self._model.chain, position, frames, origins)
        points = _integrate(rows[:, :3], period, origins[joints])
        rotations = np.empty((len(rows), 3, 3))
        rotations[0] = frames[joints]
        turns = rotations_from_rows(rows[:, 3:] * period)
        for k in range(1, len(rows)):
            rotations[k] = turns[k - 1] @ rotations[k - 1]
        return points, rotations


def _integrate(rates: Floats, period: float, start: Floats) -> Floats:
    """Return positions ``(T, N)`` from rates ``(T, N)``: row ``k`` holds until the next one."""
    out = np.empty_like(rates, dtype=np.float64)
    out[0] = start
    out[1:] = start + period * np.cumsum(rates[:-1], axis=0)
    return out


def _interpolate_points(points: Floats, parts: int) -> Floats:
    """Return ``((T - 1) · parts + 1, 3)`` points on the cubic spline through ``points``."""
    path = spline_path(np.ascontiguousarray(points), 0.0, float(parts))
    state = np.empty((4, 3))
    out = np.empty(((len(points) - 1) * parts + 1, 3))
    for k in range(len(out)):
        path_state(path, float(k), state)
        out[k] = state[0]
    return out


def _stretch(path: PathArrays, pace: Floats) -> PathArrays:
    """Return the path with each interval lasting longer by one over the slower pace of its ends."""
    lengths = np.diff(path.time) / np.minimum(pace[:-1], pace[1:])
    # Knots keep their derivatives by path parameter scaled to the new time: a C² blend of both neighbours' pace.
    rate = np.minimum(pace, 1.0)[:, None]
    time = np.concatenate([path.time[:1], path.time[0] + np.cumsum(lengths)])
    return PathArrays(time, path.position, path.velocity * rate, path.acceleration * rate**2)

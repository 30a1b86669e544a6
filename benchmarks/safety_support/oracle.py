# SPDX-License-Identifier: Apache-2.0
"""An independent checker of what the safety filter emits: MuJoCo kinematics, distances and dynamics, own differences.

It shares no arithmetic with the filter. It plays trajectories as a 1 kHz joint trajectory controller does (quintics
between points), differentiates the samples backwards as the robot does, and compares with the limits of the
configuration. From the filter it takes the list of capsules and limits only, which are data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import mujoco
import numpy as np

from vla_safety import SafeTrajectory, SafetyConfig

TICK_S = 1e-3
TOLERANCE = 1e-6  # relative; third differences of doubles at 1 kHz round to 1e-6 rad/s³
FAR_M = 0.5  # distances beyond are not computed


def quintic_samples(trajectory: SafeTrajectory, times_ns: np.ndarray) -> np.ndarray:
    """Return positions ``(N, J)`` at absolute times, by solving for the six coefficients of each segment."""
    out = np.empty((len(times_ns), trajectory.positions.shape[1]))
    knots = trajectory.times_ns + trajectory.stamp_ns
    for row, time in enumerate(times_ns):
        if time >= knots[-1]:
            out[row] = trajectory.positions[-1]
            continue
        k = int(np.searchsorted(knots, time, side="right")) - 1
        h = float(knots[k + 1] - knots[k]) * 1e-9
        u = float(time - knots[k]) * 1e-9 / h
        basis = np.array(
            [
                1 - 10 * u**3 + 15 * u**4 - 6 * u**5,
                (u - 6 * u**3 + 8 * u**4 - 3 * u**5) * h,
                (0.5 * u**2 - 1.5 * u**3 + 1.5 * u**4 - 0.5 * u**5) * h * h,
                (0.5 * u**3 - u**4 + 0.5 * u**5) * h * h,
                (-4 * u**3 + 7 * u**4 - 3 * u**5) * h,
                10 * u**3 - 15 * u**4 + 6 * u**5,
            ]
        )
        one, other = trajectory, k + 1
        rows = [one.positions[k], one.velocities[k], one.accelerations[k]]
        rows += [one.accelerations[other], one.velocities[other], one.positions[other]]
        # Relative to the first position: what is differentiated three times must not be rounded at 3 rad.
        rows[5] = rows[5] - rows[0]
        out[row] = rows[0] + basis[1:] @ np.stack(rows[1:])
    return out


def plain_urdf(urdf: str) -> str:
    """Return the description without shapes, for MuJoCo's own reader."""
    text = re.sub(r"<(visual|collision)>.*?</\1>", "", urdf, flags=re.DOTALL)
    setting = '<mujoco><compiler fusestatic="false" balanceinertia="true"/></mujoco>'
    return re.sub(r"(<robot\b[^>]*>)", rf"\1{setting}", text, count=1)


@dataclass
class Oracle:
    """Counts violations by name over samples at 1 kHz."""

    config: SafetyConfig
    model: mujoco.MjModel
    data: mujoco.MjData
    pairs: list[tuple[int, int, float, str]]  # geom, geom, margin [m], name
    tool: int
    violations: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    history: np.ndarray | None = None  # (4, J), newest last

    @classmethod
    def make(cls, config: SafetyConfig, urdf: str) -> Oracle:
        """Return an oracle for an arm; geometry comes from the configuration, kinematics from MuJoCo."""
        spec = mujoco.MjSpec.from_string(plain_urdf(urdf))

        def body(link: str) -> mujoco.MjsBody:
            name = link.replace(f"{config.robot}_", f"{config.urdf_prefix or config.robot}_", 1)
            return spec.body(name) or spec.worldbody

        for capsule in config.collision.capsules:
            ends = [*capsule.start_m, *capsule.end_m]
            geom = body(capsule.link).add_geom(name=capsule.name, type=mujoco.mjtGeom.mjGEOM_CAPSULE, fromto=ends)
            geom.size = [capsule.radius_m, 0.0, 0.0]
        for box in config.collision.boxes:
            low, high = np.array(box.lower_m), np.array(box.upper_m)
            geom = spec.worldbody.add_geom(name=box.name, type=mujoco.mjtGeom.mjGEOM_BOX)
            geom.pos, geom.size = (low + high) / 2, (high - low) / 2
        body(config.tool.frame).add_site(name="tool")
        model = spec.compile()
        model.dof_damping[:] = 0.0
        model.dof_frictionloss[:] = 0.0
        model.dof_armature[:] = 0.0
        model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONSTRAINT)
        names = [capsule.name for capsule in config.collision.capsules]
        ids = {name: model.geom(name).id for name in [*names, *(box.name for box in config.collision.boxes)]}
        ignored = {frozenset(pair) for pair in config.collision.ignored_pairs}
        closer = {frozenset(close.pair): close.margin_m for close in config.collision.close_pairs}
        pairs = []
        for k, one in enumerate(names):
            for other in names[k + 1 :]:
                moving = model.geom(one).bodyid[0] != model.geom(other).bodyid[0]
                both = frozenset((one, other))
                if moving and both not in ignored:
                    margin = closer.get(both, config.collision.self_margin_m)
                    pairs.append((ids[one], ids[other], margin, f"{one}-{other}"))
        for box in config.collision.boxes:
            pairs += [
                (ids[name], ids[box.name], box.margin_m, f"{name}-{box.name}")
                for name in names[1:]
                if name not in box.ignores
            ]
        return cls(config, model, mujoco.MjData(model), pairs, model.site("tool").id)

    def start(self, position: np.ndarray) -> None:
        """Begin at rest at ``position`` ``(J,)``."""
        self.history = np.repeat(position[None], 4, axis=0)

    def check(self, samples: np.ndarray) -> None:
        """Check samples ``(N, J)`` 1 ms apart that follow those before; distances at the last one only."""
        line = np.concatenate([self.history, samples])
        self.history = line[-4:]
        rates = [np.diff(line, n=order, axis=0) / TICK_S**order for order in (1, 2, 3)]
        velocity, acceleration, jerk = rates[0][3:], rates[1][2:], rates[2][1:]
        joints = self.config.joints
        low = np.array(joints.lower_rad) + joints.margin_rad
        high = np.array(joints.upper_rad) - joints.margin_rad
        self._count("position", np.maximum(samples - high, low - samples), 1e-9)
        for name, values, limit, share in (
            ("velocity", velocity, joints.velocity_rad_s, joints.velocity_share),
            ("acceleration", acceleration, joints.acceleration_rad_s2, joints.acceleration_share),
            ("jerk", jerk, joints.jerk_rad_s3, joints.jerk_share),
        ):
            top = np.array(limit) * share
            self._count(name, np.abs(values) / top - 1.0, TOLERANCE)
        if self.config.envelope is not None:
            self._check_envelope(line[3:], velocity)
        self._check_pose(samples[-1], velocity[-1], acceleration[-1])

    def _check_envelope(self, line: np.ndarray, velocity: np.ndarray) -> None:
        given = self.config.envelope
        offset, twice = np.array(given.offset_rad_s), 2.0 * np.array(given.deceleration_rad_s2)
        low, high = np.minimum(line[:-1], line[1:]), np.maximum(line[:-1], line[1:])
        upper = -offset + np.sqrt(np.maximum(twice * (np.array(given.upper_rad) - low), 0.0)) - given.tolerance_rad_s
        lower = offset - np.sqrt(np.maximum(twice * (high - np.array(given.lower_rad)), 0.0)) + given.tolerance_rad_s
        self._count("envelope", np.maximum(velocity - np.maximum(upper, 0), np.minimum(lower, 0) - velocity), 1e-6)

    def _check_pose(self, position: np.ndarray, velocity: np.ndarray, acceleration: np.ndarray) -> None:
        model, data, joints = self.model, self.data, len(position)
        data.qpos[:], data.qvel[:], data.qacc[:] = 0.0, 0.0, 0.0
        data.qpos[:joints], data.qvel[:joints], data.qacc[:joints] = position, velocity, acceleration
        mujoco.mj_inverse(model, data)
        share = np.array(self.config.joints.torque_n_m) * self.config.joints.torque_share
        # The torque is verified at knots only, and differences lag by half a tick: half a percent is not a violation.
        self._count("torque", np.abs(data.qfrc_inverse[:joints]) / share - 1.0, 0.005)
        linear, angular = np.zeros((3, model.nv)), np.zeros((3, model.nv))
        mujoco.mj_jacSite(model, data, linear, angular, self.tool)
        tool = self.config.tool
        self._count("tool_speed", np.linalg.norm(linear @ data.qvel) - tool.speed_m_s, 1e-6)
        self._count("tool_angular_speed", np.linalg.norm(angular @ data.qvel) - tool.angular_speed_rad_s, 1e-6)
        point = data.site_xpos[self.tool]
        low, high = np.array(tool.workspace_lower_m), np.array(tool.workspace_upper_m)
        self._count("workspace", np.maximum(point - high, low - point), 1e-9)
        if tool.cone is not None:
            axis = data.site_xmat[self.tool].reshape(3, 3) @ np.array(tool.cone.tool_axis)
            angle = np.arccos(np.clip(axis @ np.array(tool.cone.base_axis), -1.0, 1.0))
            self._count("orientation", angle - tool.cone.angle_rad, 1e-6)
        for one, other, margin, name in self.pairs:
            distance = mujoco.mj_geomDistance(model, data, one, other, FAR_M, None)
            self._count(f"distance {name}", margin - distance, 1e-6)

    def _count(self, name: str, excess: np.ndarray | float, allowed: float) -> None:
        wrong = ~(np.asarray(excess) <= allowed)  # NaN is wrong too
        if wrong.any():
            self.violations[name] = self.violations.get(name, 0) + int(wrong.sum())
            worst = float(np.max(np.asarray(excess)))
            self.examples.setdefault(name, f"{worst:.3g} over, at {np.round(self.history[-1], 4).tolist()}")

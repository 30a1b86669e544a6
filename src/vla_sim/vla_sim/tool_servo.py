# SPDX-License-Identifier: Apache-2.0
"""Turns a wanted tool velocity into short joint trajectories that end at rest, at a fixed control period. No physics.

    v = J^+ [velocity; yaw rate; tilt correction] + (I - J^+ J) k (q_home - q)      damped least squares

filtered to a share of the arm's acceleration and jerk limits. The tool is kept pointing down.
"""

from dataclasses import dataclass

import numpy as np

from vla_sim.controllers.trajectory import Float64, JointSamples, JointTrajectory
from vla_sim.kinematics import ARM_DOF, Kinematics, ToolKinematics, tilt_error, yaw_of
from vla_sim.limits import joint_names, limits_of

LEAST_RAD_S = 0.05  # of a velocity limit: what is nearly zero at one joint would hold all of them


@dataclass(frozen=True, slots=True)
class ToolServoConfig:
    """Gains and the share of the limits that is used."""

    arm_id: str = "fr3"
    period_ns: int = 20_000_000
    velocity_share: float = 0.8
    acceleration_share: float = 0.7
    jerk_share: float = 0.5
    smoothing_s: float = 0.03  # time in which a velocity step is followed
    tilt_gain_hz: float = 4.0
    position_gain_hz: float = 8.0
    posture_gain_hz: float = 1.0
    damping: float = 0.02
    stop_s: float = 0.35  # length of the braking tail


class ToolServo:
    """Keeps the commanded joint state and extends it by one period at a time."""

    def __init__(self, config: ToolServoConfig, position: Float64) -> None:
        """Start at rest at ``position (7,)`` [rad], which is also the posture that the null space prefers."""
        self.config = config
        self._limits = limits_of(config.arm_id)
        self._kinematics = Kinematics()
        self._posture = np.array(position, dtype=np.float64)
        self.reset(position)

    def reset(self, position: Float64) -> None:
        """Rest at ``position (7,)`` [rad]."""
        zero = np.zeros(ARM_DOF)
        self._state = JointSamples(np.array(position, dtype=np.float64), zero, zero)
        self.tool: ToolKinematics = self._kinematics.tool(self._state.positions)

    def track(self, position: Float64, yaw_rad: float, velocity: Float64, yaw_rate: float = 0.0) -> JointTrajectory:
        """Move towards a moving target: tool at ``position (3,)`` [m], ``yaw_rad``, going ``velocity (3,)`` [m/s]."""
        gain = self.config.position_gain_hz
        turn = (yaw_rad - yaw_of(self.tool.rotation) + np.pi) % (2 * np.pi) - np.pi
        return self.step(velocity + gain * (position - self.tool.position), yaw_rate + gain * turn)

    def step(self, velocity: Float64, yaw_rate: float) -> JointTrajectory:
        """Extend by one period with tool ``velocity (3,)`` [m/s] and ``yaw_rate`` [rad/s] in the base.

        The trajectory starts now (stamp 0), reaches the next state after one period, and then brakes to rest.
        """
        config = self.config
        dt = config.period_ns * 1e-9
        q, v, a = self._state.positions, self._state.velocities, self._state.accelerations
        wanted = self._bounded(self._joint_velocity(velocity, yaw_rate), q)
        acceleration_max = config.acceleration_share * self._limits.acceleration
        jerk_max = config.jerk_share * self._limits.jerk
        goal = _scaled((wanted - v) / config.smoothing_s, acceleration_max)
        jerk = _scaled((goal - a) / dt, jerk_max)
        self._state = JointSamples(
            q + dt * (v + dt * (a / 2 + dt * jerk / 6)), v + dt * (a + dt * jerk / 2), a + dt * jerk
        )
        self.tool = self._kinematics.tool(self._state.positions)
        return self._with_stop()

    def _joint_velocity(self, velocity: Float64, yaw_rate: float) -> Float64:
        tool = self.tool
        tilt = self.config.tilt_gain_hz * tilt_error(tool.rotation, yaw_of(tool.rotation))
        twist = np.concatenate([velocity, tilt + np.array([0.0, 0.0, yaw_rate])])
        damped = tool.jacobian @ tool.jacobian.T + self.config.damping**2 * np.eye(6)
        inverse = np.linalg.solve(damped, tool.jacobian).T
        posture = self.config.posture_gain_hz * (self._posture - self._state.positions)
        return inverse @ (twist - tool.jacobian @ posture) + posture

    def _bounded(self, velocity: Float64, q: Float64) -> Float64:
        """Scale to the velocity limits (direction kept), then keep what can still brake before the position limits.

        Where the arm's velocity limits depend on the position, those count of where it is once it obeys.
        """
        limits, share = self._limits, self.config
        slowest, fastest = limits.velocity_bounds(q + 2.0 * share.smoothing_s * self._state.velocities)
        allowed = share.velocity_share * np.where(velocity > 0.0, fastest, -slowest)
        brake = share.acceleration_share * limits.acceleration
        high = np.sqrt(np.maximum(0.0, brake * (limits.position_high - 0.02 - q)))
        low = np.sqrt(np.maximum(0.0, brake * (q - limits.position_low - 0.02)))
        return np.clip(_scaled(velocity, np.maximum(allowed, LEAST_RAD_S)), -low, high)

    def _with_stop(self) -> JointTrajectory:
        state, tail_s = self._state, self.config.stop_s
        rest = state.positions + state.velocities * tail_s / 2
        rest = np.clip(rest, self._limits.position_low, self._limits.position_high)
        zero = np.zeros(ARM_DOF)
        return JointTrajectory(
            joint_names(self.config.arm_id),
            0,
            np.array([self.config.period_ns, self.config.period_ns + round(tail_s * 1e9)]),
            np.stack([state.positions, rest]),
            np.stack([state.velocities, zero]),
            np.stack([state.accelerations, zero]),
        )


def _scaled(vector: Float64, limit: Float64) -> Float64:
    """Shorten ``vector`` until every component is within ``limit``; its direction, and so the tool's way, is kept."""
    return vector / max(1.0, float(np.max(np.abs(vector) / limit)))

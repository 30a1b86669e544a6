# SPDX-License-Identifier: Apache-2.0
"""The motions of a recovery: back along the travelled path, open the hand, home. All are references to safety."""

from __future__ import annotations

import numpy as np
from py_trees.common import Status

from vla_ros.executor.behaviours.base import TaskBehaviour
from vla_ros.executor.context import Phase, TaskContext
from vla_ros.executor.motion import Motion
from vla_ros.executor.signals import Float64Array
from vla_ros.tasks import ErrorCode

__all__ = ["GoHome", "OpenHand", "Retreat"]

_PATIENCE_S = 4.0  # beyond the motion's own duration: safety may slow it
_OPENING_S = 1.0  # the hand opens at 0.1 m/s: 0.8 s for its whole stroke
_GOLDEN = 2.399963  # [rad] golden angle: successive perturbations never point the same way


class RecoveryMotion(TaskBehaviour):
    """Publishes the rest of a motion on every tick; succeeds at its end, fails when the arm does not get there."""

    width_m = float("nan")  # what the hand is to do meanwhile; NaN: stay as it is

    def __init__(self, name: str, context: TaskContext) -> None:
        super().__init__(name, context)
        self._motion: Motion | None = None

    def points(self, position: Float64Array) -> Float64Array:
        """Return the path ``(N, J)`` [rad] from ``position``."""
        raise NotImplementedError

    def begin(self) -> None:
        """Begin from where the arm is."""
        self.context.enter(Phase.RECOVERING, self.name.replace("_", " "))
        self._motion = None

    def update(self) -> Status:
        """Publish, and look whether the arm is there."""
        context, signals = self.context, self.context.signals
        if signals.latched or signals.reflex:
            return self.failure(ErrorCode.ROBOT_FAULT, f"{self.name}: a stop was latched: {signals.latch_reason}")
        if signals.taken:
            return self.failure(ErrorCode.POLICY_UNAVAILABLE, f"{self.name}: a person has the arm")
        if not signals.position.size:
            return self.failure(ErrorCode.ROBOT_FAULT, f"{self.name}: the robot's joint states are missing")
        if self._motion is None:
            speed_rad_s = context.config.recovery.speed_rad_s
            self._motion = Motion.along(self.points(signals.position), speed_rad_s, context.now_ns)
        if context.now_ns >= self._motion.end_ns and self.is_there(self._motion):
            return Status.SUCCESS
        if context.now_ns > self._motion.end_ns + _PATIENCE_S * 1e9:
            return self.failure(ErrorCode.ROBOT_FAULT, f"{self.name}: the arm did not get there")
        counter = context.robot.counter
        names, epoch = signals.joint_names, signals.epoch
        context.ports.robot.follow(counter.chunk(self._motion, names, context.now_ns, self.width_m, epoch))
        return Status.RUNNING

    def is_there(self, motion: Motion) -> bool:
        """Whether the arm is at the goal."""
        limits = self.context.config.signals
        return float(np.abs(self.context.signals.position - motion.goal).max()) < limits.pose_rad


class Retreat(RecoveryMotion):
    """Goes back along the path that the arm came: where it was, there was room."""

    def points(self, position: Float64Array) -> Float64Array:
        """Return the travelled path, reversed."""
        return self.context.robot.path.back(position, self.context.config.recovery.retreat_rad)


class OpenHand(RecoveryMotion):
    """Opens the hand where it is."""

    def begin(self) -> None:
        """Begin with the configured width."""
        super().begin()
        self.width_m = self.context.config.recovery.open_m

    def points(self, position: Float64Array) -> Float64Array:
        """Return the position itself."""
        return position[None, :]

    def is_there(self, motion: Motion) -> bool:
        """Whether the hand is open; where no width is measured, its time is over."""
        width_m = self.context.signals.width_m
        if not np.isfinite(width_m):
            return self.elapsed_s() > _OPENING_S
        return width_m > self.context.config.signals.open_m


class GoHome(RecoveryMotion):
    """Goes straight in joint space to the known pose, a little beside it before a further attempt."""

    def points(self, position: Float64Array) -> Float64Array:
        """Return start and goal."""
        recovery, attempt = self.context.config.recovery, self.context.task.attempt
        home = np.asarray(recovery.home_rad)
        offset = recovery.perturbation_rad * np.sin(_GOLDEN * (attempt - 1) * (1.0 + np.arange(home.size)))
        return np.stack([position, home + offset])

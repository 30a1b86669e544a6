# SPDX-License-Identifier: Apache-2.0
"""The arm's command side: the controller that claims it, monitors and reflex.

No physics, no clock; it says what the servo follows.
"""

import numpy as np

from vla_sim.controllers.forward_controller import ForwardController, ForwardMode
from vla_sim.controllers.joint_trajectory_controller import (
    Acceptance,
    JointTrajectoryController,
    TrajectoryControllerConfig,
)
from vla_sim.controllers.reflex import CommandMonitor, ContactMonitor, Reflex
from vla_sim.controllers.trajectory import Float64, Int64, JointSamples, JointTrajectory
from vla_sim.limits import joint_names, limits_of
from vla_sim.stop import StopReference


class Arm:
    """Follows trajectories until a reflex stops it; then it brakes, refuses commands, and waits for `recover`."""

    def __init__(self, arm_id: str, position: Float64, dt_s: float, *, reflexes: bool) -> None:
        """Start at rest at ``position (7,)`` [rad] and time 0; one command every ``dt_s``."""
        self._limits = limits_of(arm_id)
        self._controller = JointTrajectoryController(TrajectoryControllerConfig(joint_names(arm_id)), position, 0)
        self._forward: ForwardController | None = None  # claims the arm instead of the trajectory controller
        self._commands = CommandMonitor(self._limits, position, dt_s)
        self._contacts = ContactMonitor(self._limits, dt_s)
        self._stop: StopReference | None = None
        self._reflexes = reflexes
        self.reflex = Reflex.NONE
        self.reference = self._controller.sample(np.array([0])).row(0)  # what the servo follows now

    @property
    def external_torque(self) -> Float64:
        """Filtered torque from contact, ``(7,)`` [Nm]."""
        return self._contacts.torque

    def accept(self, trajectory: JointTrajectory, now_ns: int, measured: JointSamples) -> Acceptance:
        """Follow ``trajectory`` or say why not."""
        if self.reflex is not Reflex.NONE:
            return Acceptance.REFLEX
        return self._controller.accept(trajectory, now_ns, measured)

    def check(self, trajectory: JointTrajectory, now_ns: int) -> Acceptance:
        """Return what `accept` would answer."""
        return self._controller.check(trajectory, now_ns) if self.reflex is Reflex.NONE else Acceptance.REFLEX

    def planned(self, time_ns: int) -> JointSamples:
        """Return where the present trajectory is at ``time_ns``, each ``(7,)``."""
        return self._controller.sample(np.array([time_ns])).row(0)

    @property
    def end_ns(self) -> int:
        """When the present trajectory is over."""
        return self._controller.end_ns

    def claim(self, mode: ForwardMode, now_ns: int) -> None:
        """Let a forward controller claim the arm, at rest where it is commanded to be."""
        self._forward = ForwardController(mode, self.reference.positions, now_ns)

    def forward(self, values: Float64, now_ns: int) -> bool:
        """Pass ``values (7,)`` [rad] or [rad/s] on; return whether they were taken."""
        return self._forward is not None and self.reflex is Reflex.NONE and self._forward.command(values, now_ns)

    def hold(self, now_ns: int) -> None:
        """Give the present motion up and come to rest where the arm is commanded to be.

        As the real controller on a cancelled goal it keeps no limit while it does; at speed this is a reflex.
        """
        self._controller.hold(self.reference.positions, now_ns)

    def plan(self, times_ns: Int64) -> tuple[JointSamples, int, Reflex]:
        """Return the references at ``times_ns (N,)``, how many may be executed, and why not the next one."""
        samples = (self._stop or self._forward or self._controller).sample(times_ns)
        if self._stop is not None or not self._reflexes:
            return samples, len(times_ns), Reflex.NONE
        allowed, reflex = self._commands.check(samples.positions)
        return samples, allowed, reflex

    def collides(self, torque: Float64) -> bool:
        """Take the contact torque ``(7,)`` [Nm] of one step; say whether it is a collision that must stop the arm."""
        return self._contacts.collides(torque) and self._reflexes and self._stop is None

    def begin_reflex(self, reflex: Reflex, now_ns: int) -> None:
        """Brake from the last executed reference; the controller forgets its trajectory."""
        self.reflex = reflex
        self._stop = StopReference(self.reference, self._limits, now_ns)
        self._controller.hold(self._stop.end, now_ns)

    def recover(self, position: Float64, now_ns: int) -> None:
        """Clear a reflex: rest at the measured ``position (7,)`` and accept commands again."""
        self._controller.hold(position, now_ns)
        if self._forward is not None:
            self._forward.hold(position, now_ns)
        self._commands.reset(position)
        self._contacts.reset()
        self._stop, self.reflex = None, Reflex.NONE

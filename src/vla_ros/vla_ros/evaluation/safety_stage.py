# SPDX-License-Identifier: Apache-2.0
"""The safety filter between references and the simulated arm, in lock step: arbitration, filter, controller, gripper.

As in the safety node, a motion is computed ``lead_ns`` before it takes effect and is sent behind the rest of the old
one. The node's watch over the controller is not here: a reflex ends an attempt anyway.
"""

from __future__ import annotations

import numpy as np

from vla_ros.replay.safety_loop import SafetyTally, reference_of
from vla_ros.types import ActionChunk
from vla_safety import Grade, Reference, RobotState, SafetyFilter, SafetyOutput, SourceArbiter
from vla_safety.gripper import GripperGate, GripperGoal, width_at
from vla_safety.splice import spliced
from vla_safety.types import SafeTrajectory
from vla_sim.controllers.hand_controller import WIDTH_MAX_M, HandCommand
from vla_sim.controllers.joint_trajectory_controller import Acceptance
from vla_sim.controllers.trajectory import JointTrajectory
from vla_sim.limits import joint_names
from vla_sim.simulation import Simulation
from vla_sim.state import RobotState as SimulatedState

__all__ = ["SafetyStage"]

AT_REST_RAD_S = 1e-9


class SafetyStage:
    """One filter over one simulated arm; ``start_ns`` is the simulation's time 0 on the suite's time axis."""

    def __init__(self, safety: SafetyFilter, simulation: Simulation, start_ns: int, lead_ns: int) -> None:
        self.tally = SafetyTally()
        self.forced_open_s = 0.0  # a disturbance: the hand opens and stays open for so long
        self.largest_stop_rad = 0.0
        self.source = ""  # of the reference that is followed
        self._filter, self._simulation = safety, simulation
        self._arbiter, self._gate = SourceArbiter(safety.config.sources), GripperGate(safety.config.gripper)
        self._start_ns, self._lead_ns = start_ns, lead_ns
        self._sent: SafeTrajectory | None = None
        self._goal: GripperGoal | None = None
        commanded = simulation.state().commanded.positions
        safety.reset(start_ns, RobotState(start_ns, commanded, np.zeros_like(commanded)))

    @property
    def commanded_width_m(self) -> float:
        """Distance of the fingers that was commanded last [m]; NaN: none was."""
        return self._goal.width_m if self._goal is not None else float("nan")

    def offer(self, now_ns: int, chunk: ActionChunk) -> None:
        """Take a new reference."""
        self._arbiter.offer(reference_of(chunk), now_ns)

    def step(self, now_ns: int, state: SimulatedState) -> None:
        """Make and send the motion that takes effect a lead later."""
        reference, effective_ns = self._arbiter.current(now_ns), now_ns + self._lead_ns
        measured = RobotState(now_ns, state.position, state.velocity, gripper_width_m=state.gripper_width_m)
        output = self._filter.step(effective_ns, measured, reference)
        self.tally.count(effective_ns, output, reference)
        self.source = output.report.source
        self.largest_stop_rad = max(self.largest_stop_rad, output.report.stop_distance_rad)
        self._send(now_ns, effective_ns, output)
        self._grip(now_ns, output, reference)

    def _send(self, now_ns: int, effective_ns: int, output: SafetyOutput) -> None:
        still = np.abs(self._filter.held.command(effective_ns)[1:]).max() <= AT_REST_RAD_S
        if still and output.report.grade in (Grade.HOLDING, Grade.ESTOPPED):
            return
        self._sent = spliced(self._sent, output.trajectory, now_ns)
        sent = self._sent
        answer = self._simulation.accept(
            JointTrajectory(
                joint_names(self._simulation.config.arm_id),
                sent.stamp_ns - self._start_ns,
                sent.times_ns,
                sent.positions,
                sent.velocities,
                sent.accelerations,
            )
        )
        if answer is not Acceptance.ACCEPTED:
            self.tally.refused[f"controller: {answer.value}"] += 1

    def _grip(self, now_ns: int, output: SafetyOutput, reference: Reference | None) -> None:
        report = output.report
        followed = reference is not None and report.source == reference.source and report.chunk_id >= 0
        wanted_m = width_at(reference, now_ns - report.lag_ns) if followed and reference is not None else None
        goal = self._gate.step(now_ns, wanted_m, held=report.grade is Grade.ESTOPPED)
        self._goal = goal or self._goal
        if self.forced_open_s > 0.0:
            self.forced_open_s -= self._filter.config.period_ns * 1e-9
            self._simulation.command_hand(HandCommand(WIDTH_MAX_M))
        elif self._goal is not None:  # repeating the present command changes nothing
            self._simulation.command_hand(HandCommand(self._goal.width_m, self._goal.speed_m_s, self._goal.force_n))

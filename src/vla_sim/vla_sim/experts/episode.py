# SPDX-License-Identifier: Apache-2.0
"""Runs one expert in a simulation through the trajectory controller, as a real user would.

No recording, no rendering.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vla_sim.controllers.hand_controller import WIDTH_MAX_M, HandCommand
from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import JointTrajectory
from vla_sim.experts.law import expert
from vla_sim.experts.observe import handling, observe
from vla_sim.experts.situation import ToolCommand
from vla_sim.simulation import Simulation
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Task
from vla_sim.tool_servo import ToolServo, ToolServoConfig

SUCCESS_HOLD_S = 0.2  # done means: still done after this


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended."""

    success: bool
    duration_s: float
    reflex: Reflex


def hand_width_m(command: ToolCommand) -> float:
    """Return the width that row 0 of ``command`` asks of the hand."""
    return float(np.clip(command.width[0], 0.0, WIDTH_MAX_M))


class ToolDriver:
    """Drives a simulation by tool velocities at the servo's period."""

    def __init__(self, simulation: Simulation) -> None:
        """Start from where the arm rests."""
        self._simulation = simulation
        config = ToolServoConfig(arm_id=simulation.config.arm_id)
        self._steps = round(config.period_ns * 1e-9 / simulation.config.timestep_s)
        self.period_s = config.period_ns * 1e-9
        self.servo = ToolServo(config, simulation.state().commanded.positions)

    def apply(self, command: ToolCommand) -> JointTrajectory:
        """Execute row 0 of ``command`` for one period; return what the arm's controller was given."""
        trajectory = self.servo.step(command.velocity[0], float(command.yaw_rate[0]))
        self._simulation.accept(trajectory)
        self._simulation.command_hand(HandCommand(hand_width_m(command)))
        self._simulation.advance(self._steps)
        return trajectory


def run_expert(simulation: Simulation, task: Task, on_period: Callable[[float], None] = lambda time_s: None) -> Outcome:
    """Run the expert of ``task`` until it has succeeded for a moment, a reflex stops the arm, or time is up.

    ``on_period`` is called before every control period with the time since the start [s].
    """
    driver, constants = ToolDriver(simulation), handling(simulation.layout, task)
    time_s, held_s = 0.0, 0.0
    while time_s < task.time_limit_s and held_s < SUCCESS_HOLD_S:
        on_period(time_s)
        driver.apply(expert(task.skill, observe(simulation, task), constants))
        time_s += driver.period_s
        held_s = held_s + driver.period_s if succeeded(simulation, task) else 0.0
        reflex = simulation.state().reflex
        if reflex is not Reflex.NONE:
            return Outcome(success=False, duration_s=time_s, reflex=reflex)
    return Outcome(success=held_s >= SUCCESS_HOLD_S, duration_s=time_s, reflex=Reflex.NONE)

# SPDX-License-Identifier: Apache-2.0
"""One attempt: sense, think, filter, move, judge, in steps of the safety filter's period. Simulated time only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vla_ros.evaluation.camera_roll import CameraRoll
from vla_ros.evaluation.pilot import Flown, Pilot, PilotPorts
from vla_ros.evaluation.rig import Rig
from vla_ros.evaluation.safety_stage import SafetyStage
from vla_ros.evaluation.sensors import Sensors
from vla_ros.policy.prediction import Instruction
from vla_ros.policy.run_values import EndCode, RunRequest
from vla_ros.replay.safety_loop import SafetyTally
from vla_sim.controllers.reflex import Reflex
from vla_sim.experts.episode import SUCCESS_HOLD_S
from vla_sim.state import RobotState
from vla_sim.tasks.success import disturbed_objects, succeeded
from vla_sim.tasks.task import Task

__all__ = ["Attempt", "attempt"]

START_NS = 1_000_000_000  # of the suite's time axis at the simulation's time 0: stamps are positive
JUDGE_NS = 20_000_000
REST_S = 0.8  # after the policy ended the run: to come to rest and to be judged at rest, as in training
STOP_WHEN = ("policy_done",)

Disturb = Callable[[float, SafetyStage], None]


@dataclass(slots=True)
class Attempt:
    """How one attempt went.

    Attributes:
        success: Whether the task was done, and stayed done for a moment.
        duration_s: Until it was, or until the end.
        failure: ``reflex: ...``, ``wrong object moved``, ``gave up``, ``policy`` (no answers), ``time``, or nothing.
        flown: What the policy's run gave.
        starvations: How often its timeline ran out.
        safety: What the filter did.
        largest_stop_rad: Largest travel of a joint in a stop that the filter held ready.
        tool_m: ``(N, 3)`` measured tool positions at the filter's rate.
        roll: Exposures, for the film strip.
    """

    success: bool
    duration_s: float
    failure: str
    flown: Flown
    starvations: int
    safety: SafetyTally
    largest_stop_rad: float
    tool_m: npt.NDArray[np.float64]
    roll: CameraRoll


@dataclass(slots=True)
class _Judge:
    """Says when an attempt is over."""

    rig: Rig
    task: Task
    held_s: float = 0.0
    ended_s: float = -1.0  # when the policy ended its run
    reflex: Reflex = Reflex.NONE
    path: list[npt.NDArray[np.float64]] = field(default_factory=list)

    def look(self, state: RobotState) -> None:
        """Judge this moment."""
        done = succeeded(self.rig.simulation, self.task)
        self.held_s = self.held_s + JUDGE_NS * 1e-9 if done else 0.0
        self.reflex = state.reflex

    def is_over(self, time_s: float) -> bool:
        """Whether there is nothing left to wait for."""
        rested = self.ended_s >= 0.0 and time_s >= self.ended_s + REST_S
        held = self.held_s >= SUCCESS_HOLD_S - 1e-9
        return held or rested or self.reflex is not Reflex.NONE or time_s >= self.task.time_limit_s + REST_S

    def failure(self, flown: Flown) -> str:
        """Return the kind of failure."""
        if self.reflex is not Reflex.NONE:
            return f"reflex: {self.reflex.value}"
        if disturbed_objects(self.rig.simulation, self.task):
            return "wrong object moved"
        if flown.end is not None and flown.end.code is EndCode.SUCCESS:
            return "gave up"  # the policy was sure that it was done
        if flown.end is not None and flown.end.code is not EndCode.TIMEOUT:
            return "policy"
        return "time"


def attempt(rig: Rig, task: Task, disturb: Disturb) -> Attempt:
    """Run the rig's policy on ``task`` in the scene that its simulation was reset to.

    The attempt ends when the task has been done for a moment, when the policy's run has ended and the arm has come to
    rest, on a reflex, or when time is up.

    Args:
        rig: Its simulation stands at time 0.
        task: What is asked and how it is judged.
        disturb: Called every 20 ms with the time [s]; may push things about and force the hand open.
    """
    simulation, plan, roll, filter_ = rig.simulation, rig.plan, rig.roll(), rig.safety()
    stage = SafetyStage(filter_, simulation, START_NS, round(plan.lead_s * 1e9))
    delay_ns = None if plan.delay_s is None else round(plan.delay_s * 1e9)
    pilot = Pilot(rig.policy, rig.session(), PilotPorts(rig.clock_ns, delay_ns, roll.develop, stage.offer))
    sensors = Sensors(rig.contract, roll, round(plan.camera_delay_s * 1e9))
    objects = tuple(name for name in (task.object_name, task.target_name) if name)
    instruction = Instruction(task.text, skill=task.skill.value, objects=objects)
    pilot.begin(START_NS, RunRequest(instruction, round(task.time_limit_s * 1e9), STOP_WHEN))
    judge = _Judge(rig, task)
    steps = round(filter_.config.period_ns * 1e-9 / plan.timestep_s)
    judged_ns = START_NS
    while not judge.is_over(simulation.time_ns * 1e-9):
        state, now_ns = simulation.state(), START_NS + simulation.time_ns
        if now_ns >= judged_ns:
            judged_ns += JUDGE_NS
            disturb(simulation.time_ns * 1e-9, stage)
            judge.look(state)
        _think(pilot, sensors, now_ns, state)
        if pilot.flown.end is not None and judge.ended_s < 0.0:
            judge.ended_s = simulation.time_ns * 1e-9
        judge.path.append(state.tool_position)
        stage.step(now_ns, state)
        simulation.advance(steps)
    success = judge.held_s >= SUCCESS_HOLD_S - 1e-9
    return Attempt(
        success=success,
        duration_s=simulation.time_ns * 1e-9 - (SUCCESS_HOLD_S if success else 0.0),
        failure="" if success else judge.failure(pilot.flown),
        flown=pilot.flown,
        starvations=pilot.starvations,
        safety=stage.tally,
        largest_stop_rad=stage.largest_stop_rad,
        tool_m=np.array(judge.path),
        roll=roll,
    )


def _think(pilot: Pilot, sensors: Sensors, now_ns: int, state: RobotState) -> None:
    observation = sensors.see(now_ns, state)
    if observation is not None:
        pilot.observe(observation)
    pilot.advance(now_ns)

# SPDX-License-Identifier: Apache-2.0
"""Runs a policy in the simulation in lock step: observe, infer, execute a few rows, again. No ROS, no clock.

This measures the policy itself: without safety filter, delays and scheduler, which the end-to-end evaluation adds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.policy.prediction import InferenceContext, Instruction
from vla_ros.training.records import CAMERAS
from vla_ros.types import ActionChunk, Observation
from vla_sim.controllers.hand_controller import HandCommand
from vla_sim.controllers.reflex import Reflex
from vla_sim.experts.episode import SUCCESS_HOLD_S
from vla_sim.kinematics import yaw_of
from vla_sim.limits import joint_names
from vla_sim.simulation import Simulation
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Task
from vla_sim.tool_servo import ToolServo, ToolServoConfig

__all__ = ["Attempt", "ChunkFollower", "observation_of", "run_policy"]

NS_PER_S = 1_000_000_000
DONE_PROBABILITY, DONE_COUNT = 0.9, 2  # those of the policy's session
REST_S = 0.8  # to come to rest, and to be judged at rest
FLOOR_M, OPEN_M = 0.0115, 0.08
FAR_NS = 1 << 62  # no deadline in lock step


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended."""

    success: bool
    duration_s: float
    reflex: Reflex
    done: float  # the policy's own probability at the end


def observation_of(simulation: Simulation) -> Observation:
    """Return what ingestion would publish now."""
    state = simulation.state()
    names = tuple(f"{joint}.position" for joint in joint_names(simulation.config.arm_id))
    stamp_ns = state.time_ns + 1  # stamps are positive
    return Observation(
        stamp_ns=stamp_ns,
        images={f"image.{name}": simulation.render(name) for name in CAMERAS},
        image_stamps_ns={f"image.{name}": stamp_ns for name in CAMERAS},
        state_names=(*names, "gripper.width"),
        state=np.append(state.position, state.gripper_width_m),
    )


class ChunkFollower:
    """Executes rows of tool poses through the tool servo: straight between rows, with the velocity fed forward."""

    def __init__(self, simulation: Simulation) -> None:
        """Start where the arm rests."""
        config = ToolServoConfig(arm_id=simulation.config.arm_id)
        self._simulation = simulation
        self.period_s = config.period_ns * 1e-9
        self._steps = round(self.period_s / simulation.config.timestep_s)
        self._servo = ToolServo(config, simulation.state().commanded.positions)
        self._width_m = simulation.state().gripper_width_m  # commanded
        self.forced_open_s = 0.0  # a disturbance: the hand stays open that long whatever is commanded

    def execute(self, chunk: ActionChunk, rows: int, on_period: Callable[[], bool]) -> None:
        """Execute the first ``rows`` rows; stop early where ``on_period``, called after every period, says so."""
        for row in range(rows):
            if self.execute_row(chunk, row, on_period):
                return

    def execute_row(self, chunk: ActionChunk, row: int, on_period: Callable[[], bool] = lambda: False) -> bool:
        """Go from where the last row ended (or the tool is) to ``row``; return whether ``on_period`` ended it."""
        tool, poses = self._servo.tool, tool_poses(chunk)
        start = poses[row - 1] if row else np.array([*tool.position, yaw_of(tool.rotation)])
        change = poses[row] - start
        change[3] = (change[3] + np.pi) % (2 * np.pi) - np.pi
        row_s = chunk.period_ns / NS_PER_S
        periods = round(row_s / self.period_s)
        for period in range(periods):
            self._apply(start + change * (period + 1) / periods, change / row_s, self._width_m)
            if on_period():
                return True
        self._width_m = float(chunk.gripper_m[row])  # holds from the row on
        return False

    def rest(self, duration_s: float, on_period: Callable[[], bool]) -> None:
        """Come to rest and stay; the hand keeps its command. Ends early where ``on_period`` says so."""
        for _ in range(round(duration_s / self.period_s)):
            self._simulation.accept(self._servo.step(np.zeros(3), 0.0))
            self._simulation.advance(self._steps)
            if on_period():
                return

    def _apply(self, target: npt.NDArray[np.float64], rate: npt.NDArray[np.float64], width_m: float) -> None:
        # What the safety filter's table plane does in the graph: the tips end 9.5 mm below the tool's origin.
        target[2] = max(target[2], FLOOR_M)
        trajectory = self._servo.track(target[:3], float(target[3]), rate[:3], float(rate[3]))
        self._simulation.accept(trajectory)
        if self.forced_open_s > 0.0:
            self.forced_open_s, width_m = self.forced_open_s - self.period_s, OPEN_M
        self._simulation.command_hand(HandCommand(width_m))
        self._simulation.advance(self._steps)


def tool_poses(chunk: ActionChunk) -> npt.NDArray[np.float64]:
    """Return ``(T, 4)`` position [m] and yaw [rad] of a chunk whose tool points down."""
    qx, qy = chunk.rows[:, 3], chunk.rows[:, 4]  # Rz(yaw) Rx(pi): qx = cos(yaw/2), qy = sin(yaw/2)
    return np.column_stack([chunk.rows[:, :3], 2.0 * np.arctan2(qy, qx)])


def run_policy(
    simulation: Simulation,
    task: Task,
    policy: FlowPolicy,
    *,
    rows: int = 4,
    on_chunk: Callable[[float, ChunkFollower], None] = lambda time_s, follower: None,
) -> Attempt:
    """Run ``policy`` on ``task`` until it has succeeded for a moment, a reflex stops the arm, or time is up.

    As in the graph, the policy may end the attempt itself: twice sure that it is done, the arm comes to rest and is
    judged as it rests. Being sure too early is a failure.

    Args:
        simulation: Reset to the scene.
        task: What is asked and how it is judged.
        policy: It sees pictures, joints and the sentence only.
        rows: Executed before it is asked again.
        on_chunk: Called before every inference with the time since the start [s]; may disturb scene and hand.
    """
    policy.reset()
    follower, watch, sure = ChunkFollower(simulation), _Watch(simulation, task), 0
    while not watch.over:
        on_chunk(watch.time_s, follower)
        prediction = policy.infer(observation_of(simulation), Instruction(task.text), InferenceContext(), FAR_NS)
        watch.done = prediction.done
        sure = sure + 1 if prediction.done >= DONE_PROBABILITY else 0
        if sure == DONE_COUNT:
            follower.rest(REST_S, watch.tick(follower.period_s))
            break
        follower.execute(prediction.chunk, rows, watch.tick(follower.period_s))
    return watch.attempt()


class _Watch:
    """Judges an attempt after every control period."""

    def __init__(self, simulation: Simulation, task: Task) -> None:
        self._simulation, self._task = simulation, task
        self.time_s, self._held_s, self.done = 0.0, 0.0, -1.0
        self._reflex = Reflex.NONE

    @property
    def over(self) -> bool:
        """Whether there is nothing left to wait for."""
        late = self.time_s >= self._task.time_limit_s
        return late or self._held_s >= SUCCESS_HOLD_S or self._reflex is not Reflex.NONE

    def tick(self, period_s: float) -> Callable[[], bool]:
        """Return the function that is called once per control period; it says whether the attempt is over."""

        def step() -> bool:
            self.time_s += period_s
            self._held_s = self._held_s + period_s if succeeded(self._simulation, self._task) else 0.0
            self._reflex = self._simulation.state().reflex
            return self.over

        return step

    def attempt(self) -> Attempt:
        """Return how it ended."""
        success = self._held_s >= SUCCESS_HOLD_S
        return Attempt(success, self.time_s, self._reflex, self.done)

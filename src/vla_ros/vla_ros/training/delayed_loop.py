# SPDX-License-Identifier: Apache-2.0
"""Runs a policy in the simulation through its chunk scheduler while its answers take time. No ROS, no clock.

The latency is simulated: an inference starts from the observation of now, its chunk arrives later, and the arm goes on
meanwhile. ``closed_loop`` measures the policy alone; the graph adds ingestion and the safety filter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from vla_ros.policy.interface import Policy
from vla_ros.policy.prediction import Instruction, Prediction
from vla_ros.policy.schedule.scheduler import ChunkScheduler, MergeResult, MergeStatus, SchedulerConfig
from vla_ros.policy.schedule.strategy import Strategy
from vla_ros.policy.schedule.timeline import Timeline
from vla_ros.training.closed_loop import DONE_COUNT, DONE_PROBABILITY, FLOOR_M, REST_S, observation_of, tool_poses
from vla_sim.controllers.hand_controller import HandCommand
from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import JointTrajectory
from vla_sim.experts.episode import SUCCESS_HOLD_S
from vla_sim.kinematics import yaw_of
from vla_sim.simulation import Simulation
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Task
from vla_sim.tool_servo import ToolServo, ToolServoConfig

__all__ = ["DelayedRun", "Latency", "Merge", "Scheduling", "curve_at", "run_delayed"]

Array = npt.NDArray[np.float64]

NS_PER_S = 1_000_000_000
POSITION_GAIN_HZ = 8.0  # that of the tool servo
FASTEST_M_S, CATCH_UP_M_S = 0.6, 0.25  # of the tool: a policy's rows go up to 0.45 m/s


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an answer takes: uniform within ``jitter`` (a share) of ``mean_s``; ``seed`` draws it."""

    mean_s: float
    jitter: float = 0.25
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Scheduling:
    """How the chunks of a policy become one motion."""

    strategy: Strategy
    latency: Latency
    config: SchedulerConfig = field(default_factory=SchedulerConfig)


@dataclass(frozen=True, slots=True)
class Merge:
    """A prediction that arrived: timeline before and after, when, what it was, and what became of it."""

    before: Timeline | None
    after: Timeline | None
    now_ns: int
    prediction: Prediction
    result: MergeResult


@dataclass(slots=True)
class DelayedRun:
    """What happened in one attempt.

    Attributes:
        success: Whether the task was done.
        duration_s: Time of the attempt.
        reflex: What stopped the arm, if anything did.
        merges: Every prediction.
        times_s: One entry per control period, as the next three.
        measured: Tool position ``(3,)`` [m].
        planned: Tool position that the timeline asks for; nan before its first row.
        starved: Whether the timeline had run out.
    """

    success: bool = False
    duration_s: float = 0.0
    reflex: Reflex = Reflex.NONE
    merges: list[Merge] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)
    measured: list[Array] = field(default_factory=list)
    planned: list[Array] = field(default_factory=list)
    starved: list[bool] = field(default_factory=list)


def curve_at(timeline: Timeline, now_ns: int) -> Array:
    """Return ``(3, 4)``: tool position [m] and yaw [rad] at ``now_ns``, their velocities and accelerations.

    The cubic through what is published, as the consumer of a reference follows it; at rest after its end.
    """
    chunk = timeline.reference(now_ns)
    poses = tool_poses(chunk)
    poses[:, 3] = np.unwrap(poses[:, 3])
    at_s, times_s = (now_ns - chunk.stamp_ns) / NS_PER_S, (chunk.times_ns - chunk.stamp_ns) / NS_PER_S
    if len(times_s) < 4 or not 0.0 <= at_s < times_s[-1]:
        return np.stack([poses[0 if at_s < 0.0 else -1], np.zeros(4), np.zeros(4)])
    spline = CubicSpline(times_s, poses)
    return np.stack([spline(at_s, order) for order in range(3)])


def run_delayed(simulation: Simulation, task: Task, policy: Policy, scheduling: Scheduling) -> DelayedRun:
    """Run ``policy`` on ``task`` until it is done or sure that it is, a reflex stops the arm, or time is up."""
    policy.reset()
    loop, run = _Loop(simulation, task, policy, scheduling), DelayedRun()
    held_s = 0.0
    while run.duration_s < task.time_limit_s and held_s < SUCCESS_HOLD_S and run.reflex is Reflex.NONE:
        loop.step(run)
        run.duration_s += loop.period_s
        held_s = held_s + loop.period_s if succeeded(simulation, task) else 0.0
        run.reflex = simulation.state().reflex
        if loop.rested_s > REST_S:
            break
    run.success = held_s >= SUCCESS_HOLD_S
    return run


class _Loop:
    """One attempt: the scheduler, the answer that is on its way, and the arm."""

    def __init__(self, simulation: Simulation, task: Task, policy: Policy, scheduling: Scheduling) -> None:
        config = ToolServoConfig(arm_id=simulation.config.arm_id)
        self.period_s = config.period_ns / NS_PER_S
        self.rested_s = 0.0
        self._simulation, self._policy, self._latency = simulation, policy, scheduling.latency
        self._instruction = Instruction(task.text)
        self._servo = ToolServo(config, simulation.state().commanded.positions)
        self._scheduler = ChunkScheduler(scheduling.strategy, scheduling.config).reset(1)
        self._arriving: tuple[int, Prediction] | None = None
        self._random = np.random.default_rng([scheduling.latency.seed, 11])
        self._sure = 0

    def step(self, run: DelayedRun) -> None:
        """Advance by one control period."""
        now_ns = self._simulation.state().time_ns + 1  # stamps are positive
        self._receive(now_ns, run.merges.append)
        if self._sure < DONE_COUNT and self._scheduler.wants_inference(now_ns):
            self._infer(now_ns)
        self._move(now_ns)
        timeline = self._scheduler.timeline
        run.times_s.append(now_ns / NS_PER_S)
        run.measured.append(np.array(self._simulation.state().tool_position))
        after_ns = now_ns + round(self.period_s * NS_PER_S)
        run.planned.append(np.full(3, np.nan) if timeline is None else curve_at(timeline, after_ns)[0, :3])
        run.starved.append(timeline is not None and not timeline.covers(now_ns))

    def _infer(self, now_ns: int) -> None:
        observation = observation_of(self._simulation)
        first_row_ns = self._policy.specification.first_row_ns
        self._scheduler, context = self._scheduler.start(now_ns, observation.stamp_ns, first_row_ns)
        prediction = self._policy.infer(observation, self._instruction, context, now_ns + NS_PER_S)
        share = 1.0 + self._latency.jitter * self._random.uniform(-1.0, 1.0)
        self._arriving = (now_ns + round(self._latency.mean_s * share * NS_PER_S), prediction)

    def _receive(self, now_ns: int, note: Callable[[Merge], None]) -> None:
        if self._arriving is None or now_ns < self._arriving[0]:
            return
        before, prediction = self._scheduler.timeline, self._arriving[1]
        self._arriving = None
        self._scheduler, result = self._scheduler.merge(now_ns, prediction)
        note(Merge(before, self._scheduler.timeline, now_ns, prediction, result))
        if result.status is MergeStatus.MERGED:
            self._sure = self._sure + 1 if prediction.done >= DONE_PROBABILITY else 0

    def _move(self, now_ns: int) -> None:
        timeline = self._scheduler.timeline
        if timeline is None or self._sure >= DONE_COUNT:
            self.rested_s += self.period_s if self._sure >= DONE_COUNT else 0.0
            trajectory = self._servo.step(np.zeros(3), 0.0)
        else:
            target, rate = self._target(timeline, now_ns + round(self.period_s * NS_PER_S))
            # What the safety filter's table plane does in the graph: the tips end 9.5 mm below the tool's origin.
            target[2] = max(target[2], FLOOR_M)
            trajectory = self._follow(target, rate)
            width = timeline.at(np.array([now_ns], dtype=np.int64))[1]
            if len(width):
                self._simulation.command_hand(HandCommand(float(width[0])))
        self._simulation.accept(trajectory)
        self._simulation.advance(round(self.period_s / self._simulation.config.timestep_s))

    def _target(self, timeline: Timeline, at_ns: int) -> tuple[Array, Array]:
        """Return tool position and yaw ``(4,)`` at ``at_ns`` and their rates: straight from row to row, as in training.

        Before the first row straight to it, at rest after the last.
        """
        chunk, poses = timeline.chunk, tool_poses(timeline.chunk)
        row = (at_ns - chunk.stamp_ns) // chunk.period_ns
        if row < 0:
            here = np.array([*self._servo.tool.position, yaw_of(self._servo.tool.rotation)])
            rate = _change(here, poses[0]) / ((chunk.stamp_ns - at_ns) / NS_PER_S + self.period_s)
            return here + rate * self.period_s, rate
        if row >= len(poses) - 1:
            return poses[-1].copy(), np.zeros(4)
        rate = _change(poses[row], poses[row + 1]) / (chunk.period_ns / NS_PER_S)
        return poses[row] + rate * ((at_ns - chunk.stamp_ns) % chunk.period_ns / NS_PER_S), rate

    def _follow(self, target: Array, rate: Array) -> JointTrajectory:
        """Extend the motion towards the curve; a jump is caught up within bounds, as the safety filter would."""
        away = POSITION_GAIN_HZ * (target[:3] - self._servo.tool.position)
        velocity = _shortened(rate[:3], FASTEST_M_S) + _shortened(away, CATCH_UP_M_S)
        turn = (target[3] - yaw_of(self._servo.tool.rotation) + np.pi) % (2.0 * np.pi) - np.pi
        return self._servo.step(velocity, float(rate[3]) + float(np.clip(POSITION_GAIN_HZ * turn, -1.0, 1.0)))


def _shortened(vector: Array, length: float) -> Array:
    return vector * min(1.0, length / max(float(np.linalg.norm(vector)), 1e-9))


def _change(start: Array, end: Array) -> Array:
    change = end - start
    change[3] = (change[3] + np.pi) % (2.0 * np.pi) - np.pi
    return change

# SPDX-License-Identifier: Apache-2.0
"""The executor's ports over the lock-step cores: planner, policy session, safety filter and a person who gives up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.retries_support.glitch import Glitch
from vla_ros.evaluation.pilot import Pilot, PilotPorts
from vla_ros.evaluation.rig import Rig
from vla_ros.evaluation.safety_stage import SafetyStage
from vla_ros.executor import Answer, PlanQuestion, Question, Signals
from vla_ros.planner import CheckRequest, Planner, PlanRequest
from vla_ros.policy.backends.scripted import ScriptedPolicy
from vla_ros.policy.prediction import Instruction
from vla_ros.policy.run_values import RunRequest
from vla_ros.tasks import CheckResult, ErrorCode, Plan, Refusal, Subtask
from vla_ros.types import ActionChunk, Observation
from vla_sim.controllers.reflex import Reflex
from vla_sim.limits import joint_names
from vla_sim.state import RobotState

__all__ = ["Person", "PlannerHere", "RobotHere"]

STOP_WHEN = ("policy_done",)


@dataclass(frozen=True, slots=True)
class Done:
    """An operation that has ended."""

    value: Answer[Any]

    def answer(self) -> Answer[Any]:
        """Return how."""
        return self.value

    def cancel(self) -> None:
        """Nothing runs."""


class PlannerHere:
    """System 2 without a wire: it answers at once."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    def plan(self, question: PlanQuestion, timeout_s: float) -> Done:
        """Return a plan or the refusal."""
        request = PlanRequest(question.instruction, {}, question.history, question.feedback, question.reason)
        try:
            plan: Plan = self._planner.plan(request, 1)
        except Refusal as refusal:
            return Done(Answer(refusal.code, str(refusal)))
        return Done(Answer(ErrorCode.SUCCESS, "", plan))

    def check(self, subtask: Subtask, timeout_s: float) -> Done:
        """Return the verdict."""
        verdict: CheckResult = self._planner.check(CheckRequest(subtask))
        return Done(Answer(ErrorCode.SUCCESS, "", verdict))


class Person:
    """Somebody who, when asked, lets the robot give up."""

    def __init__(self) -> None:
        self.open = ""

    def ask(self, question: Question) -> None:
        """Hear a question."""
        self.open = question.question_id

    def withdraw(self) -> None:
        """Hear that it is no longer open."""
        self.open = ""


class _Run:
    """One run of the policy as an operation."""

    def __init__(self, pilot: Pilot, now_ns: Callable[[], int]) -> None:
        self.pilot, self._now_ns = pilot, now_ns

    def answer(self) -> Answer[str] | None:
        """Return how it ended, None while it runs."""
        end = self.pilot.flown.end
        return None if end is None else Answer(ErrorCode(int(end.code)), end.message, end.stopped_by)

    def cancel(self) -> None:
        """Let it end at a seam."""
        if self.pilot.flown.end is None:
            self.pilot.cancel(self._now_ns())


class RobotHere:
    """Policy, safety filter and arm; ``now_ns`` is set by who turns the clock."""

    def __init__(self, rig: Rig, stage: SafetyStage, glitch: Glitch, start_ns: int) -> None:
        self.now_ns = self.began_ns = start_ns
        self.stage, self.held = stage, False
        self._rig, self._glitch = rig, glitch
        self._policy = ScriptedPolicy(rig.policy.specification, glitch.truth)
        self._pilot: Pilot | None = None

    @property
    def run_s(self) -> float:
        """Seconds since the newest run of the policy began."""
        return (self.now_ns - self.began_ns) * 1e-9

    def run_policy(self, subtask: Subtask, timeout_s: float) -> _Run:
        """Begin a run in a new epoch."""
        self._glitch.run += 1
        self.began_ns = self.now_ns
        delay_s = self._rig.plan.delay_s or 0.0
        ports = PilotPorts(self._rig.clock_ns, round(delay_s * 1e9), self._glitch.roll.develop, self.stage.offer)
        self._pilot = Pilot(self._policy, self._rig.session(), ports)
        instruction = Instruction(subtask.text, skill=subtask.skill, objects=subtask.objects)
        request = RunRequest(instruction, round(timeout_s * 1e9), STOP_WHEN)
        self._pilot.begin(self.now_ns, request, self._glitch.run)
        return _Run(self._pilot, lambda: self.now_ns)

    def follow(self, chunk: ActionChunk) -> None:
        """Take a recovery reference."""
        self.stage.offer(self.now_ns, chunk)

    def hold(self) -> None:
        """Note that the arm had to be stopped: leases end the motion, and nothing is begun."""
        self.held = True

    def reset(self) -> Done:
        """Release that."""
        self.held = False
        return Done(Answer(ErrorCode.SUCCESS))

    def recover(self) -> Done:
        """Clear a reflex of the simulated arm; the filter begins anew where it stands."""
        self._rig.simulation.recover()
        return Done(Answer(ErrorCode.SUCCESS))

    def think(self, observation: Observation | None) -> None:
        """Let the policy work."""
        if self._pilot is None:
            return
        if observation is not None and self._pilot.flown.end is None:
            self._pilot.observe(observation)
        self._pilot.advance(self.now_ns)

    def signals(self, state: RobotState, seen_ns: int) -> Signals:
        """Return what the executor is told."""
        width_m = self.stage.commanded_width_m
        return Signals(
            joint_names=joint_names(self._rig.simulation.config.arm_id),
            position=state.position, velocity=state.velocity, joints_ns=self.now_ns,
            width_m=state.gripper_width_m, commanded_width_m=float(np.float64(width_m)), observation_ns=seen_ns,
            safety_ns=self.now_ns, latched=self.held, latch_reason="controller" if self.held else "",
            policy_ns=self.now_ns, reflex=state.reflex is not Reflex.NONE, source=self.stage.source,
        )  # fmt: skip

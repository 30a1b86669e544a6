# SPDX-License-Identifier: Apache-2.0
"""Waits until a skill may begin: safety, policy and cameras alive, no stop latched that a person has to release."""

from __future__ import annotations

from py_trees.common import Status

from vla_ros.executor.behaviours.base import Pending, TaskBehaviour
from vla_ros.executor.context import Phase, TaskContext
from vla_ros.executor.signals import RECOVERY, is_fresh
from vla_ros.tasks import ErrorCode

__all__ = ["AwaitReady", "LookAgain", "missing"]

_REFLEX = "the robot has reflexed and needs its error recovery"
_TAKEN = "a person has the arm"


def missing(context: TaskContext) -> tuple[ErrorCode, str] | None:
    """Return what a skill lacks at this moment, None where nothing."""
    signals, now_ns, limits = context.signals, context.now_ns, context.config.signals
    if not is_fresh(signals.safety_ns, now_ns, limits.state_s):
        return ErrorCode.ROBOT_FAULT, "the safety node is silent"
    if not is_fresh(signals.joints_ns, now_ns, limits.state_s):
        return ErrorCode.ROBOT_FAULT, "the robot's joint states are missing or stale"
    if signals.reflex:
        return ErrorCode.ROBOT_FAULT, _REFLEX
    if signals.taken:  # as lost as a policy that is gone: it comes back by itself, and trying uses up no attempt
        return ErrorCode.POLICY_UNAVAILABLE, _TAKEN
    if not is_fresh(signals.observation_ns, now_ns, limits.observation_s):
        return ErrorCode.OBSERVATION_LOST, "no fresh observation: a camera or another required stream is lost"
    if not is_fresh(signals.policy_ns, now_ns, limits.state_s):
        return ErrorCode.POLICY_UNAVAILABLE, "the policy node is silent"
    if signals.policy_fault:
        return ErrorCode.POLICY_UNAVAILABLE, signals.policy_fault
    return None


class AwaitReady(TaskBehaviour):
    """Succeeds at rest when nothing is missing; releases a stop that a stop word latched; fails with what is lost.

    A reflex fails at once: the recovery behind it clears what an earlier task may have left. A person who has the arm
    is waited for as long as the task's time lasts.
    """

    def __init__(self, name: str, context: TaskContext) -> None:
        super().__init__(name, context)
        self._reset: Pending[None] = Pending()

    def begin(self) -> None:
        """Begin to wait."""
        self.context.enter(Phase.RUNNING, "waiting for robot, policy and cameras")

    def update(self) -> Status:
        """Look, and wait as long as the budget lasts."""
        if self.context.signals.reflex:  # waiting does not clear it, the recovery does
            return self.failure(ErrorCode.ROBOT_FAULT, _REFLEX)
        lack = self._lack()
        if lack is None and self.context.is_clear() and self._rests():
            self.context.clear_error()
            return Status.SUCCESS
        if lack is not None and lack[0] is ErrorCode.STOPPED:
            return self.failure(*lack)
        if self.context.signals.taken:
            self.began_ns = self.context.now_ns
        if self.elapsed_s() < self.context.config.budgets.ready_s:
            self.feedback_message = lack[1] if lack else "coming to rest"
            self.context.detail = f"waiting: {lack[1]}" if lack else self.context.detail
            return Status.RUNNING
        self.context.task.exhausted = True  # it has waited long enough for what is lost to come back
        return self.failure(
            *(lack or (ErrorCode.ROBOT_FAULT, "the arm does not come to rest, or a stop stays latched"))
        )

    def end(self) -> None:
        """Stop waiting."""
        self._reset.drop()

    def _rests(self) -> bool:
        """Whether the last attempt's motion has ended.

        A recovery is followed before a policy, and a moment longer than it moves: what a policy wants meanwhile is not
        done, and the longer it wants it, the farther from the arm it would begin.
        """
        signals = self.context.signals
        return signals.source != RECOVERY and signals.is_at_rest(self.context.now_ns, self.context.config.signals)

    def _lack(self) -> tuple[ErrorCode, str] | None:
        context = self.context
        if context.signals.latched and not context.may_reset():
            return ErrorCode.STOPPED, f"a stop is latched ({context.signals.latch_reason}); a person has to reset it"
        if context.signals.latched and not self._reset.is_running:
            budget_ns = round(context.config.budgets.robot_s * 1e9)
            self._reset.start(context.ports.robot.reset(), context.now_ns + budget_ns)
        answer = self._reset.poll(context.now_ns)
        if answer is not None and answer.code is not ErrorCode.SUCCESS:
            return ErrorCode.ROBOT_FAULT, f"the latched stop could not be released: {answer.message}"
        return missing(context)


class LookAgain(TaskBehaviour):
    """Succeeds with an observation that is newer than its own beginning, so that the next plan or attempt sees it."""

    def begin(self) -> None:
        """Begin to wait."""
        self.context.enter(Phase.RECOVERING, "looking again")

    def update(self) -> Status:
        """Wait for a fresh observation."""
        if self.context.signals.observation_ns > self.began_ns:
            return Status.SUCCESS
        if self.elapsed_s() < self.context.config.budgets.ready_s:
            return Status.RUNNING
        return self.failure(ErrorCode.OBSERVATION_LOST, "no fresh observation after the recovery")

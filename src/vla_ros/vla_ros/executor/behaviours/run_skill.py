# SPDX-License-Identifier: Apache-2.0
"""Runs the policy for one subtask, as a bounded skill, and watches it. Whether it succeeded is judged elsewhere."""

from __future__ import annotations

import numpy as np
from py_trees.common import Status

from vla_ros.executor.behaviours.base import Pending, TaskBehaviour
from vla_ros.executor.behaviours.readiness import missing
from vla_ros.executor.context import Phase, TaskContext
from vla_ros.tasks import CheckResult, ErrorCode, Verdict

__all__ = ["RunSkill"]

# Answers after which the skill is judged by what is seen and felt instead of failing at once.
_JUDGED = frozenset({ErrorCode.SUCCESS, ErrorCode.TIMEOUT, ErrorCode.FAILED, ErrorCode.CANCELED})
_CONFIRMATIONS = 2  # checks in a row that must agree before a running skill is ended


class RunSkill(TaskBehaviour):
    """Succeeds when the skill has ended and can be judged; fails at once when something that it needs is lost.

    It ends when the policy says so, when the signals show success, when the planner sees success or failure twice in
    a row, or when its time is over.
    """

    def __init__(self, name: str, context: TaskContext) -> None:
        super().__init__(name, context)
        self._run: Pending[str] = Pending()
        self._check: Pending[CheckResult] = Pending()
        self._checked_ns = 0
        self._agreeing: list[Verdict] = []
        self._moved_ns = 0
        self._posture = np.zeros(0)
        self._stopped_ns = 0  # when the policy said that safety had stopped it; 0: it has not

    def begin(self) -> None:
        """Start the policy."""
        context, subtask = self.context, self.context.task.subtask
        assert subtask is not None, "the tree runs a skill without a plan"
        context.enter(Phase.RUNNING, subtask.text)
        context.robot.path.clear()
        context.robot.grasp = type(context.robot.grasp)(context.config.signals)
        self._checked_ns = self._moved_ns = context.now_ns
        self._stopped_ns = 0
        self._agreeing = []
        timeout_s = subtask.timeout_ns * 1e-9
        # The policy node keeps the time itself; the margin is for one that does not answer.
        deadline_ns = context.now_ns + subtask.timeout_ns + round(context.config.budgets.rest_s * 1e9)
        context.task.skill_began_ns, context.task.ended_by = context.now_ns, ""
        self._run.start(context.ports.robot.run_policy(subtask, timeout_s), deadline_ns)

    def update(self) -> Status:
        """Watch the policy."""
        lack = missing(self.context)
        if self.context.signals.latched:
            return self._latched()
        if lack is not None:
            return self.failure(*lack)
        answer = self._run.poll(self.context.now_ns)
        if self._stopped_ns or (answer is not None and answer.code is ErrorCode.STOPPED):
            return self._stopped()
        if answer is not None:
            return self._ended(answer.code, answer.message, answer.value or "")
        if self._is_blocked():
            return self.failure(ErrorCode.FAILED, "the arm does not move: it is blocked or has nothing to follow")
        return self._look()

    def end(self) -> None:
        """Stop the policy; its reference ends at rest."""
        self._run.drop()
        self._check.drop()

    def _latched(self) -> Status:
        code = ErrorCode.ROBOT_FAULT if self.context.may_reset() else ErrorCode.STOPPED
        return self.failure(code, f"a stop was latched: {self.context.signals.latch_reason}")

    def _stopped(self) -> Status:
        """Wait for safety's own word: the policy may hear of a stop first, and what follows depends on its reason."""
        now_ns = self.context.now_ns
        self._stopped_ns = self._stopped_ns or now_ns
        if now_ns - self._stopped_ns < self.context.config.signals.clear_s * 1e9:
            return Status.RUNNING
        return self.failure(ErrorCode.STOPPED, "safety ended the run of the policy")

    def _ended(self, code: ErrorCode, message: str, stopped_by: str) -> Status:
        if code not in _JUDGED:
            return self.failure(code, message or f"the policy ended with {code.name}")
        return self._end_by(stopped_by or code.name.lower())

    def _look(self) -> Status:
        context = self.context
        felt = context.felt()
        if felt.verdict is Verdict.DONE and self._is_settled():
            return self._end_by("signals")
        if felt.verdict is Verdict.FAILED:
            return self._end_by("signals")
        answer = self._check.poll(context.now_ns)
        if answer is not None and isinstance(answer.value, CheckResult):
            return self._seen(answer.value)
        period_ns = round(context.config.budgets.check_period_s * 1e9)
        if not self._check.is_running and context.now_ns - self._checked_ns >= period_ns:
            self._ask()
        return Status.RUNNING

    def _ask(self) -> None:
        context, subtask = self.context, self.context.task.subtask
        assert subtask is not None, "the tree runs a skill without a plan"
        self._checked_ns = context.now_ns
        timeout_s = context.config.budgets.check_s
        deadline_ns = context.now_ns + round(timeout_s * 1e9)
        self._check.start(context.ports.planner.check(subtask, timeout_s), deadline_ns)

    def _seen(self, result: CheckResult) -> Status:
        decided = result.verdict in (Verdict.DONE, Verdict.FAILED) and result.confidence >= self.context.config.sure
        same = not self._agreeing or self._agreeing[-1] is result.verdict
        self._agreeing = [*(self._agreeing if same else []), result.verdict] if decided else []
        if len(self._agreeing) < _CONFIRMATIONS:
            return Status.RUNNING
        return self._end_by("planner")

    def _end_by(self, what: str) -> Status:
        self.feedback_message = self.context.task.ended_by = what
        return Status.SUCCESS

    def _is_settled(self) -> bool:
        """Signals of a pose count at rest; those of the fingers have settled by themselves."""
        return self.elapsed_s() > 2.0 * self.context.config.signals.settle_s

    def _is_blocked(self) -> bool:
        signals, limits = self.context.signals, self.context.config.signals
        posture = np.append(signals.position, signals.width_m if np.isfinite(signals.width_m) else 0.0)
        if posture.shape != self._posture.shape or float(np.abs(posture - self._posture).max()) > 0.01:
            self._posture, self._moved_ns = posture, self.context.now_ns
        return self.context.now_ns - self._moved_ns > limits.stall_s * 1e9

# SPDX-License-Identifier: Apache-2.0
"""Judges whether the subtask whose skill has ended is done, by the planner and by signals. Nothing moves here."""

from __future__ import annotations

from py_trees.common import Status

from vla_ros.executor.behaviours.base import Pending, TaskBehaviour
from vla_ros.executor.context import Phase, TaskContext
from vla_ros.executor.evidence import Evidence, judge
from vla_ros.tasks import CheckResult, ErrorCode, Verdict

__all__ = ["POLICY_DONE", "VerifySuccess"]

POLICY_DONE = "policy_done"  # the condition of run_policy that is the policy's own word
_SETTLED = 3.0  # settling times in which fingers that open may still prove the policy right, which sees it sooner


class VerifySuccess(TaskBehaviour):
    """Succeeds where the evidence says done; a planner that does not answer counts as unsure."""

    def __init__(self, name: str, context: TaskContext) -> None:
        super().__init__(name, context)
        self._check: Pending[CheckResult] = Pending()
        self._seen: CheckResult | None = None
        self._settled_ns = 0

    def begin(self) -> None:
        """Ask the planner."""
        context, subtask = self.context, self.context.task.subtask
        assert subtask is not None, "the tree verifies without a plan"
        context.enter(Phase.CHECKING, subtask.success_question)
        timeout_s = context.config.budgets.check_s
        deadline_ns = context.now_ns + round(timeout_s * 1e9)
        self._seen, self._settled_ns = None, context.now_ns + round(_SETTLED * context.config.signals.settle_s * 1e9)
        self._check.start(context.ports.planner.check(subtask, timeout_s), deadline_ns)

    def update(self) -> Status:
        """Wait for the planner's verdict and for the fingers, and weigh what they say."""
        context = self.context
        if self._seen is None:
            answer = self._check.poll(context.now_ns)
            if answer is None:
                return Status.RUNNING
            seen = answer.value if isinstance(answer.value, CheckResult) else None
            self._seen = seen or CheckResult(Verdict.UNSURE, 0.0, f"the planner gave no verdict: {answer.message}")
        felt, claimed = context.felt(), context.task.ended_by == POLICY_DONE
        if claimed and felt.verdict is Verdict.NOT_YET and context.now_ns < self._settled_ns:
            return Status.RUNNING
        result = judge(Evidence(self._seen, felt, claimed), context.config.sure)
        self.feedback_message = result.reason
        if result.verdict is not Verdict.DONE:
            return self.failure(ErrorCode.FAILED, result.reason)
        self.context.clear_error()
        self.context.detail = result.reason
        return Status.SUCCESS

    def end(self) -> None:
        """Stop waiting."""
        self._check.drop()

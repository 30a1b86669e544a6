# SPDX-License-Identifier: Apache-2.0
"""The ``execute_task`` action in front of the executor's core. Wiring only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vla_msgs.action import ExecuteTask

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.lifecycle import LifecycleNode
from rclpy.task import Future
from vla_ros.executor import TaskExecutor, TaskReport
from vla_ros.interfaces import interface
from vla_ros.nodes.task_conversions import error_message, state_to_message
from vla_ros.tasks import ErrorCode, Refusal

__all__ = ["TaskServer"]

_MAX_TIMEOUT_S = 86400.0


class TaskServer:
    """Goals wait in coroutines until the core says that their task has ended."""

    def __init__(
        self, node: LifecycleNode, core: TaskExecutor, instruct: Callable[[str, int], str], now_ns: Callable[[], int]
    ) -> None:
        self._core, self._instruct = core, instruct
        self._now_ns = now_ns
        self._ends: dict[str, Future] = {}
        self._goals: dict[str, Any] = {}
        self._shown: tuple[Any, ...] = ()
        self._server = ActionServer(
            node,
            ExecuteTask,
            interface("execute_task").name,
            self._execute,
            goal_callback=self._on_goal,
            cancel_callback=self._on_cancel,
        )

    def destroy(self) -> None:
        """End all goals and offer the action no longer."""
        for task_id, end in list(self._ends.items()):
            report = self._core.report(self._now_ns())
            end.set_result((ErrorCode.CANCELED, f"the executor node was deactivated during {task_id}", report))
        self._server.destroy()

    def update(self, report: TaskReport) -> None:
        """Tell the goals how it goes, and which of them have ended."""
        for ended in self._core.finished():
            if ended.task_id in self._ends:
                self._ends[ended.task_id].set_result((ended.code, ended.message, ended))
        shown = (report.task_id, report.phase, report.subtask_index, report.attempt, report.detail)
        if report.task_id in self._goals and shown != self._shown:
            self._shown = shown
            self._goals[report.task_id].publish_feedback(
                ExecuteTask.Feedback(state=state_to_message(report, self._now_ns()))
            )

    def _on_goal(self, goal: ExecuteTask.Goal) -> GoalResponse:
        return GoalResponse.ACCEPT if 0.0 <= goal.timeout_s <= _MAX_TIMEOUT_S else GoalResponse.REJECT

    def _on_cancel(self, handle: Any) -> CancelResponse:
        for task_id, goal in self._goals.items():
            if bytes(goal.goal_id.uuid) == bytes(handle.goal_id.uuid):
                self._core.cancel(task_id, self._now_ns())
        return CancelResponse.ACCEPT

    async def _execute(self, handle: Any) -> ExecuteTask.Result:
        goal = handle.request
        try:
            task_id = self._instruct(goal.instruction, round(goal.timeout_s * 1e9))
        except Refusal as refusal:
            return _finish(handle, refusal.code, str(refusal), None)
        if not task_id:
            return _finish(handle, ErrorCode.SUCCESS, "", None)
        self._ends[task_id], self._goals[task_id] = Future(), handle
        try:
            code, message, report = await self._ends[task_id]
        finally:
            del self._ends[task_id], self._goals[task_id]
        return _finish(handle, code, message, report)


def _finish(handle: Any, code: ErrorCode, message: str, report: TaskReport | None) -> ExecuteTask.Result:
    result = ExecuteTask.Result(error=error_message(code, message))
    if report is not None:
        result.task_id, result.subtasks_done = report.task_id, report.subtask_index
        result.retries, result.elapsed_s = report.retries, report.elapsed_ns * 1e-9
    if code is ErrorCode.SUCCESS:
        handle.succeed()
    elif handle.is_cancel_requested:
        handle.canceled()
    else:
        handle.abort()
    return result

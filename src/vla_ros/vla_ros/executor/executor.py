# SPDX-License-Identifier: Apache-2.0
"""The executor: one task at a time through a behaviour tree, and the guarantee that every end is an end at rest.

Time and signals come in with every tick, requests go out through ports. No ROS, no threads, no clock.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from typing import Any

from py_trees.common import Status

from vla_ros.executor.config import ExecutorConfig
from vla_ros.executor.context import Phase, Task, TaskContext
from vla_ros.executor.ports import Operation, Ports
from vla_ros.executor.signals import Signals
from vla_ros.executor.stop_words import means_resume, means_stop
from vla_ros.executor.tree import as_data, as_text, build_tree
from vla_ros.tasks import ErrorCode, Refusal

__all__ = ["TaskExecutor", "TaskReport"]

_ENDS = {ErrorCode.SUCCESS: Phase.SUCCEEDED, ErrorCode.STOPPED: Phase.STOPPED}


@dataclass(frozen=True, slots=True)
class TaskReport:
    """What the executor does at one moment; see ``vla_msgs/TaskState``."""

    task_id: str
    instruction: str
    phase: Phase
    plan_id: str
    subtask_index: int
    subtask_text: str
    attempt: int
    elapsed_ns: int
    progress: float
    code: ErrorCode
    message: str
    detail: str
    retries: int

    @property
    def is_over(self) -> bool:
        """Whether the task has ended."""
        return self.phase in (Phase.SUCCEEDED, Phase.FAILED, Phase.STOPPED)


@dataclass(frozen=True, slots=True)
class _Request:
    task_id: str
    instruction: str
    timeout_ns: int


class TaskExecutor:
    """Runs instructions. ``instruct``, ``cancel`` and ``answer`` may be called between ticks, from the same thread."""

    def __init__(self, tree_data: Any, config: ExecutorConfig, ports: Ports) -> None:
        """Build the tree; raises ``ConfigError`` where it makes no sense."""
        self._context = TaskContext(config, ports)
        self._root = build_tree(tree_data, self._context)
        self._waiting: deque[_Request] = deque(maxlen=1)  # the newest instruction takes over
        self._deadline_ns = 0
        self._ending_ns = 0  # since when the arm is being brought to rest; 0: it is not
        self._count = 0
        self._reset: Operation[None] | None = None
        self.memory = self._context.memory  # attempts of all tasks
        self._over: deque[TaskReport] = deque(maxlen=16)

    @property
    def is_busy(self) -> bool:
        """Whether a task runs or is being ended."""
        return self._context.phase not in (Phase.IDLE, Phase.SUCCEEDED, Phase.FAILED, Phase.STOPPED)

    def instruct(self, text: str, now_ns: int, timeout_ns: int = 0) -> str:
        """Take an instruction; a stop word stops at once. Return the task's id, empty where the words start no task.

        Raises:
            Refusal: the input is out of bounds, or a stop is latched that a person has to reset.
        """
        words = self._context.config.words
        if means_stop(text, words.stop):
            self.stop(now_ns, f"told to stop: '{text[:40]}'")
            return ""
        if means_resume(text, words.resume):
            if self._context.signals.latched and self._context.may_reset():
                self._reset = self._context.ports.robot.reset()
            return ""
        if not text.strip() or len(text) > words.max_length:
            length = f"has {len(text)} characters; 1 to {words.max_length} are allowed"
            raise Refusal(ErrorCode.REFUSED, f"the instruction {length}")
        if self._context.signals.latched and not self._context.may_reset():
            reason = self._context.signals.latch_reason
            raise Refusal(ErrorCode.STOPPED, f"a stop is latched ({reason}); reset it first")
        self._count += 1
        digest = hashlib.sha256(f"{now_ns}|{text}".encode()).hexdigest()[:6]
        request = _Request(f"task-{self._count}-{digest}", text.strip(), timeout_ns)
        self._waiting.append(request)
        if self.is_busy and not self._ending_ns:
            self._interrupt(ErrorCode.PREEMPTED, "a newer instruction took over", now_ns)
        return request.task_id

    def stop(self, now_ns: int, reason: str) -> None:
        """Latch the safety stop and end whatever runs. Works at any time, in any state."""
        self._context.ports.robot.hold()
        if not self._context.signals.latched:  # a stop of somebody else stays theirs
            self._context.robot.stopped_by_us = True
        self._waiting.clear()
        if self.is_busy:
            self._interrupt(ErrorCode.STOPPED, reason, now_ns)
        else:
            self._context.enter(Phase.STOPPED, reason)

    def cancel(self, task_id: str, now_ns: int) -> None:
        """End a task at a safe seam."""
        self._waiting = deque((item for item in self._waiting if item.task_id != task_id), maxlen=1)
        if self.is_busy and self._context.task.task_id == task_id:
            self._interrupt(ErrorCode.CANCELED, "canceled by request", now_ns)

    def answer(self, question_id: str, text: str) -> str:
        """Take a person's answer; return why it is not accepted, or an empty text."""
        if not question_id or question_id != self._context.open_question:
            return "this question is not open"
        if not text.strip() or len(text) > self._context.config.words.max_length:
            return "the answer is empty or too long"
        self._context.given_answer = text
        return ""

    def observe(self, now_ns: int, signals: Signals) -> None:
        """Take the newest signals, so that an instruction is judged by them and not by those of the last tick."""
        self._context.now_ns = now_ns
        self._context.robot.update(now_ns, signals)

    def tick(self, now_ns: int, signals: Signals) -> TaskReport:
        """Advance by one tick and return what is being done."""
        self.observe(now_ns, signals)
        if self._reset is not None and self._reset.answer() is not None:
            self._reset = None
        if not self.is_busy and self._waiting:
            self._begin(self._waiting.popleft(), now_ns)
        if self.is_busy and not self._ending_ns:
            self._advance(now_ns)
        if self._ending_ns:
            self._come_to_rest(now_ns)
        return self.report(now_ns)

    def finished(self) -> list[TaskReport]:
        """Return the reports of the tasks that ended since the last call."""
        ended = list(self._over)
        self._over.clear()
        return ended

    def report(self, now_ns: int) -> TaskReport:
        """Return what is being done."""
        context, task = self._context, self._context.task
        total = len(task.plan.subtasks) if task.plan else 0
        return TaskReport(
            task_id=task.task_id,
            instruction=task.instruction,
            phase=context.phase,
            plan_id=task.plan.plan_id if task.plan else "",
            subtask_index=task.index,
            subtask_text=task.subtask.text if task.subtask else "",
            attempt=task.attempt,
            elapsed_ns=now_ns - task.began_ns if task.began_ns else 0,
            progress=task.index / total if total else -1.0,
            code=task.code,
            message=task.message,
            detail=context.detail,
            retries=context.memory.retries(task.task_id),
        )

    def snapshot(self) -> dict[str, Any]:
        """Return the tree's state and the attempts of the task as plain data."""
        task_id = self._context.task.task_id
        return {
            "task_id": task_id,
            "phase": self._context.phase.name,
            "tree": as_data(self._root),
            "attempts": self._context.memory.as_data(task_id),
            "text": as_text(self._root),
        }

    def _begin(self, request: _Request, now_ns: int) -> None:
        context = self._context
        context.task = Task(request.task_id, request.instruction, now_ns)
        timeout_ns = request.timeout_ns or round(context.config.budgets.task_s * 1e9)
        self._deadline_ns = now_ns + timeout_ns
        context.enter(Phase.PLANNING, "planning")

    def _advance(self, now_ns: int) -> None:
        context = self._context
        if now_ns >= self._deadline_ns:
            self._interrupt(ErrorCode.TIMEOUT, "the task's time is over", now_ns)
            return
        if context.signals.latched and not context.may_reset():
            self._interrupt(ErrorCode.STOPPED, f"a stop was latched: {context.signals.latch_reason}", now_ns)
            return
        self._root.tick_once()
        if self._root.status is Status.SUCCESS:
            context.clear_error()
            self._ending_ns = now_ns
        elif self._root.status is Status.FAILURE:
            if context.task.code is ErrorCode.SUCCESS:
                context.fail(ErrorCode.INTERNAL, "the tree failed without saying why")
            self._ending_ns = now_ns

    def _interrupt(self, code: ErrorCode, message: str, now_ns: int) -> None:
        self._root.stop(Status.INVALID)
        self._context.fail(code, message)
        self._ending_ns = now_ns

    def _come_to_rest(self, now_ns: int) -> None:
        """Finish the task when the arm rests; latch the stop when it does not."""
        context = self._context
        limits, budget_ns = context.config.signals, round(context.config.budgets.rest_s * 1e9)
        late = now_ns - self._ending_ns > budget_ns
        if not late and not context.signals.is_at_rest(now_ns, limits):
            return
        if late:
            context.ports.robot.hold()
            if context.task.code is ErrorCode.SUCCESS:
                context.fail(ErrorCode.ROBOT_FAULT, "the arm did not come to rest; the safety stop was latched")
        self._ending_ns = 0
        context.enter(_ENDS.get(context.task.code, Phase.FAILED), context.task.message or "done")
        self._over.append(self.report(now_ns))

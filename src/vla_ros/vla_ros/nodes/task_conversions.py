# SPDX-License-Identifier: Apache-2.0
"""Between the messages of planner and executor and the values of their cores. Checked here, once."""

from __future__ import annotations

import math

from vla_msgs.msg import ErrorCode as ErrorCodeMessage
from vla_msgs.msg import GroundedObject, TaskState
from vla_msgs.msg import Plan as PlanMessage
from vla_msgs.msg import Question as QuestionMessage
from vla_msgs.msg import Subtask as SubtaskMessage

from vla_ros.errors import VlaError
from vla_ros.executor import Question, TaskReport
from vla_ros.nodes.conversions import stamp_ns, time_message
from vla_ros.tasks import ErrorCode, Grounding, Plan, Subtask

__all__ = [
    "error_message",
    "plan_from_message",
    "plan_to_message",
    "question_to_message",
    "state_to_message",
    "subtask_from_message",
    "subtask_to_message",
]

_NS_PER_S = 1_000_000_000


def error_message(code: ErrorCode, message: str = "") -> ErrorCodeMessage:
    """Return a result code with its sentence."""
    return ErrorCodeMessage(code=int(code), message=message)


def subtask_to_message(subtask: Subtask) -> SubtaskMessage:
    """Return the message of a subtask."""
    return SubtaskMessage(
        subtask_id=subtask.subtask_id,
        text=subtask.text,
        skill=subtask.skill,
        objects=list(subtask.objects),
        groundings=[_grounding_to_message(item) for item in subtask.groundings],
        success_question=subtask.success_question,
        timeout_s=subtask.timeout_ns / _NS_PER_S,
    )


def subtask_from_message(message: SubtaskMessage) -> Subtask:
    """Return the subtask of a message.

    Raises:
        VlaError: its time is not positive and finite.
    """
    timeout_s = float(message.timeout_s)
    if not (math.isfinite(timeout_s) and timeout_s > 0.0):
        raise VlaError(f"the subtask '{message.text}' has the budget {timeout_s} s; it must be > 0")
    return Subtask(
        subtask_id=message.subtask_id,
        text=message.text,
        skill=message.skill,
        objects=tuple(message.objects),
        success_question=message.success_question,
        timeout_ns=round(timeout_s * _NS_PER_S),
        groundings=tuple(_grounding_from_message(item) for item in message.groundings),
    )


def plan_to_message(plan: Plan) -> PlanMessage:
    """Return the message of a plan."""
    message = PlanMessage(
        plan_id=plan.plan_id,
        instruction=plan.instruction,
        subtasks=[subtask_to_message(item) for item in plan.subtasks],
        planner_id=plan.planner_id,
        rationale=plan.rationale,
    )
    message.header.stamp = time_message(plan.stamp_ns)
    return message


def plan_from_message(message: PlanMessage) -> Plan:
    """Return the plan of a message.

    Raises:
        VlaError: a subtask is malformed.
    """
    return Plan(
        plan_id=message.plan_id,
        instruction=message.instruction,
        subtasks=tuple(subtask_from_message(item) for item in message.subtasks),
        planner_id=message.planner_id,
        rationale=message.rationale,
        stamp_ns=stamp_ns(message.header.stamp),
    )


def state_to_message(report: TaskReport, now_ns: int) -> TaskState:
    """Return the message of the executor's state."""
    message = TaskState(
        task_id=report.task_id,
        instruction=report.instruction,
        state=int(report.phase),
        plan_id=report.plan_id,
        subtask_index=report.subtask_index,
        subtask_text=report.subtask_text,
        attempt=report.attempt,
        elapsed_s=report.elapsed_ns / _NS_PER_S,
        progress=float(report.progress),
        error=error_message(report.code, report.message),
        detail=report.detail,
    )
    message.header.stamp = time_message(now_ns)
    return message


def question_to_message(question: Question | None, now_ns: int) -> QuestionMessage:
    """Return the message of a question; None says that none is open."""
    message = QuestionMessage()
    message.header.stamp = time_message(now_ns)
    if question is not None:
        message.question_id, message.text = question.question_id, question.text
        message.choices, message.timeout_s = list(question.choices), question.timeout_s
    return message


def _grounding_to_message(item: Grounding) -> GroundedObject:
    return GroundedObject(
        label=item.label,
        image_key=item.image_key,
        point=list(item.point),
        box=list(item.box),
        confidence=float(item.confidence),
    )


def _grounding_from_message(message: GroundedObject) -> Grounding:
    return Grounding(
        label=message.label,
        image_key=message.image_key,
        point=tuple(map(float, message.point)),
        box=tuple(map(float, message.box)),
        confidence=float(message.confidence),
    )

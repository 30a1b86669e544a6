# SPDX-License-Identifier: Apache-2.0
"""The executor's ports over ROS: planner services, policy and recovery actions, safety services, question. Wiring."""

from __future__ import annotations

from typing import Any

from std_srvs.srv import SetBool, Trigger
from vla_msgs.action import RunPolicy
from vla_msgs.msg import ActionChunk as ActionChunkMessage
from vla_msgs.msg import Question as QuestionMessage
from vla_msgs.srv import CheckSubtask, PlanTask

from rclpy.action import ActionClient
from rclpy.node import Node
from rosidl_runtime_py.utilities import get_action
from vla_ros.errors import VlaError
from vla_ros.executor import Answer, PlanQuestion, Question
from vla_ros.interfaces import interface
from vla_ros.nodes.conversions import chunk_to_message, duration_to_message
from vla_ros.nodes.executor_operations import Call, Ended, Goal
from vla_ros.nodes.qos import interface_qos
from vla_ros.nodes.task_conversions import plan_from_message, question_to_message, subtask_to_message
from vla_ros.tasks import CheckResult, ErrorCode, Subtask, Verdict
from vla_ros.types import ActionChunk

__all__ = ["PersonOverRos", "PlannerOverRos", "RobotOverRos"]

_POLICY_DONE = "policy_done"


class PlannerOverRos:
    """Calls the planner's services."""

    def __init__(self, node: Node) -> None:
        self._plan = node.create_client(PlanTask, interface("plan_task").name)
        self._check = node.create_client(CheckSubtask, interface("check_subtask").name)

    def plan(self, question: PlanQuestion, timeout_s: float) -> Any:
        """Ask for a plan."""
        request = PlanTask.Request(
            instruction=question.instruction,
            task_id=question.task_id,
            history=list(question.history),
            feedback=list(question.feedback),
            reason=question.reason,
            deadline=duration_to_message(round(timeout_s * 1e9)),
        )
        return Call(self._plan, request, _read_plan)

    def check(self, subtask: Subtask, timeout_s: float) -> Any:
        """Ask whether a subtask is done."""
        deadline = duration_to_message(round(timeout_s * 1e9))
        request = CheckSubtask.Request(subtask=subtask_to_message(subtask), deadline=deadline)
        return Call(self._check, request, _read_check)


class RobotOverRos:
    """Calls policy, safety and the robot's error recovery."""

    def __init__(self, node: Node, error_recovery: str) -> None:
        self._node = node
        row = interface("reference")
        self._reference = node.create_publisher(ActionChunkMessage, row.name, interface_qos(row.key))
        self._policy = ActionClient(node, RunPolicy, interface("run_policy").name)
        self._estop = node.create_client(SetBool, interface("estop").name)
        self._reset = node.create_client(Trigger, interface("safety_reset").name)
        self._recovery = _recovery_client(node, error_recovery)
        self._recovery_service = node.create_client(Trigger, error_recovery) if error_recovery else None

    def run_policy(self, subtask: Subtask, timeout_s: float) -> Any:
        """Run the policy."""
        if not self._policy.server_is_ready():
            return Ended(ErrorCode.POLICY_UNAVAILABLE, "nobody offers run_policy")
        goal = RunPolicy.Goal(subtask=subtask_to_message(subtask), timeout_s=timeout_s, stop_when=[_POLICY_DONE])
        return Goal(self._policy, goal, lambda result: _read(result, result.stopped_by))

    def follow(self, chunk: ActionChunk) -> None:
        """Publish a recovery reference."""
        self._reference.publish(chunk_to_message(chunk))

    def hold(self) -> None:
        """Latch the safety stop."""
        if not self._estop.service_is_ready():
            self._node.get_logger().error("the safety stop cannot be latched: nobody offers the service")
        self._estop.call_async(SetBool.Request(data=True))

    def reset(self) -> Any:
        """Release the safety stop."""
        return Call(self._reset, Trigger.Request(), _read_trigger)

    def recover(self) -> Any:
        """Clear a fault of the robot itself, by whichever of action and service it offers."""
        if self._recovery is not None and self._recovery.server_is_ready():
            return Goal(self._recovery, _recovery_goal(), lambda result: Answer(ErrorCode.SUCCESS))
        if self._recovery_service is not None and self._recovery_service.service_is_ready():
            return Call(self._recovery_service, Trigger.Request(), _read_trigger)
        return Ended(ErrorCode.ROBOT_FAULT, "the robot offers no error recovery")


class PersonOverRos:
    """Publishes questions; answers come through the node's service."""

    def __init__(self, node: Node) -> None:
        self._node = node
        row = interface("question")
        self._questions = node.create_publisher(QuestionMessage, row.name, interface_qos(row.key))
        self.withdraw()

    def ask(self, question: Question) -> None:
        """Show a question."""
        self._questions.publish(question_to_message(question, self._node.get_clock().now().nanoseconds))

    def withdraw(self) -> None:
        """Show that no question is open."""
        self._questions.publish(question_to_message(None, self._node.get_clock().now().nanoseconds))


def _recovery_goal() -> Any:
    return get_action("franka_msgs/action/ErrorRecovery").Goal()


def _recovery_client(node: Node, name: str) -> ActionClient | None:
    """Return the client of the robot's error recovery; None where its type is not installed or the robot has none."""
    try:
        return ActionClient(node, get_action("franka_msgs/action/ErrorRecovery"), name) if name else None
    except (ImportError, AttributeError, ValueError):
        return None


def _read(result: Any, value: Any) -> Answer[Any]:
    return Answer(ErrorCode(result.error.code), result.error.message, value)


def _read_plan(response: Any) -> Answer[Any]:
    try:
        return _read(response, plan_from_message(response.plan))
    except VlaError as error:
        return Answer(ErrorCode.PLANNER_UNAVAILABLE, str(error))


def _read_check(response: Any) -> Answer[Any]:
    if response.verdict not in set(Verdict):
        return Answer(ErrorCode.PLANNER_UNAVAILABLE, f"the planner answered with the verdict {response.verdict}")
    result = CheckResult(Verdict(response.verdict), float(response.confidence), response.reason)
    return _read(response, result)


def _read_trigger(response: Any) -> Answer[Any]:
    return Answer(ErrorCode.SUCCESS if response.success else ErrorCode.ROBOT_FAULT, response.message)

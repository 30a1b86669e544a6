# SPDX-License-Identifier: Apache-2.0
"""The planner as a component: two services, the plan's topic, the newest observation. Wiring only.

Requests run one after the other in a group of their own, so that a slow model holds up nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vla_msgs.msg import Observation as ObservationMessage
from vla_msgs.msg import Plan as PlanMessage
from vla_msgs.srv import CheckSubtask, PlanTask

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNode
from vla_ros.errors import ConfigError, VlaError
from vla_ros.interfaces import interface
from vla_ros.nodes.conversions import observation_from_message, stamp_ns
from vla_ros.nodes.diagnostics import Diagnostics, Health, Level
from vla_ros.nodes.language_motions import LanguageMotions
from vla_ros.nodes.latents import Latents
from vla_ros.nodes.qos import interface_qos
from vla_ros.nodes.shared_config import config_file
from vla_ros.nodes.task_conversions import error_message, plan_to_message, subtask_from_message
from vla_ros.planner import CheckRequest, Planner, PlanRequest
from vla_ros.planner.loading import load_planner
from vla_ros.planner.openai import Timing
from vla_ros.tasks import ErrorCode, Refusal
from vla_ros.types import ImageArray

__all__ = ["Planning", "PlanningConfig"]


@dataclass(frozen=True, slots=True)
class PlanningConfig:
    """Parameters of the planner node."""

    planner: str = field(default="grammar", metadata={"description": "file of config/planners, by name or path"})
    contract: str = field(default="", metadata={"description": "path of the robot contract; not needed by the planner"})
    robot: str = field(default="", metadata={"description": "which robot of the contract"})
    target: str = field(default="", metadata={"description": "sim or real"})
    max_image_age_s: float = field(default=2.0, metadata={"description": "older images are not shown to the model [s]"})
    autostart: bool = field(default=True, metadata={"description": "configure and activate at the start"})

    def __post_init__(self) -> None:
        if not self.max_image_age_s > 0.0:
            raise ConfigError(f"max_image_age_s must be > 0, got {self.max_image_age_s}")


class Planning:
    """The component."""

    def __init__(self, node: LifecycleNode, config: PlanningConfig) -> None:
        self._node = node
        self._config = config
        self._planner: Planner | None = None
        self._observation: ObservationMessage | None = None
        self._undo: list[Callable[[], Any]] = []
        self._last = "no request yet"

    def configure(self) -> None:
        """Load the back end."""
        self._planner = load_planner(
            config_file("planners", self._config.planner), Timing(time.monotonic_ns, time.sleep)
        )
        self._node.get_logger().info(f"planner: {self._planner.planner_id}")

    def activate(self) -> None:
        """Offer the services."""
        node, group = self._node, MutuallyExclusiveCallbackGroup()
        plan, look = interface("plan"), interface("observation")
        self._plans = node.create_publisher(PlanMessage, plan.name, interface_qos(plan.key))
        self._undo.append(lambda: node.destroy_publisher(self._plans))
        seen = node.create_subscription(ObservationMessage, look.name, self._on_observation, interface_qos(look.key))
        self._undo.append(lambda: node.destroy_subscription(seen))
        for key, kind, callback in (
            ("plan_task", PlanTask, self._on_plan),
            ("check_subtask", CheckSubtask, self._on_check),
        ):
            service = node.create_service(kind, interface(key).name, callback, callback_group=group)
            self._undo.append(lambda service=service: node.destroy_service(service))
        self._undo.append(LanguageMotions(node).destroy)
        if self._planner is not None and self._planner.latents is not None:
            self._undo.append(Latents(node, self._planner.latents, self._fresh, group).destroy)
        self._diagnostics = Diagnostics(node, self._health)
        self._undo.append(self._diagnostics.destroy)

    def deactivate(self) -> None:
        """Undo ``activate`` in reverse order."""
        while self._undo:
            self._undo.pop()()

    def cleanup(self) -> None:
        """Drop the back end."""
        self._planner = None

    def _on_observation(self, message: ObservationMessage) -> None:
        self._observation = message

    def _on_plan(self, request: PlanTask.Request, response: PlanTask.Response) -> PlanTask.Response:
        assert self._planner is not None, "services exist only between configure and cleanup"
        question = PlanRequest(
            request.instruction, self._images(), tuple(request.history), tuple(request.feedback), request.reason,
            self._deadline_ns(request.deadline),
        )  # fmt: skip
        try:
            plan = self._planner.plan(question, self._now_ns())
        except Refusal as refusal:
            self._note(f"refused '{request.instruction[:80]}': {refusal}")
            response.error = error_message(refusal.code, str(refusal))
            return response
        self._note(f"planned '{plan.instruction}': {'; '.join(item.text for item in plan.subtasks)}")
        response.plan, response.error = plan_to_message(plan), error_message(ErrorCode.SUCCESS)
        self._plans.publish(response.plan)
        return response

    def _on_check(self, request: CheckSubtask.Request, response: CheckSubtask.Response) -> CheckSubtask.Response:
        assert self._planner is not None, "services exist only between configure and cleanup"
        response.verdict = CheckSubtask.Response.UNSURE
        try:
            subtask = subtask_from_message(request.subtask)
            result = self._planner.check(CheckRequest(subtask, self._images(), self._deadline_ns(request.deadline)))
        except VlaError as error:
            code = error.code if isinstance(error, Refusal) else ErrorCode.REFUSED
            response.error, response.reason = error_message(code, str(error)), str(error)
            return response
        response.verdict, response.confidence, response.reason = int(result.verdict), result.confidence, result.reason
        return response

    def _images(self) -> Mapping[str, ImageArray]:
        message = self._fresh()
        return observation_from_message(message).images if message is not None else {}

    def _fresh(self) -> ObservationMessage | None:
        """Return the newest observation, None where it is too old to be shown to the model."""
        message = self._observation
        if message is None or self._now_ns() - stamp_ns(message.header.stamp) > self._config.max_image_age_s * 1e9:
            return None
        return message

    def _deadline_ns(self, duration: Any) -> int:
        budget_ns = stamp_ns(duration)
        return time.monotonic_ns() + budget_ns if budget_ns else 0

    def _note(self, sentence: str) -> None:
        self._last = sentence
        self._node.get_logger().info(sentence)

    def _health(self) -> Sequence[Health]:
        assert self._planner is not None, "diagnostics exist only between configure and cleanup"
        return [Health("planner", Level.OK, self._last, {"planner_id": self._planner.planner_id})]

    def _now_ns(self) -> int:
        return self._node.get_clock().now().nanoseconds

# SPDX-License-Identifier: Apache-2.0
"""Carries what the graph publishes into the console's panel and stage. Wiring only.

Callbacks only keep the newest message; the browser is brought up to date at its own pace, and only where one looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image
from std_msgs.msg import Bool, String
from visualization_msgs.msg import MarkerArray
from vla_msgs.msg import GroundTruth, Plan, PolicyState, Question, SafetyState, TaskState

from rclpy.node import Node
from vla_ros.console.charts import StripChart
from vla_ros.console.panel import Panel
from vla_ros.console.stage import Stage
from vla_ros.console.texts import Condition, condition_text, plan_text
from vla_ros.console.transcript import PlannedStep
from vla_ros.contract import Contract, ImageSpec
from vla_ros.ingest.images import decode_image
from vla_ros.interfaces import QosKind, interface
from vla_ros.nodes.console_scene import ConsoleScene
from vla_ros.nodes.qos import interface_qos, qos_profile

__all__ = ["ConsoleFeed"]

_LATCHED = qos_profile(QosKind.LATCHED)
_SENSOR = qos_profile(QosKind.SENSOR)
_SCENE = ("description", "truth", "safety_markers")  # shown by the scene, all else by the feed


class ConsoleFeed:
    """Newest messages by name, and what becomes of them in the browser."""

    def __init__(self, node: Node, contract: Contract, stage: Stage, panel: Panel, charts: list[StripChart]) -> None:
        self._node, self._contract = node, contract
        self._panel, self._charts = panel, charts
        self._news: dict[str, Any] = {}
        self._condition = Condition()
        self._plan = Plan()
        self._scene = ConsoleScene(node, contract.frames.base, stage)
        self.buffer = self._scene.buffer
        self.on_epoch: Callable[[int], None] = lambda _: None
        self._subscribe()

    def show(self) -> None:
        """Bring the browser up to date; called at its pace."""
        news, self._news = self._news, {}
        for key, message in news.items():
            show = getattr(self._scene, f"show_{key}") if key in _SCENE else getattr(self, f"_show_{key}")
            show(message)
        self._panel.show_status(condition_text(self._condition), stopped=self._condition.latched)
        self._scene.place()

    def _subscribe(self) -> None:
        for key, kind in (
            ("ready", Bool),
            ("plan", Plan),
            ("task_state", TaskState),
            ("safety_state", SafetyState),
            ("policy_state", PolicyState),
            ("question", Question),
            ("tree_snapshot", String),
            ("safety_markers", MarkerArray),
        ):
            self._keep(key, kind, interface(key).name, interface_qos(key))
        row = interface("diagnostics")
        self._node.create_subscription(DiagnosticArray, row.name, self._on_diagnostics, interface_qos(row.key))
        self._keep("description", String, "robot_description", _LATCHED)
        self._keep("truth", GroundTruth, "sim/ground_truth", _SENSOR)
        for stream in self._contract.streams:
            if stream.is_image and stream.type_name.endswith("/Image"):
                keep = partial(self._keep_picture, stream.key)
                self._node.create_subscription(Image, stream.topic, keep, _SENSOR)

    def _keep(self, key: str, kind: Any, topic: str, qos: Any) -> None:
        def store(message: Any) -> None:
            self._news[key] = message
            if key == "safety_state":
                self.on_epoch(message.epoch)
                stamp_s = self._node.get_clock().now().nanoseconds / 1e9
                self._charts[1].add(stamp_s, (message.path_scale, 10.0 * message.tracking_error))
            if key == "policy_state":
                stamp_s = self._node.get_clock().now().nanoseconds / 1e9
                rows = (message.observation_age_s, message.delay_s, message.inference_p50_s)
                self._charts[0].add(stamp_s, tuple(1e3 * value for value in rows))

        self._node.create_subscription(kind, topic, store, qos)

    def _keep_picture(self, name: str, message: Image) -> None:
        self._news.setdefault("pictures", {})[name] = message

    def _show_pictures(self, messages: dict[str, Image]) -> None:
        for name, message in messages.items():
            spec = ImageSpec(width=message.width, height=message.height)
            self._panel.show_picture(name, decode_image(message, spec))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        own = f"{self._node.get_namespace()}/recorder: recorder".lstrip("/")
        for status in message.status:
            if status.name == own:
                self._news["recording"] = {pair.key: pair.value for pair in status.values}

    def _show_recording(self, values: dict[str, str]) -> None:
        self._panel.show_recording(active=values.get("recording") == "true", bag=values.get("bag", ""))

    def _show_ready(self, message: Bool) -> None:
        self._condition.ready = message.data

    def _show_safety_state(self, message: SafetyState) -> None:
        condition = self._condition
        condition.grade, condition.limit, condition.reason = message.grade, message.active_limit, message.reason
        condition.source, condition.latched = message.source, message.estop_latched

    def _show_policy_state(self, message: PolicyState) -> None:
        figures = f"{message.policy_id}, inference {1e3 * message.inference_p50_s:.0f} ms"
        self._condition.policy = f"{figures} ({message.detail})" if message.detail else figures

    def _show_task_state(self, message: TaskState) -> None:
        self._condition.task, self._condition.detail = message.state, message.detail or message.subtask_text
        steps = [PlannedStep(each.text, each.skill, each.timeout_s) for each in self._plan.subtasks]
        self._panel.show_plan(plan_text(self._plan.planner_id, steps, message.subtask_index))

    def _show_plan(self, message: Plan) -> None:
        self._plan = message

    def _show_question(self, message: Question) -> None:
        self._panel.show_question(message.question_id, message.text, message.choices)

    def _show_tree_snapshot(self, message: String) -> None:
        self._panel.show_tree(str(json.loads(message.data).get("text", "")))

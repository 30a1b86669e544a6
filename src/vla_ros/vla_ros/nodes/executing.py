# SPDX-License-Identifier: Apache-2.0
"""The executor as a component: instructions in, ticks, task state out. Wiring only.

One thread does everything: a stop word acts in the callback that receives it, at most one tick late.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from std_msgs.msg import String
from vla_msgs.msg import TaskState
from vla_msgs.srv import AnswerQuestion

from rclpy.lifecycle import LifecycleNode
from vla_ros.contract import load_contract
from vla_ros.errors import ConfigError
from vla_ros.executor import Ports, TaskExecutor, TaskReport, load_tree_file
from vla_ros.interfaces import interface
from vla_ros.nodes.diagnostics import Diagnostics, Health, Level
from vla_ros.nodes.executor_ports import PersonOverRos, PlannerOverRos, RobotOverRos
from vla_ros.nodes.executor_signals import SignalCollector
from vla_ros.nodes.qos import interface_qos
from vla_ros.nodes.shared_config import config_file
from vla_ros.nodes.task_conversions import state_to_message
from vla_ros.nodes.task_server import TaskServer
from vla_ros.tasks import Refusal

__all__ = ["Executing", "ExecutingConfig"]


@dataclass(frozen=True, slots=True)
class ExecutingConfig:
    """Parameters of the executor node."""

    contract: str = field(metadata={"description": "path of the robot contract"})
    robot: str = field(default="", metadata={"description": "which robot of the contract; empty: its default"})
    target: str = field(default="", metadata={"description": "sim or real; empty: the contract's default"})
    tree: str = field(default="default", metadata={"description": "file of config/trees, by name or path"})
    rate_hz: float = field(default=20.0, metadata={"description": "ticks of the tree [Hz]"})
    autostart: bool = field(default=True, metadata={"description": "configure and activate at the start"})

    def __post_init__(self) -> None:
        if not self.contract:
            raise ConfigError("the parameter 'contract' must be the path of a robot contract, got an empty one")
        if not 1.0 <= self.rate_hz <= 100.0:
            raise ConfigError(f"rate_hz must lie in 1 .. 100, got {self.rate_hz}")


class Executing:
    """The component: the core, its ports and signals while the node is active."""

    def __init__(self, node: LifecycleNode, config: ExecutingConfig) -> None:
        self._node = node
        self._config = config
        self._undo: list[Callable[[], Any]] = []
        self._shown: tuple[Any, ...] = ()
        self._drawn = ""

    def configure(self) -> None:
        """Read contract and tree; both are read again at activation."""
        load_contract(self._config.contract, self._config.robot, self._config.target)
        load_tree_file(config_file("trees", self._config.tree))

    def activate(self) -> None:
        """Begin to listen and to tick."""
        node = self._node
        contract = load_contract(self._config.contract, self._config.robot, self._config.target)
        tree, config = load_tree_file(config_file("trees", self._config.tree))
        ports = Ports(PlannerOverRos(node), RobotOverRos(node, contract.arm.error_recovery), PersonOverRos(node))
        self.core = TaskExecutor(tree, config, ports)
        self._signals = SignalCollector(node, contract)
        self._undo.append(self._signals.destroy)
        self._server = TaskServer(node, self.core, self._instruct, self._now_ns)
        self._undo.append(self._server.destroy)
        self._states = self._publisher("task_state", TaskState)
        self._trees = self._publisher("tree_snapshot", String)
        row = interface("instruction")
        heard = node.create_subscription(String, row.name, self._on_instruction, interface_qos(row.key))
        answers = node.create_service(AnswerQuestion, interface("answer_question").name, self._on_answer)
        timer = node.create_timer(1.0 / self._config.rate_hz, self._on_tick)
        self._undo.append(lambda: node.destroy_subscription(heard))
        self._undo.append(lambda: node.destroy_service(answers))
        self._undo.append(lambda: node.destroy_timer(timer))
        self._diagnostics = Diagnostics(node, self._health)
        self._undo.append(self._diagnostics.destroy)
        node.get_logger().info("the executor waits for instructions")

    def deactivate(self) -> None:
        """End what runs, and undo ``activate`` in reverse order."""
        self.core.cancel(self.core.report(self._now_ns()).task_id, self._now_ns())
        while self._undo:
            self._undo.pop()()

    def cleanup(self) -> None:
        """Nothing is left: ``deactivate`` released everything."""

    def _publisher(self, key: str, kind: Any) -> Any:
        publisher = self._node.create_publisher(kind, interface(key).name, interface_qos(key))
        self._undo.append(lambda: self._node.destroy_publisher(publisher))
        return publisher

    def _on_instruction(self, message: String) -> None:
        self._node.get_logger().info(f"instruction: '{message.data[:200]}'")
        try:
            self._instruct(message.data, 0)
        except Refusal as refusal:
            self._node.get_logger().warning(f"refused: {refusal}")
            now_ns = self._now_ns()
            state = state_to_message(self.core.report(now_ns), now_ns)
            state.error.code, state.error.message, state.detail = int(refusal.code), str(refusal), str(refusal)
            self._states.publish(state)

    def _instruct(self, text: str, timeout_ns: int) -> str:
        now_ns = self._now_ns()
        self.core.observe(now_ns, self._signals.signals)
        return self.core.instruct(text, now_ns, timeout_ns)

    def _on_answer(self, request: AnswerQuestion.Request, response: AnswerQuestion.Response) -> AnswerQuestion.Response:
        response.message = self.core.answer(request.question_id, request.answer)
        response.accepted = not response.message
        return response

    def _on_tick(self) -> None:
        now_ns = self._now_ns()
        report = self.core.tick(now_ns, self._signals.signals)
        self._server.update(report)
        shown = (report.task_id, report.phase, report.subtask_index, report.attempt, report.code, report.detail)
        if shown != self._shown:
            self._shown = shown
            self._states.publish(state_to_message(report, now_ns))
            self._log(report)
        snapshot = self.core.snapshot()
        if snapshot["text"] != self._drawn:
            self._drawn = snapshot["text"]
            self._trees.publish(String(data=json.dumps(snapshot)))

    def _log(self, report: TaskReport) -> None:
        text = f"{report.phase.name.lower()}: {report.subtask_text or report.instruction} — {report.detail}"
        self._node.get_logger().info(text)

    def _health(self) -> list[Health]:
        report = self.core.report(self._now_ns())
        return [Health("executor", Level.OK, report.detail or "waiting", {"phase": report.phase.name})]

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

# SPDX-License-Identifier: Apache-2.0
"""Recording as a component: one bag an episode, switched on by a parameter, a service or a task.

Messages are taken as they come (serialised); a thread of its own writes them: a slow disk never delays the graph.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from std_srvs.srv import SetBool
from vla_msgs.msg import TaskState

from rclpy.lifecycle import LifecycleNode
from rosidl_runtime_py.utilities import get_message
from vla_ros.contract import Contract, load_contract
from vla_ros.interfaces import QosKind
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.qos import interface_qos, qos_profile
from vla_ros.recording import MessageTypes, Recorder, RecordingConfig
from vla_ros.recording.queue import RecordingQueue
from vla_ros.recording.recorder import finish_leftovers
from vla_ros.recording.topics import RecordedTopic, recorded_topics

__all__ = ["RecorderComponent", "RecorderParameters"]

ENDED = {TaskState.SUCCEEDED: "success", TaskState.FAILED: "failure", TaskState.STOPPED: "stopped"}


@dataclass(frozen=True, slots=True)
class RecorderParameters(RecordingConfig):
    """The recording's settings, and how the node uses them."""

    contract: str = field(default="", metadata={"description": "path of the robot's contract"})
    robot: str = field(default="", metadata={"description": "which robot of the contract; empty: its default"})
    target: str = field(default="", metadata={"description": "which target of the contract; empty: its default"})
    always: bool = field(default=False, metadata={"description": "record from activation on, not only during tasks"})
    autostart: bool = field(default=True, metadata={"description": "configure and activate at once"})


class RecorderComponent:
    """Subscribes to everything on the list and hands it to the writing thread."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._undo: list[Any] = []
        self._task = TaskState()
        self._writer: RecordingQueue | None = None
        self._contract: Contract | None = None
        self._parameters = RecorderParameters()

    def configure(self) -> None:
        """Read the contract and make whole what an earlier recorder left."""
        self._parameters = read_config(self._node, RecorderParameters)
        self._contract = load_contract(self._parameters.contract, self._parameters.robot, self._parameters.target)
        for bag in finish_leftovers(Path(self._parameters.folder)):
            self._node.get_logger().warning(f"finished the bag {bag} of a recorder that died")

    def activate(self) -> None:
        """Subscribe; begin at once where asked to."""
        assert self._contract is not None
        config = RecordingConfig(
            **{item.name: getattr(self._parameters, item.name) for item in fields(RecordingConfig)}
        )
        self._writer = RecordingQueue(Recorder(config, MessageTypes()), self._say)
        for topic in recorded_topics(self._contract, config.extra_topics):
            self._subscribe(topic)
        state = self._node.create_subscription(TaskState, "vla/task_state", self._on_task, interface_qos("task_state"))
        service = self._node.create_service(SetBool, "~/record", self._on_switch)
        status = self._node.create_publisher(DiagnosticArray, "/diagnostics", interface_qos("diagnostics"))
        timer = self._node.create_timer(1.0, lambda: status.publish(self._diagnostics()))
        self._undo += [
            lambda: self._node.destroy_timer(timer),
            lambda: self._node.destroy_publisher(status),
            lambda: self._node.destroy_service(service),
            lambda: self._node.destroy_subscription(state),
        ]
        if self._parameters.always:
            self._begin("")

    def deactivate(self) -> None:
        """Close the bag and unsubscribe."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.end("stopped", "the recorder was deactivated")
            writer.stop()

    def cleanup(self) -> None:
        """Nothing is left to release."""

    def _subscribe(self, topic: RecordedTopic) -> None:
        try:
            message_type = get_message(topic.type_name)
        except (AttributeError, ModuleNotFoundError, ValueError) as error:
            self._node.get_logger().warning(f"'{topic.name}' is not recorded: {topic.type_name}: {error}")
            return
        kind = QosKind.LATCHED if topic.latched else topic.qos
        name = self._node.resolve_topic_name(topic.name)
        subscription = self._node.create_subscription(
            message_type, topic.name, lambda data: self._take(name, topic, data), qos_profile(kind, 50), raw=True
        )
        self._undo.append(lambda: self._node.destroy_subscription(subscription))

    def _take(self, name: str, topic: RecordedTopic, data: bytes) -> None:
        if self._writer is not None:
            self._writer.offer(name, topic, self._node.get_clock().now().nanoseconds, bytes(data))

    def _on_task(self, message: TaskState) -> None:
        before, self._task = self._task, message
        if message.task_id != before.task_id and message.state not in (*ENDED, TaskState.IDLE):
            self._begin(message.instruction)
        elif message.state in ENDED and before.state not in ENDED and self._writer is not None:
            self._writer.end(ENDED[message.state], message.detail)

    def _on_switch(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        if request.data:
            self._begin(self._task.instruction)
        elif self._writer is not None:
            self._writer.end("stopped", "switched off")
        response.success, response.message = self._writer is not None, "recording" if request.data else "not recording"
        return response

    def _begin(self, instruction: str) -> None:
        assert self._contract is not None
        if self._writer is not None:
            labels = {"instruction": instruction, "contract": self._contract.name, "contract_hash": self._contract.hash}
            self._writer.begin(self._node.get_clock().now().nanoseconds, labels)

    def _say(self, sentence: str) -> None:
        self._node.get_logger().error(sentence)

    def _diagnostics(self) -> DiagnosticArray:
        status = self._writer.status if self._writer is not None else None
        fault = status.fault if status is not None else ""
        level = DiagnosticStatus.ERROR if fault else DiagnosticStatus.OK
        values = (
            []
            if status is None
            else [
                KeyValue(key="bag", value=status.bag),
                KeyValue(key="messages", value=str(status.messages)),
                KeyValue(key="episodes", value=str(status.episodes)),
                KeyValue(key="left out", value=str(sum(status.dropped.values()))),
            ]
        )
        entry = DiagnosticStatus(level=level, name=self._node.get_name(), message=fault or "ok", values=values)
        message = DiagnosticArray(status=[entry])
        message.header.stamp = self._node.get_clock().now().to_msg()
        return message

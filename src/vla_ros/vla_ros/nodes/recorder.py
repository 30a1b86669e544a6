# SPDX-License-Identifier: Apache-2.0
"""Recording as a component: one bag an episode, switched on by a parameter, a service or a task.

Messages are taken as they come (serialised); a thread of its own writes them: a slow disk never delays the graph.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from std_srvs.srv import SetBool
from vla_msgs.msg import PolicyState, TaskState

from ament_index_python.packages import PackageNotFoundError, get_package_share_path
from rclpy.lifecycle import LifecycleNode
from rclpy.serialization import deserialize_message
from rosidl_runtime_py.utilities import get_message
from vla_ros.contract import Contract, load_contract
from vla_ros.interfaces import QosKind, interface
from vla_ros.nodes.diagnostics import Diagnostics, Health, Level
from vla_ros.nodes.offered_qos import OfferedQos
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.qos import qos_profile
from vla_ros.recording import MessageTypes, Recorder, RecordingConfig
from vla_ros.recording.definitions import share_folder
from vla_ros.recording.queue import RecordingQueue
from vla_ros.recording.recorder import finish_leftovers
from vla_ros.recording.topics import RecordedTopic, recorded_topics

__all__ = ["RecorderComponent", "RecorderParameters"]

_ENDED = {TaskState.SUCCEEDED: "success", TaskState.FAILED: "failure", TaskState.STOPPED: "stopped"}


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
        self._offered = OfferedQos(node)
        self._task, self._policy = TaskState(), PolicyState()
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
        self._offered = OfferedQos(self._node)
        self._writer = RecordingQueue(Recorder(config, MessageTypes(_share_folder), offered=self._offered), self._say)
        for topic in recorded_topics(self._contract, config.extra_topics):
            self._subscribe(topic)
        service = self._node.create_service(SetBool, "~/record", self._on_switch)
        diagnostics = Diagnostics(self._node, self._health)
        self._undo += [diagnostics.destroy, lambda: self._node.destroy_service(service)]
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
        """Write a message, and only then heed what it says: the last state of a task is in its bag."""
        if self._writer is None:
            return
        self._offered.look(name)
        self._writer.offer(name, topic, self._node.get_clock().now().nanoseconds, bytes(data))
        if topic.name == interface("policy_state").name:
            self._policy = deserialize_message(bytes(data), PolicyState)
        elif topic.name == interface("task_state").name:
            self._on_task(deserialize_message(bytes(data), TaskState), self._writer)

    def _on_task(self, message: TaskState, writer: RecordingQueue) -> None:
        before, self._task = self._task, message
        if message.task_id != before.task_id and message.state not in (*_ENDED, TaskState.IDLE):
            self._begin(message.instruction)
        elif message.state in _ENDED and before.state not in _ENDED:
            writer.end(_ENDED[message.state], message.detail)

    def _on_switch(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        if request.data:
            self._begin("" if self._task.state in _ENDED else self._task.instruction)
        elif self._writer is not None:
            self._writer.end("stopped", "switched off")
        response.success, response.message = self._writer is not None, "recording" if request.data else "not recording"
        return response

    def _begin(self, instruction: str) -> None:
        assert self._contract is not None
        if self._writer is not None:
            labels = {
                "instruction": instruction,
                "contract": self._contract.name,
                "contract_hash": self._contract.hash,
                "policy": self._policy.policy_id,
                "checkpoint_hash": self._policy.checkpoint_hash,
            }
            self._writer.begin(self._node.get_clock().now().nanoseconds, labels)

    def _say(self, sentence: str) -> None:
        self._node.get_logger().error(sentence)

    def _health(self) -> list[Health]:
        if self._writer is None:
            return []
        status = self._writer.status
        values = {
            "bag": status.bag,
            "recording": str(self._writer.recording).lower(),
            "messages": str(status.messages),
            "episodes": str(status.episodes),
            "left out": str(sum(status.dropped.values())),
        }
        return [Health("recorder", Level.ERROR if status.fault else Level.OK, status.fault or "ok", values)]


def _share_folder(package: str) -> Path | None:
    try:
        return get_package_share_path(package)
    except (PackageNotFoundError, ValueError):
        return share_folder(package)

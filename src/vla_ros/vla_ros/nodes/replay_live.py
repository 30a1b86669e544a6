# SPDX-License-Identifier: Apache-2.0
"""A bag played to running ingestion and policy nodes: what of it is played, the run of the policy, its recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from std_msgs.msg import String
from std_srvs.srv import SetBool
from vla_msgs.action import RunPolicy
from vla_msgs.msg import Observation, Subtask

from rclpy.action import ActionClient
from rclpy.node import Node
from vla_ros.contract import load_contract
from vla_ros.errors import VlaError
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos
from vla_ros.recording import BagReader
from vla_ros.recording.facts import absolute_topic, read_facts
from vla_ros.replay.replayer import contract_routes

__all__ = ["LiveRun", "PlayedBag", "ReplayLiveParameters", "played_bag"]

TIMEOUT_S = 3600.0  # the bag ends the run


@dataclass(frozen=True, slots=True)
class ReplayLiveParameters:
    """What is played, and where things go."""

    bag: str = field(default="", metadata={"description": "folder of the recording"})
    contract: str = field(default="", metadata={"description": "path of the robot's contract"})
    robot: str = field(default="", metadata={"description": "which robot of the contract; empty: its default"})
    target: str = field(default="", metadata={"description": "which target of the contract; empty: its default"})
    output: str = field(default="runs/replay", metadata={"description": "folder into which the recorder writes"})
    html: str = field(default="replay.html", metadata={"description": "where the report goes"})
    json: str = field(default="replay.json", metadata={"description": "where its figures go"})

    def recordings(self) -> set[Path]:
        """Return the bags in ``output``."""
        return {path.parent for path in Path(self.output).glob("*/*.mcap")}


@dataclass(frozen=True, slots=True)
class PlayedBag:
    """The robot's own topics in a bag, and the instruction that was followed; nothing that the nodes say themselves."""

    topics: tuple[str, ...]
    instruction: str


def played_bag(parameters: ReplayLiveParameters, namespace: str) -> PlayedBag:
    """Return what is played of a bag.

    Raises:
        BagError: it cannot be read, or lacks a required stream as the live robot publishes it.
    """
    contract = load_contract(parameters.contract, parameters.robot, parameters.target)
    command = absolute_topic(contract.arm.command_topic, namespace)
    with BagReader(parameters.bag) as reader:
        topics = (*contract_routes(reader, contract, namespace), *([command] if command in reader.topics else []))
        return PlayedBag(topics, read_facts(reader, contract, namespace).instruction(reader.span_ns[0]))


class LiveRun:
    """One run of the policy, recorded: begins with the first observation after ``arm``, ends with ``end``."""

    def __init__(self, node: Node, instruction: str) -> None:
        row, told = interface("observation"), interface("instruction")
        self._instruction = instruction
        self._policy = ActionClient(node, RunPolicy, interface("run_policy").name)
        self._recorder = node.create_client(SetBool, "recorder/record")
        self._instruct = node.create_publisher(String, told.name, interface_qos(told.key))
        self._heard = node.create_subscription(
            Observation, row.name, self._on_observation, interface_qos(row.key), raw=True
        )
        self._forget: Callable[[], Any] = lambda: node.destroy_subscription(self._heard)
        self._armed = False

    @property
    def is_ready(self) -> bool:
        """Whether policy and recorder are there."""
        return bool(self._policy.server_is_ready() and self._recorder.service_is_ready())

    def arm(self) -> None:
        """Begin with the next observation; without one a policy is blind."""
        self._armed = True

    def end(self) -> None:
        """Close the recording."""
        self._recorder.call_async(SetBool.Request(data=False))

    def _on_observation(self, data: bytes) -> None:
        if not self._armed:
            return
        self._forget()
        self._recorder.call_async(SetBool.Request(data=True))
        self._instruct.publish(String(data=self._instruction))
        goal = RunPolicy.Goal(subtask=Subtask(text=self._instruction), timeout_s=TIMEOUT_S)
        self._policy.send_goal_async(goal).add_done_callback(self._on_answer)

    def _on_answer(self, future: Any) -> None:
        if not future.result().accepted:
            raise VlaError(f"the policy refused to run '{self._instruction}'")

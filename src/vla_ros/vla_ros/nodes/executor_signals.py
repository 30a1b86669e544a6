# SPDX-License-Identifier: Apache-2.0
"""Collects the newest of every signal for the executor out of topics. Wiring only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sensor_msgs.msg import JointState
from vla_msgs.msg import Observation, PolicyState, SafetyState

from rclpy.node import Node
from rosidl_runtime_py.utilities import get_message
from vla_ros.contract import Contract
from vla_ros.contract.streams import GripperSpec, JointStateSpec
from vla_ros.executor import Signals
from vla_ros.interfaces import QosKind, interface
from vla_ros.nodes.qos import interface_qos, qos_profile

__all__ = ["SignalCollector"]

_ROBOT_STATE = "franka_robot_state_broadcaster/robot_state"
_REFLEX_MODE = 4  # franka_msgs/FrankaRobotState.ROBOT_MODE_REFLEX
_UNABLE = {
    PolicyState.UNCONFIGURED: "the policy node has no checkpoint loaded",
    PolicyState.INACTIVE: "the policy node is not active",
    PolicyState.FAULT: "the policy has a fault",
}


class SignalCollector:
    """Subscriptions that keep one ``Signals`` up to date."""

    def __init__(self, node: Node, contract: Contract) -> None:
        self._node = node
        self._names = contract.joints.names
        self._fingers: tuple[str, ...] = ()
        self.signals = Signals(joint_names=self._names)
        self._subscriptions: list[Any] = []
        for key, kind, callback in (
            ("observation", Observation, self._on_observation),
            ("safety_state", SafetyState, self._on_safety),
            ("policy_state", PolicyState, self._on_policy),
        ):
            self._subscribe(kind, interface(key).name, callback, interface_qos(key))
        self._subscribe_streams(contract)
        self._subscribe_robot_state()

    def destroy(self) -> None:
        """Listen no longer."""
        while self._subscriptions:
            self._node.destroy_subscription(self._subscriptions.pop())

    def _subscribe_streams(self, contract: Contract) -> None:
        for stream in contract.streams:
            if isinstance(stream.payload, JointStateSpec):
                self._subscribe(JointState, stream.topic, self._on_joints, qos_profile(QosKind.SENSOR))
            if isinstance(stream.payload, GripperSpec):
                self._fingers = stream.payload.fingers
                self._subscribe(JointState, stream.topic, self._on_fingers, qos_profile(QosKind.SENSOR))

    def _subscribe_robot_state(self) -> None:
        """Listen to the arm's own mode where its message type is installed."""
        try:
            kind = get_message("franka_msgs/msg/FrankaRobotState")
        except (ImportError, AttributeError, ValueError):
            return
        self._subscribe(kind, _ROBOT_STATE, self._on_robot_state, qos_profile(QosKind.SENSOR))

    def _subscribe(self, kind: Any, topic: str, callback: Any, qos: Any) -> None:
        self._subscriptions.append(self._node.create_subscription(kind, topic, callback, qos))

    def _on_observation(self, message: Observation) -> None:
        self.signals = replace(self.signals, observation_ns=self._now_ns())

    def _on_joints(self, message: JointState) -> None:
        position, velocity = _rows(message, self._names)
        if position.size and velocity.size:
            now_ns = self._now_ns()
            self.signals = replace(self.signals, position=position, velocity=velocity, joints_ns=now_ns)

    def _on_fingers(self, message: JointState) -> None:
        position, _ = _rows(message, self._fingers)
        if position.size:
            self.signals = replace(self.signals, width_m=float(position.sum()))

    def _on_safety(self, message: SafetyState) -> None:
        width_m = message.gripper_width
        self.signals = replace(
            self.signals,
            commanded_width_m=float(width_m) if width_m >= 0.0 else float("nan"),
            safety_ns=self._now_ns(),
            epoch=int(message.epoch),
            latched=bool(message.estop_latched),
            latch_reason=message.reason,
            source=message.source,
        )

    def _on_policy(self, message: PolicyState) -> None:
        fault = _UNABLE.get(message.state, "")
        detail = f"{fault}: {message.detail}" if fault and message.detail else fault
        self.signals = replace(self.signals, policy_ns=self._now_ns(), policy_fault=detail)

    def _on_robot_state(self, message: Any) -> None:
        self.signals = replace(self.signals, reflex=message.robot_mode == _REFLEX_MODE)

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)


def _rows(message: JointState, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and velocities in the order of ``names``; empty where one is missing or not finite."""
    index = {name: place for place, name in enumerate(message.name)}
    if not all(name in index for name in names):
        return np.zeros(0), np.zeros(0)
    chosen = [index[name] for name in names]
    rows = [np.array(values, np.float64) for values in (message.position, message.velocity)]
    rows = [row[chosen] if row.size == len(message.name) else np.zeros(0) for row in rows]
    return tuple(row if np.isfinite(row).all() else np.zeros(0) for row in rows)

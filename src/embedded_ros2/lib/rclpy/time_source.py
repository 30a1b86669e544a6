# SPDX-License-Identifier: Apache-2.0
"""Simulated time: follows /clock while the parameter use_sim_time is true."""

from __future__ import annotations

import weakref
from typing import Any

import rosgraph_msgs.msg

from rclpy.clock import ROSClock
from rclpy.clock_type import ClockType
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.time import Time

CLOCK_TOPIC = "/clock"
USE_SIM_TIME_NAME = "use_sim_time"


class TimeSource:
    """Drives the ROS clocks of a node."""

    def __init__(self, *, node: Any | None = None):
        self._node: Any = None
        self._clock_subscription: Any = None
        self._clocks: weakref.WeakSet = weakref.WeakSet()
        self._active = False
        self._last_time = Time(clock_type=ClockType.ROS_TIME)
        if node is not None:
            self.attach_node(node)

    @property
    def ros_time_is_active(self) -> bool:
        """Whether time is simulated. Setting it attaches to /clock or leaves it."""
        return self._active

    @ros_time_is_active.setter
    def ros_time_is_active(self, enabled: bool) -> None:
        if enabled == self._active:
            return
        self._active = enabled
        for clock in tuple(self._clocks):
            clock._set_ros_time_is_active(enabled)
        self._follow_clock_topic(enabled)

    def _follow_clock_topic(self, enabled: bool) -> None:
        node = self._node() if self._node is not None else None
        if node is None:
            return
        if enabled and self._clock_subscription is None:
            qos = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
            self._clock_subscription = node.create_subscription(
                rosgraph_msgs.msg.Clock, CLOCK_TOPIC, self.clock_callback, qos
            )
        elif not enabled and self._clock_subscription is not None:
            node.destroy_subscription(self._clock_subscription)
            self._clock_subscription = None

    def attach_node(self, node: Any) -> None:
        """Follow the parameter use_sim_time of a node; it is declared if need be.

        Raises:
            ValueError: The parameter is no boolean.
        """
        self.detach_node()
        self._node = weakref.ref(node)
        if not node.has_parameter(USE_SIM_TIME_NAME):
            node.declare_parameter(USE_SIM_TIME_NAME, False)
        parameter = node.get_parameter(USE_SIM_TIME_NAME)
        if parameter.type_ != Parameter.Type.BOOL:
            raise ValueError(f"parameter {USE_SIM_TIME_NAME} must be a boolean, got {parameter.value!r}")
        self.ros_time_is_active = parameter.value
        node.add_post_set_parameters_callback(self._on_parameters)

    def detach_node(self) -> None:
        """Leave the node and its clock topic."""
        self._follow_clock_topic(False)
        node = self._node() if self._node is not None else None
        if node is not None:
            node.remove_post_set_parameters_callback(self._on_parameters)
        self._node = None

    def attach_clock(self, clock: ROSClock) -> None:
        """Drive a clock.

        Raises:
            ValueError: It is not a ROS clock.
        """
        if not isinstance(clock, ROSClock):
            raise ValueError("Only clocks with type ROS_TIME can be attached.")
        clock.set_ros_time_override(self._last_time)
        clock._set_ros_time_is_active(self._active)
        self._clocks.add(clock)

    def clock_callback(self, msg: rosgraph_msgs.msg.Clock) -> None:
        """Set the time of all clocks."""
        self._last_time = Time.from_msg(msg.clock)
        for clock in tuple(self._clocks):
            clock.set_ros_time_override(self._last_time)

    def _on_parameters(self, parameters: list[Parameter]) -> None:
        for parameter in parameters:
            if parameter.name == USE_SIM_TIME_NAME and parameter.type_ == Parameter.Type.BOOL:
                self.ros_time_is_active = parameter.value

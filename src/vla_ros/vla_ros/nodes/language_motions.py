# SPDX-License-Identifier: Apache-2.0
"""The language motion as a topic that a person can overwrite by a service. Wiring only."""

from __future__ import annotations

from typing import Any

from std_msgs.msg import String
from vla_msgs.srv import SetLanguageMotion

from rclpy.lifecycle import LifecycleNode
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos
from vla_ros.planner.language_motion import LanguageMotion, refusal_of

__all__ = ["LanguageMotions"]

_PERIOD_S = 0.1  # the latest that a person's motion ends


class LanguageMotions:
    """Publishes the motion that holds whenever it changes."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._motion, self._shown = LanguageMotion(), ""
        topic, service = interface("language_motion"), interface("set_language_motion")
        self._publisher = node.create_publisher(String, topic.name, interface_qos(topic.key))
        self._service = node.create_service(SetLanguageMotion, service.name, self._on_request)
        self._timer = node.create_timer(_PERIOD_S, self._publish)

    def destroy(self) -> None:
        """End in reverse order."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_service(self._service)
        self._node.destroy_publisher(self._publisher)

    def _on_request(self, request: Any, response: Any) -> Any:
        response.message = refusal_of(request.motion, request.duration_s)
        response.accepted = not response.message
        if response.accepted:
            self._motion = self._motion.overwritten(request.motion, self._now_ns(), request.duration_s)
            self._publish()
        return response

    def _publish(self) -> None:
        motion = self._motion.current(self._now_ns())
        if motion != self._shown:
            self._shown = motion
            self._publisher.publish(String(data=motion))

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

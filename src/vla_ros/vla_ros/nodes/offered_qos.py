# SPDX-License-Identifier: Apache-2.0
"""What publishers offer, in the form that bags keep."""

from __future__ import annotations

from typing import Any

from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime

from rclpy.qos import QoSProfile
from vla_ros.recording.images import COMPRESSED_SUFFIX

__all__ = ["OfferedQos"]

NS_PER_S = 1_000_000_000


class OfferedQos:
    """What the publishers of topics offer, in the form that bags keep; remembered when they are gone."""

    def __init__(self, node: Any) -> None:
        self._node = node
        self._seen: dict[str, tuple[Qos, ...]] = {}

    def look(self, topic: str) -> None:
        """Note what is offered on a topic (its full name) at the first call."""
        if topic not in self._seen:
            infos = self._node.get_publishers_info_by_topic(topic)
            self._seen[topic] = tuple(_bag_qos(info.qos_profile) for info in infos)

    def __call__(self, topic: str) -> tuple[Qos, ...]:
        """Return what was noted; pictures that the recorder compressed are as their raw ones were."""
        return self._seen.get(topic) or self._seen.get(topic.removesuffix(COMPRESSED_SUFFIX), ())


def _bag_qos(profile: QoSProfile) -> Qos:
    def time(duration: Any) -> QosTime:
        return QosTime(*divmod(duration.nanoseconds, NS_PER_S))

    return Qos(
        history=QosHistory(int(profile.history)),
        depth=profile.depth,
        reliability=QosReliability(int(profile.reliability)),
        durability=QosDurability(int(profile.durability)),
        deadline=time(profile.deadline),
        lifespan=time(profile.lifespan),
        liveliness=QosLiveliness(int(profile.liveliness)),
        liveliness_lease_duration=time(profile.liveliness_lease_duration),
        avoid_ros_namespace_conventions=False,
    )

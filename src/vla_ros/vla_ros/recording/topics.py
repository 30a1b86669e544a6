# SPDX-License-Identifier: Apache-2.0
"""Which topics a recording holds: the contract's streams, the arm's commands and everything of the suite. Data only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vla_ros.contract import Contract
from vla_ros.interfaces import INTERFACES, InterfaceKind, QosKind

__all__ = ["ROBOT_DESCRIPTION", "RecordedTopic", "recorded_topics"]

# The observation repeats the streams; markers, like pictures of pictures, are made from what is recorded.
ROBOT_DESCRIPTION = "robot_description"
LEFT_OUT = ("observation", "safety_markers")


@dataclass(frozen=True, slots=True)
class RecordedTopic:
    """One topic: relative name, type, quality of service, and whether it carries pictures."""

    name: str
    type_name: str
    qos: QosKind
    image: bool = False

    @property
    def latched(self) -> bool:
        """Whether its newest message belongs to every episode."""
        return self.qos is QosKind.LATCHED

    @property
    def event(self) -> bool:
        """Whether one message of it may be what an episode begins with, like an instruction."""
        return self.qos is QosKind.EVENT


def recorded_topics(contract: Contract, extra: Iterable[str] = ()) -> tuple[RecordedTopic, ...]:
    """Return every topic once.

    Args:
        contract: Its streams, camera infos, commands and controller states are recorded.
        extra: More, as ``name:package/msg/Type``.
    """
    found = [
        RecordedTopic(row.name, row.type_name, row.qos)
        for row in INTERFACES.values()
        if row.kind is InterfaceKind.TOPIC and row.key not in (*LEFT_OUT, "joint_trajectory", "joint_states")
    ]
    for stream in contract.streams:
        found.append(RecordedTopic(stream.topic, stream.type_name, QosKind.SENSOR, stream.is_image))
        if stream.type_name.endswith("TFMessage"):
            found.append(RecordedTopic(f"{stream.topic}_static", stream.type_name, QosKind.LATCHED))
    infos = [camera.info_topic for camera in contract.cameras if camera.info_topic]
    found += [RecordedTopic(topic, "sensor_msgs/msg/CameraInfo", QosKind.SENSOR) for topic in infos]
    arm = contract.arm
    found.append(RecordedTopic(arm.command_topic, arm.controller.command_type, QosKind.COMMAND))
    if arm.state_topic:
        state = "control_msgs/msg/JointTrajectoryControllerState"
        found.append(RecordedTopic(arm.state_topic, state, QosKind.SENSOR))
    # With it a safety decision can be made again without knowing which file the robot was started with.
    found.append(RecordedTopic(ROBOT_DESCRIPTION, "std_msgs/msg/String", QosKind.LATCHED))
    for entry in extra:
        name, _, type_name = entry.rpartition(":")
        found.append(RecordedTopic(name, type_name, QosKind.SENSOR))
    return tuple({topic.name: topic for topic in found}.values())

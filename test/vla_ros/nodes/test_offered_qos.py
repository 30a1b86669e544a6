# SPDX-License-Identifier: Apache-2.0
"""What publishers offer is noted for bags while they live."""

import pytest
from rosbags.interfaces import QosDurability, QosReliability
from std_msgs.msg import String

import rclpy
from vla_ros.interfaces import QosKind
from vla_ros.nodes.offered_qos import OfferedQos
from vla_ros.nodes.qos import qos_profile


@pytest.fixture
def node():
    context = rclpy.Context()
    context.init(args=[])
    node = rclpy.create_node("qos", context=context)
    yield node
    node.destroy_node()
    context.try_shutdown()


@pytest.mark.parametrize(
    ("kind", "reliability", "durability"),
    [
        (QosKind.LATCHED, QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL),
        (QosKind.SENSOR, QosReliability.BEST_EFFORT, QosDurability.VOLATILE),
    ],
)
def test_offered_quality_is_remembered_when_its_publisher_is_gone(node, kind, reliability, durability):
    publisher = node.create_publisher(String, "chatter", qos_profile(kind))
    offered = OfferedQos(node)
    offered.look("/chatter")
    node.destroy_publisher(publisher)
    offered.look("/chatter")
    (qos,) = offered("/chatter")
    assert (qos.reliability, qos.durability) == (reliability, durability)
    assert offered("/chatter/compressed") == (qos,)
    assert offered("/never/seen") == ()

# SPDX-License-Identifier: Apache-2.0
"""The safety node's names, types and quality of service are those of the one table, which it may not import."""

import pytest

import rclpy
from rclpy.executors import SingleThreadedExecutor
from vla_ros.interfaces import INTERFACES, InterfaceKind
from vla_ros.nodes.qos import interface_qos
from vla_safety.nodes.markers_node import MarkersNode
from vla_safety.nodes.safety_node import SafetyNode


@pytest.fixture(scope="module")
def endpoints():
    """Return what the graph says about the node: topics by name, services by name."""
    rclpy.init(args=["--ros-args", "-p", "config:=config/safety/fr3.yaml", "-p", "decisions:=true"])
    programs = [SafetyNode(), MarkersNode()]
    executor = SingleThreadedExecutor()
    for program in programs:
        executor.add_node(program.node)
        program.start()
    node = programs[0].node
    yield node
    for program in programs:
        program.stop()
        program.node.destroy_node()
    executor.shutdown()
    rclpy.try_shutdown()


PUBLISHED = ("safety_state", "safety_decision", "safety_markers", "diagnostics")
HEARD = ("reference", "joint_states")
NODES = {"safety_markers": "safety_markers"}  # the others are the safety node's own


def only(infos, key):
    """Return the endpoint of the node that the row ``key`` is about."""
    [info] = [info for info in infos if info.node_name == NODES.get(key, "safety")]
    return info


def test_every_row_of_safety_is_looked_at():
    named = {key for key, row in INTERFACES.items() if "safety" in (row.source, row.sink.split(" ")[-1])}
    opened_on_activation = {"joint_trajectory", "gripper_action"}  # of the controller's own name
    services = {row.key for row in services_of_safety()}
    assert named <= {*PUBLISHED, *HEARD, *opened_on_activation, *services}


@pytest.mark.parametrize("key", [*PUBLISHED, *HEARD])
def test_topic_has_the_type_and_quality_of_the_table(endpoints, key):
    row, wanted = INTERFACES[key], interface_qos(key)
    topic = endpoints.resolve_topic_name(row.name)
    look = endpoints.get_publishers_info_by_topic if key in PUBLISHED else endpoints.get_subscriptions_info_by_topic
    info = only(look(topic), key)
    assert info.topic_type == row.type_name
    assert info.qos_profile.durability == wanted.durability
    assert info.qos_profile.reliability == wanted.reliability


def services_of_safety():
    return [row for row in INTERFACES.values() if row.kind is InterfaceKind.SERVICE and row.sink == "safety"]


@pytest.mark.parametrize("row", services_of_safety(), ids=lambda row: row.key)
def test_service_is_that_of_the_table(endpoints, row):
    services = dict(endpoints.get_service_names_and_types())
    assert services[endpoints.resolve_service_name(row.name)] == [row.type_name]

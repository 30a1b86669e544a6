# SPDX-License-Identifier: Apache-2.0
"""Names, remapping, command line parameters and the graph."""

import pytest
from std_msgs.msg import String
from std_srvs.srv import Trigger

import rclpy
from rclpy.exceptions import InvalidNodeNameException, InvalidTopicNameException
from rclpy.expand_topic_name import expand_topic_name
from rclpy.qos import ReliabilityPolicy, qos_profile_sensor_data
from rclpy.utilities import remove_ros_args


def args(*arguments):
    return {"cli_args": ["--ros-args", *arguments]}


@pytest.mark.parametrize(
    ("given", "expanded"),
    [("a", "/ns/a"), ("/a", "/a"), ("~/a", "/ns/node/a"), ("{node}/a", "/ns/node/a"), ("~", "/ns/node")],
)
def test_topic_names_expand(given, expanded):
    assert expand_topic_name(given, "node", "/ns") == expanded


@pytest.mark.parametrize("name", ["", "a b", "a//b", "1a", "a/", "a{", "{a b}"])
def test_bad_topic_names_are_refused(ros, name):
    with pytest.raises(InvalidTopicNameException):
        ros.node().create_publisher(String, name, 1)


def test_bad_node_name_is_refused(ros):
    with pytest.raises(InvalidNodeNameException):
        ros.node("my node")


def test_node_and_namespace_are_remapped(ros):
    node = ros.node("old", **args("-r", "__node:=new", "-r", "__ns:=/there"))
    assert (node.get_name(), node.get_namespace()) == ("new", "/there")
    assert node.get_logger().name == "there.new"


def test_topics_and_services_are_remapped_for_the_named_node_only(ros):
    rules = args("-r", "chatter:=/other", "-r", "left:trigger:=fired")
    left, right = ros.node("left", **rules), ros.node("right", **rules)
    assert left.create_publisher(String, "chatter", 1).topic_name == "/other"
    assert left.create_service(Trigger, "trigger", lambda q, r: r).service_name == "/fired"
    assert right.create_service(Trigger, "trigger", lambda q, r: r).service_name == "/trigger"


def test_parameters_come_from_the_command_line(ros, tmp_path):
    file = tmp_path / "parameters.yaml"
    file.write_text("/**:\n  ros__parameters:\n    speed: 1.5\n    name: file\n")
    node = ros.node(**args("--params-file", str(file), "-p", "name:=line"))
    node.declare_parameters("", [("speed", 0.0), ("name", "default")])
    assert (node.get_parameter("speed").value, node.get_parameter("name").value) == (1.5, "line")


def test_ros_arguments_are_removed():
    line = ["program", "--ros-args", "-r", "a:=b", "--", "--flag"]
    assert remove_ros_args(line) == ["program", "--flag"]


def test_unknown_ros_argument_is_refused():
    context = rclpy.context.Context()
    with pytest.raises(Exception, match="--no-such-flag"):
        rclpy.init(args=["--ros-args", "--no-such-flag"], context=context)


def test_graph_names_nodes_topics_and_endpoints(ros):
    talker, listener = ros.node("talker", namespace="/a"), ros.node("listener")
    talker.create_publisher(String, "/chatter", 10)
    listener.create_subscription(String, "/chatter", lambda message: None, qos_profile_sensor_data)
    talker.create_service(Trigger, "~/trigger", lambda request, response: response)
    ros.spin_until(lambda: listener.count_publishers("/chatter") and listener.count_subscribers("/chatter"))
    assert {("talker", "/a"), ("listener", "/")} <= set(listener.get_node_names_and_namespaces())
    assert ("/chatter", ["std_msgs/msg/String"]) in listener.get_topic_names_and_types()
    services = listener.get_service_names_and_types_by_node("talker", "/a")
    assert ("/a/talker/trigger", ["std_srvs/srv/Trigger"]) in services
    published = listener.get_publisher_names_and_types_by_node("talker", "/a")
    assert ("/chatter", ["std_msgs/msg/String"]) in published
    (info,) = listener.get_subscriptions_info_by_topic("/chatter")
    assert (info.node_name, info.qos_profile.reliability) == ("listener", ReliabilityPolicy.BEST_EFFORT)


def test_destroyed_node_leaves_the_graph(ros):
    stays, leaves = ros.node("stays"), ros.node("leaves")
    leaves.create_publisher(String, "/chatter", 1)
    leaves.destroy_node()
    ros.spin_until(lambda: "leaves" not in stays.get_node_names())
    ros.spin_until(lambda: stays.count_publishers("/chatter") == 0)

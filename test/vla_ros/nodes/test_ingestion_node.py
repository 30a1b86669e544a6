# SPDX-License-Identifier: Apache-2.0
"""The ingestion node in a live graph: the same messages give the same observations as out of the bag, bit for bit."""

import time
from contextlib import contextmanager
from pathlib import Path

from diagnostic_msgs.msg import DiagnosticArray
from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore
from rosgraph_msgs.msg import Clock
from vla_msgs.msg import Observation as ObservationMessage

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rosidl_runtime_py.utilities import get_message
from vla_ros.contract import load_contract
from vla_ros.ingest import bag_observations
from vla_ros.nodes.conversions import observation_from_message, time_message
from vla_ros.nodes.ingestion_node import IngestionNode
from vla_ros.nodes.qos import interface_qos
from vla_ros.types import Observation

BAG = Path(__file__).parents[2] / "data" / "bags" / "bag_mcap"
SPAN_NS = 1_500_000_000  # of the recording: enough for a dozen frames
CONTRACT = """
name: recorded
timing: {rate_hz: 10.0, pace: image.scene, max_wait_s: 0.05}
frames: {base: base, tool: tool}
joints:
  names: [fr3_joint1, fr3_joint2, fr3_joint3, fr3_joint4, fr3_joint5, fr3_joint6, fr3_joint7]
  lower_rad: [-3, -3, -3, -3, -3, -3, -3]
  upper_rad: [3, 3, 3, 3, 3, 3, 3]
  velocity_rad_s: [2, 2, 2, 2, 2, 2, 2]
streams:
  image.scene: {topic: scene/image_raw, type: sensor_msgs/msg/Image, alignment: nearest, max_age_s: 0.2,
                max_skew_s: 0.02, image: {width: 32, height: 32}}
  image.wrist: {topic: wrist/image_raw, type: sensor_msgs/msg/Image, alignment: nearest, max_age_s: 0.2,
                max_skew_s: 0.02, image: {width: 64, height: 48}}
  joints: {topic: joint_states, type: sensor_msgs/msg/JointState, alignment: asof, max_age_s: 0.1, max_skew_s: 0.02,
           joints: {fields: [position, velocity]}}
  tool: {topic: /tf, type: tf2_msgs/msg/TFMessage, alignment: asof, max_age_s: 0.1, max_skew_s: 0.02,
         pose: {parent: base, child: tool}}
action: {space: joint_position, rate_hz: 10.0}
controller: {type: jtc, command_topic: arm/joint_trajectory}
"""


class Graph:
    """The node under test and a node that plays and listens, in one executor that is spun by hand."""

    def __init__(self, program):
        self.program = program
        self.player = rclpy.create_node("player")
        self.executor = SingleThreadedExecutor()
        for node in (program.node, self.player):
            self.executor.add_node(node)
        self.observations, self.diagnostics, self.publishers = [], [], {}
        qos = interface_qos("observation")
        self.player.create_subscription(ObservationMessage, "vla/observation", self.observations.append, qos)
        self.player.create_subscription(DiagnosticArray, "/diagnostics", self.diagnostics.append, 10)
        self.clock = self.player.create_publisher(Clock, "/clock", 1)

    def spin_until(self, condition, what):
        end = time.monotonic() + 60.0  # a limit for a hung test, not a wait
        while not condition():
            assert time.monotonic() < end, f"never happened: {what}"
            self.executor.spin_once(timeout_sec=0.02)

    def connect(self, topic, type_name, qos=10):
        publisher = self.player.create_publisher(get_message(type_name), topic, qos)
        self.publishers[topic] = publisher
        self.spin_until(lambda: publisher.get_subscription_count() > 0, f"a subscription to {topic}")

    def play(self, topic, data, receive_ns):
        """Send one recorded message, and go on when the node has it."""
        before, clock = self.program.ingestion.accepted, self.program.node.get_clock()
        self.clock.publish(Clock(clock=time_message(receive_ns)))
        self.spin_until(lambda: clock.now().nanoseconds == receive_ns, "the simulated time")
        self.publishers[topic].publish(data)
        self.spin_until(lambda: self.program.ingestion.accepted > before, f"a message of {topic}")

    def close(self):
        self.program.stop()
        self.executor.shutdown()
        self.player.destroy_node()
        self.program.node.destroy_node()


@contextmanager
def graph(tmp_path):
    path = tmp_path / "recorded.yaml"
    path.write_text(CONTRACT)
    rclpy.init(args=["--ros-args", "-p", f"contract:={path}", "-p", "use_sim_time:=true"])
    program = IngestionNode()
    running = Graph(program)
    try:
        program.start()
        running.spin_until(lambda: running.clock.get_subscription_count() > 0, "a subscription to /clock")
        yield running
    finally:
        running.close()
        rclpy.try_shutdown()


def recorded():
    """Raw messages of the start of the bag that the contract uses."""
    used = ("/scene/image_raw", "/wrist/image_raw", "/joint_states", "/tf")
    with AnyReader([BAG], default_typestore=get_typestore(Stores.ROS2_JAZZY)) as reader:
        connections = [connection for connection in reader.connections if connection.topic in used]
        start_ns = reader.start_time
        messages = [
            (connection.topic, connection.msgtype, bytes(data), receive_ns)
            for connection, receive_ns, data in reader.messages(connections=connections)
            if receive_ns < start_ns + SPAN_NS
        ]
    return messages


def content(observation):
    images = {key: (image.shape, image.tobytes()) for key, image in observation.images.items()}
    ages = [(report.key, report.condition, report.age_ns) for report in observation.streams]
    return observation.stamp_ns, images, observation.image_stamps_ns, observation.state.tobytes(), ages


def test_live_graph_and_bag_give_equal_observations_bit_for_bit(tmp_path):
    messages = recorded()
    with graph(tmp_path) as live:
        for topic, type_name in sorted({(topic, type_name) for topic, type_name, *_ in messages}):
            live.connect(topic, type_name)
        for topic, _, data, receive_ns in messages:
            live.play(topic, data, receive_ns)
        expected = [o for o in bag_observations(BAG, load_contract(CONTRACT)) if isinstance(o, Observation)]
        expected = [o for o in expected if o.stamp_ns < messages[-1][3] - 100_000_000]
        live.spin_until(lambda: len(live.observations) >= len(expected), "every observation")
        given = [observation_from_message(message) for message in live.observations[: len(expected)]]
    assert len(expected) >= 10
    assert [content(observation) for observation in given] == [content(observation) for observation in expected]


def test_missing_stream_is_named_in_the_diagnostics_and_nothing_is_published(tmp_path):
    messages = [message for message in recorded() if message[0] != "/joint_states"]
    with graph(tmp_path) as live:
        for topic, type_name in sorted({(topic, type_name) for topic, type_name, *_ in messages}):
            live.connect(topic, type_name)
        for topic, _, data, receive_ns in messages[:150]:
            live.play(topic, data, receive_ns)
        live.spin_until(lambda: live.diagnostics, "a diagnostic")
        status = {status.name: status for message in live.diagnostics for status in message.status}
    assert live.observations == []
    joints = status["ingestion: joints"]
    assert (joints.level, joints.message) == (b"\x02", "missing: nothing has arrived on 'joint_states'")

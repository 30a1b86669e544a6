# SPDX-License-Identifier: Apache-2.0
"""Bags of ``ros2 bag record``, judged by the real rosbag2: VLA_ROS2_SETUP names a ROS 2 that has it."""

import os
import shlex
import subprocess
from types import SimpleNamespace

import pytest
from std_msgs.msg import String

from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.serialization import serialize_message
from ros2cli._bag_recorder import Recorder

SETUP = os.environ.get("VLA_ROS2_SETUP", "")
COUNT = 30
READ = """
import sys, rosbag2_py
compressed = sys.argv[2] != "none"
reader = rosbag2_py.SequentialCompressionReader() if compressed else rosbag2_py.SequentialReader()
reader.open(rosbag2_py.StorageOptions(uri=sys.argv[1]), rosbag2_py.ConverterOptions("", ""))
count = 0
while reader.has_next():
    topic, data, stamp = reader.read_next()
    count += b"message %d" % count + bytes(1) in data
print(count)
"""


def real(*words):
    """Run a command with the real ROS 2 sourced and nothing of this environment."""
    kept = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
    script = f"source {shlex.quote(SETUP)} && exec {shlex.join(map(str, words))}"
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin", "ROS_DOMAIN_ID": os.environ["ROS_DOMAIN_ID"]}
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=kept | path, timeout=100, check=False
    )


@pytest.fixture(scope="module", autouse=True)
def _rosbag2():
    if not SETUP:
        pytest.skip("VLA_ROS2_SETUP names no ROS 2")
    if real("ros2", "bag", "--help").returncode:
        pytest.skip("the ROS 2 of VLA_ROS2_SETUP has no `ros2 bag`")


def record(bag, storage, compression):
    """Write a bag as the verb does, of a latched topic with ``COUNT`` messages."""
    offered = SimpleNamespace(qos_profile=QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
    callbacks = []
    node = SimpleNamespace(
        get_publishers_info_by_topic=lambda name: [offered],
        create_subscription=lambda kind, topic, callback, *rest, **more: callbacks.append(callback),
    )
    recorder = Recorder(node, bag, storage, compression)
    recorder.add("/latched", "std_msgs/msg/String")
    for number in range(COUNT):
        callbacks[0](serialize_message(String(data=f"message {number}")), None)
    recorder.close()


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("compression", ["none", "file", "message"])
def test_every_form_is_described_read_and_played(tmp_path, storage, compression):
    bag = tmp_path / "bag"
    record(bag, storage, compression)
    info = real("ros2", "bag", "info", bag)
    assert info.returncode == 0, info.stderr
    assert f"Count: {COUNT}" in info.stdout
    assert real("python3", "-c", READ, bag, compression).stdout.splitlines()[-1] == str(COUNT)
    played = real("ros2", "bag", "play", bag, "--disable-keyboard-controls")
    assert played.returncode == 0, played.stderr
    assert "ERROR" not in played.stdout + played.stderr

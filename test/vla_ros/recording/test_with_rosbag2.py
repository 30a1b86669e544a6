# SPDX-License-Identifier: Apache-2.0
"""Bags written here, judged by the real rosbag2: VLA_ROS2_SETUP names the setup script of a ROS 2 that has it."""

import os
import shlex
import subprocess

import pytest

from benchmarks.replay_support import synthetic_bag
from benchmarks.replay_support.synthetic_bag import SyntheticBag
from vla_ros.dataset import ExportConfig, dataset_to_bags, export_bags
from vla_ros.recording import BagReader, MessageTypes, Recorder, RecordingConfig
from vla_ros.recording.recorder import finish_leftovers

SETUP = os.environ.get("VLA_ROS2_SETUP", "")
START_NS, STRING = synthetic_bag.START_NS, "std_msgs/msg/String"
COUNT = """
import sys, rosbag2_py
reader = rosbag2_py.SequentialReader()
reader.open(rosbag2_py.StorageOptions(uri=sys.argv[1]), rosbag2_py.ConverterOptions("", ""))
counts = {}
while reader.has_next():
    topic, data, stamp = reader.read_next()
    counts[topic] = counts.get(topic, 0) + 1
print(sorted(counts.items()))
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


def recorder(folder):
    return Recorder(RecordingConfig(folder=str(folder), min_free_mb=0), MessageTypes())


def record(machine, count=20):
    types = machine.types
    bag = machine.begin(START_NS, {"instruction": "put the red cube in the left bin", "contract_hash": "abc"})
    for number in range(count):
        data = bytes(types.store.serialize_cdr(types.store.types[STRING](f"{number}"), STRING))
        machine.write("/chatter", STRING, START_NS + number * 10_000_000, data)
    return bag


def recorded(folder):
    machine = recorder(folder)
    bag = record(machine)
    machine.end("success")
    return bag


def recovered(folder):
    machine = recorder(folder)
    bag = record(machine)
    machine._episode.flush()
    machine._episode.abandon()
    assert finish_leftovers(folder) == [bag]
    return bag


def imported(folder):
    contract = synthetic_bag.contract()
    bag = synthetic_bag.write_bag(folder / "bag", SyntheticBag(seconds=2.0))
    export_bags([bag], folder / "set", contract, ExportConfig())
    return dataset_to_bags(folder / "set", folder / "back", contract)[0]


@pytest.mark.parametrize("make", [recorded, recovered, imported])
def test_info_and_reader_count_every_message(make, tmp_path):
    bag = make(tmp_path)
    with BagReader(bag) as reader:
        counts = {topic: sum(1 for _ in reader.messages([topic])) for topic in reader.topics}
    info = real("ros2", "bag", "info", bag)
    assert info.returncode == 0, info.stderr
    assert all(topic in info.stdout for topic in counts)
    found = real("python3", "-c", COUNT, bag)
    assert found.stdout.strip() == str(sorted(counts.items())), found.stderr


def test_play_plays_it(tmp_path):
    done = real("ros2", "bag", "play", recorded(tmp_path), "--disable-keyboard-controls")
    assert done.returncode == 0, done.stderr

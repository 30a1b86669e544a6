# SPDX-License-Identifier: Apache-2.0
"""Recording, playing and describing bags; what is played is recorded again and compared byte by byte."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from rosbags.rosbag2 import Reader

from embedded_ros2.dds.participant import _shared_domains
from rclpy.logging import get_logger
from ros2cli._bag_recorder import Recorder
from ros2cli.main import main
from ros2cli.verbs.bag.record import _add_new_topics

BAGS = Path(__file__).parents[2] / "data" / "bags"
ROS2 = (sys.executable, "-u", "-m", "ros2cli", "bag")


def messages(bag, topic):
    with Reader(bag) as reader:
        chosen = [connection for connection in reader.connections if connection.topic == topic]
        return [bytes(data) for _, _, data in reader.messages(chosen)]


def test_info_shows_what_a_bag_holds(capsys):
    assert main(["bag", "info", str(BAGS / "bag_sqlite3")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Storage id:        sqlite3" in lines
    assert "Messages:          1629" in lines
    joints = "Topic: /joint_states | Type: sensor_msgs/msg/JointState | Count: 493 | Serialization Format: cdr"
    assert f"Topic information: {joints}" in lines


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["info", "/nowhere"], "no bag at '/nowhere'"),
        (["record"], "say what to record"),
        (["record", "-a", "--compression-mode", "file"], "go together"),
        (["play", str(BAGS / "bag_mcap"), "--topics", "/joint_state"], "did you mean: /joint_states"),
        (["play", str(BAGS / "bag_mcap"), "--rate", "-1"], "--rate must be > 0"),
        (["play", str(BAGS / "bag_mcap"), "--remap", "a=b"], "--remap takes OLD:=NEW"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(words, message, capsys):
    assert main(["bag", *words]) == 1
    assert message in capsys.readouterr().err


def test_verb_that_fails_leaves_no_participant_behind():
    def participants():
        return {domain: users for domain, (_, users) in _shared_domains._domains.items()}

    before = participants()
    assert main(["bag", "play", str(BAGS / "bag_mcap"), "--topics", "/joint_state"]) == 1
    assert participants() == before


@pytest.mark.parametrize(("storage", "compression"), [("mcap", "none"), ("sqlite3", "message"), ("mcap", "file")])
def test_what_is_played_is_recorded_byte_by_byte(storage, compression, tmp_path):
    bag, source = tmp_path / "bag", BAGS / "bag_mcap"
    record = [*ROS2, "record", "/instruction", "/tf_static", "-o", str(bag), "-s", storage]
    record += [] if compression == "none" else ["--compression-mode", compression, "--compression-format", "zstd"]
    recorder = subprocess.Popen(record, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert "Recording" in recorder.stdout.readline()
    # The delay lets the recorder find the topics first.
    play = [*ROS2, "play", str(source), "--topics", "/vla/instruction", "/tf_static", "--rate", "4", "--delay", "2"]
    subprocess.run([*play, "--remap", "/vla/instruction:=/instruction"], check=True, timeout=60)
    recorder.send_signal(signal.SIGINT)
    assert "of 2 topics" in recorder.communicate(timeout=30)[0]
    assert recorder.returncode == 0
    for topic, recorded in (("/vla/instruction", "/instruction"), ("/tf_static", "/tf_static")):
        assert messages(bag, recorded) == messages(source, topic)
    with Reader(bag) as reader, Reader(source) as original:
        static = next(item for item in reader.connections if item.topic == "/tf_static")
        expected = next(item for item in original.connections if item.topic == "/tf_static")
    assert static.ext.offered_qos_profiles[0].durability == expected.ext.offered_qos_profiles[0].durability
    assert static.digest == expected.digest


def test_a_topic_of_an_unknown_type_is_left_out_and_named(tmp_path, capfd):
    known, unknown = ("/chatter", ["std_msgs/msg/String"]), ("/events", ["of_others/msg/Event"])
    node = SimpleNamespace(
        get_topic_names_and_types=lambda: [known, unknown],
        get_publishers_info_by_topic=lambda name: [],
        get_logger=lambda: get_logger("recorder"),
        create_subscription=lambda *words, **more: None,
    )
    recorder = Recorder(node, tmp_path / "bag", "mcap")
    _add_new_topics(node, recorder, SimpleNamespace(topics=[], more_topics=["/chatter", "/events"]))
    _add_new_topics(node, recorder, SimpleNamespace(topics=[], more_topics=["/chatter", "/events"]))
    recorder.close()
    with Reader(tmp_path / "bag") as reader:
        assert [item.topic for item in reader.connections] == ["/chatter"]
    warnings = [line for line in capfd.readouterr().err.splitlines() if "WARN" in line]
    assert len(warnings) == 1
    assert "'/events' is not recorded, its type is unknown: no interface package 'of_others'" in warnings[0]

# SPDX-License-Identifier: Apache-2.0
"""Recordings survive what happens to recorders: kill −9, a full disk, a slow disk, restarts."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime
from rosbags.rosbag2 import Reader

from benchmarks.replay_support import synthetic_bag
from vla_ros.errors import VlaError
from vla_ros.interfaces import QosKind
from vla_ros.recording import BagReader, MessageTypes, Recorder, RecordingConfig, finish_bag, is_unfinished
from vla_ros.recording.images import COMPRESSED, IMAGE, compress_image
from vla_ros.recording.queue import RecordingQueue
from vla_ros.recording.recorder import finish_leftovers
from vla_ros.recording.topics import RecordedTopic, recorded_topics

ROOT = Path(__file__).resolve().parents[3]
START_NS = synthetic_bag.START_NS
MS = 1_000_000
STRING = "std_msgs/msg/String"


@pytest.fixture(scope="module")
def types():
    return MessageTypes()


def text(types, content):
    return bytes(types.store.serialize_cdr(types.store.types[STRING](content), STRING))


def recorder(tmp_path, types, free=10**12, **changes):
    return Recorder(RecordingConfig(folder=str(tmp_path / "bags"), **changes), types, lambda folder: free)


def contents(bag, topic="/chatter"):
    with BagReader(bag) as reader:
        return [reader.deserialise(raw).data for raw in reader.messages([topic])]


def test_each_episode_is_a_bag_with_its_labels(tmp_path, types):
    machine = recorder(tmp_path, types)
    bags = []
    for number, outcome in enumerate(("success", "failure")):
        machine.begin(START_NS, {"contract_hash": "abc", "instruction": f"task {number}"})
        machine.write("/chatter", STRING, START_NS + MS, text(types, f"{number}"))
        bags.append(machine.end(outcome, "a note"))
    assert [contents(bag) for bag in bags] == [["0"], ["1"]]
    with BagReader(bags[1]) as reader:
        assert (reader.custom["outcome"], reader.custom["instruction"]) == ("failure", "task 1")
        assert reader.custom["contract_hash"] == "abc"


def test_latched_message_is_in_every_episode(tmp_path, types):
    machine = recorder(tmp_path, types)
    machine.latch("/plan", STRING, text(types, "plan"))
    for _ in range(2):
        machine.begin(START_NS, {})
        bag = machine.end("success")
        assert contents(bag, "/plan") == ["plan"]


def test_messages_outside_an_episode_are_not_recorded(tmp_path, types):
    machine = recorder(tmp_path, types)
    machine.write("/chatter", STRING, START_NS, text(types, "lost"))
    machine.begin(START_NS, {})
    assert contents_or_none(machine.end("success")) == []


def contents_or_none(bag):
    with BagReader(bag) as reader:
        return list(reader.messages(["/chatter"]))


CHILD = """
import sys, time
from vla_ros.recording import MessageTypes, Recorder, RecordingConfig
types = MessageTypes()
recorder = Recorder(RecordingConfig(folder=sys.argv[1], flush_s=0.1, min_free_mb=0), types)
recorder.begin({start}, {{"instruction": "carry on", "contract_hash": "abc"}})
make, name = types.store.types["std_msgs/msg/String"], "std_msgs/msg/String"
for number in range(10**9):
    data = bytes(types.store.serialize_cdr(make(f"{{number}} " + "x" * 2000), name))
    recorder.write("/chatter", name, {start} + number * 1_000_000, data)
    if number % 100 == 50:
        print(number, flush=True)
"""


def test_killed_recorder_leaves_a_bag_that_is_read(tmp_path):
    """The process is killed while it writes; everything up to the last flush is there."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", CHILD.format(start=START_NS), str(tmp_path / "bags")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as child:
        lines = [int(child.stdout.readline()) for _ in range(8)]
        child.send_signal(signal.SIGKILL)
    (bag,) = (tmp_path / "bags").iterdir()
    assert is_unfinished(bag)
    numbers = [int(data.split()[0]) for data in contents(bag)]
    assert numbers == list(range(len(numbers)))
    assert numbers[-1] >= lines[-1] - 150  # the flush before it: 0.1 s of 1 ms, and one interval of prints
    with BagReader(bag) as reader:
        assert reader.custom["instruction"] == "carry on"


def test_next_recorder_makes_the_bag_whole(tmp_path, types):
    machine = recorder(tmp_path, types)
    bag = machine.begin(START_NS, {"instruction": "left"})
    for number in range(5):
        machine.write("/chatter", STRING, START_NS + number * MS, text(types, str(number)))
    machine._episode.flush()
    machine._episode.abandon()  # the process is gone
    assert is_unfinished(bag)
    assert finish_leftovers(tmp_path / "bags") == [bag]
    assert not is_unfinished(bag)
    assert contents(bag) == list("01234")
    assert (bag / "metadata.yaml").is_file()


@pytest.mark.parametrize("cut", [1, 9, 40, 200, 1000])
def test_torn_tail_costs_only_the_last_chunk(tmp_path, types, cut):
    machine = recorder(tmp_path, types)
    bag = machine.begin(START_NS, {})
    for number in range(40):
        machine.write("/chatter", STRING, START_NS + number * MS, text(types, str(number) + "x" * 200))
        machine._episode.flush()
    machine._episode.abandon()
    file = next(bag.glob("*.mcap"))
    file.write_bytes(file.read_bytes()[:-cut])
    found = contents(finish_bag(bag, tmp_path / "whole"))
    assert found == [str(number) + "x" * 200 for number in range(len(found))]
    assert len(found) >= 36


def test_empty_leftover_is_one_sentence(tmp_path, types):
    machine = recorder(tmp_path, types)
    bag = machine.begin(START_NS, {})
    machine._episode.abandon()
    with pytest.raises(VlaError, match="not one complete message"):
        finish_bag(bag, tmp_path / "whole")
    assert finish_leftovers(tmp_path / "bags") == []


def test_full_disk_ends_the_episode_with_a_readable_bag(tmp_path, types):
    free = [10**12]
    machine = Recorder(RecordingConfig(folder=str(tmp_path), flush_s=0.01), types, lambda folder: free[0])
    bag = machine.begin(START_NS, {})
    machine.write("/chatter", STRING, START_NS + 1, text(types, "before"))
    free[0] = 10**6
    machine.write("/chatter", STRING, START_NS + 100 * MS, text(types, "at the limit"))
    assert not machine.recording
    assert "1 MB of disk space left" in machine.status.fault
    with BagReader(bag) as reader:
        assert reader.custom["outcome"] == "disk_full"
    assert contents(bag) == ["before", "at the limit"]
    with pytest.raises(VlaError, match="1 MB left, a recording needs 500 MB"):
        machine.begin(START_NS, {})


def test_write_error_ends_the_episode_and_is_told(tmp_path, types, monkeypatch):
    machine = recorder(tmp_path, types)
    machine.begin(START_NS, {})

    def full(*arguments):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(machine._episode, "write", full)
    machine.write("/chatter", STRING, START_NS, b"")
    assert not machine.recording
    assert machine.status.fault == f"recording ended: {os.strerror(errno.ENOSPC)}"


def test_slow_disk_leaves_out_pictures_and_nothing_else(tmp_path, types, monkeypatch):
    import threading

    machine = recorder(tmp_path, types, queue_mb=1)
    gate, write = threading.Event(), machine.write

    def slow(*arguments):
        gate.wait()
        write(*arguments)

    monkeypatch.setattr(machine, "write", slow)
    worker = RecordingQueue(machine, lambda sentence: None)
    worker.begin(START_NS, {})
    words = RecordedTopic("/chatter", STRING, QosKind.EVENT)
    pictures = RecordedTopic("/pictures", STRING, QosKind.SENSOR, image=True)
    for number in range(5):
        worker.offer("/pictures", pictures, START_NS + number, text(types, "p" * 400_000))
        worker.offer("/chatter", words, START_NS + number, text(types, str(number)))
    gate.set()
    worker.end("success")
    worker.stop()
    bag = next((tmp_path / "bags").iterdir())
    assert contents(bag) == list("01234")
    assert len(contents(bag, "/pictures")) == 2
    assert machine.status.dropped == {"/pictures": 3}
    with BagReader(bag) as reader:
        assert reader.custom["dropped"] == "/pictures 3"


def test_depth_stays_as_it_is(types):
    image = synthetic_bag._image(types.store.types, 5 * MS, np.zeros((4, 4, 4), np.uint8), "camera")
    image.encoding = "32FC1"
    assert compress_image(bytes(types.store.serialize_cdr(image, IMAGE)), types.store, "jpeg", 95) is None


@pytest.mark.parametrize(("image_format", "tolerance"), [("png", 0.0), ("jpeg", 8.0)])
def test_compressed_picture_is_the_picture(types, image_format, tolerance):
    pixels = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (24, 32, 3), np.uint8), (9, 9), 3)
    image = synthetic_bag._image(types.store.types, 5 * MS, pixels, "camera")
    coded = compress_image(bytes(types.store.serialize_cdr(image, IMAGE)), types.store, image_format, 95)
    message = types.store.deserialize_cdr(coded, COMPRESSED)
    decoded = cv2.cvtColor(cv2.imdecode(message.data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert np.abs(decoded.astype(float) - pixels).max() <= tolerance * 4
    assert message.header.frame_id == "camera"


def test_recording_holds_every_stream_and_what_the_suite_says():
    found = recorded_topics(synthetic_bag.contract(), ["/extra:std_msgs/msg/String"])
    topics = {topic.name: topic for topic in found}
    wanted = "scene/image_raw wrist/image_raw joint_states franka_gripper/joint_states vla/instruction vla/plan"
    wanted += " vla/action_chunk vla/reference vla/safety/decision vla/task_state /extra"
    wanted += " fr3_arm_controller/joint_trajectory"
    assert set(wanted.split()) <= set(topics)
    assert topics["vla/plan"].latched and topics["scene/image_raw"].image
    assert "vla/observation" not in topics


def test_instruction_just_before_the_episode_is_in_it(tmp_path, types):
    """Everything goes through the writing thread, as live: the sentence, then the task that it begins."""
    machine = recorder(tmp_path, types)
    worker = RecordingQueue(machine, lambda sentence: None)
    told = RecordedTopic("vla/instruction", STRING, QosKind.EVENT)
    worker.offer("/vla/instruction", told, START_NS, text(types, "put the red cube in the left bin"))
    worker.begin(START_NS + 300 * MS, {})
    worker.end("success")
    worker.begin(START_NS + 5000 * MS, {})
    worker.end("success")
    worker.stop()
    first, second = sorted((tmp_path / "bags").iterdir())
    assert contents(first, "/vla/instruction") == ["put the red cube in the left bin"]
    assert contents(second, "/vla/instruction") == []
    with BagReader(first) as reader:
        assert [raw.receive_ns for raw in reader.messages(["/vla/instruction"])] == [START_NS]


LATCHED = Qos(
    history=QosHistory.KEEP_LAST,
    depth=1,
    reliability=QosReliability.RELIABLE,
    durability=QosDurability.TRANSIENT_LOCAL,
    deadline=QosTime(0, 0),
    lifespan=QosTime(0, 0),
    liveliness=QosLiveliness.AUTOMATIC,
    liveliness_lease_duration=QosTime(0, 0),
    avoid_ros_namespace_conventions=False,
)


@pytest.mark.parametrize("killed", [False, True])
def test_bag_keeps_what_the_publishers_offered(tmp_path, types, killed):
    config = RecordingConfig(folder=str(tmp_path / "bags"), min_free_mb=0)
    machine = Recorder(config, types, offered=lambda topic: [LATCHED] if topic == "/static" else [])
    bag = machine.begin(START_NS, {})
    for topic in ("/static", "/chatter"):
        machine.write(topic, STRING, START_NS + MS, text(types, "x"))
    if killed:
        machine._episode.flush()
        machine._episode.abandon()
        finish_bag(bag)
    else:
        machine.end("success")
    with Reader(bag) as reader:
        offered = {item.topic: item.ext.offered_qos_profiles for item in reader.connections}
    assert offered == {"/static": [LATCHED], "/chatter": []}

# SPDX-License-Identifier: Apache-2.0
"""A task of the default policy is recorded; its replay sees what was seen, predicts and decides what was decided."""

import contextlib
import json
import os
import signal
import subprocess
import uuid
from pathlib import Path

import numpy as np
import pytest

from ament_index_python.packages import get_package_share_directory
from benchmarks.end_to_end_support.graph import Launch
from vla_ros.contract import load_contract
from vla_ros.recording import BagReader, is_unfinished
from vla_ros.recording.facts import read_facts
from vla_ros.recording.messages import time_ns
from vla_ros.replay import Mode, ReplayPlan, VariantPlan, replay_bag
from vla_ros.replay.evaluate_bag import main as evaluate_bag
from vla_ros.replay.observer import Observer
from vla_ros.replay.replayer import observations
from vla_ros.replay.variants import VariantFactory

ENDED = (6, 7, 8)  # vla_msgs/TaskState: succeeded, failed, stopped
SENTENCE = "put the red cube in the left bin"
PARAMETERS = """
/**/recorder:
  ros__parameters:
    extra_topics: ["vla/observation:vla_msgs/msg/Observation"]
"""
# Contract streams, plans, predictions, references, decisions, results: everything that a recording is to hold.
WANTED = """/scene/image_raw /wrist/image_raw /joint_states /franka_gripper/joint_states /scene/camera_info
/fr3_arm_controller/joint_trajectory /fr3_arm_controller/controller_state /robot_description /vla/plan
/vla/action_chunk /vla/reference /vla/policy_state /vla/task_state /vla/safety/state /vla/safety/decision
/diagnostics"""


def config(*parts):
    return str(Path(get_package_share_directory("vla_bringup"), "config", *parts))


def bags_below(folder):
    """Return the bags; a recorder may rename one at this very moment."""
    found = []
    for path in sorted(folder.iterdir()):
        with contextlib.suppress(OSError):
            found += [path] if any(path.glob("*.mcap")) else []
    return found


@pytest.fixture(scope="module")
def contract():
    return load_contract(config("robots", "franka.yaml"), "fr3", "sim")


@pytest.fixture(scope="module")
def recorded(observer, tmp_path_factory):
    """Have the default policy work on an instruction for some seconds, with a recorder beside it; return the bag."""
    folder = tmp_path_factory.mktemp("recorded")
    parameters = folder / "parameters.yaml"
    parameters.write_text(Path(config("bringup.yaml")).read_text() + PARAMETERS)
    words = ["record:=true", "policy:=default", "console:=false", f"params_file:={parameters}"]
    launch = Launch(*words, folder=folder)
    try:
        observer.wait_for(lambda: observer.ready, "the robot is ready")
        observer.instruct(SENTENCE)
        observer.wait_for(observer.moves, "motion")
        with contextlib.suppress(AssertionError):  # whether it is done in time is no matter of the recording
            observer.wait_for(lambda: observer.state() in ENDED, "the end of the task", 8.0)
    finally:
        launch.close()
        observer.ready = False
    (bag,) = bags_below(folder)
    return bag


def test_the_bag_holds_everything_on_the_list(recorded, contract):
    with BagReader(recorded) as reader:
        counts = {topic: sum(1 for _ in reader.messages([topic])) for topic in WANTED.split()}
        labels = reader.custom
        states = [reader.deserialise(raw).state for raw in reader.messages(["/vla/task_state"])]
        instructions = [reader.deserialise(raw).data for raw in reader.messages(["/vla/instruction"])]
        policy = reader.deserialise(next(iter(reader.messages(["/vla/policy_state"]))))
    assert [topic for topic, count in counts.items() if count == 0] == []
    assert labels["outcome"] == {6: "success", 7: "failure"}.get(states[-1], "stopped")
    assert labels["instruction"] == SENTENCE
    assert labels["contract_hash"] == contract.hash
    assert labels["checkpoint_hash"] == policy.checkpoint_hash != ""
    assert states[0] not in ENDED, "the bag begins with its task"
    assert instructions == [SENTENCE]


def test_replay_sees_what_was_seen_and_predicts_what_was_predicted(recorded, contract):
    with BagReader(recorded) as reader:
        seen = {time_ns(m.header.stamp): m for m in map(reader.deserialise, reader.messages(["/vla/observation"]))}
        made = {o.stamp_ns: o for _, o in observations(reader, contract, "", Observer(*reader.span_ns)) if o}
        chunks = {c.provenance.observation_stamp_ns: c for _, c in read_facts(reader, contract).chunks}
    equal = {stamp for stamp, message in seen.items() if stamp in made and same(message, made[stamp])}
    assert len(equal) > 0.9 * len(seen) > 30
    plan = ReplayPlan(
        contract=config("robots", "franka.yaml"),
        variants=(VariantPlan("default", config("policies", "default.yaml")),),
        robot="fr3",
        target="sim",
        mode=Mode.SHADOW,
    )
    result = replay_bag(recorded, contract, VariantFactory(plan, contract), ("", "")).variants[0]
    predicted = {p.chunk.provenance.observation_stamp_ns: p.chunk for p in result.predictions}
    both = equal & set(chunks) & set(predicted)
    assert len(both) > 0.7 * len(chunks) > 3
    for stamp in both:
        assert np.array_equal(predicted[stamp].rows, chunks[stamp].rows)
        assert np.array_equal(predicted[stamp].gripper_m, chunks[stamp].gripper_m)


def same(message, observation):
    """Whether a published observation and a replayed one are equal in every bit."""
    images = dict(zip(message.image_keys, message.images, strict=True))
    equal = [
        np.array_equal(np.asarray(image.data).reshape(observation.images[key].shape), observation.images[key])
        for key, image in images.items()
    ]
    return all(equal) and np.array_equal(np.asarray(message.state), observation.state)


def test_every_safety_decision_is_made_again_bit_for_bit(recorded, tmp_path):
    target = tmp_path / "incident.json"
    words = ["--contract", config("robots", "franka.yaml"), "--safety", config("safety", "fr3.yaml")]
    assert evaluate_bag([str(recorded), "--mode", "incident", *words, "--json", str(target)]) == 0
    report = json.loads(target.read_text())
    assert report["equal"] == report["decisions"] > 200
    assert all(step["inputs_intact"] for step in report["steps"])
    assert any(step["recorded"]["grade"] == "unchanged" for step in report["steps"])


def test_ros2_bag_info_reads_it(recorded):
    done = subprocess.run(["ros2", "bag", "info", str(recorded)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "/vla/action_chunk" in done.stdout


class RecorderLaunch:
    """``record.launch.py`` beside a robot that runs already."""

    def __init__(self, folder):
        self._mark = f"VLA_RECORDER={uuid.uuid4().hex}"
        name, _, value = self._mark.partition("=")
        words = ["ros2", "launch", "vla_bringup", "record.launch.py", f"output:={folder}"]
        self._process = subprocess.Popen(words, env=os.environ | {name: value}, start_new_session=True)

    def kill_recorder(self):
        """Take the recorder away, as a crash does."""
        found = [int(f.name) for f in Path("/proc").iterdir() if f.name.isdigit() and self._is_recorder(f)]
        assert len(found) == 1, found
        os.kill(found[0], signal.SIGKILL)

    def _is_recorder(self, folder):
        try:
            mine = self._mark.encode() in (folder / "environ").read_bytes().split(b"\0")
            return mine and b"/recorder_node" in (folder / "cmdline").read_bytes()
        except OSError:  # gone, or not ours
            return False

    def close(self):
        """Press Ctrl-C."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._process.wait(40.0)


def test_a_killed_recorder_leaves_a_bag_and_the_next_one_makes_it_whole(observer, tmp_path):
    bags = tmp_path / "bags"
    launch = Launch("policy:=scripted", "console:=false", folder=tmp_path)
    recorders = []
    try:
        observer.wait_for(lambda: observer.ready, "the robot is ready")
        recorders.append(RecorderLaunch(bags))
        observer.wait_for(lambda: size(bags) > 20_000_000, "something is recorded")
        recorders[0].kill_recorder()
        (bag,) = bags_below(bags)
        assert is_unfinished(bag)
        with BagReader(bag) as reader:
            assert sum(1 for _ in reader.messages(["/scene/image_raw"])) > 20
            assert reader.custom["contract"] == "franka"
        recorders.append(RecorderLaunch(bags))
        observer.wait_for(lambda: (bag / "metadata.yaml").exists() and not is_unfinished(bag), "the bag is whole")
        observer.wait_for(lambda: len(bags_below(bags)) == 2, "the next recorder records")
    finally:
        for recorder in recorders:
            recorder.close()
        launch.close()
        observer.ready = False
    assert [is_unfinished(path) for path in bags_below(bags)] == [False, False]


def size(folder):
    return sum(path.stat().st_size for path in folder.glob("*/*.mcap")) if folder.is_dir() else 0


def test_replay_in_real_time_through_the_nodes_gives_the_chunks_of_the_recording(recorded, contract, tmp_path):
    """``ros2 bag play`` plays it to ingestion and policy; where they see the same, they predict the same."""
    words = [f"bag:={recorded}", "real_time:=true", f"policy:={config('policies', 'default.yaml')}"]
    words += [f"output:={tmp_path}", f"html:={tmp_path}/page.html", f"json:={tmp_path}/report.json"]
    done = subprocess.run(
        ["ros2", "launch", "vla_bringup", "replay.launch.py", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    (replayed,) = bags_below(tmp_path)
    then, now = (chunks_of(path, contract) for path in (recorded, replayed))
    assert len(now) >= 4
    assert all(chunk.provenance.checkpoint_hash for chunk in now.values())
    both = [stamp for stamp in now if stamp in then]
    assert all(np.array_equal(now[stamp].rows, then[stamp].rows) for stamp in both)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["episodes"][0]["variants"]["live"]["position_m"] < 0.3
    assert "<svg" in (tmp_path / "page.html").read_text()


def chunks_of(bag, contract):
    with BagReader(bag) as reader:
        return {c.provenance.observation_stamp_ns: c for _, c in read_facts(reader, contract).chunks}

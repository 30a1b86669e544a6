# SPDX-License-Identifier: Apache-2.0
"""A task of the default policy is recorded; its replay sees what was seen, predicts and decides what was decided."""

import json
import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test.end_to_end.graph import Launch

from ament_index_python.packages import get_package_share_directory
from vla_ros.contract import load_contract
from vla_ros.recording import BagReader, is_unfinished
from vla_ros.recording.facts import read_facts
from vla_ros.recording.messages import time_ns
from vla_ros.replay import Mode, ReplayPlan, VariantPlan, replay_bag
from vla_ros.replay.evaluate_bag import main as evaluate_bag
from vla_ros.replay.observer import Observer
from vla_ros.replay.replayer import observations
from vla_ros.replay.variants import VariantFactory

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
    return sorted(path.parent for path in folder.glob("*/*.mcap"))


@pytest.fixture(scope="module")
def contract():
    return load_contract(config("robots", "franka.yaml"), "fr3", "sim")


@pytest.fixture(scope="module")
def recorded(observer, tmp_path_factory):
    """Carry out one instruction with a recorder beside it; return the bag and the launch's exit code."""
    folder = tmp_path_factory.mktemp("recorded")
    parameters = folder / "parameters.yaml"
    parameters.write_text(Path(config("bringup.yaml")).read_text() + PARAMETERS)
    words = ["record:=true", "policy:=default", "console:=false", "exit_when_done:=true"]
    launch = Launch(*words, f"instruction:={SENTENCE}", f"params_file:={parameters}", folder=folder)
    try:
        code = launch.wait(100.0)
    finally:
        launch.close()
    (bag,) = bags_below(folder)
    return bag, code


def test_the_bag_holds_everything_on_the_list(recorded, contract):
    bag, code = recorded
    with BagReader(bag) as reader:
        counts = {topic: sum(1 for _ in reader.messages([topic])) for topic in WANTED.split()}
        labels = reader.custom
        states = [reader.deserialise(raw).state for raw in reader.messages(["/vla/task_state"])]
        policy = reader.deserialise(next(iter(reader.messages(["/vla/policy_state"]))))
    assert [topic for topic, count in counts.items() if count == 0] == []
    assert labels["outcome"] == ("success" if code == 0 else "failure")
    assert labels["instruction"] == SENTENCE
    assert labels["contract_hash"] == contract.hash
    assert labels["checkpoint_hash"] == policy.checkpoint_hash != ""
    assert states[-1] in (6, 7), "the task's last state is in its own bag"


def test_replay_sees_what_was_seen_and_predicts_what_was_predicted(recorded, contract):
    bag, _ = recorded
    with BagReader(bag) as reader:
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
    result = replay_bag(bag, contract, VariantFactory(plan, contract), ("", "")).variants[0]
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
    bag, _ = recorded
    target = tmp_path / "incident.json"
    words = ["--contract", config("robots", "franka.yaml"), "--safety", config("safety", "fr3.yaml")]
    assert evaluate_bag([str(bag), "--mode", "incident", *words, "--json", str(target)]) == 0
    report = json.loads(target.read_text())
    assert report["equal"] == report["decisions"] > 200
    assert all(step["inputs_intact"] for step in report["steps"])
    assert any(step["recorded"]["grade"] == "unchanged" for step in report["steps"])


def test_ros2_bag_info_reads_it(recorded):
    done = subprocess.run(["ros2", "bag", "info", str(recorded[0])], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "/vla/action_chunk" in done.stdout


def test_a_killed_recorder_leaves_a_bag_and_the_next_one_makes_it_whole(observer, tmp_path):
    launch = Launch("record:=true", "console:=false", folder=tmp_path)
    try:
        observer.wait_for(lambda: observer.ready, "the robot is ready")
        observer.instruct(SENTENCE)
        observer.wait_for(observer.moves, "motion")
        observer.wait_for(lambda: size(tmp_path) > 20_000_000, "something is recorded")
        (recorder,) = launch.process_ids("recorder_node")
        os.kill(recorder, signal.SIGKILL)
        (bag,) = bags_below(tmp_path)
        assert is_unfinished(bag)
        with BagReader(bag) as reader:
            assert sum(1 for _ in reader.messages(["/scene/image_raw"])) > 20
            assert reader.custom["instruction"] == SENTENCE
        observer.wait_for(lambda: not is_unfinished(bag), "the next recorder finishes it")
    finally:
        launch.close()
        observer.ready = False
    assert "of a recorder that died" in launch.output


def size(folder):
    return sum(path.stat().st_size for path in folder.glob("*/*.mcap"))


def test_replay_in_real_time_through_the_nodes_gives_the_chunks_of_the_recording(recorded, contract, tmp_path):
    """``ros2 bag play`` plays it to ingestion and policy; where they see the same, they predict the same."""
    bag, _ = recorded
    words = [f"bag:={bag}", "real_time:=true", f"policy:={config('policies', 'default.yaml')}"]
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
    then, now = (chunks_of(path, contract) for path in (bag, replayed))
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

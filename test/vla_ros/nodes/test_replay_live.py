# SPDX-License-Identifier: Apache-2.0
"""The replay in real time: plays the robot's own topics, runs the policy from the first observation on, judges the bag.

Policy, recorder and ``ros2 bag play`` are played here; the real ones meet in test/end_to_end.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from std_msgs.msg import String
from std_srvs.srv import SetBool
from vla_msgs.action import RunPolicy
from vla_msgs.msg import Observation

import rclpy
from benchmarks.replay_support import synthetic_bag
from benchmarks.replay_support.synthetic_bag import SyntheticBag
from rclpy.action import ActionServer
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos

PLAYER = """#!{python}
import json, sys, time
json.dump(sys.argv[1:], open({target!r}, "w"))
time.sleep(3.0)
"""


class Graph:
    """Policy and recorder as the program sees them, and a camera that makes observations."""

    def __init__(self, made, output):
        self.instructions, self.goals, self.switched = [], [], []
        self._made, self._output = made, output
        self._context = Context()
        rclpy.init(context=self._context, args=[])
        self._node = rclpy.create_node("graph", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._server = ActionServer(self._node, RunPolicy, interface("run_policy").name, self._run)
        self._node.create_service(SetBool, "recorder/record", self._switch)
        told, seen = interface("instruction"), interface("observation")
        self._node.create_subscription(
            String, told.name, lambda m: self.instructions.append(m.data), interface_qos(told.key)
        )
        publisher = self._node.create_publisher(Observation, seen.name, interface_qos(seen.key))
        self._node.create_timer(0.05, lambda: publisher.publish(Observation()))
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def _run(self, goal):
        self.goals.append(goal.request.subtask.text)
        goal.succeed()
        return RunPolicy.Result()

    def _switch(self, request, response):
        self.switched.append(request.data)
        if not request.data:
            shutil.copytree(self._made, self._output / "episode")
        response.success = True
        return response

    def close(self):
        self._executor.shutdown()
        self._thread.join()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)


@pytest.fixture
def program(tmp_path):
    """Return a function that runs the program against the graph and gives its exit code and output."""
    bag = synthetic_bag.write_bag(tmp_path / "bag", SyntheticBag(seconds=2.0))
    contract = tmp_path / "franka.yaml"
    contract.write_text(synthetic_bag.contract_text())
    player = tmp_path / "bin" / "ros2"
    player.parent.mkdir()
    player.write_text(PLAYER.format(python=sys.executable, target=str(tmp_path / "played.json")))
    player.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{player.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }

    def run(**parameters):
        told = {"bag": bag, "contract": contract, "output": tmp_path / "runs", "html": tmp_path / "page.html"}
        told |= {"json": tmp_path / "report.json"} | parameters
        words = [word for key, value in told.items() for word in ("-p", f"{key}:={value}")]
        command = [sys.executable, "-m", "vla_ros.nodes.replay_live_node", "--ros-args", *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=110, check=False)

    return run


def test_bag_is_played_run_recorded_and_judged(program, tmp_path):
    graph = Graph(synthetic_bag.write_bag(tmp_path / "said", SyntheticBag(seconds=2.0, seed=1)), tmp_path / "runs")
    try:
        done = program()
    finally:
        graph.close()
    assert done.returncode == 0, done.stderr
    sentence = "put the red cube in the left bin"
    assert (graph.goals, graph.instructions, graph.switched) == ([sentence], [sentence], [True, False])
    played = json.loads((tmp_path / "played.json").read_text())
    assert played[:2] == ["bag", "play"] and "--clock" in played
    topics = played[played.index("--topics") + 1 :]
    assert {"/scene/image_raw", "/wrist/image_raw", "/joint_states"} <= set(topics)
    assert not [topic for topic in topics if topic.startswith("/vla/")], "what the nodes say is theirs to say"
    assert json.loads((tmp_path / "report.json").read_text())["episodes"][0]["bag"] == "episode"
    assert "<svg" in (tmp_path / "page.html").read_text()


def test_bag_without_a_camera_is_refused_before_anything_plays(program, tmp_path):
    bag = synthetic_bag.write_bag(
        tmp_path / "blind",
        SyntheticBag(seconds=1.0, alter=lambda topic, at, m: None if topic == "/wrist/image_raw" else (at, m)),
    )
    done = program(bag=bag)
    assert done.returncode == 1
    assert "no topic '/wrist/image_raw'" in done.stderr
    assert not Path(tmp_path, "played.json").exists()

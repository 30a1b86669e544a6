# SPDX-License-Identifier: Apache-2.0
"""Parameters from dataclasses, life cycle by composition, programs that end cleanly, a mailbox of one slot."""

import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import rclpy
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from vla_ros.errors import ConfigError, VlaError
from vla_ros.nodes.latest_worker import LatestWorker
from vla_ros.nodes.lifecycle import Lifecycle
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.qos import interface_qos

ROOT = Path(__file__).parents[3]
FRANKA = ROOT / "config" / "robots" / "franka.yaml"


@dataclass(frozen=True, slots=True)
class ToyConfig:
    rate_hz: float = field(metadata={"description": "how often"})
    names: tuple[str, ...] = ("a", "b")
    depth: int = 3
    fast: bool = False

    def __post_init__(self):
        if self.rate_hz <= 0:
            raise ConfigError(f"rate_hz must be > 0, got {self.rate_hz}")


@pytest.fixture
def make_node():
    """Initialise rclpy with parameters and return a node; everything is torn down afterwards."""
    nodes = []

    def make(*parameters, node_class=Node):
        words = [word for parameter in parameters for word in ("-p", parameter)]
        rclpy.init(args=["--ros-args", *words] if words else [])
        nodes.append(node_class("toy"))
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown()


def test_parameters_follow_the_dataclass(make_node):
    node = make_node("rate_hz:=5.0", "names:=[x]")
    assert read_config(node, ToyConfig) == ToyConfig(5.0, ("x",))
    assert node.describe_parameter("rate_hz").description == "how often"
    assert read_config(node, ToyConfig).depth == 3, "reading again is harmless"


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (["rate_hz:=5.0", "dept:=4"], "toy: unknown parameter 'dept'. Did you mean 'depth'?"),
        ([], "toy: the parameter 'rate_hz' has to be set: how often"),
        (["rate_hz:=fast"], "toy: the parameter 'rate_hz' has the wrong type"),
        (["rate_hz:=-1.0"], "rate_hz must be > 0, got -1.0"),
    ],
)
def test_wrong_parameter_is_one_sentence(make_node, parameters, sentence):
    with pytest.raises(ConfigError) as caught:
        read_config(make_node(*parameters), ToyConfig)
    assert sentence in str(caught.value)


class Recorder:
    """A component that writes down what it is told and refuses what it is asked to refuse."""

    def __init__(self, refuses=""):
        self.calls = []
        self.refuses = refuses

    def _note(self, call):
        self.calls.append(call)
        if call == self.refuses:
            raise VlaError("not now")

    def configure(self):
        self._note("configure")

    def activate(self):
        self._note("activate")

    def deactivate(self):
        self._note("deactivate")

    def cleanup(self):
        self._note("cleanup")


def test_life_cycle_ends_in_reverse_order(make_node):
    component = Recorder()
    lifecycle = Lifecycle(make_node(node_class=LifecycleNode), component)
    assert lifecycle.start()
    lifecycle.stop()
    lifecycle.stop()
    assert component.calls == ["configure", "activate", "deactivate", "cleanup"]


def test_refused_activation_leaves_the_node_inactive(make_node):
    component = Recorder(refuses="activate")
    lifecycle = Lifecycle(make_node(node_class=LifecycleNode), component)
    assert not lifecycle.start()
    lifecycle.stop()
    assert component.calls == ["configure", "activate", "cleanup"]


def test_shutdown_releases_what_is_active(make_node):
    node, component = make_node(node_class=LifecycleNode), Recorder()
    lifecycle = Lifecycle(node, component)
    lifecycle.start()
    node.trigger_shutdown()
    assert component.calls[-2:] == ["deactivate", "cleanup"]


def test_quality_of_service_comes_from_the_interface_table():
    observation, state = interface_qos("observation"), interface_qos("safety_state")
    assert (observation.reliability, observation.depth) == (ReliabilityPolicy.BEST_EFFORT, 1)
    assert (state.reliability, state.durability) == (ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL)


def test_newest_item_wins_while_the_worker_is_busy():
    begun, proceed, finished, seen = threading.Event(), threading.Event(), threading.Event(), []

    def work(item):
        seen.append(item)
        begun.set()
        assert proceed.wait(30)
        if item == "last":
            finished.set()

    worker = LatestWorker("toy", work)
    worker.offer("first")
    assert begun.wait(30)
    for item in ("second", "third", "last"):
        worker.offer(item)
    proceed.set()
    assert finished.wait(30)
    worker.stop()
    assert (seen, worker.dropped) == (["first", "last"], 2)


def _program(*words):
    command = [sys.executable, "-m", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_node_cleanly(number):
    process = _program("vla_ros.nodes.ingestion_node", "--ros-args", "-p", f"contract:={FRANKA}")
    line = process.stderr.readline()
    assert "observing 4 streams of fr3/sim" in line
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["vla_ros.nodes.ingestion_node"], 1, "error: ingestion: the parameter 'contract' has to be set: path of the"),
        (["vla_ros.nodes.ingestion_node", "--ros-args", "-p", "contract:=/no/where.yaml"], 1,
         "error: the ingestion node could not be started"),
        (["vla_ros.nodes.preflight_node", "/no/where.yaml"], 2, "error: /no/where.yaml: the contract cannot be read"),
        (["vla_ros.nodes.preflight_node", str(FRANKA), "--robot", "pandas"], 2,
         "error: franka.yaml: robots: got 'pandas', expected one of fr3, panda. Did you mean 'panda'?"),
        (["vla_ros.nodes.preflight_node", str(FRANKA), "--duration", "0"], 2, "--duration must be 0.5 .. 600 s, got 0"),
    ],
)  # fmt: skip
def test_wrong_call_is_one_sentence_and_an_exit_code(words, code, sentence):
    process = _program(*words)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert sentence in err
    assert "Traceback" not in err

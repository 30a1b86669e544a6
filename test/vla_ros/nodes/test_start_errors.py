# SPDX-License-Identifier: Apache-2.0
"""What a user gets wrong at the start of a node is one sentence and an exit code, for the nodes of all packages."""

import signal

import pytest

import rclpy
from vla_ros.nodes import running as ros_running
from vla_safety.nodes import running as safety_running
from vla_sim.nodes import running as sim_running

RUNNERS = pytest.mark.parametrize("running", [ros_running, safety_running, sim_running])


@pytest.fixture(autouse=True)
def handlers():
    """Give the test runner its signals back."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


class Program:
    """A node with a parameter; it is never spun here."""

    def __init__(self):
        self.node = rclpy.create_node("program")
        self.node.declare_parameter("seed", 1)


@RUNNERS
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-r", "foo"], "foo"),
        (["-p", "seed:=abc"], "'seed'"),
        (["--params-file", "/nowhere.yaml"], "/nowhere.yaml"),
        (["--log-level", "loud"], "loud"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(running, words, sentence, capfd):
    assert running.run_node(Program, ["program", "--ros-args", *words]) == 1
    error = capfd.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


@RUNNERS
def test_debug_shows_where_an_error_comes_from(running):
    with pytest.raises(Exception, match="--debug shows where") as raised:
        running.run_node(Program, ["program", "--ros-args", "-p", "seed:=abc", "--", "--debug"])
    assert raised.value.__cause__ is not None

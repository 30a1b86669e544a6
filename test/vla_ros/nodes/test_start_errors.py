# SPDX-License-Identifier: Apache-2.0
"""What a user gets wrong at the start of a node is one sentence and an exit code, for the nodes of all packages."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import rclpy
from {package}.nodes.running import run_node

class Program:
    def __init__(self):
        self.node = rclpy.create_node("program")
        self.node.declare_parameter("seed", 1)

sys.exit(run_node(Program))
"""
WRONG = [
    (["-r", "foo"], "foo"),
    (["-p", "seed:=abc"], "'seed'"),
    (["--params-file", "/nowhere.yaml"], "/nowhere.yaml"),
    (["--log-level", "loud"], "loud"),
]


def start(package: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Start a node of a package in a process of its own."""
    command = [sys.executable, "-c", PROGRAM.format(package=package), "--ros-args", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["vla_ros", "vla_safety", "vla_sim"])
@pytest.mark.parametrize(("words", "sentence"), WRONG)
def test_a_wrong_command_line_is_one_sentence(package, words, sentence):
    result = start(package, *words)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_where_an_error_comes_from():
    result = start("vla_ros", "-p", "seed:=abc", "--", "--debug")
    assert result.returncode == 1
    assert "Traceback" in result.stderr

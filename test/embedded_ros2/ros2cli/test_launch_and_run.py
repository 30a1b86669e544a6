# SPDX-License-Identifier: Apache-2.0
"""ros2 launch and ros2 run as a user calls them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

LAUNCH_FILE = """
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, LogInfo, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description():
    return LaunchDescription([
        DeclareLaunchArgument("robot", default_value="fr3", choices=["fr3", "panda"], description="which arm"),
        LogInfo(msg=["robot is ", LaunchConfiguration("robot")]),
        Node(package="demo", executable="talker", arguments=["3"], output="screen", on_exit=Shutdown()),
    ])
"""
TALKER = '#!/bin/sh\necho said "$@"\nexit $1\n'


@pytest.fixture
def ros2(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Call ros2 beside a package ``demo`` with a launch file and an executable that exits with its first argument."""
    files = {
        "share/ament_index/resource_index/packages/demo": "",
        "share/demo/launch/demo.launch.py": LAUNCH_FILE,
        "share/demo/launch/raises.launch.py": "def generate_launch_description():\n    return 1 / 0\n",
        "share/demo/launch/syntax.launch.py": "def generate_launch_description(:\n",
        "share/demo/launch/empty.launch.py": "x = 1\n",
        "lib/demo/talker": TALKER,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "lib/demo/talker").chmod(0o755)
    import os

    environment = {**os.environ, "AMENT_PREFIX_PATH": str(tmp_path), "ROS_LOG_DIR": str(tmp_path / "log")}

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ros2cli", *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)

    return call


def test_launch_runs_the_file_and_returns_the_code_of_the_required_process(ros2):
    result = ros2("launch", "demo", "demo.launch.py", "robot:=panda")
    assert result.returncode == 3
    assert "robot is panda" in result.stdout and "[talker-1] said 3 --ros-args" in result.stdout
    assert "All log files can be found below" in result.stdout


def test_launch_takes_the_path_of_a_file(ros2):
    assert ros2("launch", "share/demo/launch/demo.launch.py", "robot:=panda").returncode == 3


def test_show_args_shows_descriptions_choices_and_defaults(ros2):
    assert ros2("launch", "demo", "demo.launch.py", "--show-args").stdout.splitlines() == [
        "Arguments (pass arguments as '<name>:=<value>'):",
        "",
        "    'robot':",
        "        which arm. Valid choices are: ['fr3', 'panda']",
        "        (default: 'fr3')",
    ]


def test_print_shows_the_description_without_running_it(ros2):
    output = ros2("launch", "--print", "demo", "demo.launch.py").stdout
    assert "    Node(package=demo, executable=talker)" in output.splitlines() and "said" not in output


def test_an_argument_that_is_not_declared_is_warned_of(ros2):
    assert (
        "launch argument 'robt' is not declared (did you mean: robot?)"
        in ros2("launch", "demo", "demo.launch.py", "robt:=panda").stdout
    )


def test_run_becomes_the_executable(ros2):
    result = ros2("run", "demo", "talker", "5", "--ros-args", "-r", "a:=b")
    assert (result.returncode, result.stdout) == (5, "said 5 --ros-args -r a:=b\n")


BAD_INPUT = [
    (("launch", "demmo", "x.launch.py"), "package 'demmo' not found (did you mean: demo?)"),
    (("launch", "demo", "dem.launch.py"), "did you mean: demo.launch.py"),
    (("launch", "no.launch.py"), "launch file 'no.launch.py' does not exist"),
    (("launch", "demo"), "'demo' is no launch file"),
    (("launch", "demo", "demo.launch.py", "robot=fr3"), "malformed launch argument 'robot=fr3'"),
    (("launch", "demo", "demo.launch.py", "robot:=ur5"), "must be one of 'fr3', 'panda'; got 'ur5'"),
    (("launch", "demo", "raises.launch.py"), "raises.launch.py', line 2, raised ZeroDivisionError: division by zero"),
    (("launch", "demo", "syntax.launch.py"), "line 1, raised SyntaxError"),
    (("launch", "demo", "empty.launch.py"), "does not define generate_launch_description()"),
    (("run", "demmo", "talker"), "package 'demmo' not found (did you mean: demo?)"),
    (("run", "demo", "talkr"), "executable 'talkr' not found in"),
    (("lunch",), "'lunch' is not a command (did you mean: launch"),
]


@pytest.mark.parametrize(("words", "message"), BAD_INPUT, ids=[" ".join(words) for words, _ in BAD_INPUT])
def test_bad_input_gets_one_sentence_and_a_code(ros2, words, message):
    result = ros2(*words)
    assert result.returncode != 0
    assert message in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_debug_shows_where_an_error_comes_from(ros2):
    assert "Traceback" in ros2("launch", "--debug", "demo", "raises.launch.py").stderr

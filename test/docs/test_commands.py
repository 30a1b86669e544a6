# SPDX-License-Identifier: Apache-2.0
"""Every command that README and docs tell people to type exists, with the options and arguments that it is given.

What is cheap is run as it stands. What moves a robot, needs one, trains or asks for files of the reader's is run up to
its help; the README's first commands are run in full by ``test/end_to_end``.
"""

import functools
import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from test.docs.commands import ROOT, Command, commands

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

RUN_AS_IT_STANDS = (
    "python -m vla_sim.render",
    "python -m benchmarks",
    "python -m embedded_ros2",
    "ros2 launch vla_bringup franka.launch.py --show-args",
)
TOOLS = {"pytest", "ruff", "mypy", "lint-imports", ".ci/run", "colcon", "COMMAND…"}
READERS_OWN = {"my_package"}  # of a reader's workspace
GRAPH_VERBS = {"topic", "service", "param", "node", "action", "bag"}

ALL = commands()
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(autouse=True)
def _built() -> None:
    try:
        get_package_share_directory("vla_bringup")
    except PackageNotFoundError:
        pytest.skip("needs the built workspace: ./run pytest")


@functools.cache
def output_of(*words: str) -> str:
    """Return what a command prints; it has to succeed."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
    assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout + done.stderr


def check_options(words: list[str], known: str) -> None:
    """Every option of a command stands in its help."""
    own = words[: words.index("--ros-args")] if "--ros-args" in words else words
    for word in own:
        if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word) or re.fullmatch(r"-[a-z]", word):
            assert word.partition("=")[0] in known, f"no option {word}"


def check_launch(words: list[str]) -> None:
    package, file = words[2:4]
    shown = output_of("ros2", "launch", package, file, "--show-args")
    for word in words[4:]:
        name, colon, _ = word.partition(":=")
        assert not colon or f"'{name}'" in shown, f"{file} has no argument {name}"


def check_program(words: list[str]) -> None:
    package, program, *rest = words[2:]
    if package in READERS_OWN:
        return
    if "--ros-args" in rest and not program.endswith("_node"):
        raise AssertionError("only nodes take --ros-args here")
    if program.endswith("_node"):
        assert importlib.util.find_spec(f"{package}.nodes.{program}"), f"no node {program}"
        return
    check_options(rest, output_of("ros2", "run", package, program, "--help"))


def check_module(words: list[str]) -> None:
    module, rest = words[2], words[3:]
    assert importlib.util.find_spec(module), f"no module {module}"
    options = [word for word in rest if word.startswith("--")]
    if not options:
        return
    verb = (
        [rest[0]] if re.fullmatch(r"[a-z_]+", rest[0]) and module.startswith(("vla_ros.training", "benchmarks")) else []
    )
    check_options(rest, output_of(sys.executable, "-m", module, *(verb if module != "benchmarks" else []), "--help"))


def check_tool(words: list[str]) -> None:
    for word in words[1:]:
        if "/" in word:
            assert (ROOT / word.partition("::")[0]).exists(), f"no {word}"


def check_graph_verb(words: list[str]) -> None:
    shown = output_of("ros2", words[1], "--help")
    assert len(words) < 3 or re.search(rf"\b{words[2]}\b", shown), f"ros2 {words[1]} has no verb {words[2]}"
    types = [word for word in words if re.fullmatch(r"\w+/(msg|srv|action)/\w+", word)]
    for name in types:
        output_of("ros2", "interface", "show", name)


def checker(words: list[str]) -> Callable[[list[str]], None]:
    """Return what checks a command."""
    if words[0] in TOOLS:
        return check_tool
    if words[:2] == ["ros2", "launch"]:
        return check_launch
    if words[:2] == ["ros2", "run"]:
        return check_program
    if words[0] == "ros2" and words[1] in GRAPH_VERBS:
        return check_graph_verb
    if words[0].startswith("python") and words[1:2] == ["-m"]:
        return check_module
    raise AssertionError("this kind of command is checked by nothing: add it here, or leave it out of the docs")


def test_commands_are_found() -> None:
    assert len(ALL) > 40
    assert {command.page for command in ALL} >= {"README.md", "CONTRIBUTING.md", "docs/bags.md"}


@pytest.mark.parametrize("command", ALL, ids=lambda command: f"{command.page}:{command.line}:{command.text[:40]}")
def test_command_exists_with_its_options(command: Command) -> None:
    words = command.words
    if words and not words[0].startswith(("--", "…")):  # ./run with options of its own, see test/run
        checker(words)(words)


@pytest.mark.parametrize("text", RUN_AS_IT_STANDS)
def test_cheap_command_runs_as_it_stands(text: str, tmp_path: Path) -> None:
    (command, *_) = [each for each in ALL if " ".join(each.words).startswith(text)] or pytest.skip("not in the docs")
    words = [sys.executable if word == "python" else word for word in command.words]
    words = [str(ROOT / word) if (ROOT / word).is_file() else word for word in words]
    environment_root = tmp_path if "render" in text else ROOT
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd=environment_root)
    assert done.returncode == 0, done.stderr[-2000:]
    if "render" in text:
        assert (tmp_path / words[-1]).stat().st_size > 1000

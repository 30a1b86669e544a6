# SPDX-License-Identifier: Apache-2.0
"""The run command: what it makes, when it makes it again, and what it says to wrong input."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCREEN_LINES = 40

Workspace = Any  # the fixture of conftest.py
Programs = Callable[[str, str], None]


def test_help_fits_a_screen_and_names_every_option(workspace: Workspace) -> None:
    answer = workspace.run("--help")
    assert answer.returncode == 0
    assert len(answer.stdout.splitlines()) <= SCREEN_LINES
    handled = set(re.findall(r"(--[a-z]+)[ )|]", (workspace.path / "run").read_text().split("while [[")[1]))
    assert handled <= set(re.findall(r"--[a-z]+", answer.stdout)) | {"--"}
    assert not workspace.calls("")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--wrong", "true"], "unknown option --wrong"),
        (["--extra", "bonsai"], "no requirements/bonsai.txt; there are: base bonus development learning workspace"),
        (["--extra"], "--extra needs a value"),
        (["--python", "/bin/false"], "--python /bin/false: not a Python of 3.13 3.12 3.11 3.10"),
    ],
)
def test_wrong_input_is_refused_with_one_sentence(workspace: Workspace, arguments: list[str], sentence: str) -> None:
    answer = workspace.run(*arguments)
    assert answer.returncode == 1
    assert sentence in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_unknown_command_is_named_and_ends_with_127(workspace: Workspace) -> None:
    workspace.run()
    answer = workspace.run("no-such-command")
    assert answer.returncode == 127
    assert answer.stderr.count("\n") == 1
    assert '"no-such-command"' in answer.stderr


def test_command_gets_its_arguments_and_environment_and_gives_its_exit_code(workspace: Workspace) -> None:
    answer = workspace.run("bash", "-c", 'echo "$1|$MARK|$AMENT_PREFIX_PATH|$PWD"; exit 7', "-", "two words")
    assert answer.returncode == 7
    expected = f"two words|set by the build|{workspace.path}/install|{workspace.path.parent}"
    assert answer.stdout.strip() == expected


def test_second_start_calls_nothing(workspace: Workspace) -> None:
    assert workspace.run("true").returncode == 0
    before = workspace.calls("")
    second = workspace.run("true")
    assert second.returncode == 0
    assert second.stderr == ""
    assert workspace.calls("") == before


def test_interrupted_setup_resumes_behind_what_was_done(workspace: Workspace) -> None:
    (workspace.path / "no-network").touch()
    answer = workspace.run("true")
    assert answer.returncode == 1
    assert "ERROR: no network" in answer.stderr
    assert "the next ./run resumes here" in answer.stderr
    (workspace.path / "no-network").unlink()
    assert workspace.run("true").returncode == 0
    assert len(workspace.calls("-m venv")) == 1


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("requirements/base.txt", ["pip install", "colcon"]),
        ("src/some_msgs/msg/Some.msg", ["colcon"]),
        ("src/some_msgs/README.md", []),
    ],
)
def test_changed_input_renews_only_what_depends_on_it(workspace: Workspace, changed: str, again: list[str]) -> None:
    workspace.run("true")
    kinds = ("-m venv", "pip install", "-m colcon")
    before = {kind: len(workspace.calls(kind)) for kind in kinds}
    path: Path = workspace.path / changed
    path.write_text((path.read_text() if path.exists() else "") + "# changed\n")
    assert workspace.run("true").returncode == 0
    renewed = [kind.removeprefix("-m ") for kind in kinds if len(workspace.calls(kind)) > before[kind]]
    assert renewed == again


def test_two_at_once_make_one_environment(workspace: Workspace) -> None:
    processes = [workspace.start("true") for _ in range(2)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert len(workspace.calls("-m venv")) == 1
    assert len(workspace.calls("-m colcon")) == 1


def test_choices_are_remembered(workspace: Workspace) -> None:
    workspace.run("--without", "learning", "--extra", "bonus", "true")
    workspace.run("--fresh", "true")
    for call in (workspace.calls("-r ")[0], workspace.calls("-r ")[-1]):
        assert "bonus.txt" in call
        assert "learning.txt" not in call
    workspace.run("--extra", "learning", "true")
    assert "learning.txt" in workspace.calls("-r ")[-1]


def test_extra_whose_python_is_not_there_is_refused_and_not_remembered(workspace: Workspace) -> None:
    extra = workspace.path / "requirements" / "alien.txt"
    extra.write_text("# own environment: Python 9.9\nalien\n")
    answer = workspace.run("--extra", "alien", "true")
    assert answer.returncode == 1
    assert "needs Python 9.9" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert workspace.run("true").returncode == 0


@pytest.mark.parametrize("has_colcon", [True, False])
def test_sourced_ros_is_used_instead_of_the_embedded_runtime(workspace: Workspace, has_colcon: bool) -> None:
    if has_colcon:
        (workspace.path / "ros-has-colcon").touch()
    assert workspace.run("true", ROS_DISTRO="jazzy").returncode == 0
    assert "--system-site-packages" in workspace.calls("-m venv")[0]
    assert not workspace.calls("embedded_ros2")
    assert bool(workspace.calls("workspace.txt")) is not has_colcon


def test_kernels_are_compiled_by_the_set_up_and_again_when_they_change(workspace: Workspace) -> None:
    workspace.run("true")
    workspace.run("true")
    assert len(workspace.calls("vla_safety.warm_up")) == 1
    (workspace.path / "src" / "vla_safety" / "vla_safety" / "kernels" / "one.py").write_text("# changed\n")
    workspace.run("true")
    assert len(workspace.calls("vla_safety.warm_up")) == 2


def test_change_between_ros_and_embedded_makes_the_environment_again(workspace: Workspace) -> None:
    workspace.run("true", ROS_DISTRO="jazzy")
    workspace.run("true")
    assert len(workspace.calls("-m venv")) == 2
    assert workspace.calls("embedded_ros2")


def test_extra_with_pins_of_its_own_gets_an_environment_beside_the_projects(workspace: Workspace) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (workspace.path / "requirements" / "apart.txt").write_text(f"# own environment: Python {version}\n")
    answer = workspace.run("--extra", "apart", "bash", "-c", "echo $VLA_APART_PYTHON")
    own = workspace.path / ".run" / "apart"
    assert answer.stdout.strip() == f"{own}/bin/python", answer.stderr
    assert [line.split()[-1] for line in workspace.calls("-m venv")][-1].endswith("apart")
    installed = [line for line in workspace.calls("pip install") if "apart.txt" in line]
    assert len(installed) == 1, "into its own environment only"
    assert "base.txt" not in installed[0]
    assert (own / "lib" / "python3" / "site-packages" / "vla_ros.pth").read_text().strip().endswith("src/vla_ros")
    before = len(workspace.calls(""))
    assert workspace.run("bash", "-c", "echo $VLA_APART_PYTHON").stdout.strip() == f"{own}/bin/python"
    assert len(workspace.calls("")) == before, "nothing is done again"


def test_extra_that_needs_another_python_says_which(workspace: Workspace) -> None:
    (workspace.path / "requirements" / "apart.txt").write_text("# own environment: Python 2.4 2.5\n")
    answer = workspace.run("--extra", "apart", "true")
    assert answer.returncode == 1
    assert "requirements/apart.txt needs Python 2.4 or 2.5" in answer.stderr

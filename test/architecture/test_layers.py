# SPDX-License-Identifier: Apache-2.0
"""The layers of the design hold: imports point down, cores know no ROS, no clock and no log."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("vla_ros", "vla_safety", "vla_sim")
ROS = {"rclpy", "launch", "launch_ros", "rosbag2_py", "tf2_ros", "rosidl_runtime_py", "cv_bridge"}
CLOCKS_AND_LOGS = {"time", "logging", "sched"}


def sources() -> list[Path]:
    """Return all product sources."""
    return [path for package in PACKAGES for path in sorted((ROOT / "src" / package / package).rglob("*.py"))]


def is_shell(path: Path) -> bool:
    """Tell whether a file is wiring: it lies below ``nodes/`` or is a node itself."""
    return "nodes" in path.parts or path.name.endswith("node.py") or path.name == "__main__.py"


# What is no core of the house plan although it imports no ROS: its trade is to wait, to time or to show progress.
TIMED = (
    "vla_ros/serving/",  # servers: programs of their own
    "vla_ros/training/",  # the training command: progress bars and budgets in minutes
    "vla_ros/policy/isolated.py",  # a process of its own with a clock of its own: a deadline becomes a time-out
    "vla_ros/policy/remote/",  # sockets with deadlines, the edge where a deadline becomes a time-out
    "vla_ros/dataset/export_dataset.py",  # command lines
    "vla_ros/dataset/import_dataset.py",
    "vla_ros/replay/check_rollout.py",
    "vla_ros/replay/evaluate_bag.py",
    "vla_ros/evaluation/command.py",
    "vla_ros/evaluation/runner.py",  # gives the rig the clock that measures inferences
)


def imported(path: Path) -> Iterator[str]:
    """Yield the top-level names of all absolute imports of a file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_import_contracts_hold() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_contract_has_an_exemption() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "ignore_imports" not in text


@pytest.mark.parametrize("package", PACKAGES)
def test_cores_import_no_ros(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in sources()
        if package in path.parts and not is_shell(path)
        if (names := {name for name in imported(path) if name in ROS or name.endswith(("_msgs", "_interfaces"))})
    }
    assert not found


@pytest.mark.parametrize("package", PACKAGES)
def test_cores_read_no_clock_and_keep_no_log(package: str) -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in sources()
        if package in path.parts and not is_shell(path) and not any(place in path.as_posix() for place in TIMED)
        if (names := set(imported(path)) & CLOCKS_AND_LOGS)
    }
    assert not found


def test_nodes_import_without_torch() -> None:
    modules = sorted(
        ".".join(path.relative_to(ROOT / "src" / path.relative_to(ROOT / "src").parts[0]).with_suffix("").parts)
        for path in sources()
        if path.name.endswith("_node.py")
    )
    program = (
        "import importlib, sys\n"
        "sys.modules.update(dict.fromkeys(('torch', 'transformers')))\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("package", [*PACKAGES, "vla_bringup"])
def test_every_folder_with_modules_is_a_package(package: str) -> None:
    folders = {path.parent for path in (ROOT / "src" / package / package).rglob("*.py")}
    missing = [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()]
    assert not missing

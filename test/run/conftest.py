# SPDX-License-Identifier: Apache-2.0
"""A copy of the run command in a small workspace, with a Python whose venv, pip and colcon only note that they ran."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FAKE_PYTHON = """#!/usr/bin/env bash
echo "$*" >>"{workspace}/calls"
case "$1 $2" in
"-m venv")
    mkdir -p "${{!#}}/bin" "${{!#}}/lib/python3/site-packages"
    cp "$0" "${{!#}}/bin/python"
    echo "export PATH='${{!#}}/bin':\\$PATH" >"${{!#}}/bin/activate" ;;
"-m pip")
    [[ ! -e "{workspace}/no-network" ]] || {{ echo "ERROR: no network"; exit 1; }} ;;
"-m colcon")
    mkdir -p "{workspace}/install"
    echo "export MARK='set by the build' AMENT_PREFIX_PATH='{workspace}/install'" >"{workspace}/install/setup.bash" ;;
"-m vla_safety.warm_up") ;;
"-c import colcon_core, colcon_ros")
    [[ -e "{workspace}/ros-has-colcon" ]] ;;
*)
    exec "{python}" "$@" ;;
esac
"""


@dataclass(frozen=True)
class Workspace:
    """The copy, and what its Python was asked to do."""

    path: Path
    environment: dict[str, str]

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start ``./run`` from a folder that is not the workspace."""
        return subprocess.Popen(
            [self.path / "run", *arguments],
            env=self.environment | environment,
            cwd=self.path.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run ``./run`` to its end."""
        process = self.start(*arguments, **environment)
        output, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def calls(self, word: str) -> list[str]:
        """Return the calls of the fake Python that contain a word, in order."""
        log = self.path / "calls"
        return [line for line in log.read_text().splitlines() if word in line] if log.exists() else []


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    path = tmp_path / "a workspace"
    (path / "requirements").mkdir(parents=True)
    for name in ("base", "learning", "development", "workspace", "bonus"):
        (path / "requirements" / f"{name}.txt").write_text("# nothing\n")
    message = path / "src" / "some_msgs" / "msg" / "Some.msg"
    message.parent.mkdir(parents=True)
    message.write_text("int32 value\n")
    (path / "src" / "embedded_ros2").mkdir()
    kernels = path / "src" / "vla_safety" / "vla_safety" / "kernels"
    kernels.mkdir(parents=True)
    (kernels / "one.py").write_text("# nothing\n")
    for name in ("pyproject.toml", "activate.pth"):
        (path / "src" / "embedded_ros2" / name).touch()
    shutil.copy(ROOT / "run", path / "run")
    shutil.copytree(ROOT / "tools" / "setup", path / "tools" / "setup")
    (path / "tools" / "setup" / "system_libraries.sh").write_text("exit 0\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    python = programs / "python3"
    python.write_text(FAKE_PYTHON.format(workspace=path, python=sys.executable))
    python.chmod(0o755)
    return Workspace(path, {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path)})


@pytest.fixture
def programs(tmp_path: Path) -> Callable[[str, str], None]:
    """Write a program of a given name and bash body into ``tmp_path/bin``."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)

    def write(name: str, body: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    return write

# SPDX-License-Identifier: Apache-2.0
"""Runs launch entities in this process and keeps what they print."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from launch import LaunchDescription, LaunchDescriptionEntity, LaunchService, logging
from launch.actions import ExecuteProcess


@dataclass(frozen=True)
class Outcome:
    """Exit code and lines of a launch."""

    code: int
    lines: list[str]

    def has(self, *parts: str) -> bool:
        """Return whether one line holds all parts."""
        return any(all(part in line for part in parts) for line in self.lines)

    def position(self, part: str) -> int:
        """Return the index of the first line with the part."""
        return next(index for index, line in enumerate(self.lines) if part in line)


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(os.environ)
    os.environ["ROS_LOG_DIR"] = str(tmp_path / "log")
    logging.reset()
    yield
    logging.reset()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def launch(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Visit the entities in a launch service until it ends."""

    def run(*entities: LaunchDescriptionEntity, **options: bool) -> Outcome:
        service = LaunchService(**options)
        service.include_launch_description(LaunchDescription(entities))
        code = service.run()
        return Outcome(code, capsys.readouterr().out.splitlines())

    return run


@pytest.fixture
def python() -> Callable[..., ExecuteProcess]:
    """Make an action that runs a line of Python and shows its output."""

    def make(code: str, **options: object) -> ExecuteProcess:
        # Whole lines at once: with -u a line and its end would come as two pieces.
        start = f"import functools; print = functools.partial(print, flush=True); {code}"
        return ExecuteProcess(cmd=[sys.executable, "-I", "-S", "-c", start], **{"output": "screen", **options})

    return make

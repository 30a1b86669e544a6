# SPDX-License-Identifier: Apache-2.0
"""Matchers for events that have or target an action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launch.action import Action


def matches_action(target_action: Action) -> Callable[[Any], bool]:
    """Match the events of an action."""
    return lambda event: getattr(event, "action", event) is target_action


def matches_pid(pid: int) -> Callable[[Any], bool]:
    """Match the process with this id."""
    return lambda action: (action.process_details or {}).get("pid") == pid


def matches_name(name: str) -> Callable[[Any], bool]:
    """Match the process with this name, with or without its number."""

    def matches(action: Any) -> bool:
        full = (action.process_details or {}).get("name", "")
        return name in (full, full.rpartition("-")[0])

    return matches


def matches_executable(executable: str) -> Callable[[Any], bool]:
    """Match the process that runs this program."""

    def matches(action: Any) -> bool:
        command = (action.process_details or {}).get("cmd") or [""]
        return executable in (command[0], command[0].rpartition("/")[2])

    return matches

# SPDX-License-Identifier: Apache-2.0
"""The event of an action that is done."""

from __future__ import annotations

from launch.action import Action
from launch.event import Event


class ExecutionComplete(Event):
    """An action has completed."""

    name = "launch.events.ExecutionComplete"

    def __init__(self, *, action: Action) -> None:
        self.action = action

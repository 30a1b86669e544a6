# SPDX-License-Identifier: Apache-2.0
"""The event of a timer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launch.event import Event

if TYPE_CHECKING:
    from launch.actions.timer_action import TimerAction


class TimerEvent(Event):
    """The period of a timer action is over."""

    name = "launch.events.TimerEvent"

    def __init__(self, *, timer_action: TimerAction) -> None:
        self.timer_action = timer_action

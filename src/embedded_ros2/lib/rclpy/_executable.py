# SPDX-License-Identifier: Apache-2.0
"""What an executor knows of the things whose callbacks it runs. No scheduling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import CallbackGroup

# A callback bound to what it will handle; it may return a coroutine.
Work = Callable[[], Any]


class Executable:
    """A subscription, timer, service, client, guard condition, event handler or waitable.

    Args:
        callback_group: Decides when the callback may run; None for "always".
    """

    def __init__(self, callback_group: CallbackGroup | None):
        self.callback_group = callback_group
        if callback_group is not None:
            callback_group.add_entity(self)

    def wait_handles(self) -> tuple[int, ...]:
        """Return the DDS entities that are triggered while there may be work."""
        return ()

    def take_work(self) -> Work | None:
        """Claim one unit of work without blocking; None when there is none."""
        raise NotImplementedError

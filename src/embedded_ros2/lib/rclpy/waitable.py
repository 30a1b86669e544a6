# SPDX-License-Identifier: Apache-2.0
"""An executable that user code composes of other entities."""

from __future__ import annotations

from typing import Any

from rclpy._executable import Executable, Work
from rclpy.callback_groups import CallbackGroup


class NumberOfEntities:
    """How many entities of each kind a waitable adds to a wait set."""

    __slots__ = (
        "num_clients",
        "num_events",
        "num_guard_conditions",
        "num_services",
        "num_subscriptions",
        "num_timers",
    )

    def __init__(self, *counts: int):
        for name, count in zip(
            ("num_subscriptions", "num_guard_conditions", "num_timers", "num_clients", "num_services", "num_events"),
            (*counts, 0, 0, 0, 0, 0, 0)[:6],
            strict=True,
        ):
            setattr(self, name, count)


class WaitSet:
    """Collects the entities of a waitable."""

    def __init__(self) -> None:
        self.handles: list[int] = []

    def add(self, entity: Any) -> int:
        """Let an entity of rclpy wake the executor; return its index."""
        self.handles.extend(entity.wait_handles())
        return len(self.handles) - 1

    add_subscription = add_guard_condition = add_timer = add_client = add_service = add_event = add


class Waitable(Executable):
    """Base of composed entities. Subclasses say what wakes them, what is ready and how it is executed."""

    def __init__(self, callback_group: CallbackGroup | None):
        super().__init__(callback_group)
        self._futures: list[Any] = []

    def __enter__(self) -> Waitable:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        """Nothing to release."""

    def add_future(self, future: Any) -> None:
        """Remember a future that depends on this waitable."""
        self._futures.append(future)

    def remove_future(self, future: Any) -> None:
        """Forget a future."""
        self._futures.remove(future)

    def is_ready(self, wait_set: WaitSet) -> bool:
        """Return whether take_data() would return something."""
        raise NotImplementedError

    def take_data(self) -> Any:
        """Take what execute() will handle, without blocking."""
        raise NotImplementedError

    async def execute(self, taken_data: Any) -> None:
        """Handle what take_data() took."""
        raise NotImplementedError

    def get_num_entities(self) -> NumberOfEntities:
        """Return how many entities add_to_wait_set() adds."""
        raise NotImplementedError

    def add_to_wait_set(self, wait_set: WaitSet) -> None:
        """Add the entities that wake this one."""
        raise NotImplementedError

    def wait_handles(self) -> tuple[int, ...]:
        wait_set = WaitSet()
        self.add_to_wait_set(wait_set)
        return tuple(wait_set.handles)

    def take_work(self) -> Work | None:
        if not self.is_ready(WaitSet()):
            return None
        taken = self.take_data()
        return lambda: self.execute(taken)

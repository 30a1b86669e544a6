# SPDX-License-Identifier: Apache-2.0
"""Waits until an entity of an executor's nodes may have work. Runs no callbacks; used by one thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from embedded_ros2.dds import DdsError
from rclpy._executable import Executable
from rclpy.context import Context
from rclpy.timer import Timer

Entities = Callable[[], Iterable[Executable]]


class WaitLoop:
    """One wait set and one guard condition.

    The entities of a busy callback group are detached while it is busy: their conditions stay triggered, and the wait
    would spin.

    Args:
        entities: Returns what is to be waited for now.
    """

    def __init__(self, context: Context, entities: Entities):
        self._context = context
        self._entities = entities
        self._guard = context.participant.create_guard_condition()
        self._wait_set = context.participant.create_wait_set()
        self._wait_set.attach(self._guard.handle)
        self._by_handle: dict[int, Executable] = {}
        self._timers: list[Timer] = []
        self._revision: Any = None
        self._busy: frozenset = frozenset()

    def wake(self) -> None:
        """End a wait in another thread, or the next one."""
        self._guard.trigger()

    def wait(self, timeout_ns: int | None, revision: Any) -> list[Executable]:
        """Return the entities that may have work, timers first; [] after the timeout or a wake().

        Args:
            timeout_ns: None waits without end, 0 only looks.
            revision: Changes whenever ``entities`` returns something else than before.
        """
        if revision != self._revision:
            self._collect()
            self._revision = revision
        self._attach_free_entities()
        triggered = self._wait(self._until_next_timer(timeout_ns))
        ready: list[Executable] = [timer for timer in self._timers if timer.is_ready()]
        ready += [self._by_handle[handle] for handle in triggered if handle in self._by_handle]
        return ready

    def _wait(self, timeout_ns: int | None) -> list[int]:
        try:
            triggered = self._wait_set.wait(timeout_ns)
        except DdsError:
            # The participant was closed under the wait: the executor finds the context shut down.
            if self._context.ok():
                raise
            return []
        if self._guard.handle in triggered:
            self._guard.take()
        # Handles of one kind come in the order of the entities, whatever the order of the library.
        return sorted(triggered, key=self._order.__getitem__) if len(triggered) > 1 else triggered

    def _collect(self) -> None:
        entities = list(self._entities())
        self._timers = [entity for entity in entities if isinstance(entity, Timer)]
        for timer in self._timers:
            timer.clock.wake_on_change(self)
        self._by_handle = {handle: entity for entity in entities for handle in entity.wait_handles()}
        self._order = {handle: place for place, handle in enumerate((self._guard.handle, *self._by_handle))}
        for handle in self._wait_set.attached - self._by_handle.keys() - {self._guard.handle}:
            self._wait_set.detach(handle)
        self._groups = {entity.callback_group for entity in entities} - {None}
        self._busy = frozenset()
        self._attach(self._by_handle)

    def _attach_free_entities(self) -> None:
        busy = frozenset(group for group in self._groups if not group.can_execute(None))
        if busy == self._busy:
            return
        for handle, entity in self._by_handle.items():
            if entity.callback_group in busy:
                self._wait_set.detach(handle)
            elif entity.callback_group in self._busy:
                self._wait_set.attach(handle)
        self._busy = busy

    def _attach(self, handles: Iterable[int]) -> None:
        for handle in handles:
            self._wait_set.attach(handle)

    def _until_next_timer(self, timeout_ns: int | None) -> int | None:
        free = (timer for timer in self._timers if timer.callback_group not in self._busy)
        waits = [wait for timer in free if (wait := timer.wait_ns()) is not None]
        if timeout_ns is not None:
            waits.append(timeout_ns)
        return max(min(waits), 0) if waits else None

    def close(self) -> None:
        """Delete the wait set and the guard condition."""
        self._wait_set.close()
        self._guard.close()

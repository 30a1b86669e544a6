# SPDX-License-Identifier: Apache-2.0
"""Waiting for several DDS entities at once, and waking such a wait by hand."""

from __future__ import annotations

import ctypes as ct

from .native import INFINITY, blocking, check, delete, quick


class GuardCondition:
    """A flag that any thread may set and that wakes the wait sets it is attached to."""

    def __init__(self, participant: int):
        self.handle = check(blocking.dds_create_guardcondition(participant), "creating a guard condition")

    def trigger(self) -> None:
        """Set the flag."""
        quick.dds_set_guardcondition(self.handle, True)

    def take(self) -> bool:
        """Clear the flag and say whether it was set."""
        triggered = ct.c_bool()
        quick.dds_take_guardcondition(self.handle, ct.byref(triggered))
        return triggered.value

    def close(self) -> None:
        """Delete the condition."""
        delete(self.handle)


class WaitSet:
    """Blocks until an attached entity triggers. One thread waits; attach and detach from that thread too."""

    def __init__(self, participant: int):
        self._handle = check(blocking.dds_create_waitset(participant), "creating a wait set")
        self._attached: set[int] = set()
        self._triggered = (ct.c_ssize_t * 16)()

    def attach(self, entity: int) -> None:
        """Let ``entity`` (a reader, writer or condition) wake the wait; deleted entities are ignored."""
        if entity in self._attached or blocking.dds_waitset_attach(self._handle, entity, entity) < 0:
            return
        self._attached.add(entity)
        if len(self._attached) > len(self._triggered):
            self._triggered = (ct.c_ssize_t * (2 * len(self._attached)))()

    def detach(self, entity: int) -> None:
        """Undo attach; detaching what is not attached, or deleted by now, is no error."""
        if entity in self._attached:
            self._attached.discard(entity)
            blocking.dds_waitset_detach(self._handle, entity)

    @property
    def attached(self) -> frozenset[int]:
        """The entities that wake the wait."""
        return frozenset(self._attached)

    def wait(self, timeout_ns: int | None) -> list[int]:
        """Return the entities that are triggered, [] after ``timeout_ns``; None waits without end."""
        size = len(self._triggered)
        timeout_ns = INFINITY if timeout_ns is None else timeout_ns
        count = blocking.dds_waitset_wait(self._handle, self._triggered, size, timeout_ns)
        return self._triggered[: min(check(count, "waiting"), size)]

    def close(self) -> None:
        """Delete the wait set and wake a thread that waits on it."""
        delete(self._handle)

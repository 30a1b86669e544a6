# SPDX-License-Identifier: Apache-2.0
"""What a node consists of: names, entities, and their announcement. No ROS API; that is in ``node``."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Any

from rclpy._executable import Executable
from rclpy._name_resolution import NodeNames
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup, ReentrantCallbackGroup
from rclpy.clock import ROSClock
from rclpy.context import Context

KINDS = ("publishers", "subscriptions", "clients", "services", "timers", "guards", "waitables")


class NodeEntities:
    """The entities of a node by kind; may be used from any thread. ``revision`` counts the changes."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._by_kind: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        self.revision = 0

    def of(self, kind: str) -> list[Any]:
        """Return the entities of a kind."""
        with self._lock:
            return list(self._by_kind[kind])

    def add(self, kind: str, entity: Any) -> None:
        """Add an entity."""
        with self._lock:
            self._by_kind[kind].append(entity)
            self.revision += 1

    def remove(self, kind: str, entity: Any) -> bool:
        """Remove an entity and tell whether it was there."""
        with self._lock:
            if not any(other is entity for other in self._by_kind[kind]):
                return False
            self._by_kind[kind] = [other for other in self._by_kind[kind] if other is not entity]
            self.revision += 1
            return True

    def executables(self) -> Iterator[Executable]:
        """Return what an executor waits for, in the order in which it is served."""
        order = ("timers", "subscriptions", "guards", "clients", "services", "waitables")
        yield from [entity for kind in order for entity in self.of(kind)]
        endpoints = self.of("publishers") + self.of("subscriptions")
        yield from [endpoint.events for endpoint in endpoints if getattr(endpoint, "events", None) is not None]


class CallbackGroups:
    """The groups that a node makes for itself: of entities that name none, and of its rates."""

    def __init__(self) -> None:
        self.default = MutuallyExclusiveCallbackGroup()
        self.rates = ReentrantCallbackGroup()


class Announcement:
    """What the graph says of a node. It does not touch the graph of a later life of the context."""

    def __init__(self, context: Context, names: NodeNames) -> None:
        self._context = context
        self._graph = context.graph
        self._key: int | None = self._graph.add_node(names.name, names.namespace)

    @property
    def stands(self) -> bool:
        """Whether it was not withdrawn."""
        return self._key is not None

    def add(self, readers: list[bytes], writers: list[bytes]) -> None:
        """Announce GUIDs as the node's."""
        self._graph.add_endpoints(self._key, readers, writers)

    def remove(self, guids: list[bytes]) -> None:
        """Announce that GUIDs are gone."""
        if self._context.is_on(self._graph):
            self._graph.remove_endpoints(self._key, guids)

    def withdraw(self) -> None:
        """Announce that the node is gone."""
        if self._context.is_on(self._graph):
            self._graph.remove_node(self._key)
        self._key = None


class NodeState:
    """The inside of one node."""

    def __init__(self, context: Context, names: NodeNames):
        self.context = context
        self.names = names
        self.entities = NodeEntities()
        self.clock = ROSClock()
        self.callback_groups = CallbackGroups()
        self.announcement = Announcement(context, names)
        self.executor: weakref.ref | None = None
        self.parameters: Any = None
        self.logger: Any = None
        self.time_source: Any = None
        self.rosout: Any = None
        self.services: list[Any] = []  # of the node's own: parameters, logger levels

    def current_executor(self) -> Any:
        """Return the executor that the node was added to, None if there is none."""
        return self.executor() if self.executor is not None else None

    def wake_executor(self) -> None:
        """Have the executor look at changed entities."""
        executor = self.current_executor()
        if executor is not None:
            executor.wake()

    def add(self, kind: str, entity: Any) -> None:
        """Add an entity and announce its endpoints."""
        self.entities.add(kind, entity)
        readers, writers = endpoint_guids(entity)
        if readers or writers:
            self.announcement.add(readers, writers)
        self.wake_executor()

    def remove(self, kind: str, entity: Any) -> bool:
        """Remove an entity and announce it; tell whether it was there."""
        if not self.entities.remove(kind, entity):
            return False
        readers, writers = endpoint_guids(entity)
        if readers or writers:
            self.announcement.remove(readers + writers)
        self.wake_executor()
        return True


def endpoint_guids(entity: Any) -> tuple[list[bytes], list[bytes]]:
    """Return the GUIDs of an entity's readers and writers."""
    handle = getattr(entity, "handle", None)
    if hasattr(handle, "reader"):
        return [handle.reader.guid], [handle.writer.guid]
    if hasattr(handle, "condition"):
        return [handle.guid], []
    return ([], [handle.guid]) if hasattr(handle, "guid") else ([], [])

# SPDX-License-Identifier: Apache-2.0
"""One life of rclpy, from init to shutdown, with one participant on the network."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from embedded_ros2.dds import Participant
from embedded_ros2.dds.graph import Graph
from rclpy._arguments import RosArguments
from rclpy.exceptions import NotInitializedException


class Context:
    """State shared by the nodes of one init(). All of them are one participant on the network."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._ok = False
        self._participant: Participant | None = None
        self._graph: Graph | None = None
        self._on_shutdown: list[Callable[[], None]] = []
        self._wakers: weakref.WeakSet = weakref.WeakSet()
        # Held until destroyed: the collector finds a node anywhere, also within a call that holds the graph's lock.
        self._nodes: set[Any] = set()
        self.arguments = RosArguments()

    @property
    def participant(self) -> Participant:
        """The member of the DDS network.

        Raises:
            NotInitializedException: init() has not been called.
        """
        if self._participant is None:
            raise NotInitializedException()
        return self._participant

    @property
    def graph(self) -> Graph:
        """What is known of other participants' nodes and endpoints.

        Raises:
            NotInitializedException: init() has not been called.
        """
        if self._graph is None:
            raise NotInitializedException()
        return self._graph

    @property
    def handle(self) -> Context:
        """The context itself; upstream this is the C++ object."""
        return self

    def init(
        self, args: Sequence[str] | None = None, *, initialize_logging: bool = True, domain_id: int | None = None
    ) -> None:
        """Join the network.

        Args:
            args: A command line with ``--ros-args``; None takes sys.argv.
            domain_id: Takes precedence over ROS_DOMAIN_ID.

        Raises:
            RuntimeError: init() was called already, or the network cannot be used.
            UnknownROSArgsError: The command line holds unknown ROS arguments.
        """
        with self._lock:
            if self._ok:
                raise RuntimeError("Context.init() must only be called once")
            self.arguments = RosArguments.parse(sys.argv if args is None else args)
            if initialize_logging:
                from rclpy import logging

                logging.configure(self.arguments.arguments)
            self._close()
            self._participant = Participant(domain_id)
            self._graph = Graph(self._participant)
            self._ok = True

    def is_on(self, graph: Graph) -> bool:
        """Whether a graph is this life's, and open; that lasts beyond shutdown() while there are nodes."""
        return self._graph is graph

    def ok(self) -> bool:
        """Whether the context is between init() and shutdown()."""
        return self._ok

    def get_domain_id(self) -> int:
        """Return the DDS domain."""
        return self.participant.domain_id

    def shutdown(self) -> None:
        """End the context: wake all executors and call the on_shutdown callbacks.

        Raises:
            RuntimeError: The context is not initialised or shut down already.
        """
        if not self.try_shutdown():
            raise RuntimeError("Context must be initialized before it can be shutdown")

    def try_shutdown(self) -> bool:
        """End the context if it is not ended; return whether this call did."""
        with self._lock:
            if not self._ok:
                return False
            self._ok = False
            callbacks, self._on_shutdown = self._on_shutdown, []
        self.wake()
        for callback in callbacks:
            callback()
        self._close_if_unused()
        return True

    def on_shutdown(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once at shutdown. Bound methods are held weakly.

        Raises:
            TypeError: It is not callable.
        """
        if not callable(callback):
            raise TypeError(f"callback should be a callable, got {type(callback)}")
        with self._lock:
            if not self._ok:
                callback()
                return
            self._on_shutdown.append(_weakly(callback))

    def track_node(self, node: Any) -> None:
        """Keep the node and the network until the node is destroyed, or the context leaves the network."""
        self._nodes.add(node)

    def untrack_node(self, node: Any) -> None:
        """Forget a destroyed node; the last one after shutdown closes the network."""
        self._nodes.discard(node)
        self._close_if_unused()

    def add_waker(self, waker: Any) -> None:
        """Call ``waker.wake()`` when the context ends or a signal arrives; held weakly."""
        self._wakers.add(waker)

    def wake(self) -> None:
        """Wake all executors of the context."""
        for waker in tuple(self._wakers):
            waker.wake()

    def destroy(self) -> None:
        """Shut down if need be and leave the network even if there are nodes."""
        self.try_shutdown()
        self._close()

    def _close_if_unused(self) -> None:
        # Entities stay usable after shutdown, as upstream: destroy_node() may come later.
        if not self._ok and not self._nodes:
            self._close()

    def _close(self) -> None:
        with self._lock:
            graph, self._graph = self._graph, None
            participant, self._participant = self._participant, None
            self._nodes.clear()
        if graph is not None:
            graph.close()
        if participant is not None:
            participant.close()

    def __enter__(self) -> Context:
        if not self._ok:
            self.init()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.try_shutdown()


def _weakly(callback: Callable[[], None]) -> Callable[[], None]:
    if not hasattr(callback, "__self__") or not hasattr(callback, "__func__"):
        return callback
    method = weakref.WeakMethod(callback)

    def call() -> None:
        alive = method()
        if alive is not None:
            alive()

    return call

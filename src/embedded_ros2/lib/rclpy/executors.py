# SPDX-License-Identifier: Apache-2.0
"""Executors: they wait for work and run the callbacks of their nodes, in one thread or in several."""

from __future__ import annotations

import collections
import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any

from rclpy._executable import Executable
from rclpy._wait_loop import WaitLoop
from rclpy.context import Context
from rclpy.task import Future, Task
from rclpy.utilities import get_default_context, timeout_sec_to_nsec

__all__ = [
    "ConditionReachedException",
    "Executor",
    "ExternalShutdownException",
    "MultiThreadedExecutor",
    "ShutdownException",
    "SingleThreadedExecutor",
    "TimeoutException",
    "await_or_execute",
]


class TimeoutException(Exception):
    """Nothing was ready within the timeout."""


class ShutdownException(Exception):
    """The executor is shut down."""


class ExternalShutdownException(Exception):
    """The context was shut down by a signal or another thread."""

    def __init__(self, *args: Any):
        super().__init__(*args)


class ConditionReachedException(Exception):
    """The future that was waited for is done."""


async def await_or_execute(callback: Callable | Coroutine, *args: Any) -> Any:
    """Call a function, or await the coroutine that it returns."""
    outcome = callback(*args)
    return await outcome if isinstance(outcome, Coroutine) else outcome


class Executor(contextlib.AbstractContextManager):
    """What the executors share: nodes, tasks, and finding the next callback to run.

    Raises:
        NotInitializedException: The context is not initialised.
    """

    def __init__(self, *, context: Context | None = None):
        self._context = context or get_default_context()
        self._nodes: set[Any] = set()
        self._lock = threading.RLock()
        self._spin_lock = threading.RLock()
        self._ready: collections.deque[Task] = collections.deque()
        self._round: collections.deque[Executable] = collections.deque()
        self._unfinished: set[Task] = set()
        self._is_shutdown = False
        self._is_spinning = False
        self._all_done = threading.Condition(self._lock)
        entities = weakref.WeakMethod(self._entities)
        self._loop = WaitLoop(self._context, lambda: entities()())
        weakref.finalize(self, self._loop.close)
        self._context.add_waker(self)

    @property
    def context(self) -> Context:
        """The context of the executor and its nodes."""
        return self._context

    @property
    def is_spinning(self) -> bool:
        """Whether some thread is in one of the spin methods."""
        return self._is_spinning

    # Nodes

    def add_node(self, node: Any) -> bool:
        """Run the callbacks of a node from now on; False if it was added already."""
        with self._lock:
            if node in self._nodes:
                return False
            self._nodes.add(node)
        node.executor = self
        self.wake()
        return True

    def remove_node(self, node: Any) -> None:
        """Run the callbacks of a node no more."""
        with self._lock:
            if node not in self._nodes:
                return
            self._nodes.discard(node)
        if node.executor is self:
            node.executor = None
        self.wake()

    def get_nodes(self) -> list[Any]:
        """Return the nodes."""
        with self._lock:
            return list(self._nodes)

    def _entities(self) -> Iterator[Executable]:
        for node in self.get_nodes():
            yield from node.executables()

    def _revision(self) -> tuple:
        return tuple((id(node), node.revision) for node in self.get_nodes())

    # Tasks

    def create_task(self, callback: Callable | Coroutine, *args: Any, **kwargs: Any) -> Task:
        """Run a function or coroutine in the executor and return the future of its result."""
        task = Task(callback, args, kwargs, executor=self)
        self._track(task)
        self._enqueue(task)
        return task

    def _track(self, task: Task) -> None:
        with self._lock:
            self._unfinished.add(task)
        task._add_waiter(partial(self._forget, task))

    def _forget(self, task: Task) -> None:
        with self._all_done:
            self._unfinished.discard(task)
            if not self._unfinished:
                self._all_done.notify_all()

    def _enqueue(self, task: Task) -> None:
        self._ready.append(task)
        self.wake()

    def _run(self, task: Task) -> None:
        """Run one step of a task; if it awaits a future, the future's end puts it back into the queue."""
        task()
        if not task._pending():
            return
        awaited = task._awaited
        if isinstance(awaited, Future):
            awaited._add_waiter(partial(self._enqueue, task))
        else:
            self._enqueue(task)

    def wake(self) -> None:
        """Have a waiting spin look around."""
        with contextlib.suppress(AttributeError):  # during construction
            self._loop.wake()

    # Finding work

    def can_execute(self, entity: Executable) -> bool:
        """Whether the entity's callback group lets its callback start."""
        return entity.callback_group is None or entity.callback_group.can_execute(entity)

    def _next_task(self, timeout_ns: int | None, reached: Callable[[], bool] | None = None) -> Task:
        """Return the next task to run.

        Raises:
            TimeoutException: Nothing was ready in time.
            ConditionReachedException: ``reached()`` is true.
            ShutdownException: The executor is shut down.
            ExternalShutdownException: The context is shut down.
        """
        deadline_ns = None if timeout_ns is None else time.monotonic_ns() + timeout_ns
        waited = False
        while True:
            self._raise_if_ended(reached)
            task = self._pop_task()
            if task is not None:
                return task
            left_ns = None if deadline_ns is None else max(deadline_ns - time.monotonic_ns(), 0)
            if left_ns == 0 and waited:
                raise TimeoutException()
            self._round.extend(self._loop.wait(left_ns, self._revision()))
            waited = True

    def _raise_if_ended(self, reached: Callable[[], bool] | None) -> None:
        if self._is_shutdown:
            raise ShutdownException()
        if not self._context.ok():
            raise ExternalShutdownException()
        if reached is not None and reached():
            raise ConditionReachedException()

    def _pop_task(self) -> Task | None:
        while self._ready:
            task = self._ready.popleft()
            if task._pending():
                return task
        while self._round:
            task = self._claim(self._round.popleft())
            if task is not None:
                return task
        return None

    def _claim(self, entity: Executable) -> Task | None:
        """Take one unit of work from an entity, if its group lets it run and there is any."""
        group = entity.callback_group
        if group is not None and not group.beginning_execution(entity):
            return None
        task = None
        try:
            work = entity.take_work()
            if work is not None:
                task = Task(work, executor=self)
        finally:
            if task is None and group is not None:
                group.ending_execution(entity)
        if task is None:
            return None
        self._track(task)
        if group is not None:
            task._add_waiter(partial(self._end_execution, entity))
        return task

    def _end_execution(self, entity: Executable) -> None:
        entity.callback_group.ending_execution(entity)

    # Spinning

    @contextlib.contextmanager
    def _spinning(self) -> Iterator[None]:
        with self._spin_lock:
            outermost, self._is_spinning = not self._is_spinning, True
            try:
                yield
            finally:
                if outermost:
                    self._is_spinning = False

    def spin(self) -> None:
        """Run callbacks until the executor or the context is shut down."""
        with self._spinning(), contextlib.suppress(ShutdownException):
            while self._context.ok() and not self._is_shutdown:
                self._spin_step(None, None)

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Run one callback; wait for it up to the timeout, None waits without end.

        Raises:
            ExternalShutdownException: The context was shut down while waiting.
        """
        with self._spinning(), contextlib.suppress(TimeoutException):
            self._spin_step(_timeout_ns(timeout_sec), None)

    def spin_until_future_complete(self, future: Future, timeout_sec: float | None = None) -> None:
        """Run callbacks until the future is done or the timeout is over."""
        deadline_ns = None if timeout_sec is None or timeout_sec < 0 else time.monotonic_ns() + int(timeout_sec * 1e9)
        future._add_waiter(self.wake)
        with self._spinning(), contextlib.suppress(TimeoutException, ConditionReachedException, ShutdownException):
            while self._context.ok() and future._pending():
                left_ns = None if deadline_ns is None else deadline_ns - time.monotonic_ns()
                if left_ns is not None and left_ns <= 0:
                    return
                self._spin_step(left_ns, lambda: not future._pending())

    def spin_once_until_future_complete(self, future: Future, timeout_sec: float | None = None) -> None:
        """Run one callback unless the future is done first."""
        future._add_waiter(self.wake)
        with self._spinning(), contextlib.suppress(TimeoutException, ConditionReachedException):
            self._spin_step(_timeout_ns(timeout_sec), lambda: not future._pending())

    def _spin_step(self, timeout_ns: int | None, reached: Callable[[], bool] | None) -> None:
        task = self._next_task(timeout_ns, reached)
        self._run(task)
        if not task._pending() and task.exception() is not None:
            raise task.exception()

    # Ending

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """Stop spinning; return whether all running callbacks ended within the timeout."""
        self._is_shutdown = True
        self.wake()
        with self._all_done:
            if not self._all_done.wait_for(self._is_idle, timeout_sec):
                return False
            nodes, self._nodes = list(self._nodes), set()
        for node in nodes:
            if node.executor is self:
                node.executor = None
        return True

    def _is_idle(self) -> bool:
        return not any(task.executing() for task in self._unfinished)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()


def _timeout_ns(timeout_sec: float | None) -> int | None:
    nanoseconds = timeout_sec_to_nsec(timeout_sec)
    return None if nanoseconds < 0 else nanoseconds


class SingleThreadedExecutor(Executor):
    """Runs callbacks in the thread that spins."""


class MultiThreadedExecutor(Executor):
    """Runs callbacks in a pool of threads; the thread that spins only waits and hands out.

    Args:
        num_threads: None takes the number of processors, at least two.
    """

    def __init__(self, num_threads: int | None = None, *, context: Context | None = None):
        super().__init__(context=context)
        import os

        count = num_threads or max(os.cpu_count() or 2, 2)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="rclpy-executor")
        self._failures: collections.deque[BaseException] = collections.deque()
        weakref.finalize(self, self._pool.shutdown, wait=False)

    def _spin_step(self, timeout_ns: int | None, reached: Callable[[], bool] | None) -> None:
        task = self._next_task(timeout_ns, reached)
        self._pool.submit(self._run_in_pool, task)
        if self._failures:
            raise self._failures.popleft()

    def _raise_if_ended(self, reached: Callable[[], bool] | None) -> None:
        super()._raise_if_ended(reached)
        if self._failures:
            raise self._failures.popleft()

    def _run_in_pool(self, task: Task) -> None:
        self._run(task)
        if not task._pending() and task.exception() is not None:
            self._failures.append(task.exception())
            self.wake()

    def _end_execution(self, entity: Executable) -> None:
        super()._end_execution(entity)
        self.wake()  # the entities of the group can be waited for again

    def shutdown(self, timeout_sec: float | None = None, *, wait_for_threads: bool = True) -> bool:
        """Stop spinning; by default also wait for the threads to end."""
        ended = super().shutdown(timeout_sec)
        self._pool.shutdown(wait=wait_for_threads and ended)
        return ended

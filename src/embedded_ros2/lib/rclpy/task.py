# SPDX-License-Identifier: Apache-2.0
"""Futures and the tasks that an executor runs. No event loop: an executor steps the tasks."""

from __future__ import annotations

import inspect
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Generator
from typing import Any


class Future:
    """The outcome of something that may still be running. Await it in a coroutine that an executor runs."""

    def __init__(self, *, executor: Any = None):
        self._done = False
        self._cancelled = False
        self._result: Any = None
        self._exception: BaseException | None = None
        self._exception_fetched = False
        self._callbacks: list[Callable] = []
        self._waiters: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._executor: Callable[[], Any] = _no_executor
        self._set_executor(executor)

    def __del__(self) -> None:
        if self._exception is not None and not self._exception_fetched and sys is not None:
            print(f"The following exception was never retrieved: {self._exception}", file=sys.stderr)

    def __await__(self) -> Generator[Any, None, Any]:
        # A task that receives the future sleeps until it is done; a foreign runner just asks again.
        while self._pending():
            yield self
        return self.result()

    def _pending(self) -> bool:
        return not self._done and not self._cancelled

    def cancel(self) -> None:
        """Give up; nothing happens when the future is done already."""
        self._finish(cancelled=True)

    def cancelled(self) -> bool:
        """Whether the future was given up."""
        return self._cancelled

    def done(self) -> bool:
        """Whether there is a result or an exception."""
        return self._done

    def result(self) -> Any:
        """Return the result, None while there is none.

        Raises:
            BaseException: What the computation raised.
        """
        exception = self.exception()
        if exception is not None:
            raise exception
        return self._result

    def exception(self) -> BaseException | None:
        """Return what the computation raised, if anything."""
        self._exception_fetched = True
        return self._exception

    def set_result(self, result: Any) -> None:
        """Fulfil the future."""
        self._finish(result=result)

    def set_exception(self, exception: BaseException) -> None:
        """Let the future fail."""
        self._finish(exception=exception)

    def _finish(self, *, result: Any = None, exception: BaseException | None = None, cancelled: bool = False) -> None:
        with self._lock:
            if cancelled and not self._pending():
                return
            self._result, self._exception = result, exception
            self._exception_fetched = False
            self._cancelled, self._done = cancelled, not cancelled
            callbacks, self._callbacks = self._callbacks, []
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter()
        for callback in callbacks:
            self._run_callback(callback)

    def _run_callback(self, callback: Callable) -> None:
        executor = self._executor()
        if executor is not None:
            executor.create_task(callback, self)
            return
        try:
            callback(self)
        except Exception as error:
            warnings.warn(f"Unhandled exception in done callback: {error}", stacklevel=2)

    def _set_executor(self, executor: Any) -> None:
        """Let ``executor`` run the done callbacks."""
        self._executor = _no_executor if executor is None else weakref.ref(executor)

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Call ``callback(future)`` once done: at once if it is, through the executor if there is one."""
        with self._lock:
            if self._pending():
                self._callbacks.append(callback)
                return
        self._run_callback(callback)

    def remove_done_callback(self, callback: Callable[[Any], None]) -> bool:
        """Forget a done callback and tell whether it was known."""
        with self._lock:
            known = callback in self._callbacks
            self._callbacks = [other for other in self._callbacks if other != callback]
        return known

    def _add_waiter(self, waiter: Callable[[], None]) -> None:
        """Call ``waiter()`` in the fulfilling thread, at once if done; it must be quick and must not raise."""
        with self._lock:
            if self._pending():
                self._waiters.append(waiter)
                return
        waiter()


class Task(Future):
    """A function or coroutine that runs step by step, and the future of its return value.

    Args:
        handler: A function, a coroutine function or a coroutine.
    """

    def __init__(self, handler: Any, args: Any = None, kwargs: Any = None, executor: Any = None):
        super().__init__(executor=executor)
        self._executing = False
        self._step_lock = threading.Lock()
        self._awaited: Future | None = None
        if inspect.iscoroutine(handler):
            self._coroutine = handler
            self._function = None
        else:
            self._coroutine = None
            self._function = lambda: handler(*(args or ()), **(kwargs or {}))

    def __call__(self) -> None:
        """Run until the end or the next await. A finished, cancelled or running task is left alone."""
        if not self._pending() or not self._step_lock.acquire(blocking=False):
            return
        try:
            if self._pending():
                self._executing = True
                self._step()
        finally:
            self._executing = False
            self._step_lock.release()

    def _step(self) -> None:
        try:
            if self._coroutine is None:
                outcome = self._function()
                self._function = None
                if not inspect.iscoroutine(outcome):
                    self.set_result(outcome)
                    return
                self._coroutine = outcome
            self._awaited = self._coroutine.send(None)
        except StopIteration as end:
            self._coroutine = None
            self.set_result(end.value)
        except Exception as error:
            self._coroutine = self._function = None
            self.set_exception(error)

    def executing(self) -> bool:
        """Whether the task is running in some thread right now."""
        return self._executing

    def cancel(self) -> None:
        """Give up. A suspended coroutine is closed, a running step ends first."""
        super().cancel()
        if self._step_lock.acquire(blocking=False):
            try:
                if self._coroutine is not None:
                    self._coroutine.close()
                    self._coroutine = None
            finally:
                self._step_lock.release()


def _no_executor() -> None:
    return None

# SPDX-License-Identifier: Apache-2.0
"""Futures of services and actions as operations of the executor's core. Wiring only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vla_ros.executor import Answer
from vla_ros.tasks import ErrorCode

__all__ = ["Call", "Ended", "Goal"]

Read = Callable[[Any], Answer[Any]]


class Ended:
    """An operation that could not even begin."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        self._answer: Answer[Any] = Answer(code, message)

    def answer(self) -> Answer[Any]:
        """Return why."""
        return self._answer

    def cancel(self) -> None:
        """Nothing runs."""


class Call:
    """A service call; ``read`` turns the response into an answer."""

    def __init__(self, client: Any, request: Any, read: Read) -> None:
        self._client, self._read = client, read
        self._future = client.call_async(request)

    def answer(self) -> Answer[Any] | None:
        """Return the answer when the response has come."""
        if not self._future.done() or self._future.cancelled():
            return None
        if self._future.exception() is not None:
            return Answer(ErrorCode.INTERNAL, str(self._future.exception()))
        return self._read(self._future.result())

    def cancel(self) -> None:
        """Wait no longer."""
        if not self._future.done():
            self._client.remove_pending_request(self._future)


class Goal:
    """A goal of an action; ``read`` turns its result into an answer. A goal that is dropped is always canceled."""

    def __init__(self, client: Any, goal: Any, read: Read) -> None:
        self._read = read
        self._handle: Any = None
        self._result: Any = None
        self._canceled = self._rejected = False
        client.send_goal_async(goal).add_done_callback(self._on_accepted)

    def answer(self) -> Answer[Any] | None:
        """Return the answer when the goal has ended."""
        if self._rejected:
            return Answer(ErrorCode.REFUSED, "the goal was rejected")
        if self._result is None or not self._result.done():
            return None
        return self._read(self._result.result().result)

    def cancel(self) -> None:
        """Ask the server to end, also where it has not accepted the goal yet."""
        self._canceled = True
        if self._handle is not None and (self._result is None or not self._result.done()):
            self._handle.cancel_goal_async()

    def _on_accepted(self, future: Any) -> None:
        handle = future.result()
        if handle is None or not handle.accepted:
            self._rejected = True
            return
        self._handle = handle
        self._result = handle.get_result_async()
        if self._canceled:
            handle.cancel_goal_async()

# SPDX-License-Identifier: Apache-2.0
"""The buffer that nodes look transforms up in; it can wait for a transform. Filling it is the listener's work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import TransformStamped

from rclpy.clock import Clock
from rclpy.duration import Duration
from rclpy.task import Future
from rclpy.time import Time
from tf2_py import BufferCore, LookupException, TransformException
from tf2_ros.buffer_interface import NO_WAIT, BufferInterface

# While it waits the buffer looks at its clock this often; simulated time can pass without any transform coming.
_CLOCK_POLL_S = 0.02


class Buffer(BufferCore, BufferInterface):
    """Transforms between named frames over time.

    Args:
        cache_time: History to keep; 10 s when left out.
        node: Gives the clock for time-outs and the context whose end stops a wait.
    """

    def __init__(self, cache_time: Duration | None = None, node: Any = None) -> None:
        BufferCore.__init__(self, cache_time)
        BufferInterface.__init__(self)
        self._clock = node.get_clock() if node is not None else Clock()
        self._context = node.context if node is not None else None
        self._waiting: list[tuple[Future, Callable[[], Any]]] = []
        self._waiting_lock = threading.Lock()

    def set_transform(self, transform: TransformStamped, authority: str) -> bool:
        """Add a moving transform; see :meth:`tf2_py.BufferCore.set_transform`."""
        kept = super().set_transform(transform, authority)
        self._settle_waiting()
        return kept

    def set_transform_static(self, transform: TransformStamped, authority: str) -> bool:
        """Add a transform that holds at every time; see :meth:`tf2_py.BufferCore.set_transform`."""
        kept = super().set_transform_static(transform, authority)
        self._settle_waiting()
        return kept

    def lookup_transform(
        self, target_frame: str, source_frame: str, time: Time | TimeMsg, timeout: Duration = NO_WAIT
    ) -> TransformStamped:
        """Return the transform that maps coordinates in ``source_frame`` to ``target_frame``.

        Args:
            target_frame: Frame to express coordinates in.
            source_frame: Frame the coordinates are in.
            time: Zero is the newest common time.
            timeout: How long to wait; another thread must fill the buffer meanwhile.

        Raises:
            TransformException: One of its subclasses, which says why there is no transform.
        """
        self.can_transform(target_frame, source_frame, time, timeout)
        return self.lookup_transform_core(target_frame, source_frame, _as_time(time))

    def lookup_transform_full(
        self,
        target_frame: str,
        target_time: Time | TimeMsg,
        source_frame: str,
        source_time: Time | TimeMsg,
        fixed_frame: str,
        timeout: Duration = NO_WAIT,
    ) -> TransformStamped:
        """Return the transform from a frame at one time to a frame at another, both seen from ``fixed_frame``."""
        self.can_transform_full(target_frame, target_time, source_frame, source_time, fixed_frame, timeout)
        return self.lookup_transform_full_core(
            target_frame, _as_time(target_time), source_frame, _as_time(source_time), fixed_frame
        )

    def can_transform(
        self,
        target_frame: str,
        source_frame: str,
        time: Time | TimeMsg,
        timeout: Duration = NO_WAIT,
        return_debug_tuple: bool = False,
    ) -> bool | tuple[bool, str]:
        """Return whether a lookup would succeed, with the reason if asked for."""
        stamp = _as_time(time)
        answer = self._wait(lambda: self.can_transform_core(target_frame, source_frame, stamp), timeout)
        return answer if return_debug_tuple else answer[0]

    def can_transform_full(
        self,
        target_frame: str,
        target_time: Time | TimeMsg,
        source_frame: str,
        source_time: Time | TimeMsg,
        fixed_frame: str,
        timeout: Duration = NO_WAIT,
        return_debug_tuple: bool = False,
    ) -> bool | tuple[bool, str]:
        """Return whether a lookup over two times would succeed, with the reason if asked for."""
        times = _as_time(target_time), _as_time(source_time)
        answer = self._wait(
            lambda: self.can_transform_full_core(target_frame, times[0], source_frame, times[1], fixed_frame), timeout
        )
        return answer if return_debug_tuple else answer[0]

    async def lookup_transform_async(
        self, target_frame: str, source_frame: str, time: Time | TimeMsg
    ) -> TransformStamped:
        """Return the transform as soon as it is there."""
        await self.wait_for_transform_async(target_frame, source_frame, time)
        return self.lookup_transform_core(target_frame, source_frame, _as_time(time))

    def wait_for_transform_async(self, target_frame: str, source_frame: str, time: Time | TimeMsg) -> Future:
        """Return a future that is done, with true, as soon as the transform is there."""
        stamp = _as_time(time)
        future: Future = Future()

        def test() -> bool:
            return self.can_transform_core(target_frame, source_frame, stamp)[0]

        with self._waiting_lock:
            self._waiting.append((future, test))
        # The transform may have come before the future stood in the list.
        self._settle_waiting()
        return future

    def _settle_waiting(self) -> None:
        if not self._waiting:
            return
        with self._waiting_lock:
            ready = [future for future, test in self._waiting if not future.cancelled() and test()]
            done = {id(future) for future in ready}
            self._waiting = [item for item in self._waiting if id(item[0]) not in done and not item[0].cancelled()]
        for future in ready:
            future.set_result(True)

    def _wait(self, ask: Callable[[], tuple[bool, str]], timeout: Duration) -> tuple[bool, str]:
        answer = ask()
        if answer[0] or timeout.nanoseconds <= 0:
            return answer
        start = self._clock.now()
        with self._changed:
            while not answer[0] and self._may_wait(start, timeout):
                self._changed.wait(_CLOCK_POLL_S)
                answer = ask()
        return answer

    def _may_wait(self, start: Time, timeout: Duration) -> bool:
        waited_ns = self._clock.now().nanoseconds - start.nanoseconds
        # A negative wait: the clock was set back (a bag started anew).
        return 0 <= waited_ns < timeout.nanoseconds and (self._context is None or self._context.ok())


def _as_time(time: Time | TimeMsg) -> Time:
    if isinstance(time, Time):
        return time
    if isinstance(time, TimeMsg):
        return Time.from_msg(time)
    raise TypeError(f"Must cast to Time type, got {type(time).__name__}")


__all__ = ["Buffer", "LookupException", "TransformException"]

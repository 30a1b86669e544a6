# SPDX-License-Identifier: Apache-2.0
"""Clocks: system, steady, and ROS time, which may be simulated."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from enum import IntEnum
from threading import Condition, RLock
from typing import Any

from rclpy.clock_type import ClockType
from rclpy.duration import Duration
from rclpy.exceptions import NotInitializedException
from rclpy.time import Time

# A sleep wakes up this often to see a shutdown; wake-ups by time itself are exact.
_SHUTDOWN_POLL_S = 0.1


class ClockChange(IntEnum):
    """What happened to a clock in a jump."""

    ROS_TIME_NO_CHANGE = 1
    ROS_TIME_ACTIVATED = 2
    ROS_TIME_DEACTIVATED = 3
    SYSTEM_TIME_NO_CHANGE = 4


class JumpThreshold:
    """Which jumps a callback wants to hear of.

    Args:
        min_forward: Least jump forwards, positive, or None.
        min_backward: Least jump backwards, negative, or None.
        on_clock_change: Also when simulated time is switched on or off.

    Raises:
        ValueError: A threshold has the wrong sign, or none is given.
    """

    def __init__(self, *, min_forward: Duration | None, min_backward: Duration | None, on_clock_change: bool = True):
        if min_forward is not None and min_forward.nanoseconds <= 0:
            raise ValueError("min_forward must be a positive non-zero duration")
        if min_backward is not None and min_backward.nanoseconds >= 0:
            raise ValueError("min_backward must be a negative non-zero duration")
        if min_forward is None and min_backward is None and not on_clock_change:
            raise ValueError("At least one jump threshold must be set")
        self.min_forward = min_forward
        self.min_backward = min_backward
        self.on_clock_change = on_clock_change

    def is_passed_by(self, jump: TimeJump) -> bool:
        """Whether the jump is large enough to be told."""
        if jump.clock_change in (ClockChange.ROS_TIME_ACTIVATED, ClockChange.ROS_TIME_DEACTIVATED):
            return self.on_clock_change
        forward = self.min_forward is not None and jump.delta >= self.min_forward
        return forward or (self.min_backward is not None and jump.delta <= self.min_backward)


class TimeJump:
    """A discontinuity of a clock."""

    def __init__(self, clock_change: ClockChange, delta: Duration):
        self._clock_change = clock_change
        self._delta = delta

    @property
    def clock_change(self) -> ClockChange:
        """What happened to the clock."""
        return self._clock_change

    @property
    def delta(self) -> Duration:
        """New time less old time."""
        return self._delta


class JumpHandle:
    """A registered pair of jump callbacks; unregister() or leaving the ``with`` block ends it."""

    def __init__(
        self,
        *,
        clock: Clock,
        threshold: JumpThreshold,
        pre_callback: Callable[[], None] | None,
        post_callback: Callable[[TimeJump], None] | None,
    ):
        if pre_callback is None and post_callback is None:
            raise ValueError("One of pre_callback or post_callback must be callable")
        if not all(callback is None or callable(callback) for callback in (pre_callback, post_callback)):
            raise ValueError("pre_callback and post_callback must be callable if given")
        self.threshold = threshold
        self.pre_callback = pre_callback
        self.post_callback = post_callback
        self._clock: Clock | None = clock

    def unregister(self) -> None:
        """Call the callbacks no more."""
        if self._clock is not None:
            self._clock._jump_handles.discard(self)
            self._clock = None

    def __enter__(self) -> JumpHandle:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.unregister()


class Clock:
    """A source of time. ``Clock(clock_type=ClockType.ROS_TIME)`` returns a ``ROSClock``."""

    def __new__(cls, *, clock_type: ClockType = ClockType.SYSTEM_TIME) -> Clock:
        if not isinstance(clock_type, ClockType):
            raise TypeError("Clock type must be a ClockType enum")
        return super().__new__(ROSClock if clock_type is ClockType.ROS_TIME else cls)

    def __init__(self, *, clock_type: ClockType = ClockType.SYSTEM_TIME):
        self._clock_type = clock_type
        self._jump_handles: set[JumpHandle] = set()
        self._wakers: weakref.WeakSet = weakref.WeakSet()
        self._changed = Condition(RLock())

    @property
    def clock_type(self) -> ClockType:
        """What the clock follows."""
        return self._clock_type

    @property
    def handle(self) -> Clock:
        """The clock itself; upstream this is the C++ object."""
        return self

    def __repr__(self) -> str:
        return f"Clock(clock_type={self._clock_type.name})"

    def now(self) -> Time:
        """Return the present."""
        return Time(nanoseconds=self.now_ns(), clock_type=self._clock_type)

    def now_ns(self) -> int:
        """Return the present [ns]."""
        return time.monotonic_ns() if self._clock_type is ClockType.STEADY_TIME else time.time_ns()

    def follows_real_time(self) -> bool:
        """Whether a wait by the machine's clock ends at the right moment."""
        return True

    def wake_on_change(self, waker: Any) -> None:
        """Call ``waker.wake()`` when the time jumps; held weakly."""
        self._wakers.add(waker)

    def create_jump_callback(
        self,
        threshold: JumpThreshold,
        *,
        pre_callback: Callable[[], None] | None = None,
        post_callback: Callable[[TimeJump], None] | None = None,
    ) -> JumpHandle:
        """Register callbacks around jumps that pass the threshold.

        Raises:
            ValueError: None of the two is given, or one is not callable.
        """
        handle = JumpHandle(clock=self, threshold=threshold, pre_callback=pre_callback, post_callback=post_callback)
        self._jump_handles.add(handle)
        return handle

    def sleep_until(self, until: Time, context: Any = None) -> bool:
        """Sleep until a time of this clock; False when the context ended or simulated time was switched meanwhile.

        Raises:
            ValueError: ``until`` is of another clock.
            NotInitializedException: The context is not initialised.
        """
        from rclpy.utilities import get_default_context

        context = context or get_default_context()
        if not context.ok():
            raise NotInitializedException()
        if until.clock_type != self._clock_type:
            raise ValueError("until's clock type does not match this clock's type")
        real = self.follows_real_time()
        with self._changed:
            while context.ok() and self.follows_real_time() == real:
                left_ns = until.nanoseconds - self.now_ns()
                if left_ns <= 0:
                    return True
                self._changed.wait(min(left_ns / 1e9, _SHUTDOWN_POLL_S) if real else _SHUTDOWN_POLL_S)
        return False

    def sleep_for(self, rel_time: Duration, context: Any = None) -> bool:
        """Sleep for a span of this clock; see sleep_until()."""
        return self.sleep_until(self.now() + rel_time, context=context)


class ROSClock(Clock):
    """Simulated time where it is active, else system time."""

    def __new__(cls, *, clock_type: ClockType = ClockType.ROS_TIME) -> ROSClock:
        return object.__new__(cls)

    def __init__(self, *, clock_type: ClockType = ClockType.ROS_TIME):
        super().__init__(clock_type=ClockType.ROS_TIME)
        self._active = False
        self._simulated_ns = 0

    def now_ns(self) -> int:
        return self._simulated_ns if self._active else time.time_ns()

    def follows_real_time(self) -> bool:
        return not self._active

    @property
    def ros_time_is_active(self) -> bool:
        """Whether time is simulated."""
        return self._active

    def _set_ros_time_is_active(self, enabled: bool) -> None:
        if enabled == self._active:
            return
        change = ClockChange.ROS_TIME_ACTIVATED if enabled else ClockChange.ROS_TIME_DEACTIVATED
        self._jump(change, active=enabled, simulated_ns=self._simulated_ns)

    def set_ros_time_override(self, time: Time) -> None:
        """Set the simulated time.

        Raises:
            TypeError: ``time`` is no time of the ROS clock.
        """
        if not isinstance(time, Time):
            raise TypeError("Time must be specified as rclpy.time.Time")
        self._jump(ClockChange.ROS_TIME_NO_CHANGE, active=self._active, simulated_ns=time.nanoseconds)

    def _jump(self, change: ClockChange, *, active: bool, simulated_ns: int) -> None:
        old_ns = self.now_ns()
        new_ns = simulated_ns if active else time.time_ns()
        visible = active or self._active
        jump = TimeJump(change, Duration(nanoseconds=new_ns - old_ns))
        told = [handle for handle in tuple(self._jump_handles) if visible and handle.threshold.is_passed_by(jump)]
        for handle in told:
            if handle.pre_callback is not None:
                handle.pre_callback()
        with self._changed:
            self._active, self._simulated_ns = active, simulated_ns
            self._changed.notify_all()
        for handle in told:
            if handle.post_callback is not None:
                handle.post_callback(jump)
        for waker in tuple(self._wakers):
            waker.wake()

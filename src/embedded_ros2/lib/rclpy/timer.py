# SPDX-License-Identifier: Apache-2.0
"""Timers and rates."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy._executable import Executable, Work
from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock, JumpThreshold, TimeJump
from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.exceptions import InvalidHandle, ROSInterruptException
from rclpy.time import Time


@dataclass(frozen=True, slots=True)
class TimerInfo:
    """When a call was due and when it happened."""

    expected_call_time: Time
    actual_call_time: Time


class Timer(Executable):
    """Calls ``callback()`` once per period of its clock.

    Missed periods are skipped; the phase is kept. When simulated time jumps backwards or is switched on or off, the
    next call is one period away.

    Args:
        timer_period_ns: [ns]; zero means in every round of the executor.

    Raises:
        ValueError: The period is negative.
    """

    def __init__(
        self,
        callback: Callable[..., Any] | None,
        callback_group: CallbackGroup | None,
        timer_period_ns: int,
        clock: Clock,
        *,
        context: Context | None = None,
        autostart: bool = True,
    ):
        super().__init__(callback_group)
        if timer_period_ns < 0:
            raise ValueError(f"timer period must not be negative, got {timer_period_ns} ns")
        self._callback = callback
        self._wants_info = callback is not None and _takes_an_argument(callback)
        self._clock = clock
        self._period_ns = int(timer_period_ns)
        self._last_ns = clock.now_ns()
        self._next_ns = self._last_ns + self._period_ns
        self._canceled = not autostart
        self._destroyed = False
        self._wake: Callable[[], None] = _nothing
        self._on_destroy: Callable[[Timer], None] | None = None
        backwards = JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True)
        self._jump_handle = clock.create_jump_callback(backwards, post_callback=self._on_jump)

    @property
    def callback(self) -> Callable[..., Any] | None:
        """What is called."""
        return self._callback

    @callback.setter
    def callback(self, callback: Callable[..., Any] | None) -> None:
        self._wants_info = callback is not None and _takes_an_argument(callback)
        self._callback = callback

    @property
    def clock(self) -> Clock:
        """The clock that counts the period."""
        return self._clock

    @property
    def handle(self) -> Timer:
        """The timer itself; upstream this is the C++ object."""
        return self

    @property
    def timer_period_ns(self) -> int:
        """The period [ns]."""
        return self._period_ns

    @timer_period_ns.setter
    def timer_period_ns(self, value: int) -> None:
        self._period_ns = int(value)
        self._next_ns = self._last_ns + self._period_ns

    def is_ready(self) -> bool:
        """Whether a call is due."""
        return not self._canceled and self._clock.now_ns() >= self._next_ns

    def is_canceled(self) -> bool:
        """Whether the timer is stopped."""
        return self._canceled

    def cancel(self) -> None:
        """Stop the timer; reset() starts it again."""
        self._canceled = True

    def reset(self) -> None:
        """Start a period now."""
        self._last_ns = self._clock.now_ns()
        self._next_ns = self._last_ns + self._period_ns
        self._canceled = False
        self._wake()

    def time_since_last_call(self) -> int:
        """Return the time since the last call, or since the start [ns]."""
        return self._clock.now_ns() - self._last_ns

    def time_until_next_call(self) -> int | None:
        """Return the time until a call is due [ns], negative if it is overdue; None while cancelled."""
        return None if self._canceled else self._next_ns - self._clock.now_ns()

    def wait_ns(self) -> int | None:
        """Return how long an executor may wait by the machine's clock [ns]; None for "until it is woken"."""
        if self._canceled:
            return None
        left_ns = self._next_ns - self._clock.now_ns()
        return left_ns if left_ns <= 0 or self._clock.follows_real_time() else None

    def take_work(self) -> Work | None:
        if not self.is_ready():
            return None
        expected_ns, now_ns = self._next_ns, self._clock.now_ns()
        self._last_ns = now_ns
        self._next_ns = _next_call(expected_ns, now_ns, self._period_ns)
        callback = self._callback
        if callback is None:
            return _nothing
        if not self._wants_info:
            return callback
        kind = self._clock.clock_type
        info = TimerInfo(Time(nanoseconds=expected_ns, clock_type=kind), Time(nanoseconds=now_ns, clock_type=kind))
        return lambda: callback(info)

    def _on_jump(self, jump: TimeJump) -> None:
        self._last_ns = self._clock.now_ns()
        self._next_ns = self._last_ns + self._period_ns

    def destroy(self) -> None:
        """Stop for good. A second call does nothing."""
        if not self._destroyed:
            self._canceled = self._destroyed = True
            self._jump_handle.unregister()
            if self._on_destroy is not None:
                self._on_destroy(self)


def _next_call(expected_ns: int, now_ns: int, period_ns: int) -> int:
    """Return the first multiple of the period after ``expected_ns`` that is not in the past."""
    if period_ns == 0:
        return now_ns
    return expected_ns + max(1, -((expected_ns - now_ns) // period_ns)) * period_ns


def _takes_an_argument(callback: Callable[..., Any]) -> bool:
    try:
        inspect.signature(callback).bind(None)
    except (TypeError, ValueError):
        return False
    return _first_required(callback)


def _first_required(callback: Callable[..., Any]) -> bool:
    """Only a required positional parameter asks for the timer info; upstream passes it to no other callback."""
    parameters = inspect.signature(callback).parameters.values()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(item.kind in positional and item.default is inspect.Parameter.empty for item in parameters)


def _nothing() -> None:
    return None


class Rate:
    """Sleeps at a fixed rate by means of a timer that some other thread's executor spins."""

    def __init__(self, timer: Timer, *, context: Context):
        self._timer = timer
        self._context = context
        self._event = threading.Event()
        self._destroyed = False
        timer.callback = self._event.set
        context.on_shutdown(self._on_shutdown)

    def _on_shutdown(self) -> None:
        self._event.set()

    def sleep(self) -> None:
        """Block until the timer's next call.

        Raises:
            ROSInterruptException: The context was shut down.
            InvalidHandle: The rate is destroyed.
        """
        if self._destroyed:
            raise InvalidHandle("Rate object has been destroyed")
        self._event.clear()
        if self._context.ok():
            self._event.wait()
        if self._destroyed:
            raise InvalidHandle("Rate object has been destroyed")
        if not self._context.ok():
            raise ROSInterruptException()

    def destroy(self) -> None:
        """Wake sleepers for good."""
        self._destroyed = True
        self._event.set()

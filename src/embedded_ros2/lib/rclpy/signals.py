# SPDX-License-Identifier: Apache-2.0
"""Interrupt and terminate signals as an orderly shutdown. No waiting: executors are only woken."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import weakref
from collections.abc import Callable
from enum import IntFlag
from types import FrameType
from typing import Any


class SignalHandlerOptions(IntFlag):
    """Which signals rclpy handles."""

    NO = 0
    SIGINT = 1
    SIGTERM = 2
    ALL = 3


class _SignalWatch:
    """Shuts contexts down on a signal, then lets the previous Python handler run.

    A handler in Python runs only when the main thread executes Python, so a thread reads the wake-up pipe, which the
    interpreter writes at once, and wakes the executors that the main thread may be waiting in.
    """

    def __init__(self) -> None:
        self._contexts: weakref.WeakSet = weakref.WeakSet()
        self._previous: dict[int, Any] = {}
        self._pipe: tuple[int, int] | None = None

    def add_context(self, context: Any) -> None:
        self._contexts.add(context)

    def install(self, options: SignalHandlerOptions) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        wanted = {
            number
            for option, number in (
                (SignalHandlerOptions.SIGINT, signal.SIGINT),
                (SignalHandlerOptions.SIGTERM, signal.SIGTERM),
            )
            if option in options
        }
        for number in set(self._previous) - wanted:
            self._restore(number)
        for number in wanted - set(self._previous):
            self._previous[number] = signal.signal(number, self._on_signal)
        if wanted and self._pipe is None:
            self._start_thread()

    def uninstall(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in tuple(self._previous):
            self._restore(number)
        if self._pipe is not None:
            signal.set_wakeup_fd(-1)
            _, writing = self._pipe
            self._pipe = None
            os.close(writing)  # the thread reads the end and closes its side

    def options(self) -> SignalHandlerOptions:
        options = SignalHandlerOptions.NO
        if signal.SIGINT in self._previous:
            options |= SignalHandlerOptions.SIGINT
        if signal.SIGTERM in self._previous:
            options |= SignalHandlerOptions.SIGTERM
        return options

    def _restore(self, number: int) -> None:
        previous = self._previous.pop(number)
        if signal.getsignal(number) == self._on_signal:
            signal.signal(number, signal.SIG_DFL if previous is None else previous)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        for context in tuple(self._contexts):
            context.try_shutdown()
        previous = self._previous.get(number)
        if callable(previous):
            previous(number, frame)

    def _start_thread(self) -> None:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        self._pipe = (reading, writing)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        threading.Thread(target=self._wake_on_signal, args=(reading,), name="rclpy-signals", daemon=True).start()

    def _wake_on_signal(self, reading: int) -> None:
        with contextlib.suppress(OSError):
            while os.read(reading, 64):
                for context in tuple(self._contexts):
                    context.wake()
        os.close(reading)


_watch = _SignalWatch()
add_context: Callable[[Any], None] = _watch.add_context


def install_signal_handlers(options: SignalHandlerOptions = SignalHandlerOptions.ALL) -> None:
    """Handle these signals; only the main thread can do that, elsewhere the call has no effect."""
    _watch.install(options)


def uninstall_signal_handlers() -> None:
    """Give the signals back to the handlers that were there before."""
    _watch.uninstall()


def get_current_signal_handlers_options() -> SignalHandlerOptions:
    """Return which signals are handled."""
    return _watch.options()

# SPDX-License-Identifier: Apache-2.0
"""Publication of log records on ``/rosout``, one publisher per node."""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import Any

from builtin_interfaces.msg import Time
from rcl_interfaces.msg import Log

from rclpy._rclpy_pybind11 import RCLError
from rclpy.impl._log_output import LogRecord, output
from rclpy.qos import qos_profile_rosout_default


class _RosoutHandler:
    """Routes records to the publisher of the node whose logger, or whose logger's ancestor, wrote them."""

    def __init__(self) -> None:
        self._publishers: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()
        self._busy = threading.local()

    def add(self, logger_name: str, publisher: Any) -> None:
        with self._lock:
            if not self._publishers:
                output.add_handler(self)
            self._publishers[logger_name] = publisher

    def remove(self, logger_name: str, publisher: Any) -> None:
        with self._lock:
            if self._publishers.get(logger_name) is publisher:
                del self._publishers[logger_name]
            if not self._publishers:
                output.remove_handler(self)

    def __call__(self, record: LogRecord) -> None:
        publisher = self._find(record.name)
        # A publisher that logs must not publish its own complaint for ever.
        if publisher is None or getattr(self._busy, "now", False):
            return
        self._busy.now = True
        try:
            with contextlib.suppress(RCLError):  # the network is closed; the record is on the console all the same
                publisher.publish(_message(record))
        finally:
            self._busy.now = False

    def _find(self, name: str) -> Any:
        while name:
            publisher = self._publishers.get(name)
            if publisher is not None:
                return publisher
            name = name.rpartition(".")[0]
        return None


_handler = _RosoutHandler()


def _message(record: LogRecord) -> Log:
    seconds, nanoseconds = divmod(record.stamp_ns, 1_000_000_000)
    return Log(
        stamp=Time(sec=seconds, nanosec=nanoseconds),
        level=int(record.severity),
        name=record.name,
        msg=record.message,
        file=record.file_name,
        function=record.function_name,
        line=record.line_number,
    )


def attach(node: Any) -> Any:
    """Publish what the node's loggers write on ``/rosout``; return the publisher."""
    publisher = node.create_publisher(Log, "/rosout", qos_profile_rosout_default)
    _handler.add(node.get_logger().name, publisher)
    return publisher


def detach(node: Any, publisher: Any) -> None:
    """Stop publishing for a node; call it before the publisher is destroyed."""
    _handler.remove(node.get_logger().name, publisher)

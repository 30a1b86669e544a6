# SPDX-License-Identifier: Apache-2.0
"""The time a message is filed under."""

from __future__ import annotations

from typing import Any

from rclpy.clock import Clock


def stamp_ns(message: Any, *, allow_headerless: bool, clock: Clock) -> int:
    """Return the header's time, or now for a message without header.

    Raises:
        TypeError: The message has no header and headerless messages are not allowed.
    """
    header = getattr(message, "header", None)
    if header is not None and hasattr(header, "stamp"):
        return header.stamp.sec * 1_000_000_000 + header.stamp.nanosec
    if not allow_headerless:
        raise TypeError(
            f"{type(message).__name__} has no header; use allow_headerless=True to file it under the time it came"
        )
    return clock.now().nanoseconds

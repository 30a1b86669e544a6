# SPDX-License-Identifier: Apache-2.0
"""The default context, and small functions around contexts and command lines."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence

from rclpy._arguments import ros_part, user_part
from rclpy.constants import S_TO_NS
from rclpy.context import Context

_lock = threading.Lock()
_default_context: Context | None = None


def get_default_context(*, shutting_down: bool = False) -> Context:
    """Return the context that functions use when they are given none; it is made when first asked for."""
    global _default_context
    with _lock:
        if _default_context is None:
            _default_context = Context()
        context = _default_context
        if shutting_down:
            _default_context = None
        return context


def ok(*, context: Context | None = None) -> bool:
    """Whether the context is between init and shutdown."""
    return (context or get_default_context()).ok()


def shutdown(*, context: Context | None = None) -> None:
    """Shut the context down."""
    (context or get_default_context(shutting_down=True)).shutdown()


def try_shutdown(*, context: Context | None = None) -> None:
    """Shut the context down unless it is down."""
    (context or get_default_context()).try_shutdown()


def get_rmw_implementation_identifier() -> str:
    """Return the name of the middleware whose wire format is used."""
    return "rmw_cyclonedds_cpp"


def get_available_rmw_implementations() -> set[str]:
    """Return the names of the middlewares at hand."""
    return {get_rmw_implementation_identifier()}


def remove_ros_args(args: Sequence[str] | None = None) -> list[str]:
    """Return the command line without what stands between ``--ros-args`` and ``--``."""
    return user_part(sys.argv if args is None else args)


def get_ros_args(args: Sequence[str]) -> list[str]:
    """Return what stands between ``--ros-args`` and ``--``."""
    return ros_part(args)


def timeout_sec_to_nsec(timeout_sec: float | None) -> int:
    """Return the timeout [ns]; None and negative timeouts mean "for ever", which is -1."""
    return -1 if timeout_sec is None or timeout_sec < 0 else int(timeout_sec * S_TO_NS)

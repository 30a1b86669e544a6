# SPDX-License-Identifier: Apache-2.0
"""The exceptions that upstream's C++ layer defines, under the name by which programs import them."""

from rclpy.exceptions import InvalidHandle, RemapError, UnknownROSArgsError

__all__ = ["InvalidHandle", "NodeNameNonExistentError", "RCLError", "RemapError", "UnknownROSArgsError"]


class RCLError(RuntimeError):
    """An operation on the middleware failed."""


class NodeNameNonExistentError(RCLError):
    """A graph query names a node that does not exist."""

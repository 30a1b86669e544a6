# SPDX-License-Identifier: Apache-2.0
"""Messages to and from the bytes of the wire."""

from __future__ import annotations

from typing import Any

from rclpy.type_support import message_support


def serialize_message(message: Any) -> bytes:
    """Return encapsulation header and body."""
    return bytes(message_support(type(message)).serialize(message))


def deserialize_message(serialized_message: bytes, message_type: Any) -> Any:
    """Return the message.

    Raises:
        CorruptMessage: The bytes are not exactly one message of the type.
    """
    return message_support(message_type).deserialize(serialized_message)

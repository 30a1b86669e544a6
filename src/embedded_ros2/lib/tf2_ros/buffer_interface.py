# SPDX-License-Identifier: Apache-2.0
"""Transforming stamped messages by any buffer. Which types can be transformed is registered by other packages."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar

from rclpy.duration import Duration
from rclpy.time import Time

NO_WAIT = Duration()


class TypeException(Exception):
    """A message type that nobody registered."""


class NotImplementedException(Exception):
    """A method that this kind of buffer lacks."""


class TransformRegistration:
    """How to transform messages, by type; one registry per process."""

    _functions: ClassVar[dict[type, Callable[[Any, Any], Any]]] = {}

    def add(self, key: type, callback: Callable[[Any, Any], Any]) -> None:
        """Register ``callback(message, transform)``."""
        self._functions[key] = callback

    def get(self, key: type) -> Callable[[Any, Any], Any]:
        """Return the function for a type.

        Raises:
            TypeException: The type is not registered.
        """
        if key not in self._functions:
            known = ", ".join(sorted(item.__name__ for item in self._functions)) or "none; import tf2_geometry_msgs"
            raise TypeException(f"Type {getattr(key, '__name__', key)} is not loaded or supported; registered: {known}")
        return self._functions[key]


class ConvertRegistration:
    """How to convert types through messages; one registry per process."""

    _to_message: ClassVar[dict[type, Callable[[Any], Any]]] = {}
    _from_message: ClassVar[dict[type, Callable[[Any], Any]]] = {}
    _direct: ClassVar[dict[tuple[type, type], Callable[[Any], Any]]] = {}

    def add_to_msg(self, key: type, callback: Callable[[Any], Any]) -> None:
        """Register the way from a type to its message."""
        self._to_message[key] = callback

    def add_from_msg(self, key: type, callback: Callable[[Any], Any]) -> None:
        """Register the way from a message to a type."""
        self._from_message[key] = callback

    def add_convert(self, key: tuple[type, type], callback: Callable[[Any], Any]) -> None:
        """Register a direct way ``(from, to)``."""
        self._direct[key] = callback

    def convert(self, value: Any, to_type: type) -> Any:
        """Convert a value.

        Raises:
            TypeException: There is no way.
        """
        from_type = type(value)
        if (from_type, to_type) in self._direct:
            return self._direct[from_type, to_type](value)
        if from_type not in self._to_message or to_type not in self._from_message:
            raise TypeException(f"Type {from_type.__name__} cannot be converted to {to_type.__name__}")
        return self._from_message[to_type](self._to_message[from_type](value))


def convert(a: Any, b_type: type) -> Any:
    """Return ``a`` as ``b_type``; a copy when it has that type already."""
    return deepcopy(a) if isinstance(a, b_type) else ConvertRegistration().convert(a, b_type)


class BufferInterface:
    """What every buffer can do with its two lookups."""

    def __init__(self) -> None:
        self.registration = TransformRegistration()

    def transform(
        self, object_stamped: Any, target_frame: str, timeout: Duration = NO_WAIT, new_type: type | None = None
    ) -> Any:
        """Return a stamped message in another frame.

        Args:
            object_stamped: A message with a header.
            target_frame: Frame of the returned message.
            timeout: How long to wait for the transform.
            new_type: Convert to this type.

        Raises:
            TypeException: The message type is not registered.
            TransformException: There is no transform.
        """
        do_transform = self.registration.get(type(object_stamped))
        stamp = Time.from_msg(object_stamped.header.stamp)
        found = self.lookup_transform(target_frame, object_stamped.header.frame_id, stamp, timeout)
        result = do_transform(object_stamped, found)
        return convert(result, new_type) if new_type is not None else result

    def transform_full(
        self,
        object_stamped: Any,
        target_frame: str,
        target_time: Time,
        fixed_frame: str,
        timeout: Duration = NO_WAIT,
        new_type: type | None = None,
    ) -> Any:
        """Return a stamped message in another frame at another time, seen from ``fixed_frame``."""
        do_transform = self.registration.get(type(object_stamped))
        header = object_stamped.header
        found = self.lookup_transform_full(
            target_frame, target_time, header.frame_id, Time.from_msg(header.stamp), fixed_frame, timeout
        )
        result = do_transform(object_stamped, found)
        return convert(result, new_type) if new_type is not None else result

    def lookup_transform(self, target_frame: str, source_frame: str, time: Time, timeout: Duration = NO_WAIT) -> Any:
        """Return the transform between two frames."""
        raise NotImplementedException

    def lookup_transform_full(
        self,
        target_frame: str,
        target_time: Time,
        source_frame: str,
        source_time: Time,
        fixed_frame: str,
        timeout: Duration = NO_WAIT,
    ) -> Any:
        """Return the transform between two frames at two times."""
        raise NotImplementedException

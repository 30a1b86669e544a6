# SPDX-License-Identifier: Apache-2.0
"""What the transport needs to know of a message class: its names on the wire, its hash, its bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

from .library import message_definition
from .message import Message, check_message
from .read_code import ReadCode
from .type_hash import rihs01
from .write_code import HEADER, WriteCode


class TypeSupport:
    """Names, hash and codec of one message class. The codec is generated when it is first used."""

    def __init__(self, cls: type[Message]) -> None:
        """Take the class; nothing is computed yet."""
        self.cls = cls
        self.name = cls._interface_name
        package, kind, short = self.name.split("/")
        self.dds_name = f"{package}::{kind}::dds_::{short}_"

    def __repr__(self) -> str:
        """Return e.g. ``TypeSupport(std_msgs/msg/String)``."""
        return f"TypeSupport({self.name})"

    @cached_property
    def rihs01(self) -> str:
        """The type hash, ``RIHS01_`` and 64 hex digits."""
        return rihs01(self.name)

    @cached_property
    def deserialize(self) -> Callable[..., Any]:
        """``deserialize(buffer, start=4) -> message``.

        The buffer begins with the encapsulation header; the body begins at ``start``, which is 4 modulo 8 (20 where a
        service header lies between). Raises ``CorruptMessage`` for anything that is not exactly one message.
        """
        return ReadCode(self.name).compile(message_definition(self.name))

    @cached_property
    def _write(self) -> Callable[..., bytearray]:
        return WriteCode().compile(message_definition(self.name))

    @cached_property
    def serialize(self) -> Callable[..., bytearray]:
        """``serialize(message, header=HEADER) -> bytearray``, padded to a multiple of four bytes.

        ``header`` is the encapsulation header, with a 16-byte service header behind it where there is one. Raises
        AssertionError, naming the field, for a message that holds a value of a wrong type.
        """
        write = self._write
        name = self.name

        def serialize(message: Any, header: bytes = HEADER) -> bytearray:
            try:
                return write(message, header)
            except Exception as error:
                _explain(name, message, error)
                raise

        return serialize


def _explain(name: str, message: object, error: Exception) -> None:
    """Raise an AssertionError that says which field is at fault, if one is."""
    if getattr(type(message), "_interface_name", None) != name:
        raise AssertionError(f"a message of type {name} is expected, got {type(message).__name__}") from error
    try:
        check_message(message)  # type: ignore[arg-type]
    except AssertionError as explained:
        raise explained from error


@cache
def typesupport(cls: type[Message]) -> TypeSupport:
    """Return the type support of a message class.

    Raises:
        TypeError: for anything else, services and actions included: those have one for each of their parts.
    """
    if not (isinstance(cls, type) and issubclass(cls, Message)):
        raise TypeError(f"a message class is expected, got {cls!r}")
    return TypeSupport(cls)

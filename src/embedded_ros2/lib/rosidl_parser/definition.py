# SPDX-License-Identifier: Apache-2.0
"""Descriptions of field types, as ``SLOT_TYPES`` of a message class holds them. No parsing, no whole interfaces."""

from __future__ import annotations

from collections.abc import Sequence


class AbstractType:
    """Any type of a field; equal to one of the same class and content."""

    def __eq__(self, other: object) -> bool:
        """Compare class and content."""
        return type(other) is type(self) and vars(self) == vars(other)

    def __hash__(self) -> int:
        """Agree with ``__eq__``."""
        return hash((type(self), repr(sorted(vars(self).items(), key=repr))))

    def __repr__(self) -> str:
        """Return e.g. ``BasicType(typename='double')``."""
        content = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({content})"


class AbstractNestableType(AbstractType):
    """A type that may be the element of an array or sequence."""


class BasicType(AbstractNestableType):
    """A number, boolean or octet; ``typename`` is its IDL name."""

    def __init__(self, typename: str) -> None:
        self.typename = typename


class NamedType(AbstractNestableType):
    """A type known by a bare name."""

    def __init__(self, name: str) -> None:
        self.name = name


class NamespacedType(AbstractNestableType):
    """A message; ``namespaces`` are package and kind."""

    def __init__(self, namespaces: Sequence[str], name: str) -> None:
        self.namespaces = list(namespaces)
        self.name = name

    def namespaced_name(self) -> tuple[str, ...]:
        """Return package, kind and name."""
        return (*self.namespaces, self.name)


class AbstractGenericString(AbstractNestableType):
    """A string of any kind."""

    def has_maximum_size(self) -> bool:
        """Whether the length is bounded."""
        return hasattr(self, "maximum_size")


class AbstractString(AbstractGenericString):
    """A string of 8-bit units."""


class AbstractWString(AbstractGenericString):
    """A string of 16-bit units."""


class UnboundedString(AbstractString):
    """A string without bound."""


class UnboundedWString(AbstractWString):
    """A wstring without bound."""


class BoundedString(AbstractString):
    """A string of at most ``maximum_size`` units."""

    def __init__(self, maximum_size: int) -> None:
        self.maximum_size = maximum_size


class BoundedWString(AbstractWString):
    """A wstring of at most ``maximum_size`` units."""

    def __init__(self, maximum_size: int) -> None:
        self.maximum_size = maximum_size


class AbstractNestedType(AbstractType):
    """Several values of one type."""

    def __init__(self, value_type: AbstractNestableType) -> None:
        self.value_type = value_type

    def has_maximum_size(self) -> bool:
        """Whether the number of elements is bounded."""
        return hasattr(self, "maximum_size") or hasattr(self, "size")


class Array(AbstractNestedType):
    """Exactly ``size`` elements."""

    def __init__(self, value_type: AbstractNestableType, size: int) -> None:
        super().__init__(value_type)
        self.size = size


class AbstractSequence(AbstractNestedType):
    """A varying number of elements."""


class BoundedSequence(AbstractSequence):
    """At most ``maximum_size`` elements."""

    def __init__(self, value_type: AbstractNestableType, maximum_size: int) -> None:
        super().__init__(value_type)
        self.maximum_size = maximum_size


class UnboundedSequence(AbstractSequence):
    """Any number of elements."""

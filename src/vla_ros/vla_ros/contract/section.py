# SPDX-License-Identifier: Apache-2.0
"""One mapping of a contract file and typed access to it. Every error names file, key, value and what was expected."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from vla_ros.errors import ContractError, nearest_hint

__all__ = ["Range", "Section"]

_TOPIC = re.compile(r"/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")
_INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Range:
    """Allowed range of a number; ``open_low`` excludes ``low`` itself."""

    low: float = -_INFINITY
    high: float = _INFINITY
    open_low: bool = False

    def __contains__(self, value: float) -> bool:
        above = value > self.low if self.open_low else value >= self.low
        return above and value <= self.high

    def __str__(self) -> str:
        if self.high < _INFINITY:
            return f" in {self.low:g} .. {self.high:g}"
        if self.low > -_INFINITY:
            return f" {'>' if self.open_low else '>='} {self.low:g}"
        return ""


POSITIVE = Range(0.0, open_low=True)
NOT_NEGATIVE = Range(0.0)


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of the file, its place in it, and readers that check what they return.

    Attributes:
        file: Name of the file, for messages.
        path: Dotted keys that lead here; empty at the top.
        data: The mapping.
    """

    file: str
    path: str
    data: Mapping[str, Any]

    def place(self, key: str) -> str:
        """Return the dotted key of ``key``."""
        return f"{self.path}.{key}" if self.path else key

    def fail(self, key: str, expected: str, hint: str = "") -> NoReturn:
        """Raise the error for a value that is not what was expected."""
        got = f"got {self.data[key]!r}" if key in self.data else "missing"
        raise ContractError(f"{self.file}: {self.place(key)}: {got}, expected {expected}.{hint}")

    def check_keys(self, known: Iterable[str], required: Iterable[str] = ()) -> None:
        """Refuse unknown keys, then name the first missing one.

        Raises:
            ContractError: a key is unknown or missing.
        """
        names = sorted(known)
        for key in self.data:
            if key not in names:
                raise ContractError(
                    f"{self.file}: {self.place(str(key))}: unknown key with value {self.data[key]!r}, "
                    f"expected one of {', '.join(names)}.{nearest_hint(str(key), names)}"
                )
        for key in required:
            if key not in self.data:
                where = f"{self.file}: {self.place(key)}"
                raise ContractError(f"{where}: missing; the section has {', '.join(map(str, self.data)) or 'no key'}.")

    def text(self, key: str, default: str | None = None, choices: Sequence[str] = ()) -> str:
        """Return a text, one of ``choices`` where they are given."""
        value = self.data.get(key, default)
        if choices and value not in choices:
            self.fail(key, f"one of {', '.join(choices)}", nearest_hint(str(value), choices))
        if not isinstance(value, str) or (not value and value is not default):
            self.fail(key, "a text")
        return value

    def topic(self, key: str, default: str | None = None) -> str:
        """Return a ROS name; an empty one only where it is the default."""
        value = self.text(key, default)
        if value and not _TOPIC.fullmatch(value):
            self.fail(key, "a ROS name of letters, digits, '_' and '/'")
        return value

    def number(self, key: str, default: float | None = None, allowed: Range = POSITIVE) -> float:
        """Return a finite number inside ``allowed``."""
        value = self.data.get(key, default)
        if not _is_number(value) or value not in allowed:
            self.fail(key, f"a number{allowed}")
        return float(value)

    def integer(self, key: str, default: int | None = None, allowed: Range = POSITIVE) -> int:
        """Return a whole number inside ``allowed``."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            self.fail(key, f"a whole number{allowed}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            self.fail(key, "true or false")
        return value

    def names(self, key: str, default: tuple[str, ...] | None = None, choices: Sequence[str] = ()) -> tuple[str, ...]:
        """Return a list of one or more different texts."""
        value = self.data.get(key, default)
        if not isinstance(value, (list, tuple)) or not value or not all(isinstance(v, str) and v for v in value):
            self.fail(key, "a list of one or more texts")
        repeated = sorted({v for v in value if value.count(v) > 1})
        if repeated:
            self.fail(key, f"different names, but '{repeated[0]}' is repeated")
        for item in value:
            if choices and item not in choices:
                self.fail(key, f"each one of {', '.join(choices)}", nearest_hint(item, choices))
        return tuple(value)

    def numbers(self, key: str, length: int, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """Return ``length`` finite numbers."""
        value = self.data.get(key, default)
        if not isinstance(value, (list, tuple)) or not all(_is_number(v) for v in value):
            self.fail(key, f"a list of {length} numbers")
        if len(value) != length:
            self.fail(key, f"{length} numbers, not {len(value)}")
        return tuple(float(v) for v in value)

    def section(self, key: str) -> Section:
        """Return the mapping under ``key``; an absent one is empty."""
        value = self.data.get(key, {})
        if not isinstance(value, Mapping):
            self.fail(key, "a mapping of keys to values")
        return Section(self.file, self.place(key), value)

    def sections(self, key: str) -> dict[str, Section]:
        """Return the mappings under the mapping ``key`` by their names."""
        inner = self.section(key)
        return {str(name): inner.section(name) for name in inner.data}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)

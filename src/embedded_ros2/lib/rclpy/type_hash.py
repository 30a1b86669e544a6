# SPDX-License-Identifier: Apache-2.0
"""Type hashes as values."""

from __future__ import annotations


class TypeHash:
    """A version and 32 bytes, printed as REP 2016 spells them, e.g. ``RIHS01_`` and 64 hex digits."""

    __slots__ = ("_value", "_version")

    def __init__(self, version: int = -1, value: bytes = bytes(32)):
        self._version = version
        self._value = value

    @classmethod
    def parse(cls, text: str) -> TypeHash:
        """Return the hash that a text spells; an invalid one for any other text."""
        prefix, _, digits = text.partition("_")
        try:
            value = bytes.fromhex(digits)
            version = int(prefix.removeprefix("RIHS"))
        except ValueError:
            return cls()
        return cls(version, value) if prefix.startswith("RIHS") and len(value) == 32 else cls()

    @property
    def version(self) -> int:
        """The version of the hash rules, -1 for an unknown hash."""
        return self._version

    @property
    def value(self) -> bytes:
        """The 32 bytes."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TypeHash) and (self.version, self.value) == (other.version, other.value)

    def __hash__(self) -> int:
        return hash((self._version, self._value))

    def __repr__(self) -> str:
        return f"TypeHash(version={self._version}, value={self._value!r})"

    def __str__(self) -> str:
        return "INVALID" if self._version <= 0 else f"RIHS{self._version:02d}_{self._value.hex()}"

# SPDX-License-Identifier: Apache-2.0
"""Alignment algebra of XCDR1, where a value of n bytes starts at a multiple of n. No code generation, no values.

Offsets count from the first byte after the encapsulation header.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .definition import PRIMITIVES, FieldType
from .library import message_definition

SIZE_OF_CODE = {primitive.struct_code: primitive.size for primitive in PRIMITIVES.values()}
ALIGN_ONLY = "0"  # marks a run item that pads to its size and holds nothing


@dataclass(frozen=True, slots=True)
class Position:
    """What is known of an offset at the time of code generation: ``offset % modulus == residue``."""

    modulus: int = 1
    residue: int = 0

    def starts(self) -> list[int]:
        """Return the offsets modulo 8 that are possible."""
        return [start for start in range(8) if start % self.modulus == self.residue]

    def plus(self, count: int) -> Position:
        """Return the position ``count`` bytes on."""
        return Position(self.modulus, (self.residue + count) % self.modulus)

    def plus_many(self, step: int) -> Position:
        """Return what is known after any number, zero included, of steps of ``step`` bytes."""
        modulus = min(self.modulus, step & -step)
        return Position(modulus, self.residue % modulus)

    def is_multiple_of(self, size: int) -> bool:
        """Whether the offset is known to be aligned to ``size``."""
        return self.modulus >= size and self.residue % size == 0


START = Position(8, 0)
UNKNOWN = Position(1, 0)


def join(positions: Iterable[Position]) -> Position:
    """Return what is known where several flows of control meet."""
    return of_offsets({start for position in positions for start in position.starts()})


def of_offsets(offsets: Iterable[int]) -> Position:
    """Return the strongest statement that holds for all the offsets."""
    offsets = set(offsets)
    for modulus in (8, 4, 2):
        residues = {offset % modulus for offset in offsets}
        if len(residues) == 1:
            return Position(modulus, residues.pop())
    return UNKNOWN


@dataclass(frozen=True, slots=True)
class Run:
    """Successive primitives, packed by one call; an item is a struct code, or ``ALIGN_ONLY`` and a size digit."""

    codes: tuple[str, ...]

    def format_at(self, start: int) -> tuple[str, int]:
        """Return the struct format with explicit padding, and its size, for a start offset modulo 8."""
        parts = ["<"]
        offset = start
        for code in self.codes:
            size = int(code[1:]) if code[0] == ALIGN_ONLY else SIZE_OF_CODE[code]
            padding = -offset % size
            if padding:
                parts.append(f"{padding}x")
            if code[0] != ALIGN_ONLY:
                parts.append(code)
                offset += size
            offset += padding
        return "".join(parts), offset - start

    def formats(self, position: Position) -> dict[int, tuple[str, int]]:
        """Return the formats for all starts that are possible."""
        return {start: self.format_at(start) for start in position.starts()}

    def after(self, position: Position) -> Position:
        """Return the position behind the run."""
        return of_offsets({(start + self.format_at(start)[1]) % 8 for start in position.starts()})


def packers(formats: dict[int, tuple[str, int]], method: str) -> tuple[Callable[..., Any] | None, ...]:
    """Return the bound ``struct.Struct`` method for each start modulo 8, ``None`` where the start is impossible."""
    return tuple(getattr(struct.Struct(formats[k][0]), method) if k in formats else None for k in range(8))


def sizes(formats: dict[int, tuple[str, int]]) -> Sequence[int]:
    """Return the size of the run for each start modulo 8."""
    return tuple(formats[k][1] if k in formats else 0 for k in range(8))


def minimum_size(field_type: FieldType) -> int:
    """Return a lower bound > 0 of the bytes that one element of this type takes, padding left out."""
    if field_type.container in ("bounded", "sequence") or (field_type.is_string and not field_type.container):
        return 4
    count = field_type.capacity if field_type.container == "array" else 1
    if field_type.is_primitive:
        return PRIMITIVES[field_type.base].size * count
    if field_type.is_string:
        return 4 * count
    fields = message_definition(field_type.base).fields
    return max(1, sum(minimum_size(field.type) for field in fields)) * count

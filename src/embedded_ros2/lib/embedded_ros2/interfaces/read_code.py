# SPDX-License-Identifier: Apache-2.0
"""Generates the function that reads one message type from XCDR1, little endian. No writing.

Every length is compared with the bytes that are left before anything is allocated for it, so what a buffer can make
the reader allocate is bounded by a multiple of its own size.
"""

from __future__ import annotations

import array
import struct
from collections.abc import Callable
from typing import Any

from .definition import PRIMITIVES, FieldType, MessageDefinition
from .errors import CorruptMessage
from .layout import ALIGN_ONLY, START, UNKNOWN, Position, Run, join, minimum_size, packers, sizes
from .library import message_definition
from .message_class import message_class


def decode_wide(units: bytes) -> str:
    """Return the text of UTF-16 code units of four bytes each; CorruptMessage where they are no text."""
    try:
        return array.array("H", array.array("I", units)).tobytes().decode("utf-16-le")
    except (OverflowError, UnicodeDecodeError) as error:
        raise CorruptMessage(f"a wstring is no UTF-16 text: {error}") from None


def _refuse_header(name: str, buffer: bytes) -> None:
    raise CorruptMessage(
        f"{name}: the buffer does not start with the header of little-endian XCDR1, 00 01: "
        f"{buffer[:4].hex(' ') or 'it is empty'}"
    )


def _refuse(name: str, reason: str, offset: int) -> None:
    raise CorruptMessage(f"{name}: {reason} at byte {offset}")


class ReadCode:
    """The source text of one deserialise function, as it grows."""

    def __init__(self, name: str) -> None:
        """Start at offset 0 of the body of the type ``name``."""
        self._name_of_type = name
        self._scope: dict[str, Any] = {
            "array": array.array,
            "wide": decode_wide,
            "new": object.__new__,
            "struct_error": struct.error,
            "refuse": lambda reason, offset: _refuse(name, reason, offset),
            "refuse_header": lambda buffer: _refuse_header(name, buffer),
        }
        self._lines: list[str] = []
        self._indent = 2
        self._position = START
        self._run: list[tuple[str, str]] = []
        self._names = 0

    def compile(self, definition: MessageDefinition) -> Callable[..., Any]:
        """Return ``deserialize(buffer, start=4) -> message``; ``start`` is 4 modulo 8."""
        self._message("m", definition)
        self._flush()
        source = "\n".join(
            [
                "def deserialize(buffer, p=4):",
                "    d = buffer if buffer.__class__ is bytes else bytes(buffer)",
                "    size = len(d)",
                "    if d[:2] != b'\\0\\1': refuse_header(d)",
                "    try:",
                *self._lines,
                "    except struct_error:",
                "        refuse('the buffer ends too early', size)",
                # Senders pad the whole to a multiple of four bytes.
                "    if size - p > 3: refuse(f'{size - p} bytes are left over', p)",
                "    return m",
            ]
        )
        exec(compile(source, f"<deserialize {definition.name}>", "exec"), self._scope)
        function: Callable[..., Any] = self._scope["deserialize"]
        return function

    def _emit(self, line: str) -> None:
        self._lines.append("    " * self._indent + line)

    def _name(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def _constant(self, stem: str, value: Any) -> str:
        name = self._name(stem)
        self._scope[name] = value
        return name

    def _flush(self) -> None:
        """Read the primitives collected so far."""
        if not self._run:
            return
        run = Run(tuple(code for code, _ in self._run))
        targets = "".join(f"{target}, " for _, target in self._run if target)
        formats = run.formats(self._position)
        if len({text for text, _ in formats.values()}) == 1:
            text, size = next(iter(formats.values()))
            if targets:
                unpack = self._constant("U", packers({0: (text, size)}, "unpack_from")[0])
                self._emit(f"{targets}= {unpack}(d, p)")
            if size:
                self._emit(f"p += {size}")
        else:
            self._emit("k = p + 4 & 7")
            if targets:
                self._emit(f"{targets}= {self._constant('T', packers(formats, 'unpack_from'))}[k](d, p)")
            self._emit(f"p += {self._constant('Z', sizes(formats))}[k]")
        self._position = run.after(self._position)
        self._run = []

    def _message(self, target: str, definition: MessageDefinition) -> None:
        cls = self._constant("C", message_class(definition.name))
        local = self._name("m")
        self._emit(f"{target} = {local} = new({cls})")
        if not definition.fields:
            self._run.append(("B", "_"))
        for field in definition.fields:
            if field.type.container:
                self._container(f"{local}._{field.name}", field.type)
            else:
                self._value(f"{local}._{field.name}", field.type)

    def _value(self, target: str, kind: FieldType) -> None:
        if kind.is_primitive:
            self._run.append((PRIMITIVES[kind.base].struct_code, target))
        elif kind.is_nested:
            self._message(target, message_definition(kind.base))
        else:
            self._string(target, kind)

    def _count(self) -> str:
        count = self._name("n")
        self._run.append(("I", count))
        self._flush()
        return count

    def _string(self, target: str, kind: FieldType) -> None:
        count = self._count()
        width = 1 if kind.base == "string" else 4
        self._end(count if width == 1 else f"4 * {count}")
        if width == 1:
            # A count of 0, which some senders use for "", looks at the count's own last byte and gives "" as well.
            self._emit("if d[e - 1]: refuse('a string does not end with a zero byte', e)")
            self._emit(f"{target} = str(d[p:e - 1], 'utf-8', 'replace')")
            self._position = UNKNOWN
        else:
            self._emit(f"{target} = wide(d[p:e])")
            self._position = self._position.plus_many(4)
        if kind.string_bound is not None:
            self._emit(f"if len({target}) > {kind.string_bound}: refuse('a string is longer than its bound', p)")
        self._emit("p = e")

    def _end(self, count: str) -> None:
        """Set ``e`` to the end of the bytes that follow, after making sure that they are there."""
        self._emit(f"e = p + {count}")
        self._emit("if e > size: refuse('the buffer ends too early', size)")

    def _container(self, target: str, kind: FieldType) -> None:
        primitive = PRIMITIVES.get(kind.base)
        count = str(kind.capacity) if kind.container == "array" else self._count()
        if kind.container == "bounded":
            self._emit(f"if {count} > {kind.capacity}: refuse('a sequence is longer than its bound', p)")
        if primitive is None:
            self._loop(target, count, kind)
        elif primitive.array_code and kind.container == "array":
            self._fixed_numbers(target, kind)
        elif primitive.array_code:
            self._numbers(target, count, kind)
        else:
            self._single_bytes(target, count, kind)

    def _fixed_numbers(self, target: str, kind: FieldType) -> None:
        import numpy as np

        primitive = PRIMITIVES[kind.base]
        self._scope["frombuffer"] = np.frombuffer
        dtype = self._constant("D", np.dtype(primitive.numpy_name))
        self._run.append((f"{ALIGN_ONLY}{primitive.size}", ""))
        self._flush()
        self._end(str(primitive.size * kind.capacity))
        self._emit(f"{target} = frombuffer(d, {dtype}, {kind.capacity}, p).copy()")
        self._emit("p = e")
        self._position = self._position.plus(primitive.size * kind.capacity)

    def _numbers(self, target: str, count: str, kind: FieldType) -> None:
        """Read an array.array; an empty one has no padding before it."""
        primitive = PRIMITIVES[kind.base]
        if self._position.is_multiple_of(primitive.size):
            after = self._position.plus_many(primitive.size)
        else:
            self._emit(f"if {count}: p += 4 - p & {primitive.size - 1}")
            after = join((self._position, Position(primitive.size, 0)))
        self._end(count if primitive.size == 1 else f"{primitive.size} * {count}")
        if primitive.size == 1:
            # Images and point clouds: one copy only.
            self._emit(f"{target} = a = array({primitive.array_code!r})")
            self._emit("a.frombytes(memoryview(d)[p:e])")
        else:
            self._emit(f"{target} = array({primitive.array_code!r}, d[p:e])")
        self._emit("p = e")
        self._position = after

    def _single_bytes(self, target: str, count: str, kind: FieldType) -> None:
        self._flush()
        self._end(count)
        if kind.base == "bool":
            self._emit(f"{target} = list(map(bool, d[p:e]))")
        else:
            self._emit(f"{target} = [d[i:i + 1] for i in range(p, e)]")
        self._emit("p = e")
        self._position = self._position.plus(kind.capacity) if kind.container == "array" else UNKNOWN

    def _loop(self, target: str, count: str, kind: FieldType) -> None:
        """Read the elements one by one; the loop's start position must hold for every turn."""
        self._flush()
        element = kind.element
        before = self._position
        self._position = join((before, self._dry_run(element, before)))
        if self._position != before:
            self._position = join((self._position, self._dry_run(element, self._position)))
        start = self._position
        items, item = self._name("l"), self._name("v")
        self._emit(f"if {minimum_size(element)} * {count} > size - p: refuse('the buffer ends too early', size)")
        self._emit(f"{target} = {items} = []")
        self._emit(f"for _ in range({count}):")
        self._indent += 1
        self._value(item, element)
        self._flush()
        self._emit(f"{items}.append({item})")
        self._indent -= 1
        self._position = join((start, self._position))

    def _dry_run(self, element: FieldType, start: Position) -> Position:
        """Return the position after one element, leaving no trace."""
        kept = len(self._lines), self._position
        self._position = start
        self._value("_", element)
        self._flush()
        after = self._position
        del self._lines[kept[0] :]
        self._position = kept[1]
        return after

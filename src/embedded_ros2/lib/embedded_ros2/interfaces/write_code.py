# SPDX-License-Identifier: Apache-2.0
"""Generates the function that serialises one message type to XCDR1, little endian. No reading, no classes of its own.

The generated function appends to one bytearray. Successive primitives, nested messages flattened, are packed by one
precompiled struct; where their padding depends on what came before, it picks one of eight by the offset modulo 8.
"""

from __future__ import annotations

import array
from collections.abc import Callable
from typing import Any

from .definition import PRIMITIVES, Field, FieldType, MessageDefinition
from .layout import ALIGN_ONLY, START, UNKNOWN, Position, Run, join, packers
from .library import message_definition
from .message_class import message_class

HEADER = b"\x00\x01\x00\x00"  # encapsulation: plain XCDR1, little endian, no options


def encode_wide(text: str) -> bytes:
    """Return the UTF-16 code units of ``text``, four bytes each, as both common middlewares write a wstring."""
    return array.array("I", array.array("H", text.encode("utf-16-le"))).tobytes()


def reject_length(got: int, limit: int) -> None:
    """Raise ValueError for a length that the type does not allow."""
    raise ValueError(f"length {got}, limit {limit}")


def reject_class(value: object) -> None:
    """Raise TypeError for a field that holds the wrong message class."""
    raise TypeError(f"wrong class {type(value).__name__}")


class WriteCode:
    """The source text of one serialise function, as it grows."""

    def __init__(self) -> None:
        """Start at offset 0 of the body."""
        self._scope: dict[str, Any] = {
            "wide": encode_wide,
            "reject_length": reject_length,
            "reject_class": reject_class,
        }
        self._lines: list[str] = []
        self._indent = 1
        self._position = START
        self._run: list[tuple[str, str]] = []
        self._names = 0

    def compile(self, definition: MessageDefinition) -> Callable[..., bytearray]:
        """Return ``serialize(message, header=HEADER) -> bytearray``; ``header`` has 4 bytes modulo 8."""
        self._scope["PADS"] = (b"", b"\0\0\0", b"\0\0", b"\0")
        self._scope["HEADER"] = HEADER
        self._emit("b = bytearray(header)")
        self._class_check("m", definition.name)
        self._message("m", definition)
        self._flush()
        self._emit("b += PADS[len(b) & 3]")
        self._emit("return b")
        source = "\n".join(["def serialize(m, header=HEADER):", *self._lines])
        exec(compile(source, f"<serialize {definition.name}>", "exec"), self._scope)
        function: Callable[..., bytearray] = self._scope["serialize"]
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
        """Write out the primitives collected so far."""
        if not self._run:
            return
        run = Run(tuple(code for code, _ in self._run))
        arguments = ", ".join(expression for _, expression in self._run if expression)
        formats = run.formats(self._position)
        if len({text for text, _ in formats.values()}) == 1:
            text, size = next(iter(formats.values()))
            if size:
                pack = packers({0: (text, size)}, "pack")[0]
                self._emit(f"b += {self._constant('P', pack)}({arguments})")
        else:
            table = self._constant("T", packers(formats, "pack"))
            self._emit(f"b += {table}[len(b) + 4 & 7]({arguments})")
        self._position = run.after(self._position)
        self._run = []

    def _class_check(self, expression: str, name: str) -> None:
        cls = self._constant("C", message_class(name))
        self._emit(f"if {expression}.__class__ is not {cls}: reject_class({expression})")

    def _message(self, expression: str, definition: MessageDefinition) -> None:
        if not definition.fields:
            self._run.append(("B", "0"))
        for field in definition.fields:
            self._field(expression, field)

    def _field(self, owner: str, field: Field) -> None:
        expression = f"{owner}._{field.name}"
        if field.type.container:
            self._container(expression, field.type)
        else:
            self._value(expression, field.type)

    def _value(self, expression: str, kind: FieldType) -> None:
        if kind.is_primitive:
            self._run.append((PRIMITIVES[kind.base].struct_code, expression))
        elif kind.is_nested:
            local = self._name("m")
            self._emit(f"{local} = {expression}")
            self._class_check(local, kind.base)
            self._message(local, message_definition(kind.base))
        else:
            self._string(expression, kind)

    def _string(self, expression: str, kind: FieldType) -> None:
        local = self._name("s")
        if kind.string_bound is not None:
            bound = kind.string_bound
            self._emit(f"if len({expression}) > {bound}: reject_length(len({expression}), {bound})")
        if kind.base == "string":
            self._emit(f"{local} = ({expression} + '\\0').encode()")
            self._bytes_after_count(local, f"len({local})")
            self._position = UNKNOWN
        else:
            self._emit(f"{local} = wide({expression})")
            self._bytes_after_count(local, f"len({local}) >> 2")
            self._position = self._position.plus_many(4)

    def _bytes_after_count(self, local: str, count: str) -> None:
        self._run.append(("I", count))
        self._flush()
        self._emit(f"b += {local}")

    def _container(self, expression: str, kind: FieldType) -> None:
        local = self._name("a")
        self._emit(f"{local} = {expression}")
        if kind.container == "array":
            self._emit(f"if len({local}) != {kind.capacity}: reject_length(len({local}), {kind.capacity})")
        else:
            if kind.container == "bounded":
                self._emit(f"if len({local}) > {kind.capacity}: reject_length(len({local}), {kind.capacity})")
            self._run.append(("I", f"len({local})"))
        primitive = PRIMITIVES.get(kind.base)
        if primitive is None:
            self._loop(local, kind.element)
        elif primitive.array_code and kind.container == "array":
            self._run.append((f"{ALIGN_ONLY}{primitive.size}", ""))
            self._flush()
            self._emit(f"b += {local}.tobytes()")
            self._position = self._position.plus(primitive.size * kind.capacity)
        elif primitive.array_code:
            self._flush()
            self._numbers(local, primitive.size)
        else:
            self._flush()
            self._single_bytes(local, kind)

    def _numbers(self, local: str, size: int) -> None:
        """Append an array.array; an empty one gets no padding."""
        if self._position.is_multiple_of(size):
            self._emit(f"b += {local}")
            self._position = self._position.plus_many(size)
            return
        pads = self._constant("Z", tuple(bytes(-start % size) for start in range(8)))
        self._emit(f"if {local}:")
        self._emit(f"    b += {pads}[len(b) + 4 & 7]")
        self._emit(f"    b += {local}")
        self._position = join((self._position, Position(size, 0)))

    def _single_bytes(self, local: str, kind: FieldType) -> None:
        if kind.base == "bool":
            self._emit(f"b += bytes(map(bool, {local}))")
        else:
            joined = self._name("s")
            self._emit(f"{joined} = b''.join({local})")
            self._emit(f"if len({joined}) != len({local}): reject_length(len({joined}), len({local}))")
            self._emit(f"b += {joined}")
        self._position = self._position.plus(kind.capacity) if kind.container == "array" else UNKNOWN

    def _loop(self, local: str, element: FieldType) -> None:
        """Write the elements one by one; the loop's start position must hold for every turn."""
        self._flush()
        before = self._position
        self._position = join((before, self._dry_run(element, before)))
        if self._position != before:
            self._position = join((self._position, self._dry_run(element, self._position)))
        start = self._position
        item = self._name("e")
        self._emit(f"for {item} in {local}:")
        self._indent += 1
        self._value(item, element)
        self._flush()
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

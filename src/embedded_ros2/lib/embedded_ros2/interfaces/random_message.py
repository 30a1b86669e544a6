# SPDX-License-Identifier: Apache-2.0
"""Messages with random contents, for tests and fuzzing. Seeded by the caller."""

from __future__ import annotations

import math
import random
import struct
from typing import Any

from .definition import INTEGER_RANGES, FieldType
from .message import Message
from .message_class import message_class

# One to four bytes in UTF-8, one and two units in UTF-16.
_CHARACTERS = "aZ09 _/\n\tÄßéΩЖ漢字あ€😀𝄞"


def random_message(name: str, rng: random.Random, max_elements: int = 4) -> Message:
    """Return a message of the type ``name`` whose sequences have at most ``max_elements`` elements."""
    cls = message_class(name)
    return cls(**{field.name: _value(field.type, rng, max_elements) for field in cls._definition.fields})


def _value(kind: FieldType, rng: random.Random, max_elements: int) -> Any:
    if kind.container:
        most = min(max_elements, kind.capacity) if kind.container == "bounded" else max_elements
        count = kind.capacity if kind.container == "array" else rng.randint(0, most)
        return [_value(kind.element, rng, max_elements) for _ in range(count)]
    if kind.is_nested:
        return random_message(kind.base, rng, max_elements)
    if kind.is_string:
        longest = min(12, kind.string_bound or 12)
        return "".join(rng.choices(_CHARACTERS, k=rng.randint(0, longest)))
    return _primitive(kind.base, rng)


def _primitive(base: str, rng: random.Random) -> Any:
    if base == "bool":
        return rng.random() < 0.5
    if base == "byte":
        return bytes((rng.randrange(256),))
    if base in ("float32", "float64"):
        value = rng.choice((0.0, -0.0, math.inf, -math.inf, rng.uniform(-1, 1), rng.uniform(-1e30, 1e30)))
        return struct.unpack("f", struct.pack("f", value))[0] if base == "float32" else value
    low, high = INTEGER_RANGES[base]
    return rng.choice((low, high, rng.randint(low, high)))

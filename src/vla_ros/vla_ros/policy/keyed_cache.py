# SPDX-License-Identifier: Apache-2.0
"""A small cache for what many inferences share: the embedding of a sentence, the features of an image."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from vla_ros.errors import ConfigError

__all__ = ["KeyedCache"]

Value = TypeVar("Value")


class KeyedCache(Generic[Value]):
    """Keeps the ``size`` values that were used last. Used by one thread.

    The key has to hold everything that the value depends on: the sentence; for an image prefix the sentence and the
    stamps of the images.
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ConfigError(f"size of a cache must be >= 1, got {size}")
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of ``key``, made now if it is not there."""
        if key in self._values:
            self.hits += 1
            self._values.move_to_end(key)
            return self._values[key]
        self.misses += 1
        value = make()
        self._values[key] = value
        if len(self._values) > self._size:
            self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        """Forget everything; part of a policy's ``reset``."""
        self._values.clear()

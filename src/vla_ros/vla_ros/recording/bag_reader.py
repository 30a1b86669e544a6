# SPDX-License-Identifier: Apache-2.0
"""Reads any rosbag2 recording: what cannot be read is one sentence, an unfinished one is read as far as it goes."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from rosbags.highlevel import AnyReader
from rosbags.interfaces import Connection

from vla_ros.errors import VlaError
from vla_ros.recording.definitions import MessageTypes
from vla_ros.recording.recovery import finish_bag, is_unfinished

__all__ = ["BagError", "BagReader", "RawMessage"]

_PROJECT_TYPES = ("ActionChunk", "SafetyDecision", "SafetyState", "TaskState", "Plan", "Observation", "PolicyState")


class BagError(VlaError):
    """A bag cannot be read, or does not hold what is asked for."""


class RawMessage(NamedTuple):
    """One recorded message: topic, type, time of arrival and serialised content."""

    topic: str
    type_name: str
    receive_ns: int
    data: bytes


class BagReader:
    """A bag that is open; use as a context manager.

    Attributes:
        topics: Type of each topic.
        custom: What its recorder wrote about it.
    """

    def __init__(self, bag: Path | str) -> None:
        self.path = Path(bag)
        self.topics: Mapping[str, str] = {}
        self.custom: Mapping[str, str] = {}
        self._stack = ExitStack()
        self._reader: AnyReader | None = None

    def __enter__(self) -> BagReader:
        """Open it.

        Raises:
            BagError: there is no bag, or it cannot be read.
        """
        try:
            self._open()
        except BagError:
            self._stack.close()
            raise
        except Exception as error:  # whatever a parser raises on arbitrary bytes
            self._stack.close()
            raise BagError(f"the bag '{self.path}' cannot be read: {_sentence(error)}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._stack.close()

    def _open(self) -> None:
        if not self.path.exists():
            raise BagError(f"there is no bag '{self.path}'")
        path = self.path
        if is_unfinished(path):
            copy = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bag_")))
            path = finish_bag(path, copy / "bag")
        reader = AnyReader([path], default_typestore=_default_types().store)
        self._reader = self._stack.enter_context(reader)
        self.topics = {connection.topic: connection.msgtype for connection in reader.connections}
        self.custom = dict(getattr(getattr(reader.readers[0], "storage", None), "metadata", None).custom or {})  # type: ignore[union-attr]

    @property
    def span_ns(self) -> tuple[int, int]:
        """Times of the first and last message; equal where there is none."""
        reader = self._open_reader
        if reader.message_count == 0:
            return 0, 0
        return reader.start_time, reader.end_time

    def messages(self, topics: Collection[str]) -> Iterator[RawMessage]:
        """Yield the messages of ``topics`` in the order of their arrival.

        Raises:
            BagError: the recording is damaged.
        """
        chosen = [connection for connection in self._open_reader.connections if connection.topic in topics]
        if not chosen:
            return
        iterator = self._open_reader.messages(connections=chosen)
        while (item := self._next(iterator)) is not None:
            connection, receive_ns, data = item
            yield RawMessage(connection.topic, connection.msgtype, receive_ns, data)

    def _next(self, iterator: Iterator[tuple[Connection, int, bytes]]) -> tuple[Connection, int, bytes] | None:
        try:
            return next(iterator, None)
        except Exception as error:  # whatever a parser raises on arbitrary bytes
            raise BagError(f"the bag '{self.path}' is damaged: {_sentence(error)}") from error

    def deserialise(self, message: RawMessage) -> Any:
        """Return the message's object, with the fields of its ROS type.

        Raises:
            BagError: its content does not fit its type.
        """
        try:
            return self._open_reader.deserialize(message.data, message.type_name)
        except Exception as error:  # whatever a parser raises on arbitrary bytes
            what = f"a message of '{message.topic}' is no {message.type_name}"
            raise BagError(f"in the bag '{self.path}', {what}: {_sentence(error)}") from error

    @property
    def _open_reader(self) -> AnyReader:
        if self._reader is None:
            raise BagError(f"the bag '{self.path}' is not open")
        return self._reader


def _default_types() -> MessageTypes:
    """Return the types for bags that hold no definitions (sqlite3 of Humble)."""
    types = MessageTypes()
    for name in _PROJECT_TYPES:
        try:
            types.require(f"vla_msgs/msg/{name}")
        except VlaError:  # not installed: bags of other people do not need it
            break
    return types


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if " " in text else f"{type(error).__name__} {text}".strip()

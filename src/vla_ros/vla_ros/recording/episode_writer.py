# SPDX-License-Identifier: Apache-2.0
"""Writes one episode as one bag that survives its writer: what is flushed can be read whatever happens then."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rosbags.interfaces import Connection, Qos
from rosbags.rosbag2 import StoragePlugin, Writer

from vla_ros.errors import VlaError
from vla_ros.recording.definitions import MessageTypes
from vla_ros.recording.recovery import UNFINISHED

__all__ = ["EpisodeWriter"]


class EpisodeWriter:
    """One bag (mcap). ``flush`` puts complete chunks on the disk; ``close`` adds the index and the labels.

    A file ``.recording`` lies beside the data until the bag is whole; ``recovery`` knows it and finishes such bags.
    """

    def __init__(
        self,
        folder: Path,
        types: MessageTypes,
        labels: Mapping[str, str],
        offered: Callable[[str], Sequence[Qos]] = lambda topic: (),
    ) -> None:
        """Create the bag ``folder``; ``offered`` tells what the publishers of a topic offer, for whoever plays it.

        Raises:
            VlaError: it exists, or cannot be written.
        """
        self.folder = folder
        self._types = types
        self._labels = dict(labels)
        self._offered = offered
        self._writer = Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP)
        self._connections: dict[str, Connection] = {}
        self.messages = 0
        try:
            self._writer.open()
            self._mark()
            self.flush()
        except Exception as error:  # OSError or the library's own
            raise VlaError(f"the bag '{folder}' cannot be written: {error}") from error

    def _mark(self) -> None:
        lines = [f"{key}: {' '.join(value.split())}" for key, value in self._labels.items()]
        (self.folder / UNFINISHED).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def label(self, key: str, value: str) -> None:
        """Note something about the episode, e.g. its outcome."""
        self._labels[key] = value

    def write(self, topic: str, type_name: str, receive_ns: int, data: bytes | memoryview) -> None:
        """Add a serialised message.

        Raises:
            OSError: the disk is full or gone.
            VlaError: the type is not known.
        """
        connection = self._connections.get(topic)
        if connection is None:
            text, digest = self._types.definition(type_name)
            connection = self._writer.add_connection(
                topic, type_name, msgdef=text, rihs01=digest, offered_qos_profiles=self._offered(topic)
            )
            self._connections[topic] = connection
        self._writer.write(connection, receive_ns, data)
        self.messages += 1

    def flush(self) -> None:
        """Put everything written so far on the disk, as complete chunks.

        Raises:
            OSError: the disk is full or gone.
        """
        storage = self._writer.storage
        if storage is None:
            return
        if storage.chunk.bio.tell():
            storage.close_chunk()
        storage.bio.flush()
        os.fsync(storage.bio.fileno())

    def abandon(self) -> None:
        """Let go of the files as they are; the bag stays unfinished."""
        self._writer.abort()

    def close(self) -> None:
        """Make the bag whole.

        Raises:
            OSError: the disk is full or gone; the bag stays unfinished, and readable.
        """
        for key, value in self._labels.items():
            self._writer.set_custom_data(key, value)
        try:
            self._writer.close()
        except OSError:
            self._writer.abort()
            raise
        (self.folder / UNFINISHED).unlink(missing_ok=True)

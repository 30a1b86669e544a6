# SPDX-License-Identifier: Apache-2.0
"""Writes what topics carry into a bag. Which topics, and for how long, is the verb's."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from ros2cli._bag import to_bag_qos
from ros2cli._qos import matching_profile
from ros2cli.errors import CliError

_DEPTH = 1000  # samples that wait while the disk is busy
_SEPARATOR = "=" * 80


class Recorder:
    """A bag that is being written.

    Args:
        node: The node that subscribes.
        path: Folder of the bag; it must not exist.
        storage: ``mcap`` or ``sqlite3``.
        compression: What is compressed with zstd: ``none``, ``file`` (at the end) or ``message``.

    Raises:
        CliError: the folder exists or cannot be made.
    """

    def __init__(self, node: Any, path: Path, storage: str, compression: str = "none") -> None:
        from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer, WriterError

        self._node = node
        self.topics: set[str] = set()
        self.message_count = 0
        self._writer = Writer(path, version=9, storage_plugin=StoragePlugin[storage.upper()])
        self._writer.set_compression(CompressionMode[compression.upper()], CompressionFormat.ZSTD)
        try:
            self._writer.open()
        except (WriterError, OSError, sqlite3.Error) as error:
            raise CliError(f"the bag '{path}' cannot be made: {' '.join(str(error).split())}") from error

    def add(self, topic: str, type_name: str) -> None:
        """Record a topic from now on."""
        from embedded_ros2.interfaces import rihs01
        from rosidl_runtime_py.utilities import get_message

        self.topics.add(topic)
        offered = [to_bag_qos(info.qos_profile) for info in self._node.get_publishers_info_by_topic(topic)]
        connection = self._writer.add_connection(
            topic,
            type_name,
            msgdef=definition_text(type_name),
            rihs01=rihs01(type_name),
            offered_qos_profiles=offered,
        )
        profile = matching_profile(self._node, topic)
        profile.depth = _DEPTH

        def write(data: bytes, _info: Any) -> None:
            self._writer.write(connection, time.time_ns(), data)
            self.message_count += 1

        self._node.create_subscription(get_message(type_name), topic, write, profile, raw=True)

    def close(self) -> None:
        """Finish the bag."""
        self._writer.close()


def definition_text(type_name: str) -> str:
    """Return the text of a message definition followed by those it refers to, as bags hold them."""
    from embedded_ros2.interfaces import type_description
    from embedded_ros2.interfaces.source import interface_path

    def text(name: str) -> str:
        package, kind, short = name.split("/")
        return interface_path(package, kind, short).read_text(encoding="utf-8")

    parts = [text(type_name)]
    for part in type_description(type_name)["referenced_type_descriptions"]:
        name = part["type_name"]
        parts.append(f"{_SEPARATOR}\nMSG: {name.replace('/msg/', '/')}\n{text(name)}")
    return "\n".join(parts)

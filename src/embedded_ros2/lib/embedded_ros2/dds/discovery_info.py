# SPDX-License-Identifier: Apache-2.0
"""The ``ros_discovery_info`` message: which nodes a participant has and which endpoints belong to them.

Layout (XCDR1, little endian): participant GUID, then a sequence of {namespace, name, reader GUIDs, writer GUIDs};
a GUID is ``char[16]`` since Iron.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

TOPIC = "ros_discovery_info"
TYPE = "rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_"
# Of rmw_dds_common/msg/ParticipantEntitiesInfo. The real middleware warns of endpoints that do not tell theirs.
TYPE_HASH = "RIHS01_91a0593bacdcc50ea9bdcf849a938b128412cc1ea821245c663bcd26f83c295e"
_HEADER = b"\x00\x01\x00\x00"
_GUID_SIZE = 16
_COUNT = struct.Struct("<I")
# Bounds of what a hostile or corrupt message can make us allocate.
_MAX_NODES = 10_000
_MAX_NAME_BYTES = 1024


@dataclass(frozen=True, slots=True)
class NodeEndpoints:
    """A node and the GUIDs of its endpoints."""

    namespace: str
    name: str
    readers: frozenset[bytes] = frozenset()
    writers: frozenset[bytes] = frozenset()


def encode(participant: bytes, nodes: Sequence[NodeEndpoints]) -> bytearray:
    """Return the message, padded to a multiple of 4 bytes."""
    data = bytearray(_HEADER + participant + _COUNT.pack(len(nodes)))
    for node in nodes:
        _put_string(data, node.namespace)
        _put_string(data, node.name)
        for guids in (node.readers, node.writers):
            _pad(data)
            data += _COUNT.pack(len(guids)) + b"".join(sorted(guids))
    _pad(data)
    return data


def decode(data: memoryview) -> tuple[bytes, list[NodeEndpoints]]:
    """Return the participant's GUID and its nodes.

    Raises:
        ValueError: The message is malformed.
    """
    cursor = _Cursor(bytes(data))
    participant = cursor.take(_GUID_SIZE)
    count = cursor.count(_MAX_NODES)
    return participant, [
        NodeEndpoints(cursor.string(), cursor.string(), cursor.guids(), cursor.guids()) for _ in range(count)
    ]


def _put_string(data: bytearray, text: str) -> None:
    _pad(data)
    raw = text.encode() + b"\x00"
    data += _COUNT.pack(len(raw)) + raw


def _pad(data: bytearray) -> None:
    data += bytes(-len(data) % 4)


class _Cursor:
    """Reads the message from front to back."""

    def __init__(self, data: bytes):
        if data[:2] != _HEADER[:2]:
            raise ValueError("not little-endian XCDR1")
        self._data = data
        self._offset = len(_HEADER)

    def take(self, size: int) -> bytes:
        end = self._offset + size
        if end > len(self._data):
            raise ValueError("the message ends too early")
        part, self._offset = self._data[self._offset : end], end
        return part

    def count(self, limit: int) -> int:
        self._offset += -self._offset % 4
        (value,) = _COUNT.unpack(self.take(_COUNT.size))
        if value > limit:
            raise ValueError(f"a count of {value} is beyond {limit}")
        return value

    def string(self) -> str:
        return self.take(self.count(_MAX_NAME_BYTES)).rstrip(b"\x00").decode("utf-8", "replace")

    def guids(self) -> frozenset[bytes]:
        count = self.count(len(self._data) // _GUID_SIZE)
        return frozenset(self.take(_GUID_SIZE) for _ in range(count))

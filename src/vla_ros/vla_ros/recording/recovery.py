# SPDX-License-Identifier: Apache-2.0
"""Makes a whole bag out of one whose recorder died: complete MCAP records are kept, a torn tail is left out.

An MCAP file is a row of records (opcode, length, content); messages lie in chunks that each stand for themselves
(format: https://mcap.dev/spec). Only the index at the end is missing after a crash.
"""

from __future__ import annotations

import itertools
import struct
from binascii import crc32
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import lz4.frame
import zstandard
from rosbags.interfaces import Connection, Qos
from rosbags.rosbag2 import ReaderError, StoragePlugin, Writer
from rosbags.rosbag2.metadata import parse_qos
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from vla_ros.errors import VlaError

__all__ = ["finish_bag", "is_unfinished", "mcap_messages"]

MAGIC = b"\x89MCAP0\r\n"
SCHEMA, CHANNEL, MESSAGE, CHUNK = 0x03, 0x04, 0x05, 0x06
LARGEST = 1 << 30  # of a record [bytes]: a larger length is damage
UNFINISHED = ".recording"  # beside the files of a bag while it is written


class StoredMessage(NamedTuple):
    """A message and where it belongs: topic, type, definition, what was offered, time of arrival, content."""

    topic: str
    type_name: str
    definition: str
    qos: str
    receive_ns: int
    data: bytes


def is_unfinished(bag: Path) -> bool:
    """Whether the recorder of ``bag`` died or is still at it; also a lone MCAP file without its index."""
    if bag.is_dir():
        if (bag / UNFINISHED).exists():
            return True
        files = list(bag.glob("*.mcap"))
        if not (bag / "metadata.yaml").exists():
            return bool(files)
        return any(not _has_footer(file) for file in files) and not _compresses_messages(bag)
    return bag.suffix == ".mcap" and not _has_footer(bag)


def finish_bag(bag: Path, target: Path | None = None) -> Path:
    """Write what is complete in an unfinished bag as a whole one.

    Args:
        bag: Folder with MCAP files, or one such file.
        target: New folder; None: the bag's own, whose old file is replaced once the new one is complete.

    Returns:
        The folder of the whole bag.

    Raises:
        VlaError: not one complete message is in it.
    """
    files = sorted(bag.glob("*.mcap")) if bag.is_dir() else [bag]
    folder = target or bag.with_name(f"{bag.name}.finishing")
    custom = _custom_data(bag)
    with Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        for key, value in custom.items():
            writer.set_custom_data(key, value)
        count = _copy(files, writer)
    if count == 0:
        _remove(folder)
        raise VlaError(f"not one complete message is in '{bag}'")
    if target is None:
        _remove(bag)
        folder.rename(bag)
        _rename_file(bag)
        return bag
    return folder


def _copy(files: list[Path], writer: Writer) -> int:
    """Write every complete message of ``files``; return how many there are."""
    connections: dict[tuple[str, str], Connection] = {}
    count = 0
    for message in itertools.chain.from_iterable(map(mcap_messages, files)):
        key = (message.topic, message.type_name)
        if key not in connections:
            digest = _digest(message.type_name, message.definition)
            connections[key] = writer.add_connection(
                *key, msgdef=message.definition, rihs01=digest, offered_qos_profiles=_offered(message.qos)
            )
        writer.write(connections[key], message.receive_ns, message.data)
        count += 1
    return count


def mcap_messages(path: Path) -> Iterator[StoredMessage]:
    """Yield the messages of every complete record of an MCAP file, in the order of the file."""
    schemas: dict[int, tuple[str, str]] = {}
    channels: dict[int, tuple[str, str, str, str]] = {}  # topic, type, definition, what was offered
    for opcode, content in _records(path):
        if opcode == SCHEMA:
            schemas[_u16(content, 0)] = _schema(content)
        if opcode == CHANNEL:
            channels[_u16(content, 0)] = _channel(content, schemas)
        if opcode == MESSAGE and _u16(content, 0) in channels:
            yield StoredMessage(*channels[_u16(content, 0)], struct.unpack_from("<Q", content, 6)[0], content[22:])


def _schema(content: bytes) -> tuple[str, str]:
    (name, encoding, text), _ = _strings(content, 2, 3)
    return name, text if encoding == "ros2msg" else ""


def _channel(content: bytes, schemas: Mapping[int, tuple[str, str]]) -> tuple[str, str, str, str]:
    (topic, _), at = _strings(content, 4, 2)
    end = min(at + 4 + _u32(content, at), len(content)) if len(content) >= at + 4 else at
    at += 4
    metadata = {}
    while at + 8 <= end:
        (key, value), at = _strings(content, at, 2)
        metadata[key] = value
    return topic, *schemas.get(_u16(content, 2), ("", "")), metadata.get("offered_qos_profiles", "")


def _offered(qos: str) -> list[Qos]:
    try:
        return parse_qos(qos)
    except (ReaderError, KeyError, TypeError):  # nothing that rosbag2 writes
        return []


def _records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield opcode and content of the complete records, those inside chunks too."""
    with path.open("rb") as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            raise VlaError(f"'{path}' is no MCAP file")
        while len(head := stream.read(9)) == 9:
            opcode, length = head[0], struct.unpack_from("<Q", head, 1)[0]
            content = stream.read(min(length, LARGEST))
            torn = len(content) < length
            yield from _opened(opcode, content, torn=torn)
            if torn:
                return


def _opened(opcode: int, content: bytes, *, torn: bool) -> Iterator[tuple[int, bytes]]:
    """Yield a record, or those inside a chunk; of a torn one only what is whole."""
    if opcode == CHUNK:
        yield from _inner(_chunk(content, torn=torn))
    elif not torn:
        yield opcode, content


def _inner(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 9 <= len(body):
        length = struct.unpack_from("<Q", body, at + 1)[0]
        if at + 9 + length > len(body):
            return
        yield body[at], body[at + 9 : at + 9 + length]
        at += 9 + length


def _chunk(content: bytes, *, torn: bool) -> bytes:
    """Return the records of a chunk, as many as are there of a torn one; none of a damaged one."""
    if len(content) < 40:
        return b""
    size, checksum, length = struct.unpack_from("<QII", content, 16)
    kind = content[32 : 32 + length].decode(errors="replace")
    stored = content[40 + length :]
    try:
        body = _DECOMPRESS[kind](stored)
    except (KeyError, RuntimeError, zstandard.ZstdError):
        return b""
    whole = len(body) == size and (not checksum or crc32(body) == checksum)
    return body if whole or torn else b""


def _unlz4(data: bytes) -> bytes:
    return bytes(lz4.frame.LZ4FrameDecompressor().decompress(data))


def _unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def _u16(content: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", content, at)[0])


def _u32(content: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", content, at)[0])


def _strings(content: bytes, at: int, count: int) -> tuple[list[str], int]:
    """Return ``count`` strings that begin ``at`` a place, and the place behind them."""
    found = []
    for _ in range(count):
        length = _u32(content, at)
        found.append(content[at + 4 : at + 4 + length].decode(errors="replace"))
        at += 4 + length
    return found, at


def _digest(type_name: str, definition: str) -> str:
    store = get_typestore(Stores.EMPTY)
    store.register(get_types_from_msg(definition, type_name))
    return store.hash_rihs01(type_name)


def _custom_data(bag: Path) -> dict[str, str]:
    """Return what the recorder noted about the bag so far: lines ``key: value`` in its marker file."""
    marker = bag / UNFINISHED
    if not marker.is_file():
        return {}
    pairs = (line.partition(": ") for line in marker.read_text(encoding="utf-8").splitlines())
    return {key: value for key, _, value in pairs if key}


_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {"": bytes, "lz4": _unlz4, "zstd": _unzstd}


def _compresses_messages(bag: Path) -> bool:
    """Whether the bag's messages are compressed one by one: their content is then no CDR and stays as it is."""
    text = (bag / "metadata.yaml").read_text(encoding="utf-8", errors="replace")
    return any(line.strip().lower().startswith("compression_mode: m") for line in text.splitlines())


def _has_footer(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(0, 2)
        if stream.tell() < 2 * len(MAGIC):
            return True  # not even a header: the reader says what is wrong
        stream.seek(-len(MAGIC), 2)
        return stream.read() == MAGIC


def _rename_file(bag: Path) -> None:
    """Give the file of a finished bag the name of its folder, in its metadata too."""
    metadata = bag / "metadata.yaml"
    old = next(bag.glob("*.mcap"))
    new = bag / f"{bag.name}.mcap"
    metadata.write_text(metadata.read_text(encoding="utf-8").replace(old.name, new.name), encoding="utf-8")
    old.rename(new)


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()

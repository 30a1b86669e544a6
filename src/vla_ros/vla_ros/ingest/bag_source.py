# SPDX-License-Identifier: Apache-2.0
"""Observations out of a rosbag2 recording, by the same ingestion as a live graph. No ROS: the rosbags library reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.rosbag2 import ReaderError
from rosbags.typesys import Stores, get_typestore

from vla_ros.contract.model import Contract
from vla_ros.contract.streams import NS_PER_S
from vla_ros.errors import VlaError, nearest_hint
from vla_ros.ingest.aligner import Rejection
from vla_ros.ingest.ingestor import Ingestor, Route, routes
from vla_ros.types import Observation

__all__ = ["BagError", "BagMessage", "bag_messages", "bag_observations"]


class BagError(VlaError):
    """A bag cannot be read, or does not hold what the contract asks for."""


class BagMessage(NamedTuple):
    """One recorded message: where it goes, when it was received, and itself."""

    route: Route
    receive_ns: int
    message: Any


def bag_messages(bag: Path, contract: Contract, namespace: str = "") -> Iterator[BagMessage]:
    """Yield the bag's messages that the contract uses, in the order in which they were received.

    Args:
        bag: Folder of a rosbag2 recording (mcap or sqlite3).
        contract: Says which topics.
        namespace: Prefix of the contract's relative topics in the bag.

    Raises:
        BagError: no bag, or a required stream is not in it.
    """
    wanted = {_absolute(route.topic, namespace): route for route in routes(contract)}
    try:
        with AnyReader([Path(bag)], default_typestore=get_typestore(Stores.ROS2_JAZZY)) as reader:
            connections = [connection for connection in reader.connections if connection.topic in wanted]
            _check(bag, contract, wanted, {connection.topic: connection.msgtype for connection in reader.connections})
            for connection, receive_ns, data in reader.messages(connections=connections):
                message = reader.deserialize(data, connection.msgtype)
                yield BagMessage(wanted[connection.topic], receive_ns, message)
    except (AnyReaderError, ReaderError, FileNotFoundError) as error:
        raise BagError(f"the bag '{bag}' cannot be read: {error}") from error


def bag_observations(
    bag: Path, contract: Contract, references_ns: Iterable[int] | None = None, namespace: str = ""
) -> Iterator[Observation | Rejection]:
    """Yield what the ingestion node would have made of the bag's messages.

    Args:
        bag: Folder of a rosbag2 recording.
        contract: How to read it.
        references_ns: Rising reference times; by default those of the contract's pace.
        namespace: Prefix of the contract's relative topics in the bag.

    Raises:
        BagError: as ``bag_messages``.
    """
    ingestor = Ingestor(contract)
    pending = None if references_ns is None else deque(references_ns)
    for route, receive_ns, message in bag_messages(bag, contract, namespace):
        ingestor.store(ingestor.decode(route.key, message, receive_ns, static=route.static))
        result = ingestor.poll(receive_ns)
        if pending is not None:
            yield from _at_references(ingestor, pending, receive_ns)
        elif result is not None:
            yield result
    while pending:
        yield ingestor.observe(pending.popleft())


def _at_references(ingestor: Ingestor, pending: deque[int], receive_ns: int) -> Iterator[Observation | Rejection]:
    wait_ns = max(stream.max_skew_ns for stream in ingestor.contract.streams)
    wait_ns += round(ingestor.contract.timing.max_wait_s * NS_PER_S)
    while pending and (ingestor.has_reached(pending[0]) or receive_ns > pending[0] + wait_ns):
        yield ingestor.observe(pending.popleft())


def _absolute(topic: str, namespace: str) -> str:
    return topic if topic.startswith("/") else f"{namespace.rstrip('/')}/{topic}"


def _check(bag: Path, contract: Contract, wanted: dict[str, Route], types: dict[str, str]) -> None:
    for topic, route in wanted.items():
        if route.static or not contract.stream(route.key).required:
            continue
        if topic not in types:
            known = ", ".join(sorted(types))
            hint = nearest_hint(topic, types)
            raise BagError(f"the bag '{bag}' has no topic '{topic}' for stream '{route.key}'.{hint} It has {known}.")
        if types[topic] != route.type_name:
            raise BagError(f"in the bag '{bag}', '{topic}' is {types[topic]}, the contract expects {route.type_name}.")

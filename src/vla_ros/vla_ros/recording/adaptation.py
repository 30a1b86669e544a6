# SPDX-License-Identifier: Apache-2.0
"""A contract as a bag fulfils it: pictures recorded compressed stand for those that the contract names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vla_ros.contract import Contract
from vla_ros.contract.streams import StreamSpec
from vla_ros.recording.facts import absolute_topic
from vla_ros.recording.images import COMPRESSED, COMPRESSED_SUFFIX, IMAGE

__all__ = ["contract_of_bag"]


def contract_of_bag(contract: Contract, topics: Mapping[str, str], namespace: str = "") -> Contract:
    """Return the contract with each image stream taken from where the bag has it.

    Args:
        contract: What the live robot publishes.
        topics: Type of each topic of the bag.
        namespace: Of its topics.
    """
    streams = tuple(_adapted(stream, topics, namespace) for stream in contract.streams)
    return contract if streams == contract.streams else replace(contract, streams=streams)


def _adapted(stream: StreamSpec, topics: Mapping[str, str], namespace: str) -> StreamSpec:
    if stream.type_name != IMAGE or topics.get(absolute_topic(stream.topic, namespace)) == IMAGE:
        return stream
    for topic in (f"{stream.topic}{COMPRESSED_SUFFIX}", stream.topic):
        if topics.get(absolute_topic(topic, namespace)) == COMPRESSED:
            return replace(stream, topic=topic, type_name=COMPRESSED)
    return stream

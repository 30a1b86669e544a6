# SPDX-License-Identifier: Apache-2.0
"""Actions in the graph, read from the names of their topics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

NamesAndTypes = list[tuple[str, list[str]]]

_TOPIC_SUFFIX = "/_action/feedback"
_TYPE_SUFFIX = "_FeedbackMessage"


def _actions(topics: Iterable[tuple[str, list[str]]]) -> NamesAndTypes:
    return [
        (name.removesuffix(_TOPIC_SUFFIX), [type_.removesuffix(_TYPE_SUFFIX) for type_ in types])
        for name, types in topics
        if name.endswith(_TOPIC_SUFFIX)
    ]


def get_action_client_names_and_types_by_node(
    node: Any, remote_node_name: str, remote_node_namespace: str
) -> NamesAndTypes:
    """Return the actions that a node is a client of."""
    return _actions(node.get_subscriber_names_and_types_by_node(remote_node_name, remote_node_namespace))


def get_action_server_names_and_types_by_node(
    node: Any, remote_node_name: str, remote_node_namespace: str
) -> NamesAndTypes:
    """Return the actions that a node serves."""
    return _actions(node.get_publisher_names_and_types_by_node(remote_node_name, remote_node_namespace))


def get_action_names_and_types(node: Any) -> NamesAndTypes:
    """Return all actions of the graph."""
    return _actions(node.get_topic_names_and_types())

# SPDX-License-Identifier: Apache-2.0
"""What the ``ros2 lifecycle`` verbs share: requests to the lifecycle services of a node."""

from __future__ import annotations

from typing import Any

from ros2cli._graph import call


def lifecycle_nodes(node: Any) -> list[str]:
    """Return the full names of the nodes that have a lifecycle, sorted."""
    suffix, type_name = "/get_state", "lifecycle_msgs/srv/GetState"
    found = node.get_service_names_and_types()
    return sorted(name.removesuffix(suffix) for name, types in found if name.endswith(suffix) and type_name in types)


def get_state(node: Any, target: str) -> Any:
    """Return the ``lifecycle_msgs/State`` of a node."""
    from lifecycle_msgs.srv import GetState

    return call(node, GetState, f"{target}/get_state", GetState.Request()).current_state


def available_transitions(node: Any, target: str, *, from_all_states: bool = False) -> list[Any]:
    """Return the transitions that the node can make now, or ever, each with its states."""
    from lifecycle_msgs.srv import GetAvailableTransitions

    name = f"{target}/{'get_transition_graph' if from_all_states else 'get_available_transitions'}"
    return list(call(node, GetAvailableTransitions, name, GetAvailableTransitions.Request()).available_transitions)

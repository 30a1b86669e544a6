# SPDX-License-Identifier: Apache-2.0
"""A node's questions about the ROS graph."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable

from embedded_ros2.dds import names
from embedded_ros2.dds.builtin_topics import Endpoint
from embedded_ros2.dds.discovery_info import NodeEndpoints
from rclpy._node_state import NodeState
from rclpy._qos_mapping import from_endpoint
from rclpy._rclpy_pybind11 import NodeNameNonExistentError
from rclpy.topic_endpoint_info import TopicEndpointInfo, TopicEndpointTypeEnum
from rclpy.type_hash import TypeHash

NamesAndTypes = list[tuple[str, list[str]]]
_NameOf = Callable[[str], "str | None"]
# An unknown endpoint's node, as upstream prints it
_UNKNOWN_NODE = NodeEndpoints("_NODE_NAMESPACE_UNKNOWN_", "_NODE_NAME_UNKNOWN_")
_POLL_S = 0.01


class NodeGraphApi:
    """Graph queries of ``Node``. They tell what is known now; discovery takes some ten milliseconds."""

    _node_state: NodeState

    def get_node_names(self) -> list[str]:
        """Return the names of all nodes."""
        return [node.name for node in self._nodes()]

    def get_node_names_and_namespaces(self) -> list[tuple[str, str]]:
        """Return name and namespace of all nodes."""
        return [(node.name, node.namespace) for node in self._nodes()]

    def get_node_names_and_namespaces_with_enclaves(self) -> list[tuple[str, str, str]]:
        """Return name, namespace and enclave of all nodes."""
        graph = self._node_state.context.graph
        return [(node.name, node.namespace, graph.enclave_of(node)) for node in self._nodes()]

    def get_fully_qualified_node_names(self) -> list[str]:
        """Return the names of all nodes with their namespaces."""
        return [_qualified(node) for node in self._nodes()]

    def wait_for_node(self, fully_qualified_node_name: str, timeout: float) -> bool:
        """Block until a node is there; False after ``timeout`` [s]."""
        wanted = "/" + fully_qualified_node_name.lstrip("/")
        deadline_s = time.monotonic() + timeout
        while wanted not in self.get_fully_qualified_node_names():
            if time.monotonic() >= deadline_s or not self._node_state.context.ok():
                return False
            time.sleep(_POLL_S)
        return True

    def get_topic_names_and_types(self, no_demangle: bool = False) -> NamesAndTypes:
        """Return all topics; with ``no_demangle`` in the names of DDS."""
        endpoints = self._publications() + self._subscriptions()
        return _collect(endpoints, _same if no_demangle else names.ros_topic, _type_name(no_demangle))

    def get_service_names_and_types(self) -> NamesAndTypes:
        """Return all services."""
        return _collect(self._publications() + self._subscriptions(), names.ros_service, names.ros_service_type)

    def get_publisher_names_and_types_by_node(
        self, node_name: str, node_namespace: str, no_demangle: bool = False
    ) -> NamesAndTypes:
        """Return the topics that a node publishes.

        Raises:
            NodeNameNonExistentError: There is no such node.
        """
        endpoints = self._of_node(self._publications(), node_name, node_namespace)
        return _collect(endpoints, _same if no_demangle else names.ros_topic, _type_name(no_demangle))

    def get_subscriber_names_and_types_by_node(
        self, node_name: str, node_namespace: str, no_demangle: bool = False
    ) -> NamesAndTypes:
        """Return the topics that a node subscribes to; see get_publisher_names_and_types_by_node()."""
        endpoints = self._of_node(self._subscriptions(), node_name, node_namespace)
        return _collect(endpoints, _same if no_demangle else names.ros_topic, _type_name(no_demangle))

    def get_service_names_and_types_by_node(self, node_name: str, node_namespace: str) -> NamesAndTypes:
        """Return the services that a node offers; see get_publisher_names_and_types_by_node()."""
        endpoints = self._of_node(self._subscriptions(), node_name, node_namespace)
        return _collect(endpoints, names.ros_request_service, names.ros_service_type)

    def get_client_names_and_types_by_node(self, node_name: str, node_namespace: str) -> NamesAndTypes:
        """Return the services that a node calls; see get_publisher_names_and_types_by_node()."""
        endpoints = self._of_node(self._publications(), node_name, node_namespace)
        return _collect(endpoints, names.ros_request_service, names.ros_service_type)

    def count_publishers(self, topic_name: str) -> int:
        """Return the number of publishers of a topic."""
        return self._count(self._publications(), names.ros_topic, self._topic(topic_name))

    def count_subscribers(self, topic_name: str) -> int:
        """Return the number of subscriptions of a topic."""
        return self._count(self._subscriptions(), names.ros_topic, self._topic(topic_name))

    def count_clients(self, service_name: str) -> int:
        """Return the number of clients of a service."""
        return self._count(self._publications(), names.ros_request_service, self._service(service_name))

    def count_services(self, service_name: str) -> int:
        """Return the number of servers of a service."""
        return self._count(self._subscriptions(), names.ros_request_service, self._service(service_name))

    def get_publishers_info_by_topic(self, topic_name: str, no_mangle: bool = False) -> list[TopicEndpointInfo]:
        """Return what is known of each publisher of a topic."""
        return self._infos(self._publications(), topic_name, TopicEndpointTypeEnum.PUBLISHER, no_mangle=no_mangle)

    def get_subscriptions_info_by_topic(self, topic_name: str, no_mangle: bool = False) -> list[TopicEndpointInfo]:
        """Return what is known of each subscription of a topic."""
        return self._infos(self._subscriptions(), topic_name, TopicEndpointTypeEnum.SUBSCRIPTION, no_mangle=no_mangle)

    # Private

    def _nodes(self) -> list[NodeEndpoints]:
        return self._node_state.context.graph.nodes()

    def _publications(self) -> list[Endpoint]:
        return self._node_state.context.graph.publications()

    def _subscriptions(self) -> list[Endpoint]:
        return self._node_state.context.graph.subscriptions()

    def _topic(self, name: str) -> str:
        return self._node_state.names.resolve_topic(name)

    def _service(self, name: str) -> str:
        return self._node_state.names.resolve_service(name)

    def _of_node(self, endpoints: list[Endpoint], name: str, namespace: str) -> list[Endpoint]:
        nodes = [node for node in self._nodes() if (node.name, node.namespace) == (name, namespace)]
        if not nodes:
            raise NodeNameNonExistentError(f"cannot find node '{namespace.rstrip('/')}/{name}' in the graph")
        guids = frozenset().union(*(node.readers | node.writers for node in nodes))
        return [endpoint for endpoint in endpoints if endpoint.guid in guids]

    @staticmethod
    def _count(endpoints: list[Endpoint], name_of: _NameOf, name: str) -> int:
        return sum(name_of(endpoint.topic) == name for endpoint in endpoints)

    def _infos(
        self, endpoints: list[Endpoint], topic: str, kind: TopicEndpointTypeEnum, *, no_mangle: bool
    ) -> list[TopicEndpointInfo]:
        dds_topic = topic if no_mangle else names.topic(self._topic(topic))
        owners = {guid: node for node in self._nodes() for guid in node.readers | node.writers}
        found = [endpoint for endpoint in endpoints if endpoint.topic == dds_topic]
        return [_info(endpoint, owners.get(endpoint.guid, _UNKNOWN_NODE), kind) for endpoint in found]


def _info(endpoint: Endpoint, node: NodeEndpoints, kind: TopicEndpointTypeEnum) -> TopicEndpointInfo:
    return TopicEndpointInfo(
        node_name=node.name,
        node_namespace=node.namespace,
        topic_type=names.ros_type(endpoint.type),
        topic_type_hash=TypeHash.parse(endpoint.user_data.get("typehash", "")),
        endpoint_type=kind,
        endpoint_gid=list(endpoint.guid),
        qos_profile=from_endpoint(endpoint.qos),
    )


def _collect(endpoints: Iterable[Endpoint], name_of: _NameOf, type_of: Callable[[str], str]) -> NamesAndTypes:
    found: dict[str, set[str]] = defaultdict(set)
    for endpoint in endpoints:
        name = name_of(endpoint.topic)
        if name is not None:
            found[name].add(type_of(endpoint.type))
    return [(name, sorted(types)) for name, types in sorted(found.items())]


def _same(name: str) -> str:
    return name


def _type_name(no_demangle: bool) -> Callable[[str], str]:
    return _same if no_demangle else names.ros_type


def _qualified(node: NodeEndpoints) -> str:
    return f"{node.namespace.rstrip('/')}/{node.name}"

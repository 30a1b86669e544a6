# SPDX-License-Identifier: Apache-2.0
"""Looks at the live graph for preflight: who publishes what, and how the contract's streams arrive. Judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from control_msgs.msg import JointTrajectoryControllerState

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rosidl_runtime_py.utilities import get_message
from vla_ros.contract import Contract, StreamSpec
from vla_ros.ingest import Arrival, Ingestor, Route, routes
from vla_ros.interfaces import QosKind
from vla_ros.nodes.conversions import stamp_ns
from vla_ros.nodes.qos import qos_profile
from vla_ros.preflight import ControllerFacts, Endpoint, GraphFacts, StreamFacts

__all__ = ["GraphProbe"]


class GraphProbe:
    """Subscribes to everything that a contract names and counts; ``facts`` says what was seen since it was made."""

    def __init__(self, node: Node, contract: Contract) -> None:
        self._node = node
        self._contract = contract
        self._ingestor = Ingestor(contract)
        self._counts: Counter[str] = Counter()
        self._latest: dict[str, Arrival] = {}
        self._controller: list[tuple[int, tuple[str, ...]]] = []  # stamp and joints of the first and newest state
        self._began_ns = self._now_ns()
        self._subscriptions = [self._subscribe(route) for route in routes(contract) if not self._is_foreign(route)]
        if contract.arm.state_topic:
            self._subscriptions.append(self._subscribe_controller())

    def destroy(self) -> None:
        """Stop looking."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)

    def facts(self) -> GraphFacts:
        """Return what was seen."""
        now_ns = self._now_ns()
        reports = {report.key: report for report in self._ingestor.reports(now_ns)}
        first, last = (self._controller[0], self._controller[-1]) if self._controller else ((0, ()), (0, ()))
        return GraphFacts(
            duration_s=(now_ns - self._began_ns) / 1e9,
            namespace=self._node.get_namespace(),
            publishers=self._endpoints(self._node.get_publishers_info_by_topic),
            subscribers=self._endpoints(self._node.get_subscriptions_info_by_topic),
            services={name: tuple(types) for name, types in self._node.get_service_names_and_types()},
            streams={
                stream.key: StreamFacts(self._counts[stream.key], reports[stream.key], self._values(stream))
                for stream in self._contract.streams
            },
            controller=ControllerFacts(self._counts["controller"], (last[0] - first[0]) / 1e9, last[1]),
        )

    def _is_foreign(self, route: Route) -> bool:
        """Whether its topic has another type: subscribing would fail, and the check of the type says so."""
        topic = GraphFacts(0.0, self._node.get_namespace(), {}, {}, {}, {}).absolute(route.topic)
        types = dict(self._node.get_topic_names_and_types()).get(topic, [])
        return bool(types) and route.type_name not in types

    def _subscribe(self, route: Route) -> Any:
        qos = qos_profile(QosKind.LATCHED if route.static else QosKind.SENSOR, 10)
        return self._node.create_subscription(
            get_message(route.type_name), route.topic, lambda message: self._on_message(route, message), qos
        )

    def _subscribe_controller(self) -> Any:
        qos = qos_profile(QosKind.SENSOR)
        topic = self._contract.arm.state_topic
        return self._node.create_subscription(JointTrajectoryControllerState, topic, self._on_controller, qos)

    def _on_message(self, route: Route, message: Any) -> None:
        arrival = self._ingestor.decode(route.key, message, self._now_ns(), static=route.static)
        self._ingestor.store(arrival)
        if route.static:
            return
        self._counts[route.key] += 1
        if arrival.sample is not None:
            self._latest[route.key] = arrival

    def _on_controller(self, message: Any) -> None:
        self._counts["controller"] += 1
        self._controller[1:] = [(stamp_ns(message.header.stamp), tuple(message.joint_names))]

    def _values(self, stream: StreamSpec) -> dict[str, float]:
        arrival = self._latest.get(stream.key)
        if arrival is None or arrival.sample is None or isinstance(arrival.sample.value, np.ndarray):
            return {}
        return dict(zip(stream.state_names, arrival.sample.value, strict=True))

    def _endpoints(self, information: Callable[[str], Any]) -> dict[str, tuple[Endpoint, ...]]:
        topics = [topic for topic, _ in self._node.get_topic_names_and_types()]
        found = {topic: tuple(map(_endpoint, information(topic))) for topic in topics}
        own = self._node.get_name()
        return {topic: kept for topic, ends in found.items() if (kept := tuple(e for e in ends if e.node != own))}

    def _now_ns(self) -> int:
        return self._node.get_clock().now().nanoseconds


def _endpoint(info: Any) -> Endpoint:
    return Endpoint(
        node=info.node_name,
        type_name=info.topic_type,
        reliable=info.qos_profile.reliability == ReliabilityPolicy.RELIABLE,
        latched=info.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL,
    )

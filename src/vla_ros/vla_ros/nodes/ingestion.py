# SPDX-License-Identifier: Apache-2.0
"""Ingestion as a component: subscriptions, a thread per camera, the observation's publisher. Wiring only.

Images are decoded and resized in their thread, everything else in the callback; the newest wins everywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vla_msgs.msg import Observation as ObservationMessage

from rclpy.lifecycle import LifecycleNode
from rosidl_runtime_py.utilities import get_message
from vla_ros.contract import Contract, load_contract
from vla_ros.errors import ConfigError
from vla_ros.ingest import Arrival, Ingestor, Rejection, Route, routes
from vla_ros.interfaces import QosKind, interface
from vla_ros.nodes.conversions import observation_to_message
from vla_ros.nodes.diagnostics import Diagnostics, Health, stream_health
from vla_ros.nodes.latest_worker import LatestWorker
from vla_ros.nodes.qos import interface_qos, qos_profile
from vla_ros.types import Observation, StreamReport

__all__ = ["Ingestion", "IngestionConfig"]

_VALUES = 64  # small samples kept by the middleware: alignment wants the one before the image, not only the newest
_POLL_S = 0.01  # the longest that an overdue observation waits where no message arrives to ask for it


@dataclass(frozen=True, slots=True)
class IngestionConfig:
    """Parameters of the ingestion node."""

    contract: str = field(metadata={"description": "path of the robot contract"})
    robot: str = field(default="", metadata={"description": "which robot of the contract; empty: its default"})
    target: str = field(default="", metadata={"description": "sim or real; empty: the contract's default"})
    autostart: bool = field(default=True, metadata={"description": "configure and activate at the start"})

    def __post_init__(self) -> None:
        if not self.contract:
            raise ConfigError("the parameter 'contract' must be the path of a robot contract, got an empty one")


class Ingestion:
    """The component: contract, ingestor, and the subscriptions, threads and publishers of its active state."""

    def __init__(self, node: LifecycleNode, config: IngestionConfig) -> None:
        self._node = node
        self._config = config
        self._lock = threading.Lock()  # one owner of the ingestor at a time: callbacks and image threads meet here
        self._ingestor: Ingestor
        self._undo: list[Callable[[], Any]] = []
        self.accepted = 0  # messages decoded and stored since the node began

    def configure(self) -> None:
        """Read the contract."""
        self._load()

    def activate(self) -> None:
        """Subscribe; a new ingestor, for samples from before a pause belong to another time."""
        contract = self._load()
        row = interface("observation")
        publisher = self._node.create_publisher(ObservationMessage, row.name, interface_qos(row.key))
        self._undo.append(lambda: self._node.destroy_publisher(publisher))
        self._output = _Output(contract, publisher)
        self._diagnostics = Diagnostics(self._node, self._health)
        self._undo.append(self._diagnostics.destroy)
        for route in routes(contract):
            self._subscribe(route)
        timer = self._node.create_timer(_POLL_S, self._advance)
        self._undo.append(lambda: self._node.destroy_timer(timer))
        self._node.get_logger().info(
            f"observing {len(contract.streams)} streams of {contract.variant or contract.name}"
        )

    def deactivate(self) -> None:
        """Undo ``activate`` in reverse order."""
        while self._undo:
            self._undo.pop()()

    def cleanup(self) -> None:
        """Nothing is left: ``deactivate`` released everything."""

    def _load(self) -> Contract:
        contract = load_contract(self._config.contract, self._config.robot, self._config.target)
        self._ingestor = Ingestor(contract)
        return contract

    def _subscribe(self, route: Route) -> None:
        sink, depth = self._ingest, _VALUES
        if self._ingestor.contract.stream(route.key).is_image:
            worker = LatestWorker(route.key, lambda item: self._ingest(*item))
            self._undo.append(worker.stop)
            sink, depth = (lambda *item: worker.offer(item)), 1
        subscription = self._node.create_subscription(
            get_message(route.type_name),
            route.topic,
            lambda message: sink(route, message, self._now_ns()),
            qos_profile(QosKind.LATCHED if route.static else QosKind.SENSOR, depth),
        )
        self._undo.append(lambda: self._node.destroy_subscription(subscription))

    def _ingest(self, route: Route, message: Any, receive_ns: int) -> None:
        self._advance(self._ingestor.decode(route.key, message, receive_ns, static=route.static))

    def _advance(self, arrival: Arrival | None = None) -> None:
        with self._lock:
            if arrival is not None:
                self._ingestor.store(arrival)
                self.accepted += 1
            result = self._ingestor.poll(self._now_ns() if arrival is None else arrival.receive_ns)
        if result is None:
            return
        if not isinstance(result, Rejection):
            self._output.publish(result)
        if self._output.has_changed(result.streams):
            self._diagnostics.refresh()

    def _health(self) -> Sequence[Health]:
        with self._lock:
            reports = self._ingestor.reports(self._now_ns())
        required = {stream.key: stream.required for stream in self._ingestor.contract.streams}
        return [stream_health(report, required=required[report.key]) for report in reports]

    def _now_ns(self) -> int:
        return self._node.get_clock().now().nanoseconds


class _Output:
    """Publisher of observations that remembers the condition of the streams."""

    def __init__(self, contract: Contract, publisher: Any) -> None:
        self._contract = contract
        self._publisher = publisher
        self._conditions: tuple[int, ...] = ()

    def publish(self, observation: Observation) -> None:
        """Send an observation."""
        self._publisher.publish(observation_to_message(observation, self._contract))

    def has_changed(self, streams: Sequence[StreamReport]) -> bool:
        """Whether a stream became better or worse since the last call."""
        conditions = tuple(report.condition for report in streams)
        changed, self._conditions = conditions != self._conditions, conditions
        return changed

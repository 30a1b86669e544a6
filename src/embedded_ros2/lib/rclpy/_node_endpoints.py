# SPDX-License-Identifier: Apache-2.0
"""A node's methods that make and destroy publishers, subscriptions, services, clients, timers and conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded_ros2.dds import EndpointQos, names
from embedded_ros2.dds.service import ServiceClient, ServiceServer
from rclpy._node_state import NodeState
from rclpy._qos_mapping import resolve_best_available, to_endpoint
from rclpy.callback_groups import CallbackGroup
from rclpy.client import Client
from rclpy.clock import Clock
from rclpy.constants import S_TO_NS
from rclpy.event_handler import EndpointEvents, PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.guard_condition import GuardCondition
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, qos_profile_services_default
from rclpy.service import Service
from rclpy.subscription import Subscription
from rclpy.timer import Rate, Timer
from rclpy.type_support import message_support, service_types


class NodeEndpointApi:
    """Factories of ``Node``. A profile may be given as a depth; names are expanded and remapped."""

    _node_state: NodeState

    def create_publisher(
        self,
        msg_type: Any,
        topic: str,
        qos_profile: QoSProfile | int,
        *,
        callback_group: CallbackGroup | None = None,
        event_callbacks: PublisherEventCallbacks | None = None,
        qos_overriding_options: Any = None,
        publisher_class: type[Publisher] = Publisher,
    ) -> Publisher:
        """Return a publisher.

        Raises:
            NoTypeSupportImportedException: The class is not a message.
            InvalidTopicNameException: The topic breaks the naming rules.
        """
        state = self._node_state
        support = message_support(msg_type)
        name = state.names.resolve_topic(topic)
        profile = self._profile(qos_profile, name, "publisher", qos_overriding_options)
        profile = resolve_best_available(profile, (), writer=True)
        dds_name = names.topic(name, avoid_ros_namespace_conventions=profile.avoid_ros_namespace_conventions)
        qos = to_endpoint(profile, f"typehash={support.rihs01};", writer=True)
        writer = state.context.participant.create_writer(dds_name, support.dds_name, qos)
        publisher = publisher_class(writer, msg_type, name, profile, state.logger.name)
        handlers = (event_callbacks or PublisherEventCallbacks()).handlers(state.logger, name)
        group = callback_group or state.callback_groups.default
        publisher.events = EndpointEvents(writer.handle, handlers, group) if handlers else None
        publisher._on_destroy = lambda entity: state.remove("publishers", entity)
        state.add("publishers", publisher)
        return publisher

    def create_subscription(
        self,
        msg_type: Any,
        topic: str,
        callback: Callable[..., Any],
        qos_profile: QoSProfile | int,
        *,
        callback_group: CallbackGroup | None = None,
        event_callbacks: SubscriptionEventCallbacks | None = None,
        qos_overriding_options: Any = None,
        raw: bool = False,
    ) -> Subscription:
        """Return a subscription; with ``raw`` the callback gets bytes.

        Raises:
            NoTypeSupportImportedException: The class is not a message.
            InvalidTopicNameException: The topic breaks the naming rules.
        """
        state = self._node_state
        support = message_support(msg_type)
        name = state.names.resolve_topic(topic)
        profile = self._profile(qos_profile, name, "subscription", qos_overriding_options)
        dds_name = names.topic(name, avoid_ros_namespace_conventions=profile.avoid_ros_namespace_conventions)
        profile = resolve_best_available(profile, self._offers(profile, dds_name), writer=False)
        qos = to_endpoint(profile, f"typehash={support.rihs01};", writer=False)
        reader = state.context.participant.create_reader(dds_name, support.dds_name, qos)
        group = callback_group or state.callback_groups.default
        subscription = Subscription(
            reader, msg_type, name, callback, group, qos_profile=profile, raw=raw, logger=state.logger
        )
        handlers = (event_callbacks or SubscriptionEventCallbacks()).handlers(state.logger, name)
        subscription.events = EndpointEvents(reader.handle, handlers, group) if handlers else None
        subscription._on_destroy = lambda entity: state.remove("subscriptions", entity)
        state.add("subscriptions", subscription)
        return subscription

    def create_service(
        self,
        srv_type: Any,
        srv_name: str,
        callback: Callable[[Any, Any], Any],
        *,
        qos_profile: QoSProfile = qos_profile_services_default,
        callback_group: CallbackGroup | None = None,
    ) -> Service:
        """Return a service server.

        Raises:
            NoTypeSupportImportedException: The class is not a service.
            InvalidServiceNameException: The name breaks the naming rules.
        """
        state = self._node_state
        types = service_types(srv_type)
        name = state.names.resolve_service(srv_name)
        qos = to_endpoint(qos_profile, writer=True)
        server = ServiceServer(state.context.participant, name, types, qos)
        group = callback_group or state.callback_groups.default
        service = Service(server, srv_type, name, callback, group, qos_profile=qos_profile, logger=state.logger)
        service._on_destroy = lambda entity: state.remove("services", entity)
        state.add("services", service)
        return service

    def create_client(
        self,
        srv_type: Any,
        srv_name: str,
        *,
        qos_profile: QoSProfile = qos_profile_services_default,
        callback_group: CallbackGroup | None = None,
    ) -> Client:
        """Return a service client; raises as create_service()."""
        state = self._node_state
        types = service_types(srv_type)
        name = state.names.resolve_service(srv_name)
        transport = ServiceClient(state.context.participant, name, types, to_endpoint(qos_profile, writer=True))
        group = callback_group or state.callback_groups.default
        client = Client(
            transport, srv_type, name, group, context=state.context, qos_profile=qos_profile, logger=state.logger
        )
        client._executor_of_node = state.current_executor
        client._on_destroy = lambda entity: state.remove("clients", entity)
        state.add("clients", client)
        return client

    def create_timer(
        self,
        timer_period_sec: float,
        callback: Callable[..., Any] | None,
        callback_group: CallbackGroup | None = None,
        clock: Clock | None = None,
        autostart: bool = True,
    ) -> Timer:
        """Return a timer on the node's clock or the given one."""
        state = self._node_state
        group = callback_group or state.callback_groups.default
        period_ns = int(float(timer_period_sec) * S_TO_NS)
        timer = Timer(callback, group, period_ns, clock or state.clock, context=state.context, autostart=autostart)
        timer._wake = state.wake_executor
        timer._on_destroy = lambda entity: state.remove("timers", entity)
        state.add("timers", timer)
        return timer

    def create_rate(self, frequency: float, clock: Clock | None = None) -> Rate:
        """Return a rate; some other thread must spin the node while it sleeps.

        Raises:
            ValueError: The frequency is not positive.
        """
        if frequency <= 0:
            raise ValueError("frequency must be > 0")
        state = self._node_state
        # A group of its own: a sleeping callback must not keep the timer from waking it.
        timer = self.create_timer(1.0 / frequency, None, state.callback_groups.rates, clock)
        return Rate(timer, context=state.context)

    def create_guard_condition(
        self, callback: Callable[[], Any], callback_group: CallbackGroup | None = None
    ) -> GuardCondition:
        """Return a condition whose trigger() has the callback run."""
        state = self._node_state
        guard = GuardCondition(callback, callback_group or state.callback_groups.default, context=state.context)
        state.add("guards", guard)
        return guard

    def add_waitable(self, waitable: Any) -> None:
        """Let executors of the node serve a waitable."""
        self._node_state.add("waitables", waitable)

    def remove_waitable(self, waitable: Any) -> None:
        """Undo add_waitable()."""
        self._node_state.remove("waitables", waitable)

    def destroy_publisher(self, publisher: Publisher) -> bool:
        return self._destroy("publishers", publisher)

    def destroy_subscription(self, subscription: Subscription) -> bool:
        return self._destroy("subscriptions", subscription)

    def destroy_service(self, service: Service) -> bool:
        return self._destroy("services", service)

    def destroy_client(self, client: Client) -> bool:
        return self._destroy("clients", client)

    def destroy_timer(self, timer: Timer) -> bool:
        return self._destroy("timers", timer)

    def destroy_guard_condition(self, guard: GuardCondition) -> bool:
        return self._destroy("guards", guard)

    def destroy_rate(self, rate: Rate) -> bool:
        rate.destroy()
        return self._destroy("timers", rate._timer)

    # Private

    def _destroy(self, kind: str, entity: Any) -> bool:
        known = self._node_state.remove(kind, entity)
        if known:
            entity.destroy()
        return known

    def _profile(self, qos_profile: QoSProfile | int, topic: str, role: str, options: Any) -> QoSProfile:
        if isinstance(qos_profile, bool) or not isinstance(qos_profile, (QoSProfile, int)):
            raise TypeError(f"Expected QoSProfile or int, but received {type(qos_profile)!r}")
        if isinstance(qos_profile, int):
            if qos_profile < 0:
                raise ValueError("history depth must be greater than or equal to zero")
            return QoSProfile(depth=qos_profile)
        if options is None:
            return qos_profile
        from rclpy.qos_overriding_options import override_qos

        return override_qos(self, qos_profile, topic, role, options)

    def _offers(self, profile: QoSProfile, dds_topic: str) -> list[EndpointQos]:
        if "BEST_AVAILABLE" not in (profile.reliability.name, profile.durability.name, profile.liveliness.name):
            return []
        return [item.qos for item in self._node_state.context.graph.publications() if item.topic == dds_topic]

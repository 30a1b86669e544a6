# SPDX-License-Identifier: Apache-2.0
"""One member of the DDS network: makes topics, readers, writers and conditions. No nodes and no ROS types."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from cyclonedds.core import DDSException
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.qos import Policy, Qos

from .config import NetworkConfig
from .endpoints import Reader, Writer
from .native import blocking, check, guid_of
from .qos import EndpointQos, cyclone_qos
from .topic import create_topic, register_type
from .wait_set import GuardCondition, WaitSet


class NetworkError(RuntimeError):
    """DDS could not be started; the message says why and how to mend it."""


class _SharedDomains:
    """The DDS domains of this process. All participants of one domain share its configuration and threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._domains: dict[int, tuple[Domain, int]] = {}
        self._types: dict[int, dict[str, int]] = {}  # by domain and name: addresses

    def acquire(self, config: NetworkConfig) -> None:
        with self._lock:
            domain, users = self._domains.get(config.domain_id, (None, 0))
            domain = domain or Domain(config.domain_id, config.to_cyclone())
            self._domains[config.domain_id] = (domain, users + 1)

    def release(self, domain_id: int) -> None:
        with self._lock:
            domain, users = self._domains.pop(domain_id)
            if users > 1:
                self._domains[domain_id] = (domain, users - 1)
            else:
                self._types.pop(domain_id, None)

    def type_of(self, domain_id: int, participant: DomainParticipant, type_name: str) -> int:
        """Return the address of a type, which all of the domain share."""
        with self._lock:
            known = self._types.setdefault(domain_id, {})
            if type_name not in known:
                known[type_name] = register_type(participant, type_name)
            return known[type_name]


_shared_domains = _SharedDomains()


class Participant:
    """Joins the network of ``domain_id`` (None: ROS_DOMAIN_ID); close() leaves it and deletes all it made.

    Raises:
        NetworkConfigError: A network variable is malformed.
        NetworkError: The network cannot be used.
    """

    def __init__(self, domain_id: int | None = None, environment: Mapping[str, str] | None = None):
        config = NetworkConfig.from_environment(os.environ if environment is None else environment, domain_id)
        self.domain_id = config.domain_id
        self._dds = _join(config)
        self.handle = self._dds._ref
        self.guid = guid_of(self.handle)
        self._lock = threading.Lock()
        self._topics: dict[tuple[str, str], int] = {}  # handles
        self._next_id = 0

    def create_writer(self, topic_name: str, type_name: str, qos: EndpointQos) -> Writer:
        """Return a writer of the DDS topic and DDS type."""
        topic = self._topic(topic_name, type_name)
        with cyclone_qos(qos, writer=True) as pointer:
            handle = blocking.dds_create_writer(self.handle, topic, pointer, None)
        return Writer(check(handle, f"creating a writer of {topic_name}"))

    def create_reader(self, topic_name: str, type_name: str, qos: EndpointQos) -> Reader:
        """Return a reader of the DDS topic and DDS type."""
        topic = self._topic(topic_name, type_name)
        with cyclone_qos(qos, writer=False) as pointer:
            handle = blocking.dds_create_reader(self.handle, topic, pointer, None)
        return Reader(check(handle, f"creating a reader of {topic_name}"))

    def create_guard_condition(self) -> GuardCondition:
        """Return a condition that is set by hand."""
        return GuardCondition(self.handle)

    def create_wait_set(self) -> WaitSet:
        """Return an empty wait set."""
        return WaitSet(self.handle)

    def unique_id(self) -> bytes:
        """Return 16 bytes that no other call in the domain returns: GUID prefix and a counter, big endian."""
        with self._lock:
            self._next_id += 1
            return self.guid[:12] + self._next_id.to_bytes(4, "big")

    def close(self) -> None:
        """Leave the network. A second call does nothing."""
        with self._lock:
            if self._dds is None:
                return
            self._dds = None
            self._topics.clear()
        blocking.dds_delete(self.handle)
        _shared_domains.release(self.domain_id)

    def _topic(self, name: str, type_name: str) -> int:
        with self._lock:
            if self._dds is None:
                raise NetworkError("the participant is closed")
            key = (name, type_name)
            if key not in self._topics:
                registered = _shared_domains.type_of(self.domain_id, self._dds, type_name)
                self._topics[key] = create_topic(self._dds, name, registered)
            return self._topics[key]


def _join(config: NetworkConfig) -> DomainParticipant:
    try:
        _shared_domains.acquire(config)
    except DDSException as error:
        raise NetworkError(_advice(config)) from error
    try:
        return DomainParticipant(config.domain_id, qos=Qos(Policy.Userdata(b"enclave=/;")))
    except DDSException as error:
        _shared_domains.release(config.domain_id)
        raise NetworkError(_advice(config)) from error


def _advice(config: NetworkConfig) -> str:
    causes = ["the loopback interface is down ('ip link set lo up' mends that)"]
    if config.discovery_range == "LOCALHOST":
        causes.append(f"33 processes already use domain {config.domain_id} (choose another ROS_DOMAIN_ID)")
    if config.user_config:
        causes.append("CYCLONEDDS_URI is not a valid configuration")
    return f"Cyclone DDS could not join domain {config.domain_id}: {', or '.join(causes)}"

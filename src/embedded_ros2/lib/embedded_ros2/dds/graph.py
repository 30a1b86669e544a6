# SPDX-License-Identifier: Apache-2.0
"""The ROS graph: nodes and their endpoints, announced and discovered. Names stay in DDS form."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

from . import discovery_info
from .builtin_topics import Endpoint, participants, publications, subscriptions
from .discovery_info import NodeEndpoints
from .participant import Participant
from .qos import KEEP_ALL, TRANSIENT_LOCAL, EndpointQos

_USER_DATA = f"typehash={discovery_info.TYPE_HASH};".encode()
_ANNOUNCED = EndpointQos(durability=TRANSIENT_LOCAL, depth=1, user_data=_USER_DATA)
_DISCOVERED = replace(_ANNOUNCED, history=KEEP_ALL, ignore_local=True)
_CYCLONE_VENDOR = b"\x01\x10"
# RTPS vendor ids: the first two bytes of a GUID.
_VENDORS = {b"\x01\x0f": "Fast DDS", b"\x01\x01": "RTI Connext", b"\x01\x03": "OpenDDS", b"\x01\x12": "Dust DDS"}


class Graph:
    """Announces the nodes of a participant and answers who else is there. May be used from any thread."""

    def __init__(self, participant: Participant):
        self._participant = participant.guid
        self._writer = participant.create_writer(discovery_info.TOPIC, discovery_info.TYPE, _ANNOUNCED)
        self._reader = participant.create_reader(discovery_info.TOPIC, discovery_info.TYPE, _DISCOVERED)
        self._tables = {
            "participants": participants(participant.handle),
            "publications": publications(participant.handle),
            "subscriptions": subscriptions(participant.handle),
        }
        self._own: dict[int, NodeEndpoints] = {}
        self._others: dict[bytes, list[NodeEndpoints]] = {}
        self._last_key = 0
        self._lock = threading.Lock()

    # Announcing

    def add_node(self, name: str, namespace: str) -> int:
        """Announce a node; the result names it in the other methods."""
        with self._lock:
            self._last_key += 1
            self._own[self._last_key] = NodeEndpoints(namespace, name)
            self._announce()
            return self._last_key

    def remove_node(self, key: int) -> None:
        """Announce that a node is gone."""
        with self._lock:
            if self._own.pop(key, None) is not None:
                self._announce()

    def add_endpoints(self, key: int, readers: Iterable[bytes] = (), writers: Iterable[bytes] = ()) -> None:
        """Announce GUIDs as a node's."""
        with self._lock:
            node = self._own[key]
            self._own[key] = replace(node, readers=node.readers | set(readers), writers=node.writers | set(writers))
            self._announce()

    def remove_endpoints(self, key: int, guids: Iterable[bytes]) -> None:
        """Announce that GUIDs are gone."""
        with self._lock:
            if key not in self._own:
                return
            node, gone = self._own[key], set(guids)
            self._own[key] = replace(node, readers=node.readers - gone, writers=node.writers - gone)
            self._announce()

    def _announce(self) -> None:
        self._writer.write(discovery_info.encode(self._participant, list(self._own.values())))

    # Discovering

    def nodes(self) -> list[NodeEndpoints]:
        """Return all nodes, own ones first."""
        with self._lock:
            own = list(self._own.values())
            self._read_others()
            alive = {guid for guid, _ in self._tables["participants"].values()}
            return own + [node for guid, nodes in self._others.items() if guid in alive for node in nodes]

    def publications(self) -> list[Endpoint]:
        """Return all writers."""
        return self._tables["publications"].values()

    def subscriptions(self) -> list[Endpoint]:
        """Return all readers."""
        return self._tables["subscriptions"].values()

    def participants(self) -> list[tuple[bytes, bool]]:
        """Return the GUIDs of the other ROS participants, and whether all that each announced has been discovered."""
        with self._lock:
            self._read_others()
            known = {endpoint.guid for endpoint in (*self.publications(), *self.subscriptions())}
            others = [guid for guid, fields in self._tables["participants"].values() if "enclave" in fields]
            return [(guid, self._is_known(guid, known)) for guid in others if guid != self._participant]

    def _is_known(self, participant: bytes, known: set[bytes]) -> bool:
        nodes = self._others.get(participant)
        return nodes is not None and all(node.readers <= known and node.writers <= known for node in nodes)

    def enclave_of(self, node: NodeEndpoints) -> str:
        """Return the enclave of a node's participant, "/" where it is not known."""
        with self._lock:
            owner = next((guid for guid, nodes in self._others.items() if node in nodes), self._participant)
        fields = dict(self._tables["participants"].values()).get(owner, {})
        return fields.get("enclave", "/")

    def foreign_vendors(self) -> set[str]:
        """Return the other DDS implementations among the ROS participants; their services cannot be called."""
        guids = [guid for guid, fields in self._tables["participants"].values() if "enclave" in fields]
        prefixes = {guid[:2] for guid in guids if guid[:2] != _CYCLONE_VENDOR}
        return {_VENDORS.get(prefix, f"vendor {prefix.hex()}") for prefix in prefixes}

    @property
    def participants_condition(self) -> int:
        """The DDS entity that is triggered until participants that came or went are looked at."""
        return self._tables["participants"].condition

    def _read_others(self) -> None:
        while True:
            try:
                taken = self._reader.take(discovery_info.decode)
            except ValueError:
                continue  # a malformed announcement says nothing about nodes; the next one replaces it
            if taken is None:
                return
            (participant, nodes), _ = taken
            self._others[participant] = nodes

    def close(self) -> None:
        """Delete all readers and the writer."""
        for table in self._tables.values():
            table.close()
        self._reader.close()
        self._writer.close()

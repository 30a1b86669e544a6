# SPDX-License-Identifier: Apache-2.0
"""The endpoints and participants that DDS discovery knows, own ones included. No nodes: those are in ``graph``."""

from __future__ import annotations

import ctypes as ct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .native import ALIVE, ANY_STATE, BuiltinEndpoint, BuiltinParticipant, SampleInfo, blocking, check, delete
from .qos import EndpointQos, read_qos, read_user_data, user_data_fields

# Pseudo handles of Cyclone: DDS_MIN_PSEUDO_HANDLE + 1, 3, 4
_PARTICIPANTS, _PUBLICATIONS, _SUBSCRIPTIONS = 0x7FFF0001, 0x7FFF0003, 0x7FFF0004
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A discovered reader or writer, with DDS names."""

    guid: bytes
    participant: bytes
    topic: str
    type: str
    qos: EndpointQos

    @property
    def user_data(self) -> dict[str, str]:
        """The fields that ROS puts into USER_DATA: typehash, serviceid, clientid."""
        return user_data_fields(self.qos.user_data)


class BuiltinTable:
    """A builtin topic as a mapping from GUID to value, brought up to date when it is looked at."""

    def __init__(self, participant: int, topic: int, layout: type[ct.Structure], convert: Callable):
        self.handle = check(blocking.dds_create_reader(participant, topic, None, None), "reading discovery data")
        # Triggered while there are changes; the reader itself stays triggered after they are taken.
        self.condition = check(blocking.dds_create_readcondition(self.handle, ANY_STATE), "watching discovery data")
        self._layout = layout
        self._convert = convert
        self._values: dict[bytes, object] = {}
        self._lock = threading.Lock()

    def values(self) -> list:
        """Return what is known now."""
        with self._lock:
            for key, value in self._changes():
                if value is None:
                    self._values.pop(key, None)
                else:
                    self._values[key] = value
            return list(self._values.values())

    def _changes(self) -> Iterator[tuple[bytes, object]]:
        samples, infos = (ct.c_void_p * _BATCH)(), (SampleInfo * _BATCH)()
        while True:
            samples[0] = None  # asks the library to lend its own memory
            count = blocking.dds_take(self.handle, samples, infos, _BATCH, _BATCH)
            if count <= 0:
                return
            for address, info in zip(samples[:count], infos[:count], strict=True):
                entry = self._layout.from_address(address)
                # The last sample of something that came and went between two looks has data and is not alive.
                alive = info.valid_data and info.instance_state == ALIVE
                yield bytes(entry.key), self._convert(entry) if alive else None
            blocking.dds_return_loan(self.handle, samples, count)

    def close(self) -> None:
        """Delete the reader."""
        delete(self.condition)
        delete(self.handle)


def publications(participant: int) -> BuiltinTable:
    """Return the table of all writers (``Endpoint``)."""
    return BuiltinTable(participant, _PUBLICATIONS, BuiltinEndpoint, _endpoint)


def subscriptions(participant: int) -> BuiltinTable:
    """Return the table of all readers (``Endpoint``)."""
    return BuiltinTable(participant, _SUBSCRIPTIONS, BuiltinEndpoint, _endpoint)


def participants(participant: int) -> BuiltinTable:
    """Return the table of all participants: pairs of GUID and USER_DATA fields."""
    return BuiltinTable(participant, _PARTICIPANTS, BuiltinParticipant, _participant)


def _endpoint(entry: BuiltinEndpoint) -> Endpoint:
    return Endpoint(
        guid=bytes(entry.key),
        participant=bytes(entry.participant_key),
        topic=(entry.topic_name or b"").decode("utf-8", "replace"),
        type=(entry.type_name or b"").decode("utf-8", "replace"),
        qos=read_qos(entry.qos),
    )


def _participant(entry: BuiltinParticipant) -> tuple[bytes, dict[str, str]]:
    return bytes(entry.key), user_data_fields(read_user_data(entry.qos))

# SPDX-License-Identifier: Apache-2.0
"""Quality of service as the transport knows it, to and from Cyclone's. No ROS profiles and no defaults of ROS."""

from __future__ import annotations

import ctypes as ct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .native import INFINITY, blocking

KEEP_LAST, KEEP_ALL = 0, 1
VOLATILE, TRANSIENT_LOCAL = 0, 1
BEST_EFFORT, RELIABLE = 0, 1
AUTOMATIC, MANUAL_BY_PARTICIPANT, MANUAL_BY_TOPIC = 0, 1, 2
_IGNORE_LOCAL_PARTICIPANT = 2
_UNLIMITED = -1
_XCDR1 = (ct.c_int16 * 1)(0)


@dataclass(frozen=True, slots=True)
class EndpointQos:
    """The policies of one reader or writer. Integers are Cyclone's enumerations, named above; times in ns."""

    reliability: int = RELIABLE
    durability: int = VOLATILE
    history: int = KEEP_LAST
    depth: int = 10
    deadline_ns: int = INFINITY
    lifespan_ns: int = INFINITY
    liveliness: int = AUTOMATIC
    liveliness_lease_ns: int = INFINITY
    user_data: bytes = b""
    ignore_local: bool = False


@contextmanager
def cyclone_qos(qos: EndpointQos, *, writer: bool) -> Iterator[int]:
    """Yield a pointer to Cyclone's form of ``qos``, valid inside the block."""
    pointer = blocking.dds_create_qos()
    try:
        _fill(pointer, qos)
        if writer:
            _fill_writer(pointer, qos)
        yield pointer
    finally:
        blocking.dds_delete_qos(pointer)


def _fill(pointer: int, qos: EndpointQos) -> None:
    blocking.dds_qset_reliability(pointer, qos.reliability, INFINITY)
    blocking.dds_qset_durability(pointer, qos.durability)
    blocking.dds_qset_history(pointer, qos.history, qos.depth)
    blocking.dds_qset_deadline(pointer, qos.deadline_ns)
    blocking.dds_qset_liveliness(pointer, qos.liveliness, qos.liveliness_lease_ns)
    blocking.dds_qset_data_representation(pointer, 1, _XCDR1)
    if qos.ignore_local:
        blocking.dds_qset_ignorelocal(pointer, _IGNORE_LOCAL_PARTICIPANT)
    if qos.user_data:
        blocking.dds_qset_userdata(pointer, qos.user_data, len(qos.user_data))


def _fill_writer(pointer: int, qos: EndpointQos) -> None:
    blocking.dds_qset_lifespan(pointer, qos.lifespan_ns)
    # Deleting a writer must not dispose of what it wrote: ROS topics have no instances.
    blocking.dds_qset_writer_data_lifecycle(pointer, False)
    if qos.durability == TRANSIENT_LOCAL:
        blocking.dds_qset_durability_service(pointer, 0, qos.history, qos.depth, _UNLIMITED, _UNLIMITED, _UNLIMITED)


def read_qos(pointer: int) -> EndpointQos:
    """Return Cyclone's QoS as ours; policies that are not set keep the defaults of the DDS specification."""
    kind, depth, time_ns = ct.c_int(), ct.c_int32(), ct.c_int64()
    values: dict[str, int] = {}
    if blocking.dds_qget_reliability(pointer, ct.byref(kind), ct.byref(time_ns)):
        values["reliability"] = kind.value
    if blocking.dds_qget_durability(pointer, ct.byref(kind)):
        values["durability"] = kind.value
    if blocking.dds_qget_history(pointer, ct.byref(kind), ct.byref(depth)):
        values |= {"history": kind.value, "depth": depth.value}
    if blocking.dds_qget_deadline(pointer, ct.byref(time_ns)):
        values["deadline_ns"] = time_ns.value
    if blocking.dds_qget_lifespan(pointer, ct.byref(time_ns)):
        values["lifespan_ns"] = time_ns.value
    if blocking.dds_qget_liveliness(pointer, ct.byref(kind), ct.byref(time_ns)):
        values |= {"liveliness": kind.value, "liveliness_lease_ns": time_ns.value}
    return EndpointQos(**values, user_data=read_user_data(pointer))


def read_user_data(pointer: int) -> bytes:
    """Return the USER_DATA policy, b"" where there is none."""
    value, size = ct.c_void_p(), ct.c_size_t()
    if not blocking.dds_qget_userdata(pointer, ct.byref(value), ct.byref(size)) or not value.value:
        return b""
    data = ct.string_at(value.value, size.value)
    blocking.dds_free(value)
    return data


def user_data_fields(data: bytes) -> dict[str, str]:
    """Return the ``key=value;`` pairs that ROS puts into USER_DATA."""
    pairs = (field.partition("=") for field in data.decode("ascii", "replace").split(";"))
    return {key: value for key, mark, value in pairs if mark}

# SPDX-License-Identifier: Apache-2.0
"""Readers and writers of serialised data. No message types, no ROS names."""

from __future__ import annotations

import ctypes as ct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .native import (
    ANY_STATE,
    RETCODE_TIMEOUT,
    BuiltinEndpoint,
    Container,
    IoVector,
    SampleInfo,
    blocking,
    check,
    delete,
    guid_of,
    instance_handle_of,
    quick,
)
from .qos import read_user_data, user_data_fields

Decoded = TypeVar("Decoded")
_MAX_MATCHED = 1024


@dataclass(frozen=True, slots=True)
class SampleOrigin:
    """When a sample was written [ns since the epoch, writer's clock] and by which writer (local handle)."""

    source_timestamp_ns: int
    publication_handle: int


class Writer:
    """Writes serialised samples to one topic."""

    def __init__(self, handle: int):
        self.handle = handle
        self.guid = guid_of(handle)
        self.instance_handle = instance_handle_of(handle)

    def write(self, data: bytearray) -> None:
        """Write a 4-byte encapsulation header and body, the whole padded to a multiple of 4 bytes.

        Other Python threads run while a reliable write blocks.

        Raises:
            DdsError: The writer is closed or out of resources.
        """
        first = ct.c_char.from_buffer(data)
        container = Container(ct.addressof(first), len(data))
        check(blocking.dds_write(self.handle, ct.addressof(container)), "writing a sample")

    def wait_for_acknowledgments(self, timeout_ns: int) -> bool:
        """Return whether all matched reliable readers acknowledged everything in time."""
        code = blocking.dds_wait_for_acks(self.handle, timeout_ns)
        return code != RETCODE_TIMEOUT and check(code, "waiting for acknowledgments") == 0

    def assert_liveliness(self) -> None:
        """Tell the readers that this writer is alive."""
        check(blocking.dds_assert_liveliness(self.handle), "asserting liveliness")

    def matched_count(self) -> int:
        """Return the number of matched readers."""
        return blocking.dds_get_matched_subscriptions(self.handle, None, 0)

    def matched_user_data(self) -> list[dict[str, str]]:
        """Return the USER_DATA fields of every matched reader."""
        return _matched_user_data(
            self.handle, blocking.dds_get_matched_subscriptions, blocking.dds_get_matched_subscription_data
        )

    def close(self) -> None:
        """Delete the writer."""
        delete(self.handle)


class Reader:
    """Takes serialised samples of one topic; ``condition`` is triggered while there are any."""

    def __init__(self, handle: int):
        self.handle = handle
        self.guid = guid_of(handle)
        self.condition = check(blocking.dds_create_readcondition(handle, ANY_STATE), "creating a read condition")

    def take(self, decode: Callable[[memoryview], Decoded]) -> tuple[Decoded, SampleOrigin] | None:
        """Take the oldest sample and return ``decode(bytes)`` of it, None when there is none.

        The view given to ``decode`` lies in the library's memory and must not be kept. What it raises, passes.
        """
        serdata, info = ct.c_void_p(), SampleInfo()
        while quick.dds_takecdr(self.handle, ct.byref(serdata), 1, ct.byref(info), ANY_STATE) == 1:
            try:
                if info.valid_data:
                    origin = SampleOrigin(info.source_timestamp_ns, info.publication_handle)
                    return _decode(serdata, decode), origin
            finally:
                quick.ddsi_serdata_unref(serdata)
        return None

    def publisher_guid(self, publication_handle: int) -> bytes:
        """Return the GUID of a matched writer, 16 zero bytes when it is gone."""
        endpoint = blocking.dds_get_matched_publication_data(self.handle, publication_handle)
        if not endpoint:
            return bytes(16)
        guid = bytes(endpoint.contents.key)
        blocking.dds_builtintopic_free_endpoint(endpoint)
        return guid

    def publisher_user_data(self, publication_handle: int) -> dict[str, str]:
        """Return the USER_DATA fields of a matched writer, {} when it is gone."""
        endpoint = blocking.dds_get_matched_publication_data(self.handle, publication_handle)
        return _take_user_data(endpoint) if endpoint else {}

    def matched_count(self) -> int:
        """Return the number of matched writers."""
        return blocking.dds_get_matched_publications(self.handle, None, 0)

    def matched_user_data(self) -> list[dict[str, str]]:
        """Return the USER_DATA fields of every matched writer."""
        return _matched_user_data(
            self.handle, blocking.dds_get_matched_publications, blocking.dds_get_matched_publication_data
        )

    def close(self) -> None:
        """Delete the condition and the reader."""
        delete(self.condition)
        delete(self.handle)


def _decode(serdata: ct.c_void_p, decode: Callable[[memoryview], Decoded]) -> Decoded:
    size = quick.ddsi_serdata_size(serdata)
    vector = IoVector()
    reference = quick.ddsi_serdata_to_ser_ref(serdata, 0, size, ct.byref(vector))
    try:
        with memoryview((ct.c_ubyte * size).from_address(vector.base)).cast("B") as view:
            return decode(view)
    finally:
        quick.ddsi_serdata_to_ser_unref(reference, ct.byref(vector))


def _matched_user_data(handle: int, list_matched: Callable, get_data: Callable) -> list[dict[str, str]]:
    handles = (ct.c_uint64 * _MAX_MATCHED)()
    count = min(list_matched(handle, handles, _MAX_MATCHED), _MAX_MATCHED)
    endpoints = (get_data(handle, handles[i]) for i in range(count))
    return [_take_user_data(endpoint) for endpoint in endpoints if endpoint]


def _take_user_data(endpoint: ct._Pointer[BuiltinEndpoint]) -> dict[str, str]:
    try:
        return user_data_fields(read_user_data(endpoint.contents.qos))
    finally:
        blocking.dds_builtintopic_free_endpoint(endpoint)

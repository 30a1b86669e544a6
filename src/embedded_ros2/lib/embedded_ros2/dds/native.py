# SPDX-License-Identifier: Apache-2.0
"""The C functions of Cyclone DDS that the transport calls, with their types. No policy: errors become ``DdsError``.

Two handles on the same library: ``blocking`` releases the interpreter lock during a call (writes, waits, entity life
cycle); ``quick`` keeps it, for calls of well under a microsecond where releasing it would cost more than the call.
The Python package's own write and take keep the lock even while a reliable write blocks, hence this table.
"""

from __future__ import annotations

import ctypes as ct

from cyclonedds.internal import DDS, dds_infinity

INFINITY = int(dds_infinity)  # [ns]
ANY_STATE = 127  # every sample, view and instance state
ALIVE = 16  # instance state
RETCODE_TIMEOUT = -10
RETCODE_NO_DATA = -11

_entity = ct.c_int32
_handle = ct.c_uint64
_pointer = ct.c_void_p
_duration = ct.c_int64
_out_pointer = ct.POINTER(ct.c_void_p)
_out_int = ct.POINTER(ct.c_int)
_out_duration = ct.POINTER(ct.c_int64)


class SampleInfo(ct.Structure):
    """``dds_sample_info_t``."""

    _fields_ = (
        ("sample_state", ct.c_uint),
        ("view_state", ct.c_uint),
        ("instance_state", ct.c_uint),
        ("valid_data", ct.c_bool),
        ("source_timestamp_ns", ct.c_int64),
        ("instance_handle", ct.c_uint64),
        ("publication_handle", ct.c_uint64),
        ("disposed_generation_count", ct.c_uint32),
        ("no_writers_generation_count", ct.c_uint32),
        ("sample_rank", ct.c_uint32),
        ("generation_rank", ct.c_uint32),
        ("absolute_generation_rank", ct.c_uint32),
    )


class Container(ct.Structure):
    """What the opaque topic type takes as a sample: address and size of serialised data."""

    _fields_ = (("address", ct.c_void_p), ("size", ct.c_size_t))


class IoVector(ct.Structure):
    """``ddsrt_iovec_t`` on POSIX systems."""

    _fields_ = (("base", ct.c_void_p), ("size", ct.c_size_t))


class BuiltinEndpoint(ct.Structure):
    """``dds_builtintopic_endpoint_t``."""

    _fields_ = (
        ("key", ct.c_uint8 * 16),
        ("participant_key", ct.c_uint8 * 16),
        ("participant_handle", ct.c_uint64),
        ("topic_name", ct.c_char_p),
        ("type_name", ct.c_char_p),
        ("qos", ct.c_void_p),
    )


class BuiltinParticipant(ct.Structure):
    """``dds_builtintopic_participant_t``."""

    _fields_ = (("key", ct.c_uint8 * 16), ("qos", ct.c_void_p))


class DdsError(RuntimeError):
    """A call of the DDS library failed; ``code`` is its return code."""

    def __init__(self, code: int, what: str):
        super().__init__(f"{what}: {_text_of(code)}")
        self.code = code


_SIGNATURES = {
    "dds_create_domain": (_entity, ct.c_uint32, ct.c_char_p),
    "dds_create_participant": (_entity, ct.c_uint32, _pointer, _pointer),
    "dds_create_reader": (_entity, _entity, _entity, _pointer, _pointer),
    "dds_create_writer": (_entity, _entity, _entity, _pointer, _pointer),
    "dds_create_readcondition": (_entity, _entity, ct.c_uint32),
    "dds_create_guardcondition": (_entity, _entity),
    "dds_create_waitset": (_entity, _entity),
    "dds_delete": (ct.c_int32, _entity),
    "dds_strretcode": (ct.c_char_p, ct.c_int32),
    "dds_get_guid": (ct.c_int32, _entity, ct.POINTER(ct.c_uint8 * 16)),
    "dds_get_instance_handle": (ct.c_int32, _entity, ct.POINTER(_handle)),
    "dds_get_qos": (ct.c_int32, _entity, _pointer),
    "dds_set_status_mask": (ct.c_int32, _entity, ct.c_uint32),
    "dds_set_guardcondition": (ct.c_int32, _entity, ct.c_bool),
    "dds_take_guardcondition": (ct.c_int32, _entity, ct.POINTER(ct.c_bool)),
    "dds_triggered": (ct.c_int32, _entity),
    "dds_waitset_attach": (ct.c_int32, _entity, _entity, ct.c_ssize_t),
    "dds_waitset_detach": (ct.c_int32, _entity, _entity),
    "dds_waitset_wait": (ct.c_int32, _entity, ct.POINTER(ct.c_ssize_t), ct.c_size_t, _duration),
    "dds_write": (ct.c_int32, _entity, _pointer),
    "dds_wait_for_acks": (ct.c_int32, _entity, _duration),
    "dds_assert_liveliness": (ct.c_int32, _entity),
    "dds_takecdr": (
        ct.c_int32,
        _entity,
        _out_pointer,
        ct.c_uint32,
        ct.POINTER(SampleInfo),
        ct.c_uint32,
    ),
    "dds_take": (
        ct.c_int32,
        _entity,
        _out_pointer,
        ct.POINTER(SampleInfo),
        ct.c_size_t,
        ct.c_uint32,
    ),
    "dds_return_loan": (ct.c_int32, _entity, _out_pointer, ct.c_int32),
    "ddsi_serdata_size": (ct.c_uint32, _pointer),
    "ddsi_serdata_to_ser_ref": (_pointer, _pointer, ct.c_size_t, ct.c_size_t, ct.POINTER(IoVector)),
    "ddsi_serdata_to_ser_unref": (None, _pointer, ct.POINTER(IoVector)),
    "ddsi_serdata_unref": (None, _pointer),
    "dds_get_matched_publications": (ct.c_int32, _entity, ct.POINTER(_handle), ct.c_size_t),
    "dds_get_matched_subscriptions": (ct.c_int32, _entity, ct.POINTER(_handle), ct.c_size_t),
    "dds_get_matched_publication_data": (ct.POINTER(BuiltinEndpoint), _entity, _handle),
    "dds_get_matched_subscription_data": (ct.POINTER(BuiltinEndpoint), _entity, _handle),
    "dds_builtintopic_free_endpoint": (None, ct.POINTER(BuiltinEndpoint)),
    "dds_free": (None, _pointer),
    "dds_create_qos": (_pointer,),
    "dds_delete_qos": (None, _pointer),
    "dds_qset_reliability": (None, _pointer, ct.c_int, _duration),
    "dds_qset_durability": (None, _pointer, ct.c_int),
    "dds_qset_durability_service": (
        None,
        _pointer,
        _duration,
        ct.c_int,
        ct.c_int32,
        ct.c_int32,
        ct.c_int32,
        ct.c_int32,
    ),
    "dds_qset_history": (None, _pointer, ct.c_int, ct.c_int32),
    "dds_qset_deadline": (None, _pointer, _duration),
    "dds_qset_lifespan": (None, _pointer, _duration),
    "dds_qset_liveliness": (None, _pointer, ct.c_int, _duration),
    "dds_qset_ignorelocal": (None, _pointer, ct.c_int),
    "dds_qset_writer_data_lifecycle": (None, _pointer, ct.c_bool),
    "dds_qset_data_representation": (None, _pointer, ct.c_uint32, ct.POINTER(ct.c_int16)),
    "dds_qset_userdata": (None, _pointer, ct.c_char_p, ct.c_size_t),
    "dds_qget_reliability": (ct.c_bool, _pointer, _out_int, _out_duration),
    "dds_qget_durability": (ct.c_bool, _pointer, _out_int),
    "dds_qget_history": (ct.c_bool, _pointer, _out_int, ct.POINTER(ct.c_int32)),
    "dds_qget_deadline": (ct.c_bool, _pointer, _out_duration),
    "dds_qget_lifespan": (ct.c_bool, _pointer, _out_duration),
    "dds_qget_liveliness": (ct.c_bool, _pointer, _out_int, _out_duration),
    "dds_qget_userdata": (ct.c_bool, _pointer, _out_pointer, ct.POINTER(ct.c_size_t)),
}


def _declare(library: ct.CDLL) -> ct.CDLL:
    for name, (result, *arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


_path = DDS._dll_handle._name
blocking = _declare(ct.CDLL(_path))
quick = _declare(ct.PyDLL(_path))


def _text_of(code: int) -> str:
    return (blocking.dds_strretcode(code) or b"unknown error").decode()


def check(code: int, what: str) -> int:
    """Return ``code`` when it is not negative.

    Raises:
        DdsError: "<what>: <the library's text>" otherwise.
    """
    if code < 0:
        raise DdsError(code, what)
    return code


def delete(entity: int) -> None:
    """Delete an entity; one that is gone already (with its participant) is no error."""
    blocking.dds_delete(entity)


def guid_of(entity: int) -> bytes:
    """Return the 16 bytes that name the entity on the network."""
    raw = (ct.c_uint8 * 16)()
    check(blocking.dds_get_guid(entity, ct.byref(raw)), "reading a GUID")
    return bytes(raw)


def instance_handle_of(entity: int) -> int:
    """Return the entity's instance handle, local to this process."""
    handle = ct.c_uint64()
    check(blocking.dds_get_instance_handle(entity, ct.byref(handle)), "reading an instance handle")
    return handle.value

# SPDX-License-Identifier: Apache-2.0
"""Topics of opaque, already serialised data. What the bytes mean is the caller's business."""

import ctypes as ct
import functools

from cyclonedds.domain import DomainParticipant
from cyclonedds.idl import IdlStruct, types
from cyclonedds.internal import DDS
from cyclonedds.topic import Topic

from .native import check

# Members of ``struct ddsi_sertype_ops`` in Cyclone DDS 11.0, and the three that report XTypes information.
_OPERATIONS = 14
_TYPE_ID, _TYPE_MAP, _TYPE_INFO = 8, 9, 10

_library = ct.CDLL(DDS._dll_handle._name)
_get_sertype = _library.dds_get_entity_sertype
_get_sertype.argtypes = (ct.c_int32, ct.POINTER(ct.c_void_p))
_keep_sertype = _library.ddsi_sertype_ref
_keep_sertype.restype = ct.c_void_p
_keep_sertype.argtypes = (ct.c_void_p,)
_create_with_type = _library.dds_create_topic_sertype
_create_with_type.restype = ct.c_int32
_create_with_type.argtypes = (
    ct.c_int32,
    ct.c_char_p,
    ct.POINTER(ct.c_void_p),
    ct.c_void_p,
    ct.c_void_p,
    ct.c_void_p,
)
_version_marker = ct.cast(_library.ddsi_sertype_v0, ct.c_void_p).value
# Tables without type information by the address of the original: the library keeps pointers to them for ever.
_stripped_tables: dict[int, ct.Array] = {}


class LayoutError(RuntimeError):
    """The installed Cyclone DDS is laid out differently from the release that this file was written for."""


@functools.cache
def _opaque_type(dds_type_name: str) -> type:
    """Return a type of which the library checks one byte only and carries the rest as it is.

    The class must derive from IdlStruct itself: the library refuses grandchildren.
    """

    class Opaque(IdlStruct, typename=dds_type_name):
        first_byte: types.uint8

    return Opaque


def register_type(participant: DomainParticipant, dds_type_name: str) -> int:
    """Return the address of a type that is announced by its name only, as the real middleware does it.

    The made-up one-byte structure must not be announced: peers that compare type information would refuse to match. A
    domain registers a name once: a type that was stripped equals no new one of its name, and the library's table of
    types holds only some 30 that are not equal and have the same name, then it grows until no memory is left.

    Raises:
        LayoutError: The type information could not be removed.
    """
    carrier = Topic(participant, "carrier", _opaque_type(dds_type_name))  # never announced, and gone at the end
    sertype = _sertype(carrier._ref)
    _strip_type_information(sertype)
    # A type without an id is never taken out of the library's type table when it is freed, and the next topic of the
    # same type would use what is left of it: so it is kept alive.
    _keep_sertype(sertype)
    return int(sertype.value or 0)


def create_topic(participant: DomainParticipant, name: str, registered: int) -> int:
    """Return the handle of a topic with a registered type of the same domain."""
    sertype = ct.c_void_p(registered)
    _keep_sertype(sertype)  # the call takes this reference over
    handle = _create_with_type(participant._ref, name.encode(), ct.byref(sertype), None, None, None)
    return check(handle, f"the topic {name}")


def _sertype(topic: int) -> ct.c_void_p:
    sertype = ct.c_void_p()
    if _get_sertype(topic, ct.byref(sertype)) < 0:
        raise LayoutError("Cyclone DDS does not give out the type of a topic; install cyclonedds 11.0")
    return sertype


def _strip_type_information(sertype: ct.c_void_p) -> None:
    first_member = ct.cast(sertype.value, ct.POINTER(ct.c_void_p))
    table = first_member[0]
    if any(table == ct.addressof(stripped) for stripped in _stripped_tables.values()):
        return
    if table not in _stripped_tables:
        _stripped_tables[table] = _stripped_copy(table)
    first_member[0] = ct.addressof(_stripped_tables[table])


def _stripped_copy(table: int) -> ct.Array:
    source = ct.cast(table, ct.POINTER(ct.c_void_p))
    if source[0] != _version_marker:
        raise LayoutError("the type table of Cyclone DDS has an unknown layout; install cyclonedds 11.0")
    copy = (ct.c_void_p * _OPERATIONS)(*[source[i] for i in range(_OPERATIONS)])
    copy[_TYPE_ID] = copy[_TYPE_MAP] = copy[_TYPE_INFO] = None
    return copy

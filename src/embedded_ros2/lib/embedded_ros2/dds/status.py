# SPDX-License-Identifier: Apache-2.0
"""Status changes of readers and writers: matched, incompatible, late, lost."""

from __future__ import annotations

import ctypes as ct
from enum import IntFlag
from types import MappingProxyType

from cyclonedds.internal import DDS, dds_c_t

from .native import blocking, check


class Status(IntFlag):
    """The statuses that can be watched; the values are those of the DDS status mask."""

    OFFERED_DEADLINE_MISSED = 1 << 1
    REQUESTED_DEADLINE_MISSED = 1 << 2
    OFFERED_INCOMPATIBLE_QOS = 1 << 3
    REQUESTED_INCOMPATIBLE_QOS = 1 << 4
    SAMPLE_LOST = 1 << 5
    LIVELINESS_LOST = 1 << 9
    LIVELINESS_CHANGED = 1 << 10
    PUBLICATION_MATCHED = 1 << 11
    SUBSCRIPTION_MATCHED = 1 << 12


_library = ct.CDLL(DDS._dll_handle._name)


def _getter(status: Status) -> tuple[ct._CFuncPtr, type[ct.Structure]]:
    name = f"{status.name.lower()}_status"
    layout = getattr(dds_c_t, name)
    function = getattr(_library, f"dds_get_{name}")
    function.restype = ct.c_int32
    function.argtypes = (ct.c_int32, ct.POINTER(layout))
    return function, layout


_getters = MappingProxyType({status: _getter(status) for status in Status})


def watch(entity: int, statuses: Status) -> None:
    """Let these statuses trigger a wait set that the reader or writer is attached to."""
    check(blocking.dds_set_status_mask(entity, int(statuses)), "watching a status")


def take(entity: int, status: Status) -> dict[str, int] | None:
    """Return the fields of a status if it changed since the last call, and reset its trigger."""
    function, layout = _getters[status]
    value = layout()
    if function(entity, ct.byref(value)) < 0:
        return None
    fields = {name: getattr(value, name) for name, _ in layout._fields_}
    changed = any(number for name, number in fields.items() if name.endswith("_change"))
    return fields if changed else None

# SPDX-License-Identifier: Apache-2.0
"""``SLOT_TYPES``: the field types as the description objects of ``rosidl_parser.definition``. Nothing else."""

from __future__ import annotations

from typing import Any

from rosidl_parser import definition as rosidl

from .definition import PRIMITIVES, FieldType


def slot_type(field_type: FieldType) -> Any:
    """Return the description of one field's type."""
    element = _element(field_type)
    if field_type.container == "array":
        return rosidl.Array(element, field_type.capacity)
    if field_type.container == "bounded":
        return rosidl.BoundedSequence(element, field_type.capacity)
    return rosidl.UnboundedSequence(element) if field_type.container else element


def _element(field_type: FieldType) -> Any:
    if field_type.is_primitive:
        return rosidl.BasicType(PRIMITIVES[field_type.base].idl_name)
    if field_type.is_nested:
        package, kind, name = field_type.base.split("/")
        return rosidl.NamespacedType([package, kind], name)
    wide = field_type.base == "wstring"
    if field_type.string_bound is None:
        return rosidl.UnboundedWString() if wide else rosidl.UnboundedString()
    return rosidl.BoundedWString(field_type.string_bound) if wide else rosidl.BoundedString(field_type.string_bound)

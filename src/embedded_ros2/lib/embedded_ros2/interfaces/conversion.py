# SPDX-License-Identifier: Apache-2.0
"""Values on their way into a message field: conversions always, type checks on demand. No classes, no bytes."""

from __future__ import annotations

import array
import collections.abc
import sys
from collections.abc import Callable
from typing import Any

from .definition import INTEGER_RANGES, PRIMITIVES, FieldType

Converter = Callable[[Any], Any]


def converter(field_type: FieldType) -> Converter | None:
    """Return the function that turns a value into what the field stores, ``None`` where it stores the value as is."""
    if not field_type.container:
        return None
    primitive = PRIMITIVES.get(field_type.base)
    if primitive is None or not primitive.array_code:
        return to_list
    if field_type.container == "array":
        return _numpy_converter(primitive.numpy_name, field_type.capacity)
    return _array_converter(primitive.array_code, primitive.numpy_name)


def to_list(value: Any) -> list[Any]:
    """Return a list of the elements of any iterable but a string, itself if it is a list."""
    if type(value) is list:
        return value
    if isinstance(value, (str, bytes)):
        raise AssertionError(f"a sequence is expected, not the single {type(value).__name__} {value!r}")
    return list(value)


def _array_converter(code: str, numpy_name: str) -> Converter:
    def to_array(value: Any) -> array.array[Any]:
        if type(value) is array.array and value.typecode == code:
            return value
        if isinstance(value, str):
            raise AssertionError(f"a sequence of numbers is expected, not the string {value!r}")
        if "numpy" in sys.modules and isinstance(value, sys.modules["numpy"].ndarray):
            return _array_of_ndarray(code, numpy_name, value)
        if code == "B" and isinstance(value, (bytes, bytearray, memoryview)):
            result = array.array(code)
            result.frombytes(value)
            return result
        return array.array(code, value)

    return to_array


def _array_of_ndarray(code: str, numpy_name: str, value: Any) -> array.array[Any]:
    import numpy as np

    if value.ndim != 1:
        raise AssertionError(f"a sequence has one dimension, the array given has shape {value.shape}")
    target = np.dtype(numpy_name)
    same_kind = target.kind == "f" and np.can_cast(value.dtype, target, "same_kind")
    if not same_kind and not np.can_cast(value.dtype, target, "safe"):
        return array.array(code, value.tolist())
    result = array.array(code)
    result.frombytes(np.ascontiguousarray(value, dtype=target).view(np.uint8).data)
    return result


def _numpy_converter(numpy_name: str, capacity: int) -> Converter:
    import numpy as np

    dtype = np.dtype(numpy_name)

    def to_numpy(value: Any) -> Any:
        result = np.array(value, dtype=dtype)
        if result.shape != (capacity,):
            raise AssertionError(f"{capacity} elements are expected, the shape given is {result.shape}")
        return result

    return to_numpy


def check_value(field_type: FieldType, value: Any) -> str:
    """Return what is wrong with ``value`` for a field, or an empty string.

    A part sentence such as ``"must be float, got str"``, that the caller puts after the field's name.
    """
    if not field_type.container:
        return _check_element(field_type, value)
    if isinstance(value, (str, bytes)) or not isinstance(value, collections.abc.Iterable):
        return f"must be a sequence of {field_type.element.idl()}, got {type(value).__name__} {value!r:.60}"
    count = len(value) if hasattr(value, "__len__") else 0
    if field_type.container == "array" and count != field_type.capacity:
        return f"must have {field_type.capacity} elements, got {count}"
    if field_type.container == "bounded" and count > field_type.capacity:
        return f"may have at most {field_type.capacity} elements, got {count}"
    if isinstance(value, array.array) or hasattr(value, "dtype"):
        return ""
    for index, item in enumerate(value):
        if problem := _check_element(field_type, item):
            return f"element {index} {problem}"
    return ""


def _check_element(field_type: FieldType, value: Any) -> str:
    base = field_type.base
    if field_type.is_nested:
        name = getattr(type(value), "_interface_name", None)
        return "" if name == base else f"must be a {base}, got {name or type(value).__name__}"
    expected = _PYTHON_TYPES.get(base, int)
    wrong = isinstance(value, bool) and expected is int
    if not wrong and not isinstance(value, expected):
        wrong = not (expected is float and isinstance(value, int)) and not hasattr(value, "dtype")
    if wrong:
        return f"must be {expected.__name__}, got {type(value).__name__} {value!r:.60}"
    return _check_range(field_type, value)


_PYTHON_TYPES: dict[str, type] = {
    "bool": bool,
    "byte": bytes,
    "float32": float,
    "float64": float,
    "string": str,
    "wstring": str,
}
_FLOAT32_MAX = 3.402823466e38  # IEEE 754 binary32


def _check_range(field_type: FieldType, value: Any) -> str:
    base = field_type.base
    if base == "byte":
        return "" if len(value) == 1 else f"must be one byte, got {len(value)}"
    if base in INTEGER_RANGES:
        low, high = INTEGER_RANGES[base]
        return "" if low <= value <= high else f"must be in {low} to {high}, got {value}"
    if base == "float32" and _FLOAT32_MAX < abs(value) < float("inf"):
        return f"must be representable as float32, got {value}"
    if field_type.is_string:
        return _check_string(field_type, value)
    return ""


def _check_string(field_type: FieldType, value: str) -> str:
    bound = field_type.string_bound
    if bound is not None and len(value) > bound:
        return f"may have at most {bound} characters, got {len(value)}"
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"holds a lone surrogate, which UTF-8 cannot carry: {value!r:.60}"
    return ""

# SPDX-License-Identifier: Apache-2.0
"""Messages to YAML, CSV and ordered dictionaries. The way back is ``set_message``."""

from __future__ import annotations

import array
import sys
from collections import OrderedDict
from typing import Any

import rosidl_parser.definition as rosidl


def get_message_slot_types(msg: Any) -> OrderedDict[str, Any]:
    """Return the field names of a message, each with the description of its type."""
    return OrderedDict(zip(msg.get_fields_and_field_types(), msg.SLOT_TYPES, strict=False))


def message_to_yaml(
    msg: Any,
    *,
    truncate_length: int | None = None,
    no_arr: bool = False,
    no_str: bool = False,
    flow_style: bool = False,
) -> str:
    """Return a message as YAML.

    Args:
        truncate_length: Strings and sequences longer than this are cut, and end with ``...``.
        no_arr: Say only type and length of arrays and sequences.
        no_str: Say only the length of strings.
        flow_style: Put each sequence into one line.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes ordered dictionaries as plain mappings, sequences at the level of their key."""

    Dumper.add_representer(
        OrderedDict,
        lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False),
    )
    content = message_to_ordereddict(msg, truncate_length=truncate_length, no_arr=no_arr, no_str=no_str)
    return yaml.dump(
        content, Dumper=Dumper, allow_unicode=True, width=sys.maxsize, default_flow_style=flow_style, sort_keys=False
    )


def message_to_ordereddict(
    msg: Any, *, truncate_length: int | None = None, no_arr: bool = False, no_str: bool = False
) -> OrderedDict[str, Any]:
    """Return a message as nested ordered dictionaries of plain Python values; arguments as ``message_to_yaml``."""
    options = _Options(truncate_length, no_arr=no_arr, no_str=no_str)
    return _plain_message(msg, options)


def message_to_csv(msg: Any, *, truncate_length: int | None = None, no_arr: bool = False, no_str: bool = False) -> str:
    """Return the values of a message, depth first, separated by commas; arguments as ``message_to_yaml``."""
    options = _Options(truncate_length, no_arr=no_arr, no_str=no_str)
    return ",".join(_leaves(_plain_message(msg, options)))


class _Options:
    """How much of a message is shown."""

    def __init__(self, truncate_length: int | None, *, no_arr: bool, no_str: bool) -> None:
        self.truncate_length = truncate_length
        self.no_arr = no_arr
        self.no_str = no_str

    def excess(self, value: Any) -> bool:
        """Whether a value is to be cut."""
        return self.truncate_length is not None and len(value) > self.truncate_length


def _plain_message(msg: Any, options: _Options) -> OrderedDict[str, Any]:
    types = get_message_slot_types(msg)
    return OrderedDict((name, _plain(getattr(msg, name), kind, options)) for name, kind in types.items())


def _plain(value: Any, kind: Any, options: _Options) -> Any:
    if isinstance(kind, rosidl.AbstractNestedType):
        return _plain_sequence(value, kind, options)
    if isinstance(kind, rosidl.NamespacedType):
        return _plain_message(value, options)
    if isinstance(value, bytes):
        value = "".join(map(chr, value))
    if not isinstance(value, str):
        return value.item() if hasattr(value, "item") else value
    if options.no_str:
        return f"<string length: <{len(value)}>>"
    return value[: options.truncate_length] + "..." if options.excess(value) else value


def _plain_sequence(value: Any, kind: Any, options: _Options) -> Any:
    if options.no_arr:
        return _sequence_summary(value, kind)
    shown = value[: options.truncate_length] if options.excess(value) else value
    if isinstance(shown, array.array) or hasattr(shown, "dtype"):
        items = shown.tolist()
    else:
        items = [_plain(item, kind.value_type, options) for item in shown]
    return [*items, "..."] if options.excess(value) else items


def _sequence_summary(value: Any, kind: Any) -> str:
    name = _type_name(kind.value_type)
    if isinstance(kind, rosidl.Array):
        return f"<array type: {name}[{kind.size}]>"
    bound = f"[{kind.maximum_size}]" if isinstance(kind, rosidl.BoundedSequence) else ""
    return f"<sequence type: {name}{bound}, length: {len(value)}>"


def _type_name(kind: Any) -> str:
    if isinstance(kind, rosidl.NamespacedType):
        return "/".join(kind.namespaced_name())
    if isinstance(kind, rosidl.AbstractGenericString):
        return "wstring" if isinstance(kind, rosidl.AbstractWString) else "string"
    return str(kind.typename)


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        # An empty sequence keeps its place.
        return [leaf for item in value for leaf in _leaves(item)] or [""]
    return [str(value)]

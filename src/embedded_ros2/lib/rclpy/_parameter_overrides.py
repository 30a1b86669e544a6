# SPDX-License-Identifier: Apache-2.0
"""Parameter overrides that a command line gives to a node (``-p``, ``--params-file``). No storage, no type checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rclpy._parameter_yaml import YamlParameterError, parse_yaml_value, read_parameter_file
from rclpy.parameter import Parameter

_PARAM_FLAGS = ("-p", "--param")
_FILE_FLAG = "--params-file"


def overrides_from_arguments(arguments: Sequence[str], node_name: str) -> dict[str, Parameter]:
    """Return the overrides that ``--ros-args`` gives to a node.

    A later argument wins over an earlier one. In one file, a section with the exact node name wins over one with
    wildcards; sections with wildcards count in file order.

    Args:
        arguments: A command line; only what stands between ``--ros-args`` and ``--`` is read.
        node_name: Fully qualified, e.g. ``/arm/driver``.

    Raises:
        YamlParameterError: A rule or a file is malformed.
    """
    values: dict[str, Any] = {}
    for flag, text in _parameter_arguments(arguments):
        if flag == _FILE_FLAG:
            values.update(_values_of_file(text, node_name))
        else:
            values.update(_values_of_rule(text, node_name))
    return {name: _as_parameter(name, value) for name, value in values.items()}


def _parameter_arguments(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    inside = False
    remaining = iter(arguments)
    for argument in remaining:
        if argument in ("--ros-args", "--"):
            inside = argument == "--ros-args"
            continue
        if not inside or argument not in (*_PARAM_FLAGS, _FILE_FLAG):
            continue
        text = next(remaining, None)
        if text is None:
            raise YamlParameterError(f"The argument {argument} must be followed by a value")
        yield argument, text


def _values_of_rule(rule: str, node_name: str) -> dict[str, Any]:
    left, separator, text = rule.partition(":=")
    pattern, colon, name = left.rpartition(":")
    if not separator or not name:
        raise YamlParameterError(f"The parameter rule '{rule}' must have the form name:=value or node:name:=value")
    if colon and not section_matches(pattern, node_name):
        return {}
    value = parse_yaml_value(text)
    if isinstance(value, dict):
        raise YamlParameterError(f"The parameter rule '{rule}' gives a mapping; give one rule per value")
    return {name: "" if value is None else value}


def _values_of_file(path: str, node_name: str) -> dict[str, Any]:
    sections = read_parameter_file(path)
    matching = [name for name in sections if section_matches(name, node_name)]
    matching.sort(key=lambda name: "*" not in name)
    merged: dict[str, Any] = {}
    for name in matching:
        merged.update(sections[name])
    return merged


def section_matches(pattern: str, node_name: str) -> bool:
    """Tell whether a section name (``/**``, ``/*``, ``/ns/*/node``, ``node``) covers a node.

    A name without a leading slash stands in the root namespace; ``*`` is one name part, ``**`` any number of parts.
    """
    parts = [part for part in pattern.split("/") if part]
    regex = "".join(_part_regex(part) for part in parts)
    return re.fullmatch(regex, node_name) is not None


def _part_regex(part: str) -> str:
    if part == "**":
        return r"(/[^/]+)*"
    return "/" + "".join(r"[^/]*" if piece == "*" else re.escape(piece) for piece in re.split(r"(\*)", part) if piece)


def _as_parameter(name: str, value: Any) -> Parameter:
    try:
        return Parameter(name, value=value)
    except TypeError as error:
        raise YamlParameterError(f"The override of parameter '{name}' cannot be used: {error}") from None

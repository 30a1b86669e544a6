# SPDX-License-Identifier: Apache-2.0
"""What the ``ros2 param`` verbs share: requests to the parameter services of a node. No output formats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ros2cli._graph import call, nearest
from ros2cli.errors import CliError

TYPES = ("not set", "boolean", "integer", "double", "string", "byte array", "boolean array", "integer array",
         "double array", "string array")  # fmt: skip


def list_names(node: Any, target: str, prefixes: list[str] | None = None) -> list[str]:
    """Return the names of a node's parameters, sorted."""
    from rcl_interfaces.srv import ListParameters

    request = ListParameters.Request(prefixes=prefixes or [])
    return sorted(call(node, ListParameters, f"{target}/list_parameters", request).result.names)


def get_values(node: Any, target: str, names: list[str]) -> list[Any]:
    """Return the values as ``rcl_interfaces.msg.ParameterValue``."""
    from rcl_interfaces.srv import GetParameters

    request = GetParameters.Request(names=names)
    return list(call(node, GetParameters, f"{target}/get_parameters", request).values)


def require_value(node: Any, target: str, name: str) -> Any:
    """Return one value.

    Raises:
        CliError: the node has no such parameter, with the nearest names.
    """
    values = get_values(node, target, [name])
    if not values or values[0].type == 0:
        raise CliError(f"node '{target}' has no parameter '{name}'{nearest(name, list_names(node, target))}")
    return values[0]


def set_value(node: Any, target: str, name: str, value: Any) -> Any:
    """Set one parameter and return the ``SetParametersResult``."""
    from rcl_interfaces.msg import Parameter
    from rcl_interfaces.srv import SetParameters

    request = SetParameters.Request(parameters=[Parameter(name=name, value=value)])
    return call(node, SetParameters, f"{target}/set_parameters", request).results[0]


def describe(node: Any, target: str, names: Sequence[str]) -> list[Any]:
    """Return the descriptors of parameters of a node."""
    from rcl_interfaces.srv import DescribeParameters

    request = DescribeParameters.Request(names=list(names))
    return list(call(node, DescribeParameters, f"{target}/describe_parameters", request).descriptors)

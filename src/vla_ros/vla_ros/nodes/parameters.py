# SPDX-License-Identifier: Apache-2.0
"""ROS parameters out of a frozen configuration dataclass: declared, described, read once, validated by the dataclass.

A field is a ``str``, ``int``, ``float``, ``bool`` or a tuple of one of them; its description stands in
``field(metadata={"description": …})``. A field without default has to be set by the user.
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, TypeVar

from rcl_interfaces.msg import ParameterDescriptor

from rclpy.exceptions import InvalidParameterTypeException, ParameterUninitializedException
from rclpy.node import Node
from rclpy.parameter import Parameter
from vla_ros.errors import ConfigError, unknown_name

__all__ = ["read_config"]

Config = TypeVar("Config")

_TYPES = {
    str: Parameter.Type.STRING,
    int: Parameter.Type.INTEGER,
    float: Parameter.Type.DOUBLE,
    bool: Parameter.Type.BOOL,
    tuple[str, ...]: Parameter.Type.STRING_ARRAY,
    tuple[int, ...]: Parameter.Type.INTEGER_ARRAY,
    tuple[float, ...]: Parameter.Type.DOUBLE_ARRAY,
    tuple[bool, ...]: Parameter.Type.BOOL_ARRAY,
}
_ROS_OWN = ("use_sim_time", "start_type_description_service", "qos_overrides")


def read_config(node: Node, config_class: type[Config]) -> Config:
    """Declare a parameter per field and return the configuration that the user set.

    Declaring again is harmless, so that a node can be configured more than once.

    Raises:
        ConfigError: a parameter is unknown, missing, of the wrong type, or refused by the dataclass.
    """
    hints = typing.get_type_hints(config_class)
    fields = dataclasses.fields(config_class)  # type: ignore[arg-type]
    _refuse_unknown(node, {field.name for field in fields})
    return config_class(**{field.name: _read(node, field, hints[field.name]) for field in fields})


def _refuse_unknown(node: Node, known: set[str]) -> None:
    for name in getattr(node, "_parameter_overrides", {}):
        if name.split(".")[0] not in known | set(_ROS_OWN) and not node.has_parameter(name):
            raise ConfigError(f"{node.get_name()}: {unknown_name('parameter', name, known)}")


def _read(node: Node, field: dataclasses.Field[Any], hint: Any) -> Any:
    try:
        if not node.has_parameter(field.name):
            _declare(node, field, hint)
        value = node.get_parameter(field.name).value
    except InvalidParameterTypeException as error:
        raise ConfigError(f"{node.get_name()}: the parameter '{field.name}' has the wrong type: {error}") from error
    except ParameterUninitializedException:
        value = None
    if value is None:
        text = field.metadata.get("description", "it has no default")
        raise ConfigError(f"{node.get_name()}: the parameter '{field.name}' has to be set: {text}")
    return tuple(value) if typing.get_origin(hint) is tuple else value


def _declare(node: Node, field: dataclasses.Field[Any], hint: Any) -> None:
    descriptor = ParameterDescriptor(description=field.metadata.get("description", ""))
    if field.default is dataclasses.MISSING or field.default == ():
        node.declare_parameter(field.name, _TYPES[hint], descriptor)
        if field.default == () and node.get_parameter_or(field.name).value is None:
            node.set_parameters([Parameter(field.name, _TYPES[hint], [])])
        return
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    node.declare_parameter(field.name, default, descriptor)

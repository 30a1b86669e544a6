# SPDX-License-Identifier: Apache-2.0
"""A node's parameter methods. They only pass on to ``_node_parameters``, where they are documented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor, ParameterValue, SetParametersResult

from rclpy._node_state import NodeState
from rclpy.parameter import Parameter


class NodeParameterApi:
    """Parameter methods of ``Node``."""

    _node_state: NodeState

    def declare_parameter(
        self,
        name: str,
        value: Any = None,
        descriptor: ParameterDescriptor | None = None,
        ignore_override: bool = False,
    ) -> Parameter:
        return self._node_state.parameters.declare_parameter(name, value, descriptor, ignore_override)

    def declare_parameters(
        self, namespace: str, parameters: Sequence[tuple], ignore_override: bool = False
    ) -> list[Parameter]:
        return self._node_state.parameters.declare_parameters(namespace, parameters, ignore_override)

    def undeclare_parameter(self, name: str) -> None:
        self._node_state.parameters.undeclare_parameter(name)

    def has_parameter(self, name: str) -> bool:
        return self._node_state.parameters.has_parameter(name)

    def get_parameter(self, name: str) -> Parameter:
        return self._node_state.parameters.get_parameter(name)

    def get_parameters(self, names: Sequence[str]) -> list[Parameter]:
        return self._node_state.parameters.get_parameters(names)

    def get_parameter_or(self, name: str, alternative_value: Parameter | None = None) -> Parameter:
        return self._node_state.parameters.get_parameter_or(name, alternative_value)

    def get_parameters_by_prefix(self, prefix: str) -> dict[str, Parameter]:
        return self._node_state.parameters.get_parameters_by_prefix(prefix)

    def get_parameter_type(self, name: str) -> Parameter.Type:
        return self._node_state.parameters.get_parameter_type(name)

    def get_parameter_types(self, names: Sequence[str]) -> list[Parameter.Type]:
        return self._node_state.parameters.get_parameter_types(names)

    def set_parameters(self, parameter_list: Sequence[Parameter]) -> list[SetParametersResult]:
        return self._node_state.parameters.set_parameters(parameter_list)

    def set_parameters_atomically(self, parameter_list: Sequence[Parameter]) -> SetParametersResult:
        return self._node_state.parameters.set_parameters_atomically(parameter_list)

    def describe_parameter(self, name: str) -> ParameterDescriptor:
        return self._node_state.parameters.describe_parameter(name)

    def describe_parameters(self, names: Sequence[str]) -> list[ParameterDescriptor]:
        return self._node_state.parameters.describe_parameters(names)

    def set_descriptor(
        self, name: str, descriptor: ParameterDescriptor, alternative_value: ParameterValue | None = None
    ) -> ParameterValue:
        return self._node_state.parameters.set_descriptor(name, descriptor, alternative_value)

    def add_pre_set_parameters_callback(self, callback: Callable[[list[Parameter]], list[Parameter]]) -> None:
        self._node_state.parameters.callbacks.add_pre_set_parameters_callback(callback)

    def add_on_set_parameters_callback(self, callback: Callable[[list[Parameter]], SetParametersResult]) -> None:
        self._node_state.parameters.callbacks.add_on_set_parameters_callback(callback)

    def add_post_set_parameters_callback(self, callback: Callable[[list[Parameter]], None]) -> None:
        self._node_state.parameters.callbacks.add_post_set_parameters_callback(callback)

    def remove_pre_set_parameters_callback(self, callback: Callable) -> None:
        self._node_state.parameters.callbacks.remove_pre_set_parameters_callback(callback)

    def remove_on_set_parameters_callback(self, callback: Callable) -> None:
        self._node_state.parameters.callbacks.remove_on_set_parameters_callback(callback)

    def remove_post_set_parameters_callback(self, callback: Callable) -> None:
        self._node_state.parameters.callbacks.remove_post_set_parameters_callback(callback)

    @property
    def _parameter_overrides(self) -> dict[str, Parameter]:
        return self._node_state.parameters.overrides

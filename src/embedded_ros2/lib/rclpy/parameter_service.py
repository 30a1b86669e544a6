# SPDX-License-Identifier: Apache-2.0
"""The six parameter services of a node. Values and checks are in ``_node_parameters``."""

from __future__ import annotations

from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import (
    DescribeParameters,
    GetParameters,
    GetParameterTypes,
    ListParameters,
    SetParameters,
    SetParametersAtomically,
)

from rclpy._node_parameters import NodeParameters
from rclpy.exceptions import ParameterNotDeclaredException, ParameterUninitializedException
from rclpy.parameter import Parameter
from rclpy.qos import qos_profile_parameters


class ParameterService:
    """Serves the parameters of a node under ``~/``.

    Args:
        node: The node that owns the services.
        parameters: The node's parameters.
    """

    def __init__(self, node: Any, parameters: NodeParameters) -> None:
        self._parameters = parameters
        services = (
            (DescribeParameters, "describe_parameters", self._describe_parameters),
            (GetParameters, "get_parameters", self._get_parameters),
            (GetParameterTypes, "get_parameter_types", self._get_parameter_types),
            (ListParameters, "list_parameters", self._list_parameters),
            (SetParameters, "set_parameters", self._set_parameters),
            (SetParametersAtomically, "set_parameters_atomically", self._set_parameters_atomically),
        )
        for type_, name, callback in services:
            node.create_service(type_, f"~/{name}", callback, qos_profile=qos_profile_parameters)

    def _describe_parameters(self, request: Any, response: Any) -> Any:
        try:
            response.descriptors = self._parameters.describe_parameters(request.names)
        except ParameterNotDeclaredException:
            # The documented answer to an unknown name is an empty list.
            response.descriptors = []
        return response

    def _get_parameters(self, request: Any, response: Any) -> Any:
        try:
            response.values = [self._value(name) for name in request.names]
        except ParameterNotDeclaredException:
            response.values = []
        return response

    def _value(self, name: str) -> Any:
        try:
            return self._parameters.get_parameter(name).get_parameter_value()
        except ParameterUninitializedException:
            return Parameter(name, Parameter.Type.NOT_SET).get_parameter_value()

    def _get_parameter_types(self, request: Any, response: Any) -> Any:
        try:
            response.types = [type_.value for type_ in self._parameters.get_parameter_types(request.names)]
        except ParameterNotDeclaredException:
            response.types = []
        return response

    def _list_parameters(self, request: Any, response: Any) -> Any:
        response.result = self._parameters.list_parameters(request.prefixes, request.depth)
        return response

    def _set_parameters(self, request: Any, response: Any) -> Any:
        response.results = [self._set([message]) for message in request.parameters]
        return response

    def _set_parameters_atomically(self, request: Any, response: Any) -> Any:
        response.result = self._set(list(request.parameters))
        return response

    def _set(self, messages: list[Any]) -> SetParametersResult:
        try:
            parameters = [Parameter.from_parameter_msg(message) for message in messages]
            return self._parameters.set_parameters_atomically(parameters)
        except (ParameterNotDeclaredException, ValueError, RuntimeError, TypeError) as error:
            return SetParametersResult(successful=False, reason=str(error))

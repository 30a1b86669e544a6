# SPDX-License-Identifier: Apache-2.0
"""A client of another node's parameter services. It never spins; every call returns a future."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from rcl_interfaces.msg import Parameter as ParameterMsg
from rcl_interfaces.srv import (
    DescribeParameters,
    GetParameters,
    GetParameterTypes,
    ListParameters,
    SetParameters,
    SetParametersAtomically,
)

from rclpy.parameter import Parameter, parameter_dict_from_yaml_file
from rclpy.qos import QoSProfile, qos_profile_services_default

Callback = Callable[[Any], None]


class AsyncParameterClient:
    """Gets and sets parameters of a remote node.

    Args:
        node: The node that owns the service clients.
        remote_node_name: Name of the node whose parameters are used.
        qos_profile: Quality of service of the clients.
        callback_group: Group of the clients.
    """

    def __init__(
        self,
        node: Any,
        remote_node_name: str,
        qos_profile: QoSProfile = qos_profile_services_default,
        callback_group: Any = None,
    ) -> None:
        self.remote_node_name = remote_node_name
        self.node = node
        types = {
            "describe_parameters": DescribeParameters,
            "get_parameters": GetParameters,
            "get_parameter_types": GetParameterTypes,
            "list_parameters": ListParameters,
            "set_parameters": SetParameters,
            "set_parameters_atomically": SetParametersAtomically,
        }
        self._clients = {
            name: node.create_client(
                type_, f"{remote_node_name}/{name}", qos_profile=qos_profile, callback_group=callback_group
            )
            for name, type_ in types.items()
        }

    def services_are_ready(self) -> bool:
        """Tell whether all six services of the remote node are there."""
        return all(client.service_is_ready() for client in self._clients.values())

    def wait_for_services(self, timeout_sec: float | None = None) -> bool:
        """Wait until all services are there; return whether they are.

        Args:
            timeout_sec: Longest wait [s]; none means without end.
        """
        deadline = None if timeout_sec is None else time.monotonic() + timeout_sec
        for client in self._clients.values():
            left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not client.wait_for_service(timeout_sec=left_s):
                return False
        return True

    def list_parameters(
        self, prefixes: Sequence[str] | None = None, depth: int | None = None, callback: Callback | None = None
    ) -> Any:
        """List names under prefixes; the result is a ``ListParameters.Response``."""
        request = ListParameters.Request(prefixes=list(prefixes or []), depth=depth or 0)
        return self._call("list_parameters", request, callback)

    def get_parameters(self, names: Sequence[str], callback: Callback | None = None) -> Any:
        """Get values; the result is a ``GetParameters.Response``."""
        return self._call("get_parameters", GetParameters.Request(names=list(names)), callback)

    def set_parameters(self, parameters: Sequence[Parameter | ParameterMsg], callback: Callback | None = None) -> Any:
        """Set parameters one by one; the result is a ``SetParameters.Response``."""
        return self._call("set_parameters", SetParameters.Request(parameters=_messages(parameters)), callback)

    def set_parameters_atomically(
        self, parameters: Sequence[Parameter | ParameterMsg], callback: Callback | None = None
    ) -> Any:
        """Set all parameters or none; the result is a ``SetParametersAtomically.Response``."""
        request = SetParametersAtomically.Request(parameters=_messages(parameters))
        return self._call("set_parameters_atomically", request, callback)

    def describe_parameters(self, names: Sequence[str], callback: Callback | None = None) -> Any:
        """Describe parameters; the result is a ``DescribeParameters.Response``."""
        return self._call("describe_parameters", DescribeParameters.Request(names=list(names)), callback)

    def get_parameter_types(self, names: Sequence[str], callback: Callback | None = None) -> Any:
        """Get types; the result is a ``GetParameterTypes.Response``."""
        return self._call("get_parameter_types", GetParameterTypes.Request(names=list(names)), callback)

    def delete_parameters(self, names: Sequence[str], callback: Callback | None = None) -> Any:
        """Delete dynamically typed parameters; the result is a ``SetParameters.Response``."""
        unset = [Parameter(name, Parameter.Type.NOT_SET) for name in names]
        return self.set_parameters(unset, callback)

    def load_parameter_file(
        self,
        parameter_file: str,
        use_wildcard: bool = False,
        callback: Callback | None = None,
    ) -> Any:
        """Set the parameters of the remote node that a YAML file gives, one by one."""
        return self.set_parameters(self._read(parameter_file, use_wildcard=use_wildcard), callback)

    def load_parameter_file_atomically(
        self,
        parameter_file: str,
        use_wildcard: bool = False,
        callback: Callback | None = None,
    ) -> Any:
        """Set the parameters of the remote node that a YAML file gives, all or none."""
        return self.set_parameters_atomically(self._read(parameter_file, use_wildcard=use_wildcard), callback)

    def _read(self, parameter_file: str, *, use_wildcard: bool) -> list[ParameterMsg]:
        values = parameter_dict_from_yaml_file(parameter_file, use_wildcard, target_nodes=[self.remote_node_name])
        return list(values.values())

    def _call(self, name: str, request: Any, callback: Callback | None) -> Any:
        future = self._clients[name].call_async(request)
        if callback is not None:
            future.add_done_callback(callback)
        return future


def _messages(parameters: Sequence[Parameter | ParameterMsg]) -> list[ParameterMsg]:
    return [item.to_parameter_msg() if isinstance(item, Parameter) else item for item in parameters]

# SPDX-License-Identifier: Apache-2.0
"""Parameters of a node from another node."""

import pytest
from rcl_interfaces.msg import ParameterDescriptor

from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient
from rclpy.parameter_event_handler import ParameterEventHandler


@pytest.fixture
def server(make_node):
    node = make_node("server", namespace="/ns")
    node.declare_parameter("rate_hz", 5.0)
    node.declare_parameter("arm.name", "left")
    node.declare_parameter("arm.limits.elbow", [1.0, 2.0])
    node.declare_parameter("fixed", 1, ParameterDescriptor(read_only=True))
    return node


@pytest.fixture
def client(make_node, server, wait_for):
    parameter_client = AsyncParameterClient(make_node("client"), "/ns/server")
    wait_for(parameter_client.services_are_ready, "the parameter services")
    return parameter_client


def test_values_types_and_descriptions_are_read(client, result_of):
    values = result_of(client.get_parameters(["rate_hz", "arm.limits.elbow"])).values
    assert [parameter_value_to_python(value) for value in values] == [5.0, [1.0, 2.0]]
    assert list(result_of(client.get_parameter_types(["rate_hz", "arm.name"])).types) == [3, 4]
    assert result_of(client.describe_parameters(["fixed"])).descriptors[0].read_only


def test_unknown_name_gives_an_empty_answer(client, result_of):
    assert list(result_of(client.get_parameters(["missing"])).values) == []
    assert list(result_of(client.describe_parameters(["missing"])).descriptors) == []


def test_names_are_listed_by_prefix(client, result_of):
    found = result_of(client.list_parameters(["arm"], 10)).result
    assert set(found.names) == {"arm.name", "arm.limits.elbow"}
    assert set(found.prefixes) == {"arm", "arm.limits"}


def test_values_are_set_and_refusals_say_why(client, server, result_of):
    wanted = [Parameter("rate_hz", value=7.0), Parameter("fixed", value=2), Parameter("arm.name", value=3)]
    results = result_of(client.set_parameters(wanted)).results
    assert [item.successful for item in results] == [True, False, False]
    assert "read-only" in results[1].reason
    assert server.get_parameter("rate_hz").value == 7.0


def test_unknown_name_cannot_be_set(client, result_of):
    results = result_of(client.set_parameters([Parameter("missing", value=1)])).results
    assert not results[0].successful
    assert "undeclared" in results[0].reason


def test_atomic_set_over_the_service(client, server, result_of):
    wanted = [Parameter("rate_hz", value=9.0), Parameter("fixed", value=2)]
    assert not result_of(client.set_parameters_atomically(wanted)).result.successful
    assert server.get_parameter("rate_hz").value == 5.0


def test_file_is_loaded(client, server, result_of, tmp_path):
    path = tmp_path / "parameters.yaml"
    path.write_text("/ns/server:\n  ros__parameters:\n    rate_hz: 11.0\n    arm: {name: right}\n", encoding="utf-8")
    assert all(item.successful for item in result_of(client.load_parameter_file(str(path))).results)
    assert [item.value for item in server.get_parameters(["rate_hz", "arm.name"])] == [11.0, "right"]


def test_changes_are_announced(make_node, server, wait_for):
    listener = make_node("listener")
    handler = ParameterEventHandler(listener)
    seen = []
    handler.add_parameter_callback("rate_hz", "/ns/server", lambda message: seen.append(message.value.double_value))
    wait_for(lambda: listener.count_publishers("/parameter_events") >= 2, "the publishers of events")
    wait_for(lambda: server.count_subscribers("/parameter_events") >= 1, "the subscription")

    def set_and_look():
        server.set_parameters([Parameter("rate_hz", value=42.0)])
        return 42.0 in seen

    wait_for(set_and_look, "the event")

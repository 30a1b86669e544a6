# SPDX-License-Identifier: Apache-2.0
"""Parameters of a node: declaration, overrides, setting, callbacks."""

import pytest
from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor, SetParametersResult

from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterAlreadyDeclaredException,
    ParameterImmutableException,
    ParameterNotDeclaredException,
    ParameterUninitializedException,
)
from rclpy.parameter import Parameter

UNIT = ParameterDescriptor(floating_point_range=[FloatingPointRange(from_value=0.0, to_value=1.0, step=0.0)])


def arguments(*rules):
    return {"cli_args": ["--ros-args", *(word for rule in rules for word in ("-p", rule))]}


def test_default_value_is_returned(make_node):
    node = make_node()
    assert node.declare_parameter("a", 1.5).value == 1.5
    assert node.get_parameter("a").type_ == Parameter.Type.DOUBLE


def test_override_replaces_default(make_node):
    node = make_node(**arguments("a:=2.5", "joints:=[left, right]", "on:=y", "octal:=010"))
    assert node.declare_parameter("a", 1.0).value == 2.5
    assert node.declare_parameter("joints", ["z"]).value == ["left", "right"]
    assert node.declare_parameter("on", False).value is True
    assert node.declare_parameter("octal", 1).value == 8


def test_override_can_be_ignored(make_node):
    assert make_node(**arguments("a:=2.5")).declare_parameter("a", 1.0, ignore_override=True).value == 1.0


def test_override_of_another_type_is_refused(make_node):
    with pytest.raises(InvalidParameterTypeException, match=r"'a'.*'INTEGER'.*expecting type 'DOUBLE'"):
        make_node(**arguments("a:=2")).declare_parameter("a", 1.0)


def test_override_outside_the_range_is_refused(make_node):
    with pytest.raises(InvalidParameterValueException, match="out of range"):
        make_node(**arguments("a:=2.0")).declare_parameter("a", 0.5, UNIT)


def test_overrides_are_declared_when_asked(make_node):
    node = make_node(automatically_declare_parameters_from_overrides=True, **arguments("g.a:=1", "g.b:=x"))
    assert {name: item.value for name, item in node.get_parameters_by_prefix("g").items()} == {"a": 1, "b": "x"}


def test_second_declaration_is_refused(make_node):
    node = make_node()
    node.declare_parameter("a", 1)
    with pytest.raises(ParameterAlreadyDeclaredException, match="a"):
        node.declare_parameter("a", 1)


def test_undeclared_parameter_is_refused(make_node):
    node = make_node()
    with pytest.raises(ParameterNotDeclaredException, match="a"):
        node.get_parameter("a")
    with pytest.raises(ParameterNotDeclaredException, match="a"):
        node.set_parameters([Parameter("a", value=1)])


def test_undeclared_parameter_may_be_set_when_allowed(make_node):
    node = make_node(allow_undeclared_parameters=True)
    assert node.get_parameter("a").type_ == Parameter.Type.NOT_SET
    assert node.set_parameters([Parameter("a", value=1)])[0].successful
    assert node.get_parameter("a").value == 1


def test_declared_type_without_value_is_uninitialised(make_node):
    node = make_node()
    node.declare_parameter("a", Parameter.Type.DOUBLE)
    with pytest.raises(ParameterUninitializedException, match="a"):
        node.get_parameter("a")
    assert not node.set_parameters([Parameter("a", value="text")])[0].successful
    assert node.set_parameters([Parameter("a", value=1.0)])[0].successful
    assert node.get_parameter("a").value == 1.0


def test_type_is_static_unless_declared_dynamic(make_node):
    node = make_node()
    node.declare_parameter("fixed", 1)
    node.declare_parameter("free", 1, ParameterDescriptor(dynamic_typing=True))
    assert not node.set_parameters([Parameter("fixed", value="text")])[0].successful
    assert node.set_parameters([Parameter("free", value="text")])[0].successful


def test_read_only_parameter_stays(make_node):
    node = make_node()
    node.declare_parameter("a", 1, ParameterDescriptor(read_only=True))
    assert "read-only" in node.set_parameters([Parameter("a", value=2)])[0].reason
    with pytest.raises(ParameterImmutableException):
        node.undeclare_parameter("a")
    assert node.get_parameter("a").value == 1


def test_atomic_set_changes_all_or_none(make_node):
    node = make_node()
    node.declare_parameter("a", 1)
    node.declare_parameter("b", 0.5, UNIT)
    assert not node.set_parameters_atomically([Parameter("a", value=2), Parameter("b", value=9.0)]).successful
    assert node.get_parameter("a").value == 1
    assert node.set_parameters_atomically([Parameter("a", value=2), Parameter("b", value=0.9)]).successful
    assert [item.value for item in node.get_parameters(["a", "b"])] == [2, 0.9]


def test_callbacks_rewrite_refuse_and_are_told(make_node):
    node = make_node()
    node.declare_parameter("a", 1)
    told = []

    def double(parameters):
        return [Parameter(item.name, value=item.value * 2) for item in parameters]

    def refuse_big(parameters):
        fits = all(item.value < 100 for item in parameters)
        return SetParametersResult(successful=fits, reason="" if fits else "too big")

    node.add_pre_set_parameters_callback(double)
    node.add_on_set_parameters_callback(refuse_big)
    node.add_post_set_parameters_callback(lambda parameters: told.extend(item.value for item in parameters))
    assert node.set_parameters([Parameter("a", value=3)])[0].successful
    assert node.set_parameters([Parameter("a", value=60)])[0].reason == "too big"
    assert (node.get_parameter("a").value, told) == (6, [6])
    node.remove_pre_set_parameters_callback(double)
    node.remove_on_set_parameters_callback(refuse_big)
    assert node.set_parameters([Parameter("a", value=500)])[0].successful


def test_alternative_stands_in_for_a_missing_parameter(make_node):
    node = make_node()
    assert node.get_parameter_or("a", Parameter("a", value=7)).value == 7


def test_undeclared_again(make_node):
    node = make_node()
    node.declare_parameter("a", 1)
    assert node.has_parameter("a")
    node.undeclare_parameter("a")
    assert not node.has_parameter("a")


def test_descriptor_names_its_parameter(make_node):
    node = make_node()
    node.declare_parameter("a", 0.5, UNIT)
    descriptor = node.describe_parameter("a")
    assert (descriptor.name, descriptor.type) == ("a", Parameter.Type.DOUBLE.value)
    assert descriptor.floating_point_range[0].to_value == 1.0

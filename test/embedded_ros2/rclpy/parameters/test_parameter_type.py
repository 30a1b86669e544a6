# SPDX-License-Identifier: Apache-2.0
"""Parameter values: types from Python values and the way through messages."""

import array

import pytest

from rclpy.parameter import Parameter, get_parameter_value, parameter_value_to_python

Type = Parameter.Type

VALUES = [
    (None, Type.NOT_SET),
    (True, Type.BOOL),
    (1, Type.INTEGER),
    (1.0, Type.DOUBLE),
    ("a", Type.STRING),
    ([b"a", b"b"], Type.BYTE_ARRAY),
    ([True, False], Type.BOOL_ARRAY),
    ([1, 2], Type.INTEGER_ARRAY),
    ([1.0, 2.0], Type.DOUBLE_ARRAY),
    (["a", "b"], Type.STRING_ARRAY),
]


@pytest.mark.parametrize(("value", "type_"), VALUES)
def test_type_follows_from_value(value, type_):
    assert Parameter("p", value=value).type_ == type_


@pytest.mark.parametrize(("value", "type_"), VALUES)
def test_message_round_trip_keeps_name_type_and_value(value, type_):
    parameter = Parameter.from_parameter_msg(Parameter("p", value=value).to_parameter_msg())
    assert (parameter.name, parameter.type_, parameter.value) == ("p", type_, value)


def test_array_array_becomes_a_list_in_a_message():
    message = Parameter("p", value=array.array("d", [1.0, 2.5])).get_parameter_value()
    assert parameter_value_to_python(message) == [1.0, 2.5]


def test_mixed_list_is_refused_and_names_its_types():
    with pytest.raises(TypeError, match="float, int"):
        Parameter("p", value=[1, 2.0])


def test_value_of_another_type_is_refused():
    with pytest.raises(ValueError, match="do not agree in parameter 'p'"):
        Parameter("p", Type.DOUBLE, 1)


def test_true_is_no_integer():
    assert not Type.INTEGER.check(True)
    assert not Type.INTEGER_ARRAY.check([True])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("0x10", 16),
        ("1.5", 1.5),
        ("1e-3", "1e-3"),
        (".inf", float("inf")),
        ("true", True),
        ("hello", "hello"),
        ("'1'", "1"),
        ("2020-01-01", "2020-01-01"),
        ("[1, 2]", [1, 2]),
        ("[a, b]", ["a", "b"]),
        ("{a: 1}", "{a: 1}"),
        ("[1, 2.0]", "[1, 2.0]"),
        ("[unclosed", "[unclosed"),
    ],
)
def test_text_is_read_as_pyyaml_reads_it(text, value):
    assert parameter_value_to_python(get_parameter_value(text)) == value

# SPDX-License-Identifier: Apache-2.0
"""The grammar of interface texts: what it takes, and the sentence for what it does not."""

from __future__ import annotations

import pytest

from embedded_ros2.interfaces import DefinitionError
from embedded_ros2.interfaces.definition import Constant, Field, FieldType
from embedded_ros2.interfaces.parse import parse_interface


def fields_of(text: str) -> tuple[Field, ...]:
    """Parse the text of a message."""
    return parse_interface("demo/msg/Sample", text).fields


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("float64[<=3] x", Field("x", FieldType("float64", None, "bounded", 3))),
        ("string<=10[4] x", Field("x", FieldType("string", 10, "array", 4))),
        ("string<=10[<=4] x", Field("x", FieldType("string", 10, "bounded", 4))),
        ("Other x", Field("x", FieldType("demo/msg/Other"))),
        ("std_msgs/Header[] x", Field("x", FieldType("std_msgs/msg/Header", None, "sequence"))),
        ("int32 x -5", Field("x", FieldType("int32"), -5)),
        ("uint8 x 0x1F", Field("x", FieldType("uint8"), 31)),
        ("bool x true", Field("x", FieldType("bool"), True)),
        ('string x "a # b"  # comment', Field("x", FieldType("string"), "a # b")),
        ("string x 'it''s'", Field("x", FieldType("string"), "its")),
        ("int32[] x [1, 2, 3]", Field("x", FieldType("int32", None, "sequence"), [1, 2, 3])),
        ('string[2] x ["a, b", c]', Field("x", FieldType("string", None, "array", 2), ["a, b", "c"])),
        ("float32\tx\t1.5 # [m]", Field("x", FieldType("float32"), 1.5)),
        ("byte x 255", Field("x", FieldType("byte"), b"\xff")),
        ("time x", Field("x", FieldType("builtin_interfaces/msg/Time"))),
    ],
)
def test_field_lines(line: str, field: Field) -> None:
    assert fields_of(line) == (field,)


def test_constants_keep_order_and_type() -> None:
    constants = parse_interface("demo/msg/Sample", "uint8 A=1\nstring B = it's # odd\nfloat32 C=-1e3").constants
    assert constants == (Constant("A", "uint8", 1), Constant("B", "string", "it's"), Constant("C", "float32", -1000.0))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("int32", "line 1: a field is 'type name"),
        ("# fine\nint23 x", "line 2: unknown type 'int23' (nearest: int32"),
        ("int32 X", "field name 'X' must be lower case"),
        ("int32 a__b", "field name 'a__b' must be lower case"),
        ("int32 lambda", "is a word of the Python language"),
        ("int32 x\nint64 x", "line 2: 'x' is defined twice"),
        ("uint8 A=256", "256 is outside the range of uint8, 0 to 255"),
        ("int32 x 1.5", "'1.5' is no value of type int32"),
        ("bool x maybe", "a bool is true or false, got 'maybe'"),
        ("int32[0] x", "the number of elements must be > 0"),
        ("int32<=5 x", "only strings take a length bound"),
        ("int32[2] x [1]", "2 default values expected, got 1"),
        ("int32[<=2] x [1, 2, 3]", "at most 2 default values allowed, got 3"),
        ("string<=2 x abc", "default 'abc' is longer than 2"),
        ("Other x 5", "a field of message type takes no default"),
        ("Other A=5", "constant A needs a primitive type"),
        ("string A=", "a value of type string is missing"),
        ("int32[] x 5", "the default of an array is written [a, b]"),
    ],
)
def test_faults_are_named_with_their_line(text: str, sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_interface("demo/msg/Sample", text)
    assert str(caught.value).startswith("demo/msg/Sample, line ")
    assert sentence in str(caught.value)


def test_service_and_action_parts_are_counted() -> None:
    with pytest.raises(DefinitionError, match="1 separator lines '---' expected, 0 found"):
        parse_interface("demo/srv/Sample", "int32 x")
    with pytest.raises(DefinitionError, match="2 separator lines '---' expected, 1 found"):
        parse_interface("demo/action/Sample", "int32 x\n---\n")
    action = parse_interface("demo/action/Sample", "int32 x\n---\n---\nint32 y")
    assert action.result.fields == ()
    assert action.feedback.fields[0].name == "y"

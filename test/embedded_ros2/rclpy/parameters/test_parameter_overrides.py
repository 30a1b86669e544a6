# SPDX-License-Identifier: Apache-2.0
"""Overrides from the command line and from YAML files with wildcards."""

import pytest

from rclpy._parameter_overrides import overrides_from_arguments, section_matches
from rclpy._parameter_yaml import YamlParameterError, parse_yaml_value, read_parameter_file
from rclpy.parameter import parameter_dict_from_yaml_file


def overrides(arguments, node="/arm/driver"):
    return {name: item.value for name, item in overrides_from_arguments(arguments, node).items()}


def write(tmp_path, text):
    path = tmp_path / "parameters.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_rule_on_the_command_line_is_read():
    assert overrides(["prog", "--ros-args", "-p", "rate_hz:=50.0", "--param", "a.b:=[1, 2]"]) == {
        "rate_hz": 50.0,
        "a.b": [1, 2],
    }


def test_rules_outside_ros_args_are_ignored():
    assert overrides(["prog", "-p", "a:=1", "--ros-args", "-p", "b:=2", "--", "-p", "c:=3"]) == {"b": 2}


def test_rule_for_another_node_is_ignored():
    arguments = ["--ros-args", "-p", "/arm/driver:a:=1", "-p", "/arm/other:b:=2", "-p", "/**/driver:c:=3"]
    assert overrides(arguments) == {"a": 1, "c": 3}


def test_later_argument_wins_over_an_earlier_one(tmp_path):
    path = write(tmp_path, "/arm/driver:\n  ros__parameters: {a: 1, b: 1}\n")
    assert overrides(["--ros-args", "--params-file", path, "-p", "a:=2"]) == {"a": 2, "b": 1}
    assert overrides(["--ros-args", "-p", "a:=2", "--params-file", path]) == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("pattern", "node", "expected"),
    [
        ("/**", "/arm/driver", True),
        ("/**", "/driver", True),
        ("/*", "/driver", True),
        ("/*", "/arm/driver", False),
        ("/*/driver", "/arm/driver", True),
        ("/*/driver", "/a/b/driver", False),
        ("/**/driver", "/driver", True),
        ("/**/driver", "/a/b/driver", True),
        ("/arm/*", "/arm/driver", True),
        ("driver", "/driver", True),
        ("driver", "/arm/driver", False),
        ("/arm/driver", "/arm/driver", True),
        ("/arm/dri", "/arm/driver", False),
        ("/cam_*", "/cam_left", True),
    ],
)
def test_section_names_match_nodes(pattern, node, expected):
    assert section_matches(pattern, node) is expected


def test_exact_section_wins_over_wildcards_in_one_file(tmp_path):
    text = "/arm/driver:\n  ros__parameters: {a: 1}\n/**:\n  ros__parameters: {a: 2, b: 2}\n"
    assert overrides(["--ros-args", "--params-file", write(tmp_path, text)]) == {"a": 1, "b": 2}


def test_nested_namespaces_and_groups_are_flattened(tmp_path):
    text = "arm:\n  driver:\n    ros__parameters:\n      limits:\n        elbow: {max_rad: 1.5}\n"
    assert overrides(["--ros-args", "--params-file", write(tmp_path, text)]) == {"limits.elbow.max_rad": 1.5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("driver:\n  ros__parameters:\n  - [unclosed", "parameters.yaml, line 3, column 14"),
        ("driver:\n  parameters: {a: 1}\n", "'driver/parameters/a' must hold a mapping"),
        ("a: 1\n", "'a' must hold a mapping with the key 'ros__parameters'"),
        ("/**:\n  ros__parameters: {a: [1, 2.0]}\n", "the list 'a' holds float, int"),
        ("/**:\n  ros__parameters: {a: }\n", "the parameter 'a' has no value"),
        ("/**:\n  ros__parameters: {a: 1, a: 2}\n", "the key 'a' is given twice"),
        ("- 1\n", "must hold a mapping of node names, got list"),
    ],
)
def test_malformed_file_is_refused_in_one_sentence(tmp_path, text, message):
    with pytest.raises(YamlParameterError, match=message) as caught:
        read_parameter_file(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_missing_file_is_named():
    with pytest.raises(YamlParameterError, match=r"parameter file /nowhere\.yaml cannot be read"):
        overrides(["--ros-args", "--params-file", "/nowhere.yaml"])


@pytest.mark.parametrize("rule", ["a=1", ":=1", "a", "node::=1"])
def test_malformed_rule_is_refused(rule):
    with pytest.raises(YamlParameterError, match="must have the form"):
        overrides(["--ros-args", "-p", rule])


def test_flag_without_value_is_refused():
    with pytest.raises(YamlParameterError, match="-p must be followed"):
        overrides(["--ros-args", "-p"])


def test_messages_are_read_for_target_nodes(tmp_path):
    path = write(
        tmp_path, "/a:\n  ros__parameters: {x: 1}\n/b:\n  ros__parameters: {x: 2}\n/**:\n  ros__parameters: {y: 3}\n"
    )
    messages = parameter_dict_from_yaml_file(path, use_wildcard=True, target_nodes=["/b"], namespace="n")
    assert {name: item.value.integer_value for name, item in messages.items()} == {"n.y": 3, "n.x": 2}


def test_file_without_the_target_node_is_refused(tmp_path):
    path = write(tmp_path, "/a:\n  ros__parameters: {x: 1}\n")
    with pytest.raises(RuntimeError, match="does not contain any valid parameters"):
        parameter_dict_from_yaml_file(path, target_nodes=["/c"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("Off", False),
        ("'y'", "y"),
        ("~", "~"),
        ("null", "null"),
        ("0x1F", 31),
        ("010", 8),
        ("-5", -5),
        ("1e-3", 0.001),
        ("-.inf", float("-inf")),
        ("!!str 1", "1"),
        ("2020-01-01", "2020-01-01"),
        ("99999999999999999999", 1e20),
        ("{on: 1, 2: b}", {"on": 1, "2": "b"}),
    ],
)
def test_scalars_are_read_as_rcl_reads_them(text, value):
    parsed = parse_yaml_value(text)
    assert (parsed, type(parsed)) == (value, type(value))

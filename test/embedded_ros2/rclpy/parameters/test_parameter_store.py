# SPDX-License-Identifier: Apache-2.0
"""Checks that a new parameter value must pass."""

import pytest
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

from rclpy._parameter_store import ParameterStore
from rclpy.parameter import Parameter


def store_with(value, **descriptor):
    store = ParameterStore()
    store.declare(Parameter("p", value=value), ParameterDescriptor(**descriptor))
    return store


def check(store, value):
    return store.check(Parameter("p", value=value))


@pytest.mark.parametrize(("value", "accepted"), [(0.0, True), (0.3, True), (1.0, True), (0.35, False), (1.1, False)])
def test_double_range_with_step(value, accepted):
    limits = FloatingPointRange(from_value=0.0, to_value=1.0, step=0.1)
    assert check(store_with(0.5, floating_point_range=[limits]), value).successful is accepted


@pytest.mark.parametrize(("value", "accepted"), [(-4, True), (-1, True), (0, False), (10, True), (11, False)])
def test_integer_range_with_step(value, accepted):
    limits = IntegerRange(from_value=-4, to_value=10, step=3)
    assert check(store_with(-4, integer_range=[limits]), value).successful is accepted


def test_range_refusal_names_parameter_bounds_and_value():
    result = check(store_with(1, integer_range=[IntegerRange(from_value=0, to_value=2)]), 9)
    assert result.reason == "Parameter p out of range Min: 0, Max: 2, value: 9"


def test_other_type_is_refused_unless_typing_is_dynamic():
    assert "Wrong parameter type for 'p', expected 'DOUBLE' got 'INTEGER'" in check(store_with(1.0), 1).reason
    assert check(store_with(1.0, dynamic_typing=True), "text").successful


def test_read_only_is_refused():
    assert check(store_with(1, read_only=True), 2).reason == "Trying to set a read-only parameter: p."


def test_empty_list_takes_the_declared_array_type():
    store = store_with([1.0])
    assert check(store, []).successful
    store.put(Parameter("p", value=[]))
    assert store["p"].type_ == Parameter.Type.DOUBLE_ARRAY


def test_hint_names_the_nearest_parameter():
    store = store_with(1)
    store.declare(Parameter("max_velocity", value=1.0), ParameterDescriptor())
    assert store.hint("max_velocty") == "; did you mean 'max_velocity'?"
    assert store.hint("zzz") == ""


@pytest.mark.parametrize(
    ("prefixes", "depth", "names"),
    [
        ([], 0, ["a", "b.c", "b.d.e"]),
        ([], 1, ["a"]),
        ([], 2, ["a", "b.c"]),
        (["b"], 1, ["b.c"]),
        (["b"], 0, ["b.c", "b.d.e"]),
        (["b.d"], 0, ["b.d.e"]),
        (["a"], 0, ["a"]),
        (["x"], 0, []),
    ],
)
def test_listing_by_prefix_and_depth(prefixes, depth, names):
    store = ParameterStore()
    for name in ("a", "b.c", "b.d.e"):
        store.declare(Parameter(name, value=1), ParameterDescriptor())
    assert store.list(prefixes, depth)[0] == names

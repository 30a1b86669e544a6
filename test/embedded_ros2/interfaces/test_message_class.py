# SPDX-License-Identifier: Apache-2.0
"""Message classes: construction, defaults, conversions, reflection, copies."""

from __future__ import annotations

import array
import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from example_interfaces.action import Fibonacci
from geometry_msgs.msg import PoseStamped, PoseWithCovariance, Quaternion
from sensor_msgs.msg import Image, JointState, NavSatStatus
from std_msgs.msg import ByteMultiArray, Float64MultiArray, String, UInt8MultiArray
from std_srvs.srv import SetBool, Trigger

from rosidl_parser.definition import Array, BasicType, NamespacedType, UnboundedSequence, UnboundedString


def test_defaults_come_from_the_definition() -> None:
    assert (Quaternion().x, Quaternion().w) == (0.0, 1.0)
    assert PoseStamped().pose.orientation.w == 1.0
    assert NavSatStatus().status == NavSatStatus.STATUS_UNKNOWN == -2
    assert Quaternion.W__DEFAULT == 1.0


def test_two_messages_share_no_mutable_default() -> None:
    first, second = JointState(), JointState()
    first.name.append("a")
    first.position.append(1.0)
    first.header.frame_id = "b"
    assert second == JointState()
    covariance = PoseWithCovariance()
    covariance.covariance[0] = 1.0
    assert PoseWithCovariance().covariance[0] == 0.0


def test_constructor_takes_keywords_only() -> None:
    with pytest.raises(TypeError):
        String("positional")


def test_unknown_keyword_names_the_nearest_field() -> None:
    with pytest.raises(
        AssertionError, match=r"sensor_msgs/msg/JointState has no field 'positon' \(nearest: position\)"
    ):
        JointState(positon=[1.0])


def test_unknown_attribute_is_refused() -> None:
    with pytest.raises(AttributeError):
        String().dta = "x"


def test_number_sequences_become_arrays_of_the_field_type() -> None:
    message = JointState(position=[1, 2], velocity=np.arange(3), effort=(0.5,))
    assert message.position == array.array("d", [1.0, 2.0])
    assert message.velocity.typecode == "d"
    assert message.effort.tolist() == [0.5]
    own = array.array("d", [3.0])
    message.position = own
    assert message.position is own


@pytest.mark.parametrize("data", [b"\x01\xff", bytearray(b"\x01\xff"), memoryview(b"\x01\xff"), [1, 255], (1, 255)])
def test_bytes_like_values_fill_byte_sequences(data: object) -> None:
    assert Image(data=data).data == array.array("B", [1, 255])
    assert UInt8MultiArray(data=np.array([1, 255], np.int64)).data == array.array("B", [1, 255])


def test_values_that_do_not_fit_are_refused_on_assignment() -> None:
    with pytest.raises(OverflowError):
        Image(data=np.array([256]))
    with pytest.raises(TypeError):
        Image(data=np.array([1.0]))
    with pytest.raises(AssertionError, match="one dimension"):
        Image(data=np.zeros((2, 2), np.uint8))
    with pytest.raises(AssertionError, match="36 elements are expected"):
        PoseWithCovariance(covariance=[0.0] * 35)
    with pytest.raises(AssertionError, match="a sequence is expected"):
        JointState(name="joint1")


def test_non_contiguous_and_foreign_endian_arrays_are_converted() -> None:
    values = np.arange(6, dtype=">f4")[::2]
    assert Float64MultiArray(data=values).data.tolist() == [0.0, 2.0, 4.0]


def test_fixed_size_arrays_are_numpy_copies() -> None:
    values = np.ones(36)
    message = PoseWithCovariance(covariance=values)
    values[0] = 5.0
    assert message.covariance.dtype == np.float64
    assert message.covariance[0] == 1.0


def test_bytes_are_bytes_objects() -> None:
    assert DiagnosticStatus().level == b"\x00"
    assert DiagnosticStatus.WARN == b"\x01"
    assert ByteMultiArray(data=[b"a", b"b"]).data == [b"a", b"b"]


def test_equality_goes_deep() -> None:
    first = PoseWithCovariance(covariance=range(36))
    second = copy.deepcopy(first)
    assert first == second
    second.covariance[35] = 0.0
    assert first != second
    assert String() != 5
    assert String(data="a") != JointState()


def test_text_has_the_form_of_rosidl() -> None:
    assert repr(String(data="a")) == "std_msgs.msg.String(data='a')"
    assert repr(Float64MultiArray(data=[1.0])).endswith("data=[1.0])")
    assert repr(SetBool.Request(data=True)) == "std_srvs.srv.SetBool_Request(data=True)"


def test_reflection() -> None:
    assert JointState.get_fields_and_field_types() == {
        "header": "std_msgs/Header",
        "name": "sequence<string>",
        "position": "sequence<double>",
        "velocity": "sequence<double>",
        "effort": "sequence<double>",
    }
    assert JointState.SLOT_TYPES[:3] == (
        NamespacedType(["std_msgs", "msg"], "Header"),
        UnboundedSequence(UnboundedString()),
        UnboundedSequence(BasicType("double")),
    )
    assert PoseWithCovariance().SLOT_TYPES[1] == Array(BasicType("double"), 36)
    assert JointState.__slots__ == ("_header", "_name", "_position", "_velocity", "_effort")


@pytest.mark.parametrize("message", [JointState(name=["a"], position=[1.0]), PoseWithCovariance(), SetBool.Request()])
def test_copies_and_pickles_are_equal_and_separate(message: object) -> None:
    for twin in (copy.copy(message), copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert twin == message
        assert twin is not message


def test_services_and_actions_hold_their_parts() -> None:
    assert Trigger.Response(success=True, message="done").message == "done"
    assert SetBool.Event.get_fields_and_field_types()["request"] == "sequence<std_srvs/SetBool_Request, 1>"
    goal = Fibonacci.Impl.SendGoalService.Request(goal=Fibonacci.Goal(order=3))
    assert goal.goal_id.uuid.shape == (16,)
    assert Fibonacci.Impl.GetResultService.Response().status == 0
    assert Fibonacci.Impl.FeedbackMessage().feedback == Fibonacci.Feedback()
    assert Fibonacci.Impl.CancelGoalService.__name__ == "CancelGoal"
    assert Fibonacci.Impl.GoalStatusMessage.__name__ == "GoalStatusArray"
    for whole in (SetBool, Fibonacci):
        with pytest.raises(NotImplementedError, match="use its parts"):
            whole()


def test_checks_on_assignment_are_switched_on_by_the_environment() -> None:
    script = "from std_msgs.msg import String\ntry: String().data = 5\nexcept AssertionError as e: print(e)"
    shown = subprocess.run(
        [sys.executable, "-c", script],
        env={**__import__("os").environ, "ROS_PYTHON_CHECK_FIELDS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "std_msgs/msg/String: the field 'data' must be str, got int 5\n"


def test_one_constructor_call_can_ask_for_checks() -> None:
    with pytest.raises(AssertionError, match="must be str"):
        String(data=5, check_fields=True)

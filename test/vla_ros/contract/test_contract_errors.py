# SPDX-License-Identifier: Apache-2.0
"""Every broken contract is refused with one sentence: file, key, value, what was expected, nearest known key."""

import copy
from typing import Any

import pytest
import yaml

from vla_ros.contract import load_contract
from vla_ros.errors import ContractError

GOOD: dict[str, Any] = {
    "name": "toy",
    "timing": {"rate_hz": 30.0, "pace": "image.scene", "max_wait_s": 0.01},
    "frames": {"base": "base", "tool": "tool"},
    "joints": {"names": ["a", "b"], "lower_rad": [-1, -1], "upper_rad": [1, 1], "velocity_rad_s": [2, 2]},
    "streams": {
        "image.scene": {
            "topic": "scene/image_raw",
            "type": "sensor_msgs/msg/Image",
            "alignment": "nearest",
            "max_age_s": 0.2,
            "max_skew_s": 0.02,
            "image": {"width": 64, "height": 48},
        },
        "joints": {
            "topic": "joint_states",
            "type": "sensor_msgs/msg/JointState",
            "alignment": "asof",
            "max_age_s": 0.1,
            "max_skew_s": 0.02,
            "joints": {"fields": ["position"]},
        },
        "tool": {
            "topic": "/tf",
            "type": "tf2_msgs/msg/TFMessage",
            "alignment": "hold",
            "max_age_s": 0.1,
            "required": False,
            "pose": {"parent": "base", "child": "tool"},
        },
    },
    "action": {"space": "joint_position", "rate_hz": 10.0, "gripper": True},
    "controller": {"type": "jtc", "command_topic": "arm/joint_trajectory"},
    "gripper": {"action": "hand/gripper_action", "max_width_m": 0.08, "max_speed_m_s": 0.1, "max_force_n": 70},
    "cameras": {"scene": {"stream": "image.scene", "frame": "scene_optical_frame"}},
    "normalization": {"action": {"method": "mean_std", "names": ["a", "b"], "offset": [0, 0], "scale": [1, 1]}},
}
DROP = object()
IMAGE = "streams/image.scene/image"
STREAM = "streams/joints"

# (key to change, new value, exact message after "toy.yaml: ")
BROKEN = [
    ("name", DROP, "name: missing; the section has timing, frames, joints, streams, action, controller, gripper, "
     "cameras, normalization."),
    ("name", 3, "name: got 3, expected a text."),
    ("name", "", "name: got '', expected a text."),
    ("timming", {}, "timming: unknown key with value {}, expected one of action, cameras, controller, error_recovery, "
     "frames, gripper, joints, name, normalization, streams, timing. Did you mean 'timing'?"),
    ("timing", [], "timing: got [], expected a mapping of keys to values."),
    ("timing/rate_hz", DROP, "timing.rate_hz: missing; the section has pace, max_wait_s."),
    ("timing/rate_hz", "fast", "timing.rate_hz: got 'fast', expected a number > 0."),
    ("timing/rate_hz", 0, "timing.rate_hz: got 0, expected a number > 0."),
    ("timing/rate_hz", float("nan"), "timing.rate_hz: got nan, expected a number > 0."),
    ("timing/rate_hz", True, "timing.rate_hz: got True, expected a number > 0."),
    ("timing/max_wait_s", -0.1, "timing.max_wait_s: got -0.1, expected a number >= 0."),
    ("timing/max_wait", 1, "timing.max_wait: unknown key with value 1, expected one of jump_s, max_future_s, "
     "max_offset_s, max_wait_s, pace, rate_hz. Did you mean 'max_wait_s'?"),
    ("timing/pace", "image.scenes", "timing.pace: got 'image.scenes', expected a required stream, one of image.scene, "
     "joints. Did you mean 'image.scene'?"),
    ("timing/pace", "tool", "timing.pace: got 'tool', expected a required stream, one of image.scene, joints."),
    ("frames/tool", "base", "frames.tool: got 'base', expected another frame than the base."),
    ("frames/tool", DROP, "frames.tool: missing; the section has base."),
    ("joints/names", "a", "joints.names: got 'a', expected a list of one or more texts."),
    ("joints/names", [], "joints.names: got [], expected a list of one or more texts."),
    ("joints/names", ["a", "a"], "joints.names: got ['a', 'a'], expected different names, but 'a' is repeated."),
    ("joints/lower_rad", [-1], "joints.lower_rad: got [-1], expected 2 numbers, not 1."),
    ("joints/lower_rad", [-1, "x"], "joints.lower_rad: got [-1, 'x'], expected a list of 2 numbers."),
    ("joints/lower_rad", [-1, 1], "joints.lower_rad: got [-1, 1], expected each below upper_rad, but entry 2 is 1 "
     "and 1."),
    ("joints/velocity_rad_s", [2, 0], "joints.velocity_rad_s: got [2, 0], expected numbers > 0."),
    ("joints/lower_deg", [1], "joints.lower_deg: unknown key with value [1], expected one of lower_rad, names, "
     "upper_rad, velocity_rad_s. Did you mean 'lower_rad'?"),
    ("streams", {}, "streams: got {}, expected one or more streams."),
    ("streams/joints", None, "streams.joints: got None, expected a mapping of keys to values."),
    (f"{STREAM}/topic", DROP, "streams.joints.topic: missing; the section has type, alignment, max_age_s, max_skew_s, "
     "joints."),
    (f"{STREAM}/topic", "joint states", "streams.joints.topic: got 'joint states', expected a ROS name of letters, "
     "digits, '_' and '/'."),
    (f"{STREAM}/type", "sensor_msgs/JointState", "streams.joints.type: got 'sensor_msgs/JointState', expected one of "
     "sensor_msgs/msg/JointState. Did you mean 'sensor_msgs/msg/JointState'?"),
    (f"{STREAM}/alignment", "nearst", "streams.joints.alignment: got 'nearst', expected one of hold, asof, nearest. "
     "Did you mean 'nearest'?"),
    (f"{STREAM}/clock", "haeder", "streams.joints.clock: got 'haeder', expected one of header, receive. Did you mean "
     "'header'?"),
    (f"{STREAM}/max_age", 1, "streams.joints.max_age: unknown key with value 1, expected one of alignment, clock, "
     "gripper, image, joints, max_age_s, max_skew_s, pose, rate_hz, required, topic, type, wrench. Did you mean "
     "'max_age_s'?"),
    (f"{STREAM}/max_age_s", 0, "streams.joints.max_age_s: got 0, expected a number > 0."),
    (f"{STREAM}/max_skew_s", DROP, "streams.joints.max_skew_s: missing, expected a number > 0."),
    (f"{STREAM}/required", "yes", "streams.joints.required: got 'yes', expected true or false."),
    (f"{STREAM}/joints", DROP, "streams.joints: got none, expected exactly one of image, joints, gripper, pose, "
     "wrench."),
    (f"{STREAM}/wrench", {"frame": "a"}, "streams.joints: got joints and wrench, expected exactly one of image, "
     "joints, gripper, pose, wrench."),
    (f"{STREAM}/joints/fields", ["positions"], "streams.joints.joints.fields: got ['positions'], expected each one of "
     "position, velocity, effort. Did you mean 'position'?"),
    (f"{IMAGE}/width", DROP, "streams.image.scene.image.width: missing; the section has height."),
    (f"{IMAGE}/width", 64.5, "streams.image.scene.image.width: got 64.5, expected a whole number in 1 .. 8192."),
    (f"{IMAGE}/encoding", "rgb", "streams.image.scene.image.encoding: got 'rgb', expected one of rgb8, bgr8, 32FC1. "
     "Did you mean 'rgb8'?"),
    (f"{IMAGE}/fit", "padded", "streams.image.scene.image.fit: got 'padded', expected one of stretch, pad, crop. Did "
     "you mean 'pad'?"),
    (f"{IMAGE}/rotate_deg", 45, "streams.image.scene.image.rotate_deg: got 45, expected 0, 90, 180 or 270."),
    (f"{IMAGE}/crop", [0, 0, 0, 5], "streams.image.scene.image.crop: got [0, 0, 0, 5], expected whole numbers of "
     "pixels: x, y >= 0 and sizes >= 1."),
    (f"{IMAGE}/source_size", [640], "streams.image.scene.image.source_size: got [640], expected 2 numbers, not 1."),
    (f"{IMAGE}/pad_value", 256, "streams.image.scene.image.pad_value: got 256, expected a whole number in 0 .. 255."),
    ("streams/tool/pose/child", "base", "streams.tool.pose.child: got 'base', expected another frame than the parent."),
    ("action/space", "joint_positions", "action.space: got 'joint_positions', expected one of joint_position, "
     "joint_velocity, joint_delta, tool_pose, tool_delta, tool_twist. Did you mean 'joint_position'?"),
    ("action/unit", "deg", "action.unit: got 'deg', expected 'rad', the unit of joint_position."),
    ("action/space", "joint_delta", "action.lower: missing, expected a list of 2 numbers."),
    ("gripper", DROP, "action.gripper: got True, expected false, for the contract has no gripper."),
    ("gripper/max_width_m", -1, "gripper.max_width_m: got -1, expected a number > 0."),
    ("gripper/type", "franka_msgs/action/Grasp", "gripper.type: got 'franka_msgs/action/Grasp', expected one of "
     "control_msgs/action/GripperCommand, control_msgs/action/ParallelGripperCommand. Did you mean "
     "'control_msgs/action/GripperCommand'?"),
    ("controller/type", "jtcc", "controller.type: got 'jtcc', expected one of jtc, forward, crisp. Did you mean "
     "'jtc'?"),
    ("controller/command_topic", DROP, "controller.command_topic: missing; the section has type."),
    ("cameras/scene/stream", "image.scen", "cameras.scene.stream: got 'image.scen', expected one of image.scene. Did "
     "you mean 'image.scene'?"),
    ("normalization/action/scale", [1, 0], "normalization.action.scale: got [1, 0], expected numbers > 0."),
    ("normalization/action/method", "zscore", "normalization.action.method: got 'zscore', expected one of mean_std, "
     "min_max, quantile."),
    ("normalization/actions", {}, "normalization.actions: unknown key with value {}, expected one of action, state. "
     "Did you mean 'action'?"),
    ("defaults", {"robot": "fr4"}, "robots: got 'fr4', expected one of none."),
    ("defaults", {"robots": "fr3"}, "defaults.robots: unknown key with value 'fr3', expected one of robot, target. Did "
     "you mean 'robot'?"),
]  # fmt: skip


def _changed(path: str, value: object) -> str:
    data = copy.deepcopy(GOOD)
    *parents, last = path.split("/")
    section = data
    for key in parents:
        section = section[key]
    if value is DROP:
        del section[last]
    else:
        section[last] = value
    return yaml.safe_dump(data, sort_keys=False)


def _case_name(value: object) -> str:
    # Without addresses: parallel test processes have to agree on the names.
    return "missing" if value is DROP else str(value)


@pytest.mark.parametrize(("path", "value", "message"), BROKEN, ids=_case_name)
def test_broken_contract_is_refused_with_exactly_this_sentence(tmp_path, path, value, message):
    file = tmp_path / "toy.yaml"
    file.write_text(_changed(path, value))
    with pytest.raises(ContractError) as caught:
        load_contract(file)
    assert str(caught.value) == f"toy.yaml: {message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [\n", "contract: line 2: this is no YAML: expected the node content, but found '<stream end>'."),
        ("name: a\nname: b\n", "contract: line 2: the key 'name' is repeated."),
        ("- a\n- b\n", "contract: got ['a', 'b'], expected a mapping of keys to values."),
        ("\n", "contract: got None, expected a mapping of keys to values."),
        ("a: !!python/object/apply:os.system ['true']\n", "contract: line 1: this is no YAML: could not determine a "
         "constructor for the tag 'tag:yaml.org,2002:python/object/apply:os.system'."),
    ],
)  # fmt: skip
def test_text_that_is_no_contract_is_refused(text, message):
    with pytest.raises(ContractError) as caught:
        load_contract(text)
    assert str(caught.value) == message


def test_missing_file_names_the_nearest_one(tmp_path):
    (tmp_path / "franka.yaml").write_text("a: 1\n")
    with pytest.raises(ContractError) as caught:
        load_contract(tmp_path / "frenka.yaml")
    path = tmp_path / "frenka.yaml"
    assert str(caught.value) == (
        f"{path}: the contract cannot be read (FileNotFoundError). Did you mean 'franka.yaml'?"
    )


def test_two_streams_that_observe_the_same_are_refused():
    data = copy.deepcopy(GOOD)
    data["streams"]["more"] = data["streams"]["joints"]
    with pytest.raises(ContractError, match=r"streams\.more: it observes 'a\.position', as streams\.joints does"):
        load_contract(yaml.safe_dump(data, sort_keys=False))

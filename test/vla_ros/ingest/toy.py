# SPDX-License-Identifier: Apache-2.0
"""A small contract and hand-made messages (plain objects with the fields of ROS) for the ingestion tests."""

from types import SimpleNamespace

import numpy as np

from vla_ros.contract import load_contract

MS = 1_000_000
S = 1_000 * MS
START_NS = 1_700_000_000 * S  # a believable wall clock

CONTRACT = """
name: toy
timing: {rate_hz: 10.0, pace: image, max_wait_s: 0.02}
frames: {base: base, tool: tool}
joints: {names: [a, b], lower_rad: [-1, -1], upper_rad: [1, 1], velocity_rad_s: [2, 2]}
streams:
  image:
    topic: scene/image_raw
    type: sensor_msgs/msg/Image
    alignment: nearest
    max_age_s: 0.3
    max_skew_s: 0.04
    image: {width: 4, height: 3}
  joints:
    topic: joint_states
    type: sensor_msgs/msg/JointState
    alignment: asof
    max_age_s: 0.2
    max_skew_s: 0.05
    joints: {fields: [position]}
  gripper:
    topic: hand/joint_states
    type: sensor_msgs/msg/JointState
    alignment: hold
    max_age_s: 0.5
    required: false
    gripper: {fingers: [left, right]}
action: {space: joint_position, rate_hz: 10.0}
controller: {type: jtc, command_topic: arm/joint_trajectory}
"""


def contract(text=CONTRACT):
    return load_contract(text)


def header(stamp_ns, frame=""):
    stamp = SimpleNamespace(sec=stamp_ns // S, nanosec=stamp_ns % S)
    return SimpleNamespace(stamp=stamp, frame_id=frame)


def joint_state(stamp_ns, **positions):
    values = np.array(list(positions.values()), np.float64)
    return SimpleNamespace(
        header=header(stamp_ns), name=list(positions), position=values, velocity=10 * values, effort=values * 0
    )


def image(stamp_ns, pixels=None, encoding="rgb8", **changes):
    pixels = np.zeros((3, 4, 3), np.uint8) if pixels is None else pixels
    fields = {
        "header": header(stamp_ns),
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "encoding": encoding,
        "is_bigendian": 0,
        "step": pixels.strides[0],
        "data": pixels.tobytes(),
    }
    return SimpleNamespace(**(fields | changes))


def vector(names, values):
    return SimpleNamespace(**dict(zip(names, values, strict=True)))


def transform(parent, child, stamp_ns, translation=(0.0, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0)):
    pose = SimpleNamespace(translation=vector("xyz", translation), rotation=vector("xyzw", rotation))
    return SimpleNamespace(header=header(stamp_ns, parent), child_frame_id=child, transform=pose)

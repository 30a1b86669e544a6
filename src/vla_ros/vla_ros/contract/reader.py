# SPDX-License-Identifier: Apache-2.0
"""Reads a contract into its dataclasses. Streams are read in ``stream_reader``; comparing is in ``comparison``."""

from __future__ import annotations

from pathlib import Path

from vla_ros.contract.model import (
    ActionSpec,
    ArmSpec,
    CameraSpec,
    Contract,
    ControllerKind,
    Frames,
    GripperCommandSpec,
    JointSet,
    Normalization,
    Timing,
)
from vla_ros.contract.section import NOT_NEGATIVE, Section
from vla_ros.contract.source import read_section
from vla_ros.contract.stream_reader import read_streams
from vla_ros.contract.streams import StreamSpec
from vla_ros.errors import nearest_hint
from vla_ros.types import ActionSpace

__all__ = ["load_contract"]

_TOP = ("name", "timing", "frames", "joints", "streams", "action", "controller", "gripper", "error_recovery")
_OPTIONAL = ("gripper", "error_recovery")
_GRIPPER_TYPES = ("control_msgs/action/GripperCommand", "control_msgs/action/ParallelGripperCommand")
_TOOL_COLUMNS = {
    ActionSpace.TOOL_POSE: (("x", "y", "z", "qx", "qy", "qz", "qw"), ("m", "m", "m", "1", "1", "1", "1")),
    ActionSpace.TOOL_DELTA: (("x", "y", "z", "rx", "ry", "rz"), ("m", "m", "m", "rad", "rad", "rad")),
    ActionSpace.TOOL_TWIST: (("vx", "vy", "vz", "wx", "wy", "wz"), ("m/s",) * 3 + ("rad/s",) * 3),
}
_JOINT_UNITS = {
    ActionSpace.JOINT_POSITION: "rad",
    ActionSpace.JOINT_VELOCITY: "rad/s",
    ActionSpace.JOINT_DELTA: "rad",
}


def load_contract(source: Path | str, robot: str = "", target: str = "") -> Contract:
    """Read and check a robot contract.

    Args:
        source: Path of a YAML file, or its text.
        robot: Which of the file's ``robots``; empty: its default.
        target: Which of the file's ``targets``, e.g. ``sim`` or ``real``; empty: its default.

    Raises:
        ContractError: naming file, key, value, what was expected and the nearest known key.
    """
    top, variant = read_section(source, {"robot": robot, "target": target})
    top.check_keys((*_TOP, "cameras", "normalization"), [key for key in _TOP if key not in _OPTIONAL])
    joints = _joints(top.section("joints"))
    streams = read_streams(top, joints.names)
    contract = Contract(
        name=top.text("name"),
        variant=variant,
        timing=_timing(top.section("timing"), streams),
        frames=_frames(top.section("frames")),
        joints=joints,
        streams=streams,
        action=_action(top.section("action"), joints),
        arm=_arm(top),
        cameras=tuple(_camera(section, name, streams) for name, section in top.sections("cameras").items()),
        normalization=_normalizations(top),
    )
    if contract.action.gripper and contract.arm.gripper is None:
        top.section("action").fail("gripper", "false, for the contract has no gripper")
    return contract


def _timing(section: Section, streams: tuple[StreamSpec, ...]) -> Timing:
    section.check_keys(
        ("rate_hz", "pace", "max_wait_s", "max_future_s", "max_offset_s", "jump_s"), ("rate_hz", "pace", "max_wait_s")
    )
    required = [stream.key for stream in streams if stream.required]
    pace = section.text("pace")
    if pace not in required:
        section.fail("pace", f"a required stream, one of {', '.join(required)}", nearest_hint(pace, required))
    return Timing(
        rate_hz=section.number("rate_hz"),
        pace=pace,
        max_wait_s=section.number("max_wait_s", allowed=NOT_NEGATIVE),
        max_future_s=section.number("max_future_s", 0.05),
        max_offset_s=section.number("max_offset_s", 10.0),
        jump_s=section.number("jump_s", 1.0),
    )


def _frames(section: Section) -> Frames:
    section.check_keys(("base", "tool"), ("base", "tool"))
    frames = Frames(section.text("base"), section.text("tool"))
    if frames.base == frames.tool:
        section.fail("tool", "another frame than the base")
    return frames


def _joints(section: Section) -> JointSet:
    keys = ("names", "lower_rad", "upper_rad", "velocity_rad_s")
    section.check_keys(keys, keys)
    names = section.names("names")
    joints = JointSet(names, *(section.numbers(key, len(names)) for key in keys[1:]))
    _check_order(section, ("lower_rad", "upper_rad"), joints.lower_rad, joints.upper_rad)
    if min(joints.velocity_rad_s) <= 0.0:
        section.fail("velocity_rad_s", "numbers > 0")
    return joints


def _check_order(section: Section, keys: tuple[str, str], lower: tuple[float, ...], upper: tuple[float, ...]) -> None:
    for index, (low, high) in enumerate(zip(lower, upper, strict=True)):
        if low >= high:
            section.fail(keys[0], f"each below {keys[1]}, but entry {index + 1} is {low:g} and {high:g}")


def _action(section: Section, joints: JointSet) -> ActionSpec:
    section.check_keys(("space", "unit", "rate_hz", "lower", "upper", "gripper"), ("space", "rate_hz"))
    spaces = {space.name.lower(): space for space in ActionSpace}
    space = spaces[section.text("space", choices=tuple(spaces))]
    names, units = _columns(space, joints)
    unit = " ".join(dict.fromkeys(units))
    if section.text("unit", unit) != unit:
        section.fail("unit", f"'{unit}', the unit of {space.name.lower()}")
    default = _default_limits(space, joints)
    lower = section.numbers("lower", len(names), default[0])
    upper = section.numbers("upper", len(names), default[1])
    _check_order(section, ("lower", "upper"), lower, upper)
    return ActionSpec(
        space, names, units, lower, upper, section.number("rate_hz"), section.flag("gripper", default=False)
    )


def _columns(space: ActionSpace, joints: JointSet) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if space in _TOOL_COLUMNS:
        return _TOOL_COLUMNS[space]
    return joints.names, (_JOINT_UNITS[space],) * len(joints.names)


def _default_limits(
    space: ActionSpace, joints: JointSet
) -> tuple[tuple[float, ...], tuple[float, ...]] | tuple[None, None]:
    if space is ActionSpace.JOINT_POSITION:
        return joints.lower_rad, joints.upper_rad
    if space is ActionSpace.JOINT_VELOCITY:
        return tuple(-v for v in joints.velocity_rad_s), joints.velocity_rad_s
    return None, None


def _arm(top: Section) -> ArmSpec:
    section = top.section("controller")
    section.check_keys(("type", "command_topic", "state_topic", "update_rate_hz"), ("type", "command_topic"))
    return ArmSpec(
        controller=ControllerKind(section.text("type", choices=tuple(kind.value for kind in ControllerKind))),
        command_topic=section.topic("command_topic"),
        state_topic=section.topic("state_topic", ""),
        update_rate_hz=section.number("update_rate_hz", 1000.0),
        error_recovery=top.topic("error_recovery", ""),
        gripper=_gripper(top.section("gripper")) if "gripper" in top.data else None,
    )


def _gripper(section: Section) -> GripperCommandSpec:
    keys = ("action", "type", "max_width_m", "max_speed_m_s", "max_force_n")
    section.check_keys(keys, (key for key in keys if key != "type"))
    return GripperCommandSpec(
        action=section.topic("action"),
        type_name=section.text("type", _GRIPPER_TYPES[0], _GRIPPER_TYPES),
        max_width_m=section.number("max_width_m"),
        max_speed_m_s=section.number("max_speed_m_s"),
        max_force_n=section.number("max_force_n"),
    )


def _camera(section: Section, name: str, streams: tuple[StreamSpec, ...]) -> CameraSpec:
    section.check_keys(("stream", "info_topic", "frame"), ("stream", "frame"))
    images = tuple(stream.key for stream in streams if stream.is_image)
    return CameraSpec(
        name, section.text("stream", choices=images), section.topic("info_topic", ""), section.text("frame")
    )


def _normalizations(top: Section) -> tuple[Normalization, ...]:
    top.section("normalization").check_keys(("state", "action"))
    return tuple(_normalization(section, part) for part, section in top.sections("normalization").items())


def _normalization(section: Section, part: str) -> Normalization:
    keys = ("method", "names", "offset", "scale")
    section.check_keys(keys, keys)
    names = section.names("names")
    scale = section.numbers("scale", len(names))
    if min(scale) <= 0.0:
        section.fail("scale", "numbers > 0")
    method = section.text("method", choices=("mean_std", "min_max", "quantile"))
    return Normalization(part, method, names, section.numbers("offset", len(names)), scale)

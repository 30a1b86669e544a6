# SPDX-License-Identifier: Apache-2.0
"""Reads the ``streams`` of a contract. What they mean is in ``streams``."""

from __future__ import annotations

from collections.abc import Callable

from vla_ros.contract.section import NOT_NEGATIVE, Range, Section
from vla_ros.contract.streams import (
    Alignment,
    ClockSource,
    Fit,
    GripperSpec,
    ImageSpec,
    JointStateSpec,
    Payload,
    PoseSpec,
    StreamSpec,
    WrenchSpec,
)
from vla_ros.errors import ContractError

__all__ = ["MESSAGE_TYPES", "read_streams"]

MESSAGE_TYPES = {
    "image": ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"),
    "joints": ("sensor_msgs/msg/JointState",),
    "gripper": ("sensor_msgs/msg/JointState",),
    "pose": ("tf2_msgs/msg/TFMessage", "geometry_msgs/msg/PoseStamped"),
    "wrench": ("geometry_msgs/msg/WrenchStamped",),
}
_REQUIRED = ("topic", "type", "alignment", "max_age_s")
_OPTIONAL = ("clock", "max_skew_s", "required", "rate_hz")
_FIELDS = ("position", "velocity", "effort")
_MAX_PIXELS = Range(1, 8192)


def read_streams(top: Section, joint_names: tuple[str, ...]) -> tuple[StreamSpec, ...]:
    """Read every stream, in the order of the file.

    Args:
        top: The top section of a contract.
        joint_names: What a ``joints`` stream observes unless it names its own.

    Raises:
        ContractError: a stream is malformed, or two observe the same name.
    """
    sections = top.sections("streams")
    if not sections:
        top.fail("streams", "one or more streams")
    streams = tuple(_stream(section, key, joint_names) for key, section in sections.items())
    owner: dict[str, str] = {}
    for stream in streams:
        for name in stream.state_names:
            if name in owner:
                raise ContractError(
                    f"{top.file}: streams.{stream.key}: it observes '{name}', as streams.{owner[name]} does."
                )
            owner[name] = stream.key
    return streams


def _stream(section: Section, key: str, joint_names: tuple[str, ...]) -> StreamSpec:
    section.check_keys((*_REQUIRED, *_OPTIONAL, *MESSAGE_TYPES), _REQUIRED)
    kinds = [kind for kind in MESSAGE_TYPES if kind in section.data]
    if len(kinds) != 1:
        got = " and ".join(kinds) or "none"
        raise ContractError(
            f"{section.file}: {section.path}: got {got}, expected exactly one of {', '.join(MESSAGE_TYPES)}."
        )
    alignment = Alignment(section.text("alignment", choices=tuple(a.value for a in Alignment)))
    max_age_s = section.number("max_age_s")
    return StreamSpec(
        key=key,
        topic=section.topic("topic"),
        type_name=section.text("type", choices=MESSAGE_TYPES[kinds[0]]),
        payload=_READERS[kinds[0]](section.section(kinds[0]), joint_names),
        alignment=alignment,
        clock=ClockSource(section.text("clock", "header", tuple(c.value for c in ClockSource))),
        max_age_s=max_age_s,
        max_skew_s=max_age_s if alignment is Alignment.HOLD else section.number("max_skew_s"),
        required=section.flag("required", default=True),
        rate_hz=section.number("rate_hz", 0.0, NOT_NEGATIVE),
    )


def _image(section: Section, _: tuple[str, ...]) -> ImageSpec:
    known = ("width", "height", "encoding", "fit", "pad_value", "crop", "rotate_deg", "source_size")
    section.check_keys(known, ("width", "height"))
    rotate_deg = section.integer("rotate_deg", 0, Range())
    if rotate_deg not in (0, 90, 180, 270):
        section.fail("rotate_deg", "0, 90, 180 or 270")
    return ImageSpec(
        width=section.integer("width", allowed=_MAX_PIXELS),
        height=section.integer("height", allowed=_MAX_PIXELS),
        encoding=section.text("encoding", "rgb8", ("rgb8", "bgr8", "32FC1")),
        fit=Fit(section.text("fit", "pad", tuple(f.value for f in Fit))),
        pad_value=section.integer("pad_value", 0, Range(0, 255)),
        crop=_pixels(section, "crop", 4),
        rotate_deg=rotate_deg,
        source_size=_pixels(section, "source_size", 2),
    )


def _pixels(section: Section, key: str, length: int) -> tuple[int, ...]:
    if key not in section.data:
        return ()
    values = section.numbers(key, length)
    corner = 2 if length == 4 else 0  # a crop begins at x, y >= 0; sizes are >= 1
    if any(v != int(v) or v < (0 if i < corner else 1) for i, v in enumerate(values)):
        section.fail(key, "whole numbers of pixels: x, y >= 0 and sizes >= 1" if corner else "whole numbers >= 1")
    return tuple(int(v) for v in values)


def _joints(section: Section, joint_names: tuple[str, ...]) -> JointStateSpec:
    section.check_keys(("names", "fields"))
    return JointStateSpec(section.names("names", joint_names), section.names("fields", ("position",), _FIELDS))


def _gripper(section: Section, _: tuple[str, ...]) -> GripperSpec:
    section.check_keys(("fingers",), ("fingers",))
    return GripperSpec(section.names("fingers"))


def _pose(section: Section, _: tuple[str, ...]) -> PoseSpec:
    section.check_keys(("parent", "child"), ("parent", "child"))
    pose = PoseSpec(section.text("parent"), section.text("child"))
    if pose.parent == pose.child:
        section.fail("child", "another frame than the parent")
    return pose


def _wrench(section: Section, _: tuple[str, ...]) -> WrenchSpec:
    section.check_keys(("frame",), ("frame",))
    return WrenchSpec(section.text("frame"))


_READERS: dict[str, Callable[[Section, tuple[str, ...]], Payload]] = {
    "image": _image,
    "joints": _joints,
    "gripper": _gripper,
    "pose": _pose,
    "wrench": _wrench,
}

# SPDX-License-Identifier: Apache-2.0
"""Compares the contract that a checkpoint carries with the robot's. Pure; the policy calls it at configure.

What a policy never sees (topics, ages, controllers) may differ; what it was trained on may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vla_ros.contract.model import ActionSpec, Contract, Normalization
from vla_ros.contract.streams import ImageSpec, StreamSpec
from vla_ros.errors import ContractError, nearest_hint

__all__ = ["Mismatch", "compare_contracts", "require_match"]

_FAR = 4.0  # statistics this many times outside the robot's range are in another unit: degrees are 57 times radians


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference: the field, what the checkpoint says, what the robot says, and a sentence."""

    field: str
    checkpoint: str
    robot: str
    detail: str

    def __str__(self) -> str:
        return f"{self.field}: checkpoint {self.checkpoint}, robot {self.robot}: {self.detail}"


def compare_contracts(checkpoint: Contract, robot: Contract) -> tuple[Mismatch, ...]:
    """Return every difference that would change what the policy sees or what its numbers mean; empty when they fit.

    The robot may observe more than the checkpoint needs; order within the state is the checkpoint's own business
    only where it selects by name, so a different order is reported.
    """
    return (
        *_images(checkpoint, robot),
        *_state(checkpoint, robot),
        *_frames(checkpoint, robot),
        *_action(checkpoint.action, robot.action),
        *_normalization(checkpoint, robot),
    )


def require_match(checkpoint: Contract, robot: Contract) -> None:
    """Refuse a checkpoint that does not fit the robot.

    Raises:
        ContractError: naming every field that differs.
    """
    mismatches = compare_contracts(checkpoint, robot)
    if mismatches:
        raise ContractError("the checkpoint does not fit the robot: " + "; ".join(map(str, mismatches)))


def _images(checkpoint: Contract, robot: Contract) -> Iterator[Mismatch]:
    for stream in checkpoint.streams:
        if not isinstance(stream.payload, ImageSpec):
            continue
        if stream.key not in robot.image_keys:
            known = ", ".join(robot.image_keys) or "none"
            hint = nearest_hint(stream.key, robot.image_keys)
            yield Mismatch(f"images.{stream.key}", "needs it", f"has {known}", f"the image is not observed.{hint}")
            continue
        yield from _image(stream.key, stream.payload, robot.stream(stream.key))


def _image(key: str, wanted: ImageSpec, stream: StreamSpec) -> Iterator[Mismatch]:
    given = stream.payload
    if not isinstance(given, ImageSpec):
        return
    for field, sentence in _IMAGE_FIELDS.items():
        want, have = getattr(wanted, field), getattr(given, field)
        if want != have:
            yield Mismatch(f"images.{key}.{field}", _word(want), _word(have), sentence)
    if not stream.required:
        yield Mismatch(f"images.{key}.required", "needs it", "optional", "the image may be left out.")


_IMAGE_FIELDS = {
    "width": "images have another width.",
    "height": "images have another height.",
    "encoding": "the colour order or kind of the image differs.",
    "fit": "images reach their size in another way.",
    "pad_value": "images are padded with another grey.",
    "rotate_deg": "images are turned otherwise.",
}


def _word(value: object) -> str:
    return str(getattr(value, "value", value))


def _state(checkpoint: Contract, robot: Contract) -> Iterator[Mismatch]:
    wanted, given = checkpoint.state_names, robot.state_names
    missing = [name for name in wanted if name not in given]
    for name in missing:
        hint = nearest_hint(name, given)
        yield Mismatch(f"state.{name}", "needs it", "has none", f"the entry is not observed.{hint}")
    shared = [name for name in given if name in wanted]
    for index, (want, have) in enumerate(zip(wanted, shared, strict=False)):
        if not missing and want != have:
            yield Mismatch(f"state.order[{index}]", want, have, "the entries come in another order.")
            return


def _frames(checkpoint: Contract, robot: Contract) -> Iterator[Mismatch]:
    for field in ("base", "tool"):
        want, have = getattr(checkpoint.frames, field), getattr(robot.frames, field)
        if want != have:
            yield Mismatch(f"frames.{field}", want, have, "poses are given in another frame.")


def _action(checkpoint: ActionSpec, robot: ActionSpec) -> Iterator[Mismatch]:
    if checkpoint.space is not robot.space:
        spaces = checkpoint.space.name.lower(), robot.space.name.lower()
        yield Mismatch("action.space", *spaces, "the numbers of an action mean something else.")
        return
    if checkpoint.names != robot.names:
        same = set(checkpoint.names) == set(robot.names)
        detail = "the same joints in another order." if same else "other columns."
        yield Mismatch("action.names", ", ".join(checkpoint.names), ", ".join(robot.names), detail)
    if checkpoint.units != robot.units:
        units = " ".join(checkpoint.units), " ".join(robot.units)
        yield Mismatch("action.units", *units, "the actions are in other units.")
    if checkpoint.rate_hz != robot.rate_hz:
        rates = f"{checkpoint.rate_hz:g} Hz", f"{robot.rate_hz:g} Hz"
        yield Mismatch("action.rate_hz", *rates, "the rows are played at another speed.")
    if checkpoint.gripper and not robot.gripper:
        yield Mismatch("action.gripper", "commands it", "has none", "the gripper would not move.")


def _normalization(checkpoint: Contract, robot: Contract) -> Iterator[Mismatch]:
    known = {entry.part: entry for entry in robot.normalization}
    for entry in checkpoint.normalization:
        yield from _columns(entry, checkpoint)
        yield from _range(entry, robot)
        if entry.part in known and known[entry.part] != entry:
            field = f"normalization.{entry.part}"
            yield Mismatch(field, entry.method, known[entry.part].method, "the statistics differ.")


def _columns(entry: Normalization, checkpoint: Contract) -> Iterator[Mismatch]:
    columns = checkpoint.state_names
    if entry.part == "action":
        columns = checkpoint.action.names + (("gripper",) if checkpoint.action.gripper else ())
    for name in entry.names:
        if name not in columns:
            field, hint = f"normalization.{entry.part}.{name}", nearest_hint(name, columns)
            yield Mismatch(field, "has statistics", "n/a", f"the checkpoint's own contract has no such column.{hint}")
    for name in columns:
        if name not in entry.names:
            yield Mismatch(f"normalization.{entry.part}.{name}", "has none", "n/a", "a column without statistics.")


def _range(entry: Normalization, robot: Contract) -> Iterator[Mismatch]:
    """Statistics in another unit than the robot's show by lying far outside of what it can reach."""
    joints = robot.joints
    positions = _largest(joints.lower_rad, joints.upper_rad)
    limits = {f"{n}.position": x for n, x in zip(joints.names, positions, strict=True)}
    limits |= {f"{n}.velocity": v for n, v in zip(joints.names, joints.velocity_rad_s, strict=True)}
    if entry.part == "action":
        limits = dict(zip(robot.action.names, _largest(robot.action.lower, robot.action.upper), strict=True))
    for name, offset, scale in zip(entry.names, entry.offset, entry.scale, strict=True):
        extent = abs(offset) + scale
        if name in limits and extent > _FAR * limits[name]:
            values = f"reaches {extent:.3g}", f"reaches {limits[name]:.3g}"
            yield Mismatch(f"normalization.{entry.part}.{name}", *values, "the unit is another one (degrees?).")


def _largest(lower: tuple[float, ...], upper: tuple[float, ...]) -> list[float]:
    return [max(abs(low), abs(high)) for low, high in zip(lower, upper, strict=True)]

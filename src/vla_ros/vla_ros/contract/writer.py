# SPDX-License-Identifier: Apache-2.0
"""Writes a contract back as YAML, so that a checkpoint can carry the one that it was trained with."""

from __future__ import annotations

import dataclasses
from typing import Any

import yaml

from vla_ros.contract.model import Contract
from vla_ros.contract.streams import Alignment, GripperSpec, ImageSpec, JointStateSpec, PoseSpec, StreamSpec

__all__ = ["dump_contract"]

_KINDS = {ImageSpec: "image", JointStateSpec: "joints", GripperSpec: "gripper", PoseSpec: "pose"}


def dump_contract(contract: Contract) -> str:
    """Return YAML that ``load_contract`` reads as an equal contract (its variant resolved, so without a name)."""
    action, arm = contract.action, contract.arm
    data: dict[str, Any] = {
        "name": contract.name,
        "timing": dataclasses.asdict(contract.timing),
        "frames": dataclasses.asdict(contract.frames),
        "joints": _plain(dataclasses.asdict(contract.joints)),
        "streams": {stream.key: _stream(stream) for stream in contract.streams},
        "action": {
            "space": action.space.name.lower(),
            "unit": " ".join(dict.fromkeys(action.units)),
            "rate_hz": action.rate_hz,
            "lower": list(action.lower),
            "upper": list(action.upper),
            "gripper": action.gripper,
        },
        "controller": _filled(
            type=arm.controller.value,
            command_topic=arm.command_topic,
            state_topic=arm.state_topic,
            update_rate_hz=arm.update_rate_hz,
        ),
        "cameras": {
            camera.name: _filled(stream=camera.stream, info_topic=camera.info_topic, frame=camera.frame)
            for camera in contract.cameras
        },
    }
    if arm.error_recovery:
        data["error_recovery"] = arm.error_recovery
    if arm.gripper:
        data["gripper"] = dataclasses.asdict(arm.gripper)
        data["gripper"]["type"] = data["gripper"].pop("type_name")
    if contract.normalization:
        data["normalization"] = {entry.part: _entry(dataclasses.asdict(entry)) for entry in contract.normalization}
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _stream(stream: StreamSpec) -> dict[str, Any]:
    data = _filled(
        topic=stream.topic,
        type=stream.type_name,
        alignment=stream.alignment.value,
        clock=stream.clock.value,
        max_age_s=stream.max_age_s,
        required=stream.required,
        rate_hz=stream.rate_hz,
    )
    if stream.alignment is not Alignment.HOLD:
        data["max_skew_s"] = stream.max_skew_s
    payload = _plain(dataclasses.asdict(stream.payload))
    data[_KINDS.get(type(stream.payload), "wrench")] = {k: v for k, v in payload.items() if v != []}
    return data


def _entry(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in _plain(data).items() if key != "part"}


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else _value(value) for key, value in data.items()}


def _value(value: Any) -> Any:
    return getattr(value, "value", value)


def _filled(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value != ""}

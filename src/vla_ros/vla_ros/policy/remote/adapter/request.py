# SPDX-License-Identifier: Apache-2.0
"""From an observation and an instruction to the payload of a request: what is sent, and under which keys."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.errors import ConfigError, PolicyError, unknown_name
from vla_ros.policy.prediction import Instruction
from vla_ros.policy.remote.adapter.config import AdapterConfig, GripperMap, ImageMap, StateMap, TextMap
from vla_ros.policy.remote.adapter.robot_state import STATE_PARTS, RobotState, StateReader, part_of
from vla_ros.policy.transforms import GripperScale, ResizeWithPad
from vla_ros.types import Observation

__all__ = ["RequestAdapter", "gripper_scale"]

Pixels = npt.NDArray[Any]

ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class RequestAdapter:
    """Makes payloads of one checkpoint for one robot."""

    def __init__(self, config: AdapterConfig, contract: Contract, extra_parts: frozenset[str] = frozenset()) -> None:
        """Prepare; ``extra_parts`` of the state are read because the actions need them.

        Raises:
            ConfigError: the robot does not observe what the adapter sends.
        """
        for image in config.images:
            if image.source not in contract.image_keys:
                raise ConfigError(unknown_name("image of the robot", image.source, contract.image_keys))
        parts = {part for state in config.states for part in state.parts}
        self._config = config
        self._contract = contract
        self._reader = StateReader(contract, frozenset(parts) | extra_parts)
        others = tuple(part for part in sorted(parts) if part not in STATE_PARTS)
        self.state_names = tuple(dict.fromkeys((*self._reader.state_names, *others)))

    def __call__(self, observation: Observation, instruction: Instruction) -> tuple[dict[str, Any], RobotState]:
        """Return the payload, and the state that the answer's deltas are relative to.

        Raises:
            PolicyError: the observation lacks an image, the instruction is empty, or no latent holds.
            VlaError: it lacks a state entry.
        """
        payload: dict[str, Any] = dict(self._config.constants)
        state = self._reader(observation)
        for image in self._config.images:
            _put(payload, image.key, _image(observation, image))
        for item in self._config.states:
            _put(payload, item.key, self._state(observation, state, item))
        if self._config.text is not None:
            _put(payload, self._config.text.key, _text(instruction.text, self._config.text))
        if self._config.motion:
            _put(payload, self._config.motion, instruction.motion)
        if self._config.latent is not None:
            _put(payload, self._config.latent.key, _latent(instruction))
        return payload, state

    def _state(self, observation: Observation, state: RobotState, item: StateMap) -> npt.NDArray[Any]:
        scale = gripper_scale(item.gripper, self._contract) if item.gripper is not None else None
        values = [
            part_of(state, part, scale) if part in STATE_PARTS else observation.values((part,)) for part in item.parts
        ]
        vector = np.concatenate(values).astype(item.dtype)
        return vector.reshape((1,) * item.leading + vector.shape)


def gripper_scale(gripper: GripperMap, contract: Contract) -> GripperScale:
    """Return the map between opening width and the server's number.

    Raises:
        ConfigError: the robot has no gripper.
    """
    command = contract.arm.gripper
    if command is None:
        raise ConfigError(f"the adapter speaks of a gripper, which '{contract.name}' does not have")
    return GripperScale(gripper.closed, gripper.open, command.max_width_m, binary=gripper.binary)


def _image(observation: Observation, item: ImageMap) -> Pixels:
    pixels = observation.images.get(item.source)
    if pixels is None:
        raise PolicyError(f"the observation has no image '{item.source}'")
    if item.rotate_deg:
        pixels = cv2.rotate(pixels, ROTATIONS[item.rotate_deg])
    if item.size and pixels.shape[:2] != (item.size[1], item.size[0]):
        pixels = _resized(pixels, item)
    if item.layout == "chw":
        pixels = np.moveaxis(pixels, -1, 0)
    return np.ascontiguousarray(pixels).reshape((1,) * item.leading + pixels.shape)


def _resized(pixels: Pixels, item: ImageMap) -> Pixels:
    width, height = item.size
    if item.fit == "pad":
        return ResizeWithPad(width, height)(pixels)
    shrinks = width < pixels.shape[1] or height < pixels.shape[0]
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _text(text: str, item: TextMap) -> Any:
    if not text.strip():
        raise PolicyError("there is no instruction to send")
    text = text.lower() if item.lower else text
    return {"text": text, "list": [text], "nested": [[text]]}[item.form]


def _latent(instruction: Instruction) -> npt.NDArray[Any]:
    if instruction.latent is None:
        raise PolicyError("the planner gave no latent that still holds")
    return instruction.latent.values


def _put(payload: dict[str, Any], key: tuple[str, ...], value: Any) -> None:
    for name in key[:-1]:
        payload = payload.setdefault(name, {})
    payload[key[-1]] = value

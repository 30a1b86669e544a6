# SPDX-License-Identifier: Apache-2.0
"""Names, types and shapes of a dataset's columns, from the contract. Pure.

Format: LeRobotDataset v3.0, as its ``meta/info.json`` describes itself.
"""

from __future__ import annotations

from typing import Any

from vla_ros.contract import Contract
from vla_ros.contract.streams import ImageSpec

__all__ = ["ACTION", "EXACT", "STATE", "action_names", "colour_keys", "feature_table", "modality", "video_key"]

STATE, ACTION = "observation.state", "action"
EXACT = {"state": "exact.state", "action": "exact.action", "stamp": "exact.stamp_ns"}
GRIPPER = "gripper.width"
INDICES = ("timestamp", "frame_index", "episode_index", "index", "task_index")


def video_key(stream: str) -> str:
    """Return the dataset's key of an image stream: ``image.scene`` is ``observation.images.scene``."""
    return f"observation.images.{stream.removeprefix('image.').replace('.', '_')}"


def colour_keys(contract: Contract) -> tuple[str, ...]:
    """Return the streams that become videos; depth is left out: eight bits do not hold it."""
    payloads = {stream.key: stream.payload for stream in contract.streams}
    return tuple(
        key for key, payload in payloads.items() if isinstance(payload, ImageSpec) and payload.encoding != "32FC1"
    )


def action_names(contract: Contract) -> tuple[str, ...]:
    """Return the columns of an action, the gripper's opening last."""
    return (*contract.action.names, GRIPPER) if contract.action.gripper else contract.action.names


def feature_table(contract: Contract, fps: int, video: dict[str, Any], *, exact: bool) -> dict[str, Any]:
    """Return ``features`` of ``meta/info.json``.

    Args:
        contract: The robot.
        fps: Frames a second.
        video: What is the same for every camera: codec, pixel format and the like.
        exact: Whether the columns in full width are there.
    """
    state, action = list(contract.state_names), list(action_names(contract))
    table: dict[str, Any] = {}
    for key in colour_keys(contract):
        payload = contract.stream(key).payload
        height, width = payload.height, payload.width  # type: ignore[union-attr]
        table[video_key(key)] = {
            "dtype": "video",
            "shape": [height, width, 3],
            "names": ["height", "width", "channels"],
            "info": {"video.height": height, "video.width": width, "video.fps": fps, "video.channels": 3} | video,
        }
    table[STATE] = {"dtype": "float32", "shape": [len(state)], "names": state}
    table[ACTION] = {"dtype": "float32", "shape": [len(action)], "names": action}
    table["next.success"] = {"dtype": "bool", "shape": [1], "names": None}
    table["intervention"] = {"dtype": "bool", "shape": [1], "names": None}
    if exact:
        table[EXACT["state"]] = {"dtype": "float64", "shape": [len(state)], "names": state}
        table[EXACT["action"]] = {"dtype": "float64", "shape": [len(action)], "names": action}
        table[EXACT["stamp"]] = {"dtype": "int64", "shape": [1], "names": None}
    for name in INDICES:
        table[name] = {"dtype": "float32" if name == "timestamp" else "int64", "shape": [1], "names": None}
    return table


def modality(contract: Contract) -> dict[str, Any]:
    """Return GR00T's ``meta/modality.json``: which columns of state and action belong together."""
    state: dict[str, Any] = {}
    at = 0
    for stream in contract.streams:
        width = len(stream.state_names)
        if width:
            state[stream.key] = {"start": at, "end": at + width}
            at += width
    arm = len(contract.action.names)
    action: dict[str, Any] = {"arm": {"start": 0, "end": arm}}
    if contract.action.gripper:
        action["gripper"] = {"start": arm, "end": arm + 1}
    videos = {video_key(key).removeprefix("observation.images."): key for key in colour_keys(contract)}
    return {
        "state": state,
        "action": action,
        "video": {name: {"original_key": video_key(key)} for name, key in videos.items()},
        "annotation": {"human.task_description": {"original_key": "task_index"}},
    }

# SPDX-License-Identifier: Apache-2.0
"""The bytes of a server's answers in each protocol, right ones and errors. No socket."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from vla_ros.policy.remote.codecs import groot_msgpack, json_numpy, openpi_msgpack
from vla_ros.serving.fake.behaviour import FakeConfig, Float32

__all__ = ["actions_frame", "error_frame", "greeting_frame"]

SENTENCE = "RuntimeError: the fake policy failed"
TRACEBACK = f'Traceback (most recent call last):\n  File "policy.py", line 1, in infer\n{SENTENCE}\n'
GREETING = {
    "image_resolution": [224, 224],
    "needs_wrist_camera": True,
    "n_external_cameras": 1,
    "needs_stereo_camera": False,
    "needs_session_id": False,
    "action_space": "joint_velocity",
}


def greeting_frame(protocol: str) -> bytes:
    """Return what a WebSocket server says first: metadata, or RoboArena's configuration."""
    return openpi_msgpack.pack({} if protocol == "openpi" else GREETING)


def actions_frame(protocol: str, actions: Float32, config: FakeConfig) -> bytes:
    """Return the answer with ``actions (T, A)``."""
    if protocol == "openpi":
        timing = {"infer_ms": 1.0}
        return openpi_msgpack.pack({"actions": actions, "policy_timing": timing, "server_timing": timing})
    if protocol in ("roboarena", "vllm_omni"):
        return openpi_msgpack.pack(actions)
    if protocol == "groot":
        return groot_msgpack.pack([{key: part[None] for key, part in _split(actions, config)}, {}])
    if protocol == "groot_n1_5":
        return groot_msgpack.pack({f"action.{key}": part for key, part in _split(actions, config)})
    return _document(protocol, actions)


def error_frame(protocol: str) -> tuple[bytes, bool]:
    """Return how the protocol says that the policy failed, and whether that is a text frame."""
    if protocol in ("openpi", "roboarena"):
        return TRACEBACK.encode(), True
    if protocol == "vllm_omni":
        return openpi_msgpack.pack({"type": "error", "message": SENTENCE}), False
    if protocol.startswith("groot"):
        return groot_msgpack.pack({"error": SENTENCE}), False
    if protocol.startswith("openvla"):
        return b'"error"', False
    return json.dumps({"error": SENTENCE}).encode(), False


def _document(protocol: str, actions: Float32) -> bytes:
    value: Any = {"actions": actions}
    if protocol == "openvla":
        value = actions[0].astype(np.float64)
    elif protocol == "openvla_oft":
        value = list(actions.astype(np.float64))
    elif protocol == "cogact":
        value = actions.astype(np.float64).tolist()
    return json_numpy.dumps(value)


def _split(actions: Float32, config: FakeConfig) -> list[tuple[str, Float32]]:
    """Return the columns by key; columns that no key claims go to the last one."""
    keys = config.keys or (("actions", actions.shape[1]),)
    bounds = np.cumsum([width for _, width in keys])[:-1]
    return list(zip((key for key, _ in keys), np.split(actions, bounds, axis=1), strict=True))

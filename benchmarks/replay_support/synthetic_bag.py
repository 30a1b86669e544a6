# SPDX-License-Identifier: Apache-2.0
"""Writes a bag of a synthetic Franka: moving arm, pictures that follow it, chunks, references. Defects on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vla_ros.contract import Contract, load_contract
from vla_ros.recording import EpisodeWriter, MessageTypes

ROOT = Path(__file__).resolve().parents[2]
START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
HOME_RAD = np.array([0.0, -0.6, 0.1, -2.2, 0.05, 1.7, 0.7])  # well inside the limits of FR3 and Panda
SWING_RAD = np.array([0.25, 0.2, 0.15, 0.22, 0.3, 0.18, 0.2])
LATENCY_NS = 4 * MS  # stamp to arrival
ROWS, ROW_NS = 16, 100 * MS
INFERENCE_NS = 120 * MS
Rows = list[tuple[int, str, str, Any]]


@dataclass(frozen=True, slots=True)
class SyntheticBag:
    """What is recorded.

    Attributes:
        seconds: Length.
        size: Height and width of the pictures [px].
        frames_hz: Rate of both cameras.
        joints_hz: Rate of the joint states.
        seed: Of the motion.
        alter: Called with topic, time of arrival and message; returns the pair to be written, or None to leave it out.
        chunks: Whether predictions and references are recorded.
        labels: Metadata.
    """

    seconds: float = 6.0
    size: int = 32
    frames_hz: float = 30.0
    joints_hz: float = 100.0
    seed: int = 0
    alter: Callable[[str, int, Any], tuple[int, Any] | None] = lambda topic, at_ns, message: (at_ns, message)
    chunks: bool = True
    labels: dict[str, str] = field(default_factory=lambda: {"outcome": "success"})


def contract(size: int = 32) -> Contract:
    """Return the Franka contract with pictures of ``size``."""
    text = (ROOT / "config" / "robots" / "franka.yaml").read_text(encoding="utf-8")
    return load_contract(contract_text(size, text))


def contract_text(size: int = 32, text: str = "") -> str:
    """Return the text of the Franka contract with pictures of ``size``."""
    text = text or (ROOT / "config" / "robots" / "franka.yaml").read_text(encoding="utf-8")
    return text.replace("width: 224, height: 224", f"width: {size}, height: {size}")


def position_at(time_s: Any, seed: int) -> np.ndarray:
    """Return joint positions ``(..., 7)`` [rad] at times [s]: minimum-jerk swings between pauses."""
    rng = np.random.default_rng(seed)
    times = np.atleast_1d(np.asarray(time_s, np.float64))
    goals = np.concatenate([[np.zeros(7)], rng.uniform(-1.0, 1.0, (64, 7)) * SWING_RAD])
    leg = np.clip(np.floor(times / 1.5), 0, 62).astype(int)
    share = np.clip((times - 1.5 * leg) / 1.2, 0.0, 1.0)[:, None]
    blend = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
    rows = HOME_RAD + goals[leg] * (1.0 - blend) + goals[leg + 1] * blend
    return rows if np.ndim(time_s) else rows[0]


def width_at(time_s: Any) -> np.ndarray:
    """Return the opening [m]: closed every other two seconds."""
    return np.where(np.floor(np.asarray(time_s) / 2.0) % 2 == 0, 0.08, 0.02)


def picture_at(time_s: float, size: int, seed: int) -> np.ndarray:
    """Return a picture whose stripes move with the arm."""
    turned = position_at(time_s, seed) - HOME_RAD
    x = np.arange(size, dtype=np.float64) / size
    place = 2.0 * np.pi * (2.0 * x[None, :] + x[:, None])
    angles = (turned[0] + turned[1], turned[2] - turned[3], turned[4] + turned[5] - turned[6])
    waves = [127.0 + 120.0 * np.sin(place + 3.0 * angle) for angle in angles]
    return np.stack(waves, axis=-1).astype(np.uint8)


def write_bag(folder: Path, bag: SyntheticBag, types: MessageTypes | None = None) -> Path:
    """Write ``folder``; messages are in the order of arrival."""
    types = types or MessageTypes()
    for name in ("ActionChunk", "SafetyDecision", "TaskState"):
        types.require(f"vla_msgs/msg/{name}")
    altered = []
    for at_ns, topic, type_name, message in _messages(bag, types):
        changed = bag.alter(topic, at_ns, message)
        if changed is not None:
            altered.append((changed[0], topic, type_name, changed[1]))
    writer = EpisodeWriter(folder, types, bag.labels)
    for at_ns, topic, type_name, message in sorted(altered, key=lambda row: row[0]):
        writer.write(topic, type_name, at_ns, types.store.serialize_cdr(message, type_name))
    writer.close()
    return folder


def _messages(bag: SyntheticBag, types: MessageTypes) -> Iterator[tuple[int, str, str, Any]]:
    make = types.store.types
    end_ns = round(bag.seconds * 1e9)
    text = make["std_msgs/msg/String"]("put the red cube in the left bin")
    yield START_NS, "/vla/instruction", "std_msgs/msg/String", text
    for at in range(0, end_ns, round(1e9 / bag.joints_hz)):
        yield START_NS + at + LATENCY_NS // 2, "/joint_states", "sensor_msgs/msg/JointState", _arm(bag, make, at)
    for at in range(0, end_ns, round(1e9 / 30.0)):
        topic = "/franka_gripper/joint_states"
        yield START_NS + at + LATENCY_NS // 2, topic, "sensor_msgs/msg/JointState", _hand(make, at)
    for camera, seed in (("scene", 0), ("wrist", 1)):
        for at in range(0, end_ns, round(1e9 / bag.frames_hz)):
            pixels = picture_at(at * 1e-9, bag.size, bag.seed)
            image = _image(make, at, np.roll(pixels, seed, axis=2), camera)
            yield START_NS + at + LATENCY_NS, f"/{camera}/image_raw", "sensor_msgs/msg/Image", image
    if bag.chunks:
        yield from _chunks(bag, make, end_ns)


def _chunks(bag: SyntheticBag, make: Any, end_ns: int) -> Iterator[tuple[int, str, str, Any]]:
    frame_ns = round(1e9 / bag.frames_hz)
    step = 4 * ROW_NS
    for number, at in enumerate(range(0, end_ns - ROW_NS, step), start=1):
        seen = at // frame_ns * frame_ns
        chunk = _chunk(bag, make, seen, number)
        arrival = START_NS + seen + LATENCY_NS + INFERENCE_NS
        yield arrival, "/vla/action_chunk", "vla_msgs/msg/ActionChunk", chunk
        yield arrival + 1, "/vla/reference", "vla_msgs/msg/ActionChunk", _chunk(bag, make, seen, number)


def _stamp(make: Any, time_ns: int) -> Any:
    return make["builtin_interfaces/msg/Time"](sec=time_ns // 10**9, nanosec=time_ns % 10**9)


def _header(make: Any, at_ns: int, frame: str = "") -> Any:
    return make["std_msgs/msg/Header"](stamp=_stamp(make, START_NS + at_ns), frame_id=frame)


def _arm(bag: SyntheticBag, make: Any, at_ns: int) -> Any:
    now, before = position_at(np.array([at_ns * 1e-9, at_ns * 1e-9 - 1e-3]), bag.seed)
    return make["sensor_msgs/msg/JointState"](
        header=_header(make, at_ns),
        name=[f"fr3_joint{i}" for i in range(1, 8)],
        position=now,
        velocity=(now - before) * 1e3,
        effort=np.zeros(7),
    )


def _hand(make: Any, at_ns: int) -> Any:
    half = 0.5 * float(width_at(at_ns * 1e-9 - 0.1))  # the fingers follow late
    return make["sensor_msgs/msg/JointState"](
        header=_header(make, at_ns),
        name=["fr3_finger_joint1", "fr3_finger_joint2"],
        position=np.array([half, half]),
        velocity=np.zeros(2),
        effort=np.zeros(2),
    )


def _image(make: Any, at_ns: int, pixels: np.ndarray, frame: str) -> Any:
    return make["sensor_msgs/msg/Image"](
        header=_header(make, at_ns, frame),
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding="rgb8",
        is_bigendian=0,
        step=pixels.shape[1] * 3,
        data=pixels.reshape(-1),
    )


def _chunk(bag: SyntheticBag, make: Any, at_ns: int, number: int) -> Any:
    times = (at_ns + ROW_NS * np.arange(ROWS)) * 1e-9
    return make["vla_msgs/msg/ActionChunk"](
        header=_header(make, at_ns),
        period=make["builtin_interfaces/msg/Duration"](sec=0, nanosec=ROW_NS),
        action_space=1,
        names=[f"fr3_joint{i}" for i in range(1, 8)],
        rows=ROWS,
        data=position_at(times, bag.seed).reshape(-1),
        gripper=np.asarray(width_at(times), np.float64),
        source="policy",
        observation_stamp=_stamp(make, START_NS + at_ns),
        policy_id="synthetic",
        checkpoint_hash="",
        chunk_id=number,
        epoch=1,
        inference_s=INFERENCE_NS * 1e-9,
        delay_s=(INFERENCE_NS + LATENCY_NS) * 1e-9,
        decode_ok=True,
        confidence=-1.0,
        disagreement=-1.0,
        strategy="",
        JOINT_POSITION=1,
        JOINT_VELOCITY=2,
        JOINT_DELTA=3,
        TOOL_POSE=4,
        TOOL_DELTA=5,
        TOOL_TWIST=6,
    )

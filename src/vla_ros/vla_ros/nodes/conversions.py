# SPDX-License-Identifier: Apache-2.0
"""Between ROS messages and the value types of the cores. Checked here, once; behind it arrays are trusted."""

from __future__ import annotations

import array

import numpy as np
import numpy.typing as npt
from builtin_interfaces.msg import Duration, Time
from sensor_msgs.msg import Image
from vla_msgs.msg import ActionChunk as ActionChunkMessage
from vla_msgs.msg import Observation as ObservationMessage
from vla_msgs.msg import StreamStatus

from vla_ros.contract import Contract, ImageSpec
from vla_ros.errors import VlaError
from vla_ros.types import ActionChunk, ActionSpace, ImageArray, Observation, Provenance, StreamCondition, StreamReport

__all__ = [
    "chunk_from_message",
    "chunk_to_message",
    "duration_to_message",
    "observation_from_message",
    "observation_to_message",
    "stamp_ns",
    "time_message",
]

_NS_PER_S = 1_000_000_000


def stamp_ns(stamp: Time | Duration) -> int:
    """Return a time or duration of a message in nanoseconds."""
    return int(stamp.sec) * _NS_PER_S + int(stamp.nanosec)


def time_message(time_ns: int) -> Time:
    """Return a time for a message."""
    return Time(sec=time_ns // _NS_PER_S, nanosec=time_ns % _NS_PER_S)


def duration_to_message(duration_ns: int) -> Duration:
    """Return a duration for a message."""
    return Duration(sec=duration_ns // _NS_PER_S, nanosec=duration_ns % _NS_PER_S)


def observation_to_message(observation: Observation, contract: Contract) -> ObservationMessage:
    """Return the message of an observation; the contract names its frames and the encodings of its images."""
    encodings = {s.key: s.payload.encoding for s in contract.streams if isinstance(s.payload, ImageSpec)}
    frames = {camera.stream: camera.frame for camera in contract.cameras}
    message = ObservationMessage()
    message.header.stamp = time_message(observation.stamp_ns)
    message.header.frame_id = contract.frames.base
    message.sequence = observation.sequence
    message.contract_hash = observation.contract_hash
    message.image_keys = list(observation.images)
    message.images = [
        _image_message(image, observation.image_stamps_ns[key], frames.get(key, ""), encodings[key])
        for key, image in observation.images.items()
    ]
    message.state_names = list(observation.state_names)
    message.state = array.array("d", observation.state.tobytes())
    message.streams = [_stream_message(report) for report in observation.streams]
    message.skew_s = observation.skew_ns / _NS_PER_S
    return message


def observation_from_message(message: ObservationMessage) -> Observation:
    """Return the observation of a message.

    Raises:
        VlaError: sizes do not fit each other, or a state value is not finite.
    """
    state = np.array(message.state, np.float64)
    if state.size != len(message.state_names):
        raise VlaError(f"the observation has {state.size} state values for {len(message.state_names)} names")
    if len(message.images) != len(message.image_keys):
        raise VlaError(f"the observation has {len(message.images)} images for {len(message.image_keys)} keys")
    finite = np.isfinite(state)
    if not finite.all():
        raise VlaError(f"the observation's state '{message.state_names[int(np.argmin(finite))]}' is not finite")
    images = dict(zip(message.image_keys, message.images, strict=True))
    return Observation(
        stamp_ns=stamp_ns(message.header.stamp),
        images={key: _pixels(key, image) for key, image in images.items()},
        image_stamps_ns={key: stamp_ns(image.header.stamp) for key, image in images.items()},
        state_names=tuple(message.state_names),
        state=state,
        streams=tuple(_stream_report(status) for status in message.streams),
        skew_ns=round(message.skew_s * _NS_PER_S),
        sequence=int(message.sequence),
        contract_hash=message.contract_hash,
    )


def chunk_to_message(chunk: ActionChunk) -> ActionChunkMessage:
    """Return the message of a chunk."""
    origin = chunk.provenance
    message = ActionChunkMessage(
        period=duration_to_message(chunk.period_ns),
        action_space=int(chunk.space),
        names=list(chunk.names),
        rows=len(chunk.rows),
        data=_doubles(chunk.rows),
        gripper=_doubles(chunk.gripper_m),
        source=origin.source,
        observation_stamp=time_message(origin.observation_stamp_ns),
        policy_id=origin.policy_id,
        checkpoint_hash=origin.checkpoint_hash,
        chunk_id=origin.chunk_id,
        epoch=origin.epoch,
        inference_s=origin.inference_ns / _NS_PER_S,
        delay_s=origin.delay_ns / _NS_PER_S,
        decode_ok=origin.decode_ok,
        confidence=float(origin.confidence),
        disagreement=float(origin.disagreement),
        strategy=origin.strategy,
    )
    message.header.stamp = time_message(chunk.stamp_ns)
    message.header.frame_id = chunk.frame
    return message


def chunk_from_message(message: ActionChunkMessage) -> ActionChunk:
    """Return the chunk of a message.

    Raises:
        VlaError: sizes do not fit, the action space is unknown, or a value is not finite.
    """
    if message.action_space not in set(ActionSpace):
        raise VlaError(f"the chunk has the unknown action space {message.action_space}")
    values, gripper = np.array(message.data, np.float64), np.array(message.gripper, np.float64)
    if values.size != message.rows * len(message.names):
        raise VlaError(f"the chunk has {values.size} values for {message.rows} rows of {len(message.names)} columns")
    if not (np.isfinite(values).all() and np.isfinite(gripper).all()):
        raise VlaError("the chunk holds a value that is not finite")
    return ActionChunk(
        stamp_ns=stamp_ns(message.header.stamp),
        period_ns=stamp_ns(message.period),
        space=ActionSpace(message.action_space),
        names=tuple(message.names),
        rows=values.reshape(message.rows, len(message.names)),
        gripper_m=gripper,
        frame=message.header.frame_id,
        provenance=_provenance(message),
    )


def _provenance(message: ActionChunkMessage) -> Provenance:
    return Provenance(
        observation_stamp_ns=stamp_ns(message.observation_stamp),
        policy_id=message.policy_id,
        checkpoint_hash=message.checkpoint_hash,
        chunk_id=int(message.chunk_id),
        epoch=int(message.epoch),
        inference_ns=round(message.inference_s * _NS_PER_S),
        delay_ns=round(message.delay_s * _NS_PER_S),
        decode_ok=bool(message.decode_ok),
        confidence=float(message.confidence),
        disagreement=float(message.disagreement),
        strategy=message.strategy,
        source=message.source,
    )


def _doubles(values: npt.NDArray[np.float64]) -> array.array[float]:
    return array.array("d", np.ascontiguousarray(values, np.float64).tobytes())


def _image_message(image: ImageArray, at_ns: int, frame: str, encoding: str) -> Image:
    message = Image(height=image.shape[0], width=image.shape[1], encoding=encoding, is_bigendian=0)
    message.header.stamp = time_message(at_ns)
    message.header.frame_id = frame
    message.step = image.strides[0]
    message.data = array.array("B", image.tobytes())
    return message


def _pixels(key: str, message: Image) -> ImageArray:
    depth = message.encoding == "32FC1"
    dtype, channels = (np.float32, 1) if depth else (np.uint8, 3)
    shape = (message.height, message.width) if depth else (message.height, message.width, channels)
    pixels = np.frombuffer(message.data, dtype)
    if pixels.size != message.height * message.width * channels:
        raise VlaError(f"the image '{key}' of the observation has {pixels.size} values for a shape of {shape}")
    return pixels.reshape(shape)


def _stream_message(report: StreamReport) -> StreamStatus:
    return StreamStatus(
        key=report.key,
        status=int(report.condition),
        age_s=report.age_ns / _NS_PER_S if report.age_ns >= 0 else -1.0,
        rate_hz=float(report.rate_hz),
        detail=report.detail,
    )


def _stream_report(status: StreamStatus) -> StreamReport:
    age_ns = round(status.age_s * _NS_PER_S) if status.age_s >= 0 else -1
    return StreamReport(status.key, StreamCondition(status.status), age_ns, float(status.rate_hz), status.detail)

# SPDX-License-Identifier: Apache-2.0
"""Episodes of a LeRobot dataset to bags, by contract: the way back, exact where the dataset has the exact columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vla_ros.contract import Contract
from vla_ros.contract.streams import GripperSpec, JointStateSpec, PoseSpec, StreamSpec, WrenchSpec
from vla_ros.dataset.features import ACTION, EXACT, STATE, action_names, colour_keys, video_key
from vla_ros.dataset.reader import DatasetReader, Episode
from vla_ros.errors import VlaError, unknown_name
from vla_ros.interfaces import interface
from vla_ros.recording.definitions import MessageTypes
from vla_ros.recording.episode_writer import EpisodeWriter
from vla_ros.recording.facts import absolute_topic

__all__ = ["dataset_to_bags"]

NS_PER_S = 1_000_000_000
START_NS = 1_000_000_000 * NS_PER_S  # of datasets that do not tell the time: any that is not zero


def dataset_to_bags(
    root: Path,
    target: Path,
    contract: Contract,
    *,
    namespace: str = "",
    progress: Callable[[int], None] = lambda done: None,
) -> list[Path]:
    """Write one bag an episode below ``target``.

    States become messages of the contract's streams, actions one ``vla_msgs/ActionChunk`` on ``vla/reference``.

    Raises:
        VlaError: the dataset does not fit the contract, or cannot be read.
    """
    dataset = DatasetReader(root)
    _require(dataset, contract)
    types = MessageTypes()
    for name in ("vla_msgs/msg/ActionChunk", *(stream.type_name for stream in contract.streams)):
        types.require(name)
    bags = []
    for index in range(len(dataset)):
        episode = dataset.episode(index)
        success = bool(np.any(episode.columns.get("next.success", False)))
        labels = {"outcome": "success" if success else "failure", "instruction": episode.tasks[0]}
        writer = EpisodeWriter(target / f"episode_{index:06d}", types, labels)
        for topic, type_name, at_ns, message in _messages(dataset, episode, contract, types):
            data = types.store.serialize_cdr(message, type_name)
            writer.write(absolute_topic(topic, namespace), type_name, at_ns, data)
        writer.close()
        bags.append(writer.folder)
        progress(index + 1)
    return bags


def _require(dataset: DatasetReader, contract: Contract) -> None:
    features = dataset.info["features"]
    wanted = {STATE: contract.state_names, ACTION: action_names(contract)}
    for key, names in wanted.items():
        if key not in features:
            raise VlaError(unknown_name("feature of the dataset", key, features))
        found = features[key].get("names")
        if isinstance(found, list) and tuple(found) != names:
            raise VlaError(f"the dataset's {key} is {', '.join(found)}; the contract has {', '.join(names)}")
        if features[key]["shape"] != [len(names)]:
            raise VlaError(f"the dataset's {key} has shape {features[key]['shape']}, the contract needs {len(names)}")
    for key in map(video_key, colour_keys(contract)):
        if key not in features:
            raise VlaError(unknown_name("camera of the dataset", key, dataset.video_keys))


def _messages(
    dataset: DatasetReader, episode: Episode, contract: Contract, types: MessageTypes
) -> Iterator[tuple[str, str, int, Any]]:
    make, columns = types.store.types, episode.columns
    states = np.asarray(columns.get(EXACT["state"], columns[STATE]), np.float64)
    stamps = columns.get(EXACT["stamp"])
    if stamps is None:
        stamps = START_NS + np.round(columns["frame_index"] * (NS_PER_S / dataset.fps)).astype(np.int64)
    yield (
        interface("reference").name,
        "vla_msgs/msg/ActionChunk",
        int(stamps[0]) - 1,
        _reference(columns, np.asarray(stamps), contract, make),
    )
    pictures = {key: dataset.pictures(episode.index, video_key(key)) for key in colour_keys(contract)}
    told = ""
    for row, stamp_ns in enumerate(map(int, stamps)):
        if episode.tasks[row] != told:
            told = episode.tasks[row]
            yield interface("instruction").name, "std_msgs/msg/String", stamp_ns, make["std_msgs/msg/String"](told)
        at = 0
        for stream in contract.streams:
            width = len(stream.state_names)
            if width:
                message = _state_message(stream, states[row, at : at + width], stamp_ns, make)
                yield stream.topic, stream.type_name, stamp_ns, message
                at += width
        for key, images in pictures.items():
            image = next(images, None)
            if image is None:
                raise VlaError(f"the video of '{key}' in episode {episode.index} is shorter than the episode")
            yield contract.stream(key).topic, contract.stream(key).type_name, stamp_ns, _image(image, stamp_ns, make)


def _state_message(stream: StreamSpec, values: np.ndarray, stamp_ns: int, make: Any) -> Any:
    payload, header = stream.payload, _header(make, stamp_ns)
    if isinstance(payload, JointStateSpec):
        parts = dict(zip(payload.fields, values.reshape(len(payload.fields), -1), strict=True))
        return _joints(make, header, payload.names, parts)
    if isinstance(payload, GripperSpec):
        share = np.full(len(payload.fingers), values[0] / len(payload.fingers))
        if float(sum(share)) != values[0]:  # an odd number of fingers does not always divide without rest
            share[:] = 0.0
            share[0] = values[0]
        return _joints(make, header, payload.fingers, {"position": share})
    if isinstance(payload, WrenchSpec):
        vectors = [make["geometry_msgs/msg/Vector3"](*map(float, values[i : i + 3])) for i in (0, 3)]
        wrench = make["geometry_msgs/msg/Wrench"](*vectors)
        return make["geometry_msgs/msg/WrenchStamped"](_header(make, stamp_ns, payload.frame), wrench)
    if isinstance(payload, PoseSpec):
        return _pose(stream, payload, values, stamp_ns, make)
    raise VlaError(f"the stream '{stream.key}' cannot be written to a bag")


def _pose(stream: StreamSpec, payload: PoseSpec, values: np.ndarray, stamp_ns: int, make: Any) -> Any:
    rotation = make["geometry_msgs/msg/Quaternion"](*map(float, values[3:]))
    header = _header(make, stamp_ns, payload.parent)
    if stream.type_name.endswith("TFMessage"):
        place = make["geometry_msgs/msg/Vector3"](*map(float, values[:3]))
        transform = make["geometry_msgs/msg/Transform"](place, rotation)
        stamped = make["geometry_msgs/msg/TransformStamped"](header, payload.child, transform)
        return make["tf2_msgs/msg/TFMessage"]([stamped])
    point = make["geometry_msgs/msg/Point"](*map(float, values[:3]))
    return make["geometry_msgs/msg/PoseStamped"](header, make["geometry_msgs/msg/Pose"](point, rotation))


def _joints(make: Any, header: Any, names: tuple[str, ...], parts: dict[str, np.ndarray]) -> Any:
    fields = {name: np.array(parts.get(name, ()), np.float64) for name in ("position", "velocity", "effort")}
    return make["sensor_msgs/msg/JointState"](header=header, name=list(names), **fields)


def _image(image: np.ndarray, stamp_ns: int, make: Any) -> Any:
    return make["sensor_msgs/msg/Image"](
        header=_header(make, stamp_ns),
        height=image.shape[0],
        width=image.shape[1],
        encoding="rgb8",
        is_bigendian=0,
        step=image.shape[1] * 3,
        data=np.ascontiguousarray(image).reshape(-1),
    )


def _reference(columns: dict[str, Any], stamps: np.ndarray, contract: Contract, make: Any) -> Any:
    actions = np.asarray(columns.get(EXACT["action"], columns[ACTION]), np.float64)
    arm = len(contract.action.names)
    period_ns = round((stamps[-1] - stamps[0]) / max(1, len(stamps) - 1)) or 1
    constants = {n: i for i, n in enumerate(_SPACES, start=1)}
    return make["vla_msgs/msg/ActionChunk"](
        header=_header(make, int(stamps[0]), contract.frames.base),
        period=make["builtin_interfaces/msg/Duration"](sec=period_ns // NS_PER_S, nanosec=period_ns % NS_PER_S),
        action_space=int(contract.action.space),
        names=list(contract.action.names),
        rows=len(actions),
        data=np.ascontiguousarray(actions[:, :arm]).reshape(-1),
        gripper=np.ascontiguousarray(actions[:, arm]) if contract.action.gripper else np.zeros(0),
        source="policy",
        observation_stamp=_header(make, int(stamps[0])).stamp,
        policy_id="dataset",
        checkpoint_hash="",
        chunk_id=1,
        epoch=1,
        inference_s=0.0,
        delay_s=0.0,
        decode_ok=True,
        confidence=-1.0,
        disagreement=-1.0,
        strategy="",
        **constants,
    )


_SPACES = ("JOINT_POSITION", "JOINT_VELOCITY", "JOINT_DELTA", "TOOL_POSE", "TOOL_DELTA", "TOOL_TWIST")


def _header(make: Any, at_ns: int, frame: str = "") -> Any:
    stamp = make["builtin_interfaces/msg/Time"](sec=at_ns // NS_PER_S, nanosec=at_ns % NS_PER_S)
    return make["std_msgs/msg/Header"](stamp=stamp, frame_id=frame)

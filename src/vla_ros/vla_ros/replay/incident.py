# SPDX-License-Identifier: Apache-2.0
"""Makes recorded safety decisions again, bit for bit, from their ``vla_msgs/SafetyDecision`` records. No clock."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.typesys.base import TypesysError
from rosbags.typesys.store import Typestore

from vla_ros.errors import VlaError
from vla_ros.interfaces import interface
from vla_ros.recording.bag_reader import BagError, BagReader
from vla_ros.recording.definitions import MessageTypes
from vla_ros.recording.messages import chunk_of, time_ns
from vla_ros.recording.topics import ROBOT_DESCRIPTION
from vla_ros.replay.safety_loop import reference_of
from vla_safety import Reference, RobotState, SafetyConfig, SafetyFilter
from vla_safety.decision_record import command_bytes, config_hash, restore_filter, same_reference

__all__ = ["incident_report", "input_hash", "replay_decision"]

GRADES = ("inactive", "unchanged", "slowed", "projected", "recovering", "braking", "holding", "estopped")  # SafetyState


def input_hash(decision: Any) -> str:
    """Return the SHA-256 over what went into a decision: state, measurement, reference, time."""
    sha = hashlib.sha256()
    for part in (decision.state_before, decision.position, decision.velocity, decision.reference):
        sha.update(np.ascontiguousarray(part).tobytes())
    sha.update(f"{int(decision.state_stamp_ns)} {time_ns(decision.header.stamp)}".encode())
    return sha.hexdigest()


def replay_decision(decision: Any, safety: SafetyFilter, store: Typestore) -> dict[str, Any]:
    """Make one decision again and say whether it comes out the same.

    Args:
        decision: Recorded ``vla_msgs/SafetyDecision``.
        safety: A filter with the recorded configuration.
        store: Knows ``vla_msgs/ActionChunk``.

    Raises:
        SafetyError: the recorded state cannot be read.
        VlaError: the recorded reference cannot be read.
    """
    taken = restore_filter(safety, bytes(np.asarray(decision.state_before, np.uint8)))
    reference = _reference(bytes(np.asarray(decision.reference, np.uint8)), taken, store)
    position, velocity = (np.array(part, np.float64) for part in (decision.position, decision.velocity))
    state = RobotState(int(decision.state_stamp_ns), position, velocity)
    output = safety.step(time_ns(decision.header.stamp), state, reference)
    recorded = bytes(np.asarray(decision.command, np.uint8))
    grade = GRADES[int(decision.grade)] if int(decision.grade) < len(GRADES) else str(decision.grade)
    return {
        "sequence": int(decision.sequence),
        "stamp_ns": time_ns(decision.header.stamp),
        "equal": command_bytes(output.trajectory) == recorded and output.report.grade.value == grade,
        "inputs_intact": input_hash(decision) == str(decision.input_hash),
        "recorded": {"grade": grade, "active_limit": str(decision.active_limit), "reason": str(decision.reason)},
        "replayed": {
            "grade": output.report.grade.value,
            "active_limit": output.report.active_limit.name.lower() if output.report.active_limit else "",
            "reason": output.report.reason,
        },
    }


def incident_report(bag: Path, safety_files: tuple[str, str], sequence: int = -1) -> dict[str, Any]:
    """Make the decisions of a bag again.

    Args:
        bag: Recorded with decisions switched on.
        safety_files: Safety configuration and robot description with which the robot ran; of the latter an empty name
            stands for the one that the bag holds.
        sequence: Only this one; negative: all.

    Raises:
        BagError: the bag holds no such decision.
        VlaError: the configuration is not the recorded one.
    """
    config = SafetyConfig.from_yaml(safety_files[0])
    types = MessageTypes()
    types.require("vla_msgs/msg/ActionChunk")
    with BagReader(bag) as reader:
        decisions = _all_of(reader, interface("safety_decision").name)
        urdf = _description(reader, safety_files[1])
    chosen = [d for d in decisions if sequence < 0 or int(d.sequence) == sequence]
    if not chosen:
        what = "no safety decision" if sequence < 0 else f"no safety decision {sequence} of {len(decisions)}"
        raise BagError(f"the bag '{bag}' holds {what}; the safety node publishes them with its parameter 'decisions'")
    if str(chosen[0].config_hash) != config_hash(config, urdf):
        whose = f"'{safety_files[1]}'" if safety_files[1] else "the bag's robot description"
        raise VlaError(f"'{safety_files[0]}' with {whose} is not what the robot ran with: the hash differs")
    safety = SafetyFilter.from_config(config, urdf)
    results = [replay_decision(decision, safety, types.store) for decision in chosen]
    return {"decisions": len(results), "equal": sum(result["equal"] for result in results), "steps": results}


def _all_of(reader: BagReader, name: str) -> list[Any]:
    topics = [topic for topic in reader.topics if topic.endswith(f"/{name}")]
    return [reader.deserialise(raw) for raw in reader.messages(topics)]


def _description(reader: BagReader, path: str) -> str:
    """Return the robot description of a file, else the one that was recorded.

    Raises:
        BagError: there is none.
    """
    if path:
        try:
            return Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise BagError(f"the robot description '{path}' cannot be read: {error.strerror}") from error
    recorded = _all_of(reader, ROBOT_DESCRIPTION)
    if not recorded:
        raise BagError(f"the bag '{reader.path}' holds no robot description: give --urdf")
    return str(recorded[-1].data)


def _reference(data: bytes, taken: Reference | None, store: Typestore) -> Reference | None:
    """Return the recorded reference; the very object that the filter knows, where it is the same one."""
    if not data:
        return None
    try:
        reference = reference_of(chunk_of(store.deserialize_cdr(data, "vla_msgs/msg/ActionChunk")))
    except TypesysError as error:
        raise VlaError(f"the recorded reference cannot be read: {error}") from error
    return taken if taken is not None and same_reference(taken, reference) else reference

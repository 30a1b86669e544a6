# SPDX-License-Identifier: Apache-2.0
"""The small things of a bag in one pass: what was asked, predicted, merged, commanded and decided. No images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vla_ros.contract import Contract
from vla_ros.interfaces import interface
from vla_ros.recording.actions import ActionTrack, track_of_references
from vla_ros.recording.bag_reader import BagReader
from vla_ros.recording.messages import chunk_of, time_ns
from vla_ros.types import ActionChunk, ActionSpace

__all__ = ["BagFacts", "absolute_topic", "read_facts"]


@dataclass(slots=True)
class BagFacts:
    """What a bag says besides its streams; times are those of arrival.

    Attributes:
        instructions: Time and text.
        chunks: Time and raw prediction.
        references: Time and merged reference.
        commands: Time and target ``(A,)`` of the arm's controller.
        decisions: Recorded ``vla_msgs/SafetyDecision`` messages.
        interventions: Times between which a person or a recovery led.
        outcome: Label of the recorder, or of the last task state; empty where nobody says.
        custom: Metadata of the recorder.
    """

    instructions: list[tuple[int, str]] = field(default_factory=list)
    chunks: list[tuple[int, ActionChunk]] = field(default_factory=list)
    references: list[tuple[int, ActionChunk]] = field(default_factory=list)
    commands: list[tuple[int, np.ndarray]] = field(default_factory=list)
    decisions: list[Any] = field(default_factory=list)
    interventions: list[int] = field(default_factory=list)
    outcome: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)

    def actions(self, contract: Contract) -> ActionTrack | None:
        """Return what was commanded; None where the bag does not say."""
        spec = contract.action
        fitting = [(at, ref) for at, ref in self.references if ref.space is spec.space and ref.names == spec.names]
        if fitting:
            return track_of_references(fitting, len(spec.names))
        if self.commands and spec.space is ActionSpace.JOINT_POSITION:
            times, first = np.unique([at for at, _ in self.commands], return_index=True)
            rows = np.array([self.commands[i][1] for i in first], np.float64)
            return ActionTrack(times.astype(np.int64), rows, self._openings(times.astype(np.int64)), "command")
        return None

    def observations_asked(self) -> frozenset[int]:
        """Return the stamps of the observations that recorded predictions were made from."""
        return frozenset(chunk.provenance.observation_stamp_ns for _, chunk in self.chunks)

    def _openings(self, times_ns: np.ndarray) -> np.ndarray:
        """Return the opening ``(N,)`` [m] that the references asked for; ``(0,)`` where they tell none at each time."""
        told = [(at, reference) for at, reference in self.references if len(reference.gripper_m)]
        kinds = Counter((reference.space, reference.names) for _, reference in told)
        if not kinds:
            return np.zeros(0)
        kind = kinds.most_common(1)[0][0]  # a recovery's references beside the policy's
        chosen = [(at, reference) for at, reference in told if (reference.space, reference.names) == kind]
        track = track_of_references(chosen, len(kind[1]))
        before = np.searchsorted(track.times_ns, times_ns, side="right") - 1
        return np.asarray(track.gripper_m[np.maximum(before, 0)])

    def instruction(self, at_ns: int, default: str = "") -> str:
        """Return the newest instruction at a time; the first one before it, else the recorder's label."""
        past = [text for when, text in self.instructions if when <= at_ns]
        if past:
            return past[-1]
        if self.instructions:
            return self.instructions[0][1]
        return self.custom.get("instruction", default)


def absolute_topic(topic: str, namespace: str) -> str:
    """Return a contract's topic as it stands in a bag."""
    return topic if topic.startswith("/") else f"{namespace.rstrip('/')}/{topic}"


def read_facts(reader: BagReader, contract: Contract, namespace: str = "") -> BagFacts:
    """Read everything small of a bag.

    Raises:
        BagError: the bag is damaged.
    """
    facts = BagFacts(custom=dict(reader.custom), outcome=reader.custom.get("outcome", ""))
    handlers = {
        interface("instruction").name: _on_instruction,
        interface("action_chunk").name: _on_chunk,
        interface("reference").name: _on_reference,
        interface("safety_decision").name: lambda facts, at, m, _: facts.decisions.append(m),
        interface("task_state").name: _on_task_state,
        contract.arm.command_topic: _on_command,
    }
    by_topic = {absolute_topic(name, namespace): handler for name, handler in handlers.items()}
    for raw in reader.messages([topic for topic in by_topic if topic in reader.topics]):
        by_topic[raw.topic](facts, raw.receive_ns, reader.deserialise(raw), contract)
    return facts


def _on_instruction(facts: BagFacts, at_ns: int, message: Any, contract: Contract) -> None:
    if message.data.strip():
        facts.instructions.append((at_ns, message.data.strip()))


def _on_chunk(facts: BagFacts, at_ns: int, message: Any, contract: Contract) -> None:
    facts.chunks.append((at_ns, chunk_of(message)))


def _on_reference(facts: BagFacts, at_ns: int, message: Any, contract: Contract) -> None:
    chunk = chunk_of(message)
    facts.references.append((at_ns, chunk))
    if chunk.provenance.source != "policy":
        facts.interventions.append(at_ns)


def _on_task_state(facts: BagFacts, at_ns: int, message: Any, contract: Contract) -> None:
    ends = {6: "success", 7: "failure", 8: "stopped"}  # vla_msgs/TaskState
    if "outcome" not in facts.custom and message.state in ends:
        facts.outcome = ends[message.state]
    if message.subtask_text.strip():
        facts.instructions.append((at_ns, message.subtask_text.strip()))


def _on_command(facts: BagFacts, at_ns: int, message: Any, contract: Contract) -> None:
    joints = contract.joints.names
    if hasattr(message, "points"):
        names, stamp_ns = list(message.joint_names), time_ns(message.header.stamp) or at_ns
        if not len(message.points) or set(joints) - set(names):
            return
        point = message.points[0]
        at_ns, values = stamp_ns + time_ns(point.time_from_start), point.positions
    elif hasattr(message, "name"):
        names, values = list(message.name), message.position
    else:
        names, values = list(joints), message.data
    if len(values) == len(names) and not set(joints) - set(names):
        facts.commands.append((at_ns, np.array([values[names.index(joint)] for joint in joints], np.float64)))

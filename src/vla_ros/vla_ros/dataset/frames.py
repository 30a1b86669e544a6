# SPDX-License-Identifier: Apache-2.0
"""Frames of a bag on a fixed grid of time: the newest observation of each, the action due then. Streaming.

Nothing is made up: a grid time without a fresh observation repeats the last one and is counted as a gap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.contract.streams import GripperSpec
from vla_ros.ingest import Ingestor, Rejection, routes
from vla_ros.recording.actions import ActionTrack
from vla_ros.recording.bag_reader import BagError, BagReader
from vla_ros.recording.facts import BagFacts, absolute_topic
from vla_ros.types import Observation

__all__ = ["Frame", "FrameSource", "trimmed"]

Array = npt.NDArray[np.float64]
SLACK = 0.25  # of a frame: a picture that comes so much late is that of its frame
LONGEST_TAIL = 600  # frames that are held back while the arm is idle; a longer pause is kept


@dataclass(frozen=True, slots=True)
class Frame:
    """One row of a dataset.

    Attributes:
        stamp_ns: Grid time.
        observation: Newest one at or before it.
        action: ``(A,)`` with the gripper last; None where the bag says nothing for that time.
        task: Instruction.
        intervention: Somebody else than the policy led.
        repeated: The observation is that of an earlier frame, or too old.
    """

    stamp_ns: int
    observation: Observation
    action: Array | None
    task: str
    intervention: bool
    repeated: bool


class FrameSource:
    """Gives the frames of one bag; ``rejections`` counts what ingestion refused."""

    def __init__(self, reader: BagReader, contract: Contract, facts: BagFacts, namespace: str = "") -> None:
        self._reader, self._contract, self._facts, self._namespace = reader, contract, facts, namespace
        self._track = facts.actions(contract)
        self._width = _gripper_name(contract)
        self.rejections = 0

    def frames(self, fps: int) -> Iterator[Frame]:
        """Yield frames at ``fps`` from the first observation to the last.

        Raises:
            BagError: the bag is damaged, or lacks a required stream.
        """
        period = 1e9 / fps
        slack_ns = round(SLACK * period)
        late_ns = self._contract.stream(self._contract.timing.pace).max_age_ns
        newest: Observation | None = None
        used: Observation | None = None
        origin_ns = number = 0
        for observation in self._observations():
            if newest is None:
                origin_ns = observation.stamp_ns
            due_ns = origin_ns + round(number * period)
            while newest is not None and due_ns + slack_ns < observation.stamp_ns:
                repeated = newest is used or due_ns - newest.stamp_ns > late_ns
                yield self._frame(due_ns, newest, observation, repeated=repeated)
                used = newest
                number += 1
                due_ns = origin_ns + round(number * period)
            newest = observation
        due_ns = origin_ns + round(number * period)
        if newest is not None and due_ns <= newest.stamp_ns + slack_ns:
            yield self._frame(due_ns, newest, newest, repeated=False)

    def _observations(self) -> Iterator[Observation]:
        contract, reader = self._contract, self._reader
        by_topic = {absolute_topic(route.topic, self._namespace): route for route in routes(contract)}
        for topic, route in by_topic.items():
            missing = reader.topics.get(topic) != route.type_name
            if missing and not route.static and contract.stream(route.key).required:
                raise BagError(f"the bag '{reader.path}' has no topic '{topic}' of type {route.type_name}")
        ingestor = Ingestor(contract)
        known = [topic for topic, route in by_topic.items() if reader.topics.get(topic) == route.type_name]
        newest_ns = -1
        for raw in reader.messages(known):
            route = by_topic[raw.topic]
            message = reader.deserialise(raw)
            ingestor.store(ingestor.decode(route.key, message, raw.receive_ns, static=route.static))
            result = ingestor.poll(raw.receive_ns)
            self.rejections += isinstance(result, Rejection)
            if isinstance(result, Observation) and result.stamp_ns > newest_ns:
                newest_ns = result.stamp_ns
                yield result

    def _frame(self, due_ns: int, seen: Observation, coming: Observation, *, repeated: bool) -> Frame:
        facts = self._facts
        recent = any(abs(at_ns - due_ns) < 500_000_000 for at_ns in facts.interventions)
        action = self._action(due_ns, seen, coming)
        return Frame(due_ns, seen, action, facts.instruction(due_ns), recent, repeated)

    def _action(self, due_ns: int, seen: Observation, coming: Observation) -> Array | None:
        contract, track = self._contract, self._track
        if track is None:
            track = _measured(contract, seen, coming)
        if track is None:
            return None
        rows, gripper, covered = track.at(np.array([due_ns], np.int64))
        if not covered[0]:
            return None
        if not contract.action.gripper:
            return rows[0]
        if len(gripper):
            width = float(gripper[0])
        elif self._width in coming.state_names:
            width = float(coming.values((self._width,))[0])
        else:
            return None
        return np.append(rows[0], width)


def _measured(contract: Contract, seen: Observation, coming: Observation) -> ActionTrack | None:
    """Return where the arm went next as the action, for bags without commands."""
    names = tuple(f"{name}.position" for name in contract.joints.names)
    if contract.action.space.name != "JOINT_POSITION" or set(names) - set(coming.state_names):
        return None
    times = np.unique(np.array([seen.stamp_ns, coming.stamp_ns], np.int64))
    rows = np.repeat(coming.values(names)[None], len(times), axis=0)
    return ActionTrack(times, rows, np.zeros(0), "measured")


def _gripper_name(contract: Contract) -> str:
    keys = [stream.key for stream in contract.streams if isinstance(stream.payload, GripperSpec)]
    return f"{keys[0]}.width" if keys else ""


def trimmed(frames: Iterator[Frame], contract: Contract, idle_rad_s: float) -> Iterator[Frame]:
    """Leave out the frames at the begin and the end in which no joint is faster than ``idle_rad_s``."""
    if idle_rad_s <= 0.0:
        yield from frames
        return
    names = tuple(f"{name}.position" for name in contract.joints.names)
    held: deque[Frame] = deque()
    last: Frame | None = None
    begun = False
    for frame in frames:
        elapsed_s = (frame.stamp_ns - last.stamp_ns) * 1e-9 if last is not None else 0.0
        moved = frame.observation.values(names) - (last or frame).observation.values(names)
        moving = elapsed_s > 0.0 and float(np.abs(moved).max()) > idle_rad_s * elapsed_s
        last = frame
        begun = begun or moving
        if not begun:
            continue
        held.append(frame)
        if moving or len(held) > LONGEST_TAIL:
            yield from held
            held.clear()

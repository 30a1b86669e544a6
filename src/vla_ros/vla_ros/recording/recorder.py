# SPDX-License-Identifier: Apache-2.0
"""Which bag a message goes into: episodes with outcomes, disk space, a slow disk. No ROS, no threads; time comes in."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from rosbags.interfaces import Qos

from vla_ros.errors import VlaError
from vla_ros.recording.config import RecordingConfig
from vla_ros.recording.definitions import MessageTypes
from vla_ros.recording.episode_writer import EpisodeWriter
from vla_ros.recording.recovery import finish_bag, is_unfinished

__all__ = ["Recorder", "RecorderStatus", "finish_leftovers"]

NS_PER_S = 1_000_000_000
MB = 1_000_000
RECALL_NS = 2 * NS_PER_S  # an instruction comes before the task that it begins: planning is told within a second


@dataclass(slots=True)
class RecorderStatus:
    """Figures for diagnostics: what is recorded, what was left out, and why nothing is."""

    bag: str = ""
    messages: int = 0
    episodes: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    fault: str = ""


def finish_leftovers(folder: Path) -> list[Path]:
    """Make whole what an earlier recorder left unfinished below ``folder``; return those bags."""
    if not folder.is_dir():
        return []
    left = [bag for bag in sorted(folder.iterdir()) if bag.is_dir() and is_unfinished(bag)]
    finished = []
    for bag in left:
        try:
            finished.append(finish_bag(bag))
        except VlaError:  # it holds nothing
            continue
    return finished


class Recorder:
    """Writes episodes one after the other. Latched messages are repeated at the start of each."""

    def __init__(
        self,
        config: RecordingConfig,
        types: MessageTypes,
        free_bytes: Callable[[Path], int] | None = None,
        offered: Callable[[str], Sequence[Qos]] = lambda topic: (),
    ) -> None:
        """Begin without an episode.

        ``free_bytes`` tells the free space of a folder, ``offered`` what the publishers of a topic offer: the bags
        keep it for whoever plays them.
        """
        self.config = config
        self.status = RecorderStatus()
        self.types = types
        self._offered = offered
        self._free_bytes = free_bytes or (lambda folder: shutil.disk_usage(folder).free)
        self._episode: EpisodeWriter | None = None
        self._latched: dict[str, tuple[str, bytes]] = {}
        self._recent: dict[str, tuple[int, str, bytes]] = {}
        self._flushed_ns = 0

    @property
    def recording(self) -> bool:
        """Whether an episode is being written."""
        return self._episode is not None

    def begin(self, now_ns: int, labels: Mapping[str, str]) -> Path:
        """Begin an episode; one that is being written is closed before, as interrupted.

        Args:
            now_ns: Wall clock; names the bag.
            labels: Instruction, hashes and the like, kept as the bag's metadata.

        Raises:
            VlaError: too little disk space, or the folder cannot be written.
        """
        self.end("interrupted")
        folder = Path(self.config.folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise VlaError(f"the folder '{folder}' for bags cannot be made: {error.strerror}") from error
        free_mb = self._free_bytes(folder) // MB
        if free_mb < self.config.min_free_mb:
            raise VlaError(f"'{folder}' has {free_mb} MB left, a recording needs {self.config.min_free_mb} MB")
        bag = _unused(folder, now_ns)
        self._episode = EpisodeWriter(bag, self.types, labels, self._offered)
        self._flushed_ns = now_ns
        self.status.bag, self.status.fault, self.status.messages = str(bag), "", 0
        self.status.episodes += 1
        self._write_what_came_before(now_ns)
        return bag

    def _write_what_came_before(self, now_ns: int) -> None:
        """Write events that are just past, with their own times, and latched messages, with the episode's."""
        events = [(at_ns, topic, kind, data) for topic, (at_ns, kind, data) in self._recent.items()]
        latched = [(now_ns, topic, kind, data) for topic, (kind, data) in self._latched.items()]
        self._recent.clear()
        for at_ns, topic, kind, data in [*(row for row in events if row[0] >= now_ns - RECALL_NS), *latched]:
            self._guarded(lambda t=topic, k=kind, at=at_ns, d=data: self._write(t, k, at, d))  # type: ignore[misc]

    def latch(self, topic: str, type_name: str, data: bytes) -> None:
        """Remember the newest message of a latched topic for the episodes to come."""
        self._latched[topic] = (type_name, data)

    def recall(self, topic: str, type_name: str, receive_ns: int, data: bytes) -> None:
        """Remember the newest event of a topic: an episode that begins soon after it begins with it."""
        self._recent[topic] = (receive_ns, type_name, data)

    def write(self, topic: str, type_name: str, receive_ns: int, data: bytes) -> None:
        """Record a message; outside an episode nothing happens. A full disk ends the episode, in order."""
        if self._episode is None:
            return
        self._guarded(lambda: self._write(topic, type_name, receive_ns, data))
        if receive_ns - self._flushed_ns >= self.config.flush_s * NS_PER_S:
            self._flushed_ns = receive_ns
            self._guarded(self._flush)

    def drop(self, topic: str) -> None:
        """Count a message that was left out because the disk is slow."""
        self.status.dropped[topic] += 1

    def end(self, outcome: str, note: str = "") -> Path | None:
        """Close the episode with its outcome (success, failure, stopped, interrupted …); return its bag."""
        episode, self._episode = self._episode, None
        if episode is None:
            return None
        episode.label("outcome", outcome)
        episode.label("outcome_note", note)
        episode.label("dropped", ", ".join(f"{topic} {count}" for topic, count in sorted(self.status.dropped.items())))
        try:
            episode.close()
        except OSError as error:
            self.status.fault = _disk_fault(error)
        return episode.folder

    def _write(self, topic: str, type_name: str, receive_ns: int, data: bytes) -> None:
        if self._episode is not None:
            self._episode.write(topic, type_name, receive_ns, data)
            self.status.messages += 1

    def _flush(self) -> None:
        if self._episode is None:
            return
        self._episode.flush()
        free_mb = self._free_bytes(self._episode.folder) // MB
        if free_mb < self.config.min_free_mb:
            self.end("disk_full")
            self.status.fault = f"recording ended: {free_mb} MB of disk space left"

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            fault = _disk_fault(error)
            self.end("disk_full")
            self.status.fault = fault


def _disk_fault(error: OSError) -> str:
    return f"recording ended: {os.strerror(error.errno) if error.errno else error}"


def _unused(folder: Path, now_ns: int) -> Path:
    name = datetime.fromtimestamp(now_ns // NS_PER_S, tz=timezone.utc).strftime("episode_%Y%m%d_%H%M%S")
    return next(
        path for number in range(1000) if not (path := folder / (f"{name}_{number}" if number else name)).exists()
    )

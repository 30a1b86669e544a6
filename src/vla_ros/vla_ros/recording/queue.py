# SPDX-License-Identifier: Apache-2.0
"""The writing thread of a recorder: takes messages at once, writes when the disk can. Pictures give way, nothing else.

The only threads of the recording; the recorder itself has one owner, this one.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping

from vla_ros.errors import VlaError
from vla_ros.recording.images import COMPRESSED, COMPRESSED_SUFFIX, IMAGE, compress_image
from vla_ros.recording.recorder import MB, Recorder, RecorderStatus
from vla_ros.recording.topics import RecordedTopic

__all__ = ["RecordingQueue"]

JOIN_S = 30.0  # a slow disk may need that for what waits


class RecordingQueue:
    """Hands jobs to a recorder in a thread of its own, in the order in which they came."""

    def __init__(self, recorder: Recorder, say: Callable[[str], None]) -> None:
        """Start; ``say`` is told what went wrong, from the writing thread."""
        self._recorder = recorder
        self._say = say
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
        self._thread.start()

    @property
    def status(self) -> RecorderStatus:
        """What the recorder does."""
        return self._recorder.status

    @property
    def recording(self) -> bool:
        """Whether an episode is open."""
        return self._recorder.recording

    def begin(self, now_ns: int, labels: Mapping[str, str]) -> None:
        """Begin an episode."""
        self._jobs.put(lambda: self._begin(now_ns, labels))

    def end(self, outcome: str, note: str = "") -> None:
        """End the episode."""
        self._jobs.put(lambda: self._end(outcome, note))

    def offer(self, name: str, topic: RecordedTopic, receive_ns: int, data: bytes) -> None:
        """Take a message; a picture is left out while too much waits."""
        with self._lock:
            full = self._waiting_bytes + len(data) > self._recorder.config.queue_mb * MB
            if not (topic.image and full):
                self._waiting_bytes += len(data)
        if topic.image and full:
            self._jobs.put(lambda: self._recorder.drop(name))
            return
        self._jobs.put(lambda: self._write(name, topic, receive_ns, data))

    def stop(self) -> None:
        """Write what waits, then end the thread."""
        self._jobs.put(None)
        self._thread.join(JOIN_S)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            fault = self._recorder.status.fault
            try:
                job()
            except VlaError as error:
                self._recorder.status.fault = str(error)
            if self._recorder.status.fault not in ("", fault):
                self._say(self._recorder.status.fault)

    def _begin(self, now_ns: int, labels: Mapping[str, str]) -> None:
        self._recorder.begin(now_ns, labels)

    def _end(self, outcome: str, note: str) -> None:
        self._recorder.end(outcome, note)

    def _write(self, name: str, topic: RecordedTopic, receive_ns: int, data: bytes) -> None:
        with self._lock:
            self._waiting_bytes -= len(data)
        type_name, recorder = topic.type_name, self._recorder
        if topic.latched:
            recorder.latch(name, type_name, data)
        if not recorder.recording:
            if topic.event:
                recorder.recall(name, type_name, receive_ns, data)
            return
        if type_name == IMAGE and recorder.config.images != "raw":
            coded = compress_image(data, recorder.types.store, recorder.config.images, recorder.config.jpeg_quality)
            if coded is not None:
                name, type_name, data = f"{name}{COMPRESSED_SUFFIX}", COMPRESSED, coded
        recorder.write(name, type_name, receive_ns, data)

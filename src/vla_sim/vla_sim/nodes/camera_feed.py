# SPDX-License-Identifier: Apache-2.0
"""The simulation's end of the cameras: hands states to their process, never waits for it in real time."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection

from vla_sim.errors import SimulationError
from vla_sim.faults import Faults
from vla_sim.nodes.camera_process import CameraSettings, Frame, run_cameras
from vla_sim.nodes.loop import Moment
from vla_sim.scene.layout import SceneLayout

__all__ = ["CameraFeed"]

MOST_OUTSTANDING = 2  # one being rendered, one that a fault delayed
START_S = 60.0  # the first rendering of a software GL takes seconds on a busy machine


class CameraFeed:
    """Sends a frame when it is due. One that comes while the last is still being rendered is dropped and counted."""

    def __init__(self, settings: CameraSettings, layout: SceneLayout, faults: Faults, *, lockstep: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, child = context.Pipe()
        self._process = context.Process(target=run_cameras, args=(child, settings, layout), daemon=True)
        self._process.start()
        child.close()
        self._names = tuple(topics.camera for topics in settings.topics)
        self._faults = faults
        self._lockstep = lockstep
        self._waiting: deque[Frame] = deque()  # delayed by a fault
        self._outstanding = 0
        self.dropped = 0
        self.sent = 0
        self.backend = ""

    def wait_until_ready(self) -> str:
        """Return the GL back end's name.

        Raises:
            SimulationError: The process found none, or did not start.
        """
        if not self._connection.poll(START_S):
            raise SimulationError(f"the cameras' process did not start within {START_S:g} s")
        answer = self._receive(self._connection)
        if not isinstance(answer, str):
            raise SimulationError(str(answer))
        self.backend = answer
        return answer

    def show(self, layout: SceneLayout) -> None:
        """Let the cameras see another layout from the next frame on."""
        self._waiting.clear()
        self._connection.send(layout)

    def on_frame(self, moment: Moment) -> None:
        """Take a picture with every camera. An observer of the loop."""
        positions = moment.simulation.data.qpos.copy()
        on_time, delayed = self._faults.sort_cameras(self._names)
        frozen = self._faults.frozen_cameras(self._names)
        for name, _ in delayed:
            self._waiting.append(Frame(moment.stamp_ns, positions, (name,), frozen))
        for frame in self._overdue(moment.stamp_ns, dict(delayed)):
            self._send(frame)
        if on_time:
            self._send(Frame(moment.stamp_ns, positions, tuple(on_time), frozen))

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(timeout=5.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _overdue(self, now_ns: int, delays_s: dict[str, float]) -> Sequence[Frame]:
        due = []
        for frame in list(self._waiting):
            if now_ns - frame.stamp_ns >= delays_s.get(frame.cameras[0], 0.0) * 1e9:
                self._waiting.remove(frame)
                due.append(frame)
        return due

    def _send(self, frame: Frame) -> None:
        while self._connection.poll():
            self._receive(self._connection)
            self._outstanding -= 1
        if self._outstanding >= MOST_OUTSTANDING:
            self.dropped += 1
            return
        self._connection.send(frame)
        self.sent += 1
        self._outstanding += 1
        if self._lockstep:
            self._receive(self._connection)
            self._outstanding -= 1

    @staticmethod
    def _receive(connection: Connection) -> object:
        try:
            return connection.recv()
        except (EOFError, OSError) as error:
            raise SimulationError("the cameras' process ended by itself") from error

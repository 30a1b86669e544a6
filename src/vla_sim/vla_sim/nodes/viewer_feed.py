# SPDX-License-Identifier: Apache-2.0
"""The simulation's end of the viewer: hands states to its process while it keeps up, and never waits for it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

from vla_sim.errors import SimulationError
from vla_sim.nodes.loop import Moment
from vla_sim.nodes.viewer_process import require_display, run_viewer
from vla_sim.scene.layout import SceneLayout

__all__ = ["VIEWER_HZ", "ViewerFeed"]

VIEWER_HZ = 30.0
START_S = 60.0  # the first window of a software GL takes seconds on a busy machine


class ViewerFeed:
    """Shows the simulation in MuJoCo's viewer until its window is closed; the simulation goes on then."""

    def __init__(self, layout: SceneLayout, on_closed: Callable[[], None]) -> None:
        """Start the process; ``on_closed`` is called once, in the loop's thread.

        Raises:
            SimulationError: There is no display.
        """
        require_display()
        context = multiprocessing.get_context("spawn")
        self._connection, child = context.Pipe()
        self._process = context.Process(target=run_viewer, args=(child, layout), daemon=True)
        self._process.start()
        child.close()
        self._on_closed = on_closed
        self._layout: SceneLayout | None = None  # to be shown with the next frame
        self._waits = False  # for the answer to the last request
        self._open = True

    def wait_until_ready(self) -> None:
        """Wait for the window.

        Raises:
            SimulationError: It cannot be opened.
        """
        try:
            answer = self._connection.recv() if self._connection.poll(START_S) else "it did not open in time"
        except EOFError:
            answer = "the viewer's process ended by itself"
        if answer:
            raise SimulationError(answer)

    def show(self, moment: Moment) -> None:
        """Show another layout from the next frame on."""
        self._layout = moment.simulation.layout

    def on_frame(self, moment: Moment) -> None:
        """Show the present state, unless the last is still being drawn. An observer of the loop."""
        if not self._open:
            return
        try:
            if self._waits and not self._connection.poll():
                return
            if self._waits:
                self._connection.recv()
            request, self._layout = self._layout or moment.simulation.data.qpos.copy(), None
            self._connection.send(request)
            self._waits = True
        except (EOFError, OSError):  # the window was closed
            self._open = False
            self._on_closed()

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(timeout=5.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

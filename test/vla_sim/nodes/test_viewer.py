# SPDX-License-Identifier: Apache-2.0
"""The viewer: one sentence where there is no display, else a window that follows, and no harm when it is closed."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from vla_sim import Simulation, SimulationError
from vla_sim.nodes.viewer_feed import ViewerFeed
from vla_sim.nodes.viewer_process import require_display

DEADLINE_S = 120.0


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A display in memory."""
    if not shutil.which("Xvfb"):
        pytest.skip("no Xvfb here (Debian: xvfb)")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "640x480x24"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        number = os.read(reading, 16).decode().strip()
        monkeypatch.setenv("DISPLAY", f":{number}")
        yield number
    finally:
        os.close(reading)
        server.terminate()
        server.wait()


def moment() -> SimpleNamespace:
    return SimpleNamespace(simulation=Simulation(seed=3))


def test_without_a_display_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SimulationError, match=r"viewer:=true needs a display, .* leave it out to run headless"):
        require_display()


def test_display_that_cannot_be_opened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    feed = ViewerFeed(moment().simulation.layout, lambda: None)
    with pytest.raises(SimulationError, match="':4711' cannot be opened"):
        feed.wait_until_ready()
    feed.close()


@pytest.mark.graph
@pytest.mark.timeout(300)
def test_window_follows_until_it_is_closed_and_then_says_so_once(display: str) -> None:
    closed: list[None] = []
    now = moment()
    feed = ViewerFeed(now.simulation.layout, lambda: closed.append(None))
    try:
        feed.wait_until_ready()
        feed.on_frame(now)
        feed.show(now)
        assert feed._connection.poll(DEADLINE_S)  # it was drawn
        feed.on_frame(now)
        assert feed._connection.poll(DEADLINE_S)
        feed._process.kill()
        end = time.monotonic() + DEADLINE_S
        while not closed and time.monotonic() < end:
            feed.on_frame(now)
        feed.on_frame(now)
        assert len(closed) == 1
    finally:
        feed.close()

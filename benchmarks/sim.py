# SPDX-License-Identifier: Apache-2.0
"""Simulation: two 224x224 cameras at 30 Hz beside 1 kHz physics in real time, and demonstrations per minute.

The physics runs on one thread and the cameras on another, as in the simulation node: the cameras render a copy of the
state, so physics waits only for that copy. A step is late when it starts more than half a period after its time.
"""

import os
import tempfile
import threading
import time
from pathlib import Path

import mujoco

from vla_sim.demonstration import DemonstrationConfig
from vla_sim.generate import generate
from vla_sim.rendering import SceneRenderer
from vla_sim.scene.config import load_scene
from vla_sim.simulation import Simulation, SimulationConfig

SCENE = Path(__file__).resolve().parents[1] / "config" / "scenes" / "tabletop.yaml"
PHYSICS_S = 0.001
CAMERA_S = 1.0 / 30.0
SIZE = 224
CAMERAS = ("scene", "wrist")


class _Cameras(threading.Thread):
    """Renders both cameras at 30 Hz from copies of the state."""

    def __init__(self, simulation: Simulation, lock: threading.Lock) -> None:
        super().__init__(daemon=True)
        self._simulation, self._lock = simulation, lock
        self.stop = threading.Event()
        self.pairs = 0

    def run(self) -> None:
        model = self._simulation.model
        data, renderer = mujoco.MjData(model), SceneRenderer(model, SIZE, SIZE)
        due_s = time.perf_counter()
        while not self.stop.is_set():
            with self._lock:
                mujoco.mj_copyData(data, model, self._simulation.data)
            for camera in CAMERAS:
                renderer.render(data, camera)
            self.pairs += 1
            due_s = max(due_s + CAMERA_S, time.perf_counter() - CAMERA_S)
            time.sleep(max(0.0, due_s - time.perf_counter()))
        renderer.close()


def _real_time(duration_s: float) -> dict[str, float]:
    simulation, lock = Simulation(SimulationConfig(scene=load_scene(SCENE))), threading.Lock()
    cameras = _Cameras(simulation, lock)
    cameras.start()
    time.sleep(0.5)  # context and first frames
    pairs, cpu_s, start_s = cameras.pairs, time.process_time(), time.perf_counter()
    steps = late = 0
    while (now_s := time.perf_counter()) < start_s + duration_s:
        due_s = start_s + steps * PHYSICS_S
        if now_s < due_s:
            time.sleep(due_s - now_s)
            continue
        late += now_s - due_s > PHYSICS_S / 2
        with lock:
            simulation.step()
        steps += 1
    wall_s = time.perf_counter() - start_s
    figures = {
        "camera_hz": (cameras.pairs - pairs) / wall_s,
        "physics_hz": steps / wall_s,
        "late_percent": 100.0 * late / steps,
        "cpu_cores": (time.process_time() - cpu_s) / wall_s,
    }
    cameras.stop.set()
    cameras.join()
    return figures


def _demonstrations_per_minute(episodes: int) -> float:
    config = DemonstrationConfig(scene=load_scene(SCENE))
    with tempfile.TemporaryDirectory() as folder:
        start_s = time.perf_counter()
        made, _ = generate(config, Path(folder), episodes, workers=min(2, os.cpu_count() or 1), clock_s=time.monotonic)
    return 60.0 * made / (time.perf_counter() - start_s)


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Measure for 8 s and 64 episodes (quick), or 60 s and 512 episodes."""
    figures = _real_time(8.0 if quick else 60.0)
    return figures | {"demonstrations_per_minute": _demonstrations_per_minute(64 if quick else 512)}

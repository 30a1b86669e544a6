# SPDX-License-Identifier: Apache-2.0
"""Exposes at the cameras' rate, develops on demand. A picture that nobody looks at is never drawn.

Drawing is nine tenths of the cost of a simulated second, and a policy looks at one picture in ten. An exposure keeps
the physical state; drawn later, it gives the same picture bit for bit (a test compares them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import mujoco
import numpy as np
import numpy.typing as npt

from vla_ros.evaluation.ground_truth import scene_of
from vla_ros.policy.backends.scripted import TruthSnapshot
from vla_ros.types import ImageArray, Observation
from vla_sim.rendering import SceneRenderer
from vla_sim.simulation import Simulation

__all__ = ["CameraRoll", "Darkroom", "Exposure"]

STATE = mujoco.mjtState.mjSTATE_INTEGRATION


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """The world at one moment: physical state of the simulation, and where things are."""

    stamp_ns: int
    state: npt.NDArray[np.float64]
    truth: TruthSnapshot


class Darkroom:
    """Draws exposures of one simulation; its GL context is made at the first picture."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._data = mujoco.MjData(simulation.model)
        self._renderer: SceneRenderer | None = None

    def picture(self, exposure: Exposure, camera: str) -> ImageArray:
        """Return what ``camera`` saw."""
        model, config = self._simulation.model, self._simulation.config
        if self._renderer is None:
            self._renderer = SceneRenderer(model, config.image_height, config.image_width)
        mujoco.mj_setState(model, self._data, exposure.state, STATE)
        mujoco.mj_forward(model, self._data)
        return self._renderer.render(self._data, camera)


class CameraRoll:
    """The exposures of one attempt."""

    def __init__(self, simulation: Simulation, darkroom: Darkroom, cameras: Mapping[str, str]) -> None:
        """Begin; ``cameras`` are the simulation's, by image key."""
        self._simulation, self._darkroom, self._cameras = simulation, darkroom, cameras
        self.exposures: list[Exposure] = []

    def expose(self, stamp_ns: int) -> None:
        """Keep the world as it is now."""
        simulation = self._simulation
        state = np.empty(mujoco.mj_stateSize(simulation.model, STATE))
        mujoco.mj_getState(simulation.model, simulation.data, state, STATE)
        self.exposures.append(Exposure(stamp_ns, state, TruthSnapshot(stamp_ns, scene_of(simulation))))

    def at(self, stamp_ns: int) -> Exposure:
        """Return the exposure nearest to a time."""
        return min(reversed(self.exposures), key=lambda exposure: abs(exposure.stamp_ns - stamp_ns))

    def picture(self, stamp_ns: int, camera: str) -> ImageArray:
        """Return what the simulation's ``camera`` saw at the exposure nearest to a time."""
        return self._darkroom.picture(self.at(stamp_ns), camera)

    def develop(self, observation: Observation, keys: Sequence[str]) -> Observation:
        """Return an observation with the pictures ``keys`` drawn and no others."""
        stamps = observation.image_stamps_ns
        images = {key: self.picture(stamps[key], self._cameras[key]) for key in keys}
        return replace(observation, images=images)

    def strip(self, camera: str, frames: int, width: int) -> ImageArray:
        """Return ``(H, frames · width, 3)``: pictures at equal distances in time, side by side."""
        chosen = np.linspace(0, len(self.exposures) - 1, frames).round().astype(int)
        pictures = [self._darkroom.picture(self.exposures[index], camera) for index in chosen]
        height = round(pictures[0].shape[0] * width / pictures[0].shape[1])
        return np.concatenate([cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in pictures], axis=1)

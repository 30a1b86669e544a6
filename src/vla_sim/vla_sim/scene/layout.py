# SPDX-License-Identifier: Apache-2.0
"""One drawn scene: plain values, base frame, metres and radians. The draw is in `sample.py`, its use in `apply.py`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_sim.scene.palette import Shape

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ObjectLayout:
    """One object as it lies at the start."""

    shape: Shape
    colour: str
    rgba: tuple[float, float, float, float]
    half_size_m: tuple[float, float, float]
    position_m: tuple[float, float, float]  # centre
    yaw_rad: float
    friction: float
    mass_kg: float
    distractor: bool = False

    @property
    def name(self) -> str:
        """How a sentence calls it: ``red cube``."""
        return f"{self.colour} {self.shape.value}"

    @property
    def radius_m(self) -> float:
        """Radius of the smallest upright cylinder around it."""
        if self.shape in (Shape.BALL, Shape.CYLINDER):
            return self.half_size_m[0]
        return float(np.hypot(*self.half_size_m[:2]))

    @property
    def grasp_width_m(self) -> float:
        """Distance of the fingers when they hold it across its narrow side."""
        return 2.0 * min(self.half_size_m[:2])


@dataclass(frozen=True, slots=True)
class ZoneLayout:
    """One coloured square painted on the table."""

    colour: str
    rgba: tuple[float, float, float, float]
    half_size_m: float
    position_m: tuple[float, float]

    @property
    def name(self) -> str:
        """How a sentence calls it: ``green zone``."""
        return f"{self.colour} zone"


@dataclass(frozen=True, slots=True)
class CameraLayout:
    """Pose of a camera in its parent's frame, MuJoCo's convention (looks along -z, y up)."""

    position_m: tuple[float, float, float]
    quaternion_wxyz: tuple[float, float, float, float]
    fovy_deg: float


@dataclass(frozen=True, slots=True)
class LookLayout:
    """Light and table."""

    brightness: float
    light_offset_m: tuple[float, float, float]
    table_texture: str
    table_rgba: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SceneLayout:
    """Everything that a reset sets."""

    home_rad: tuple[float, ...]
    objects: tuple[ObjectLayout, ...]
    zones: tuple[ZoneLayout, ...]
    bins_m: tuple[tuple[str, tuple[float, float]], ...]  # ((side, centre), ...)
    cameras: tuple[tuple[str, CameraLayout], ...]
    look: LookLayout

    def object_index(self, name: str) -> int:
        """Return the pool slot of the object called ``name``.

        Raises:
            KeyError: No such object; the names that exist are in the message.
        """
        for index, thing in enumerate(self.objects):
            if thing.name == name:
                return index
        raise KeyError(f"no {name!r} in the scene; there are {[thing.name for thing in self.objects]}")

# SPDX-License-Identifier: Apache-2.0
"""What a scene file may say: ranges to draw from. The draw itself is in `sample.py`, the MuJoCo model in `model.py`.

Frame of every position: the robot's base (x forward, y left, z up), z = 0 on the table top. A range ``(low, high)``
with equal ends is a constant.
"""

from dataclasses import dataclass, field
from pathlib import Path

from vla_sim.errors import SceneError
from vla_sim.scene.loading import from_mapping, nearest, read_yaml
from vla_sim.scene.palette import COLOURS, SHAPES

MAX_OBJECTS = 8  # size of the compiled pool; every draw fits in it
MAX_ZONES = 3
Range = tuple[float, float]
Vector = tuple[float, float, float]
Joints = tuple[float, float, float, float, float, float, float]


def _check_range(name: str, limits: tuple[float, float], low: float, high: float) -> None:
    if not low <= limits[0] <= limits[1] <= high:
        raise SceneError(f"{name} must be ordered within [{low}, {high}], got {list(limits)}")


def _check_names(name: str, values: tuple[str, ...], known: tuple[str, ...]) -> None:
    if not values:
        raise SceneError(f"{name} must not be empty")
    for value in values:
        if value not in known:
            raise SceneError(f"{name}: unknown {value!r}; {nearest(value, known)}")


@dataclass(frozen=True, slots=True)
class ArmConfig:
    """Start posture of the arm."""

    home_rad: Joints = (0.0, -0.35694, 0.0, -2.63707, 0.0, 2.28013, 0.785398)  # tool at (0.40, 0, 0.26), down
    home_noise_rad: float = 0.0  # uniform, each joint

    def __post_init__(self) -> None:
        """Check the noise."""
        _check_range("home_noise_rad", (0.0, self.home_noise_rad), 0.0, 0.5)


@dataclass(frozen=True, slots=True)
class FixedObject:
    """One object whose place is given instead of drawn."""

    shape: str
    colour: str
    position_m: tuple[float, float]
    yaw_rad: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Check the names."""
        _check_names("shape", (self.shape,), SHAPES)
        _check_names("colour", (self.colour,), COLOURS)


@dataclass(frozen=True, slots=True)
class ObjectsConfig:
    """The things that can be handled."""

    count: tuple[int, int] = (2, 4)
    distractors: tuple[int, int] = (0, 0)  # added to count; small grey things that no task names
    shapes: tuple[str, ...] = SHAPES
    colours: tuple[str, ...] = COLOURS
    distinct_colours: bool = False  # no two things share a colour, zones included as far as there are colours
    scale: Range = (0.92, 1.08)
    shade: float = 0.5  # 0: one shade a colour, 1: the widest jitter in which names stay true
    friction: Range = (0.4, 0.7)
    density_kg_m3: Range = (300.0, 700.0)
    x_m: Range = (0.34, 0.66)
    y_m: Range = (-0.19, 0.19)
    clearance_m: float = 0.06  # free space kept between two neighbours, for the fingers
    fixed: tuple[FixedObject, ...] = ()

    def __post_init__(self) -> None:
        """Check ranges and names."""
        _check_range("count", self.count, 0, MAX_OBJECTS)
        _check_range("distractors", self.distractors, 0, MAX_OBJECTS)
        if max(self.count[1], len(self.fixed)) + self.distractors[1] > MAX_OBJECTS:
            raise SceneError(f"count + distractors may not exceed {MAX_OBJECTS}")
        _check_names("shapes", self.shapes, SHAPES)
        _check_names("colours", self.colours, COLOURS)
        _check_range("scale", self.scale, 0.7, 1.3)
        _check_range("shade", (0.0, self.shade), 0.0, 1.0)
        _check_range("friction", self.friction, 0.1, 3.0)
        _check_range("density_kg_m3", self.density_kg_m3, 10.0, 5000.0)


@dataclass(frozen=True, slots=True)
class TargetsConfig:
    """Two bins and the coloured zones on the table."""

    bin_left_m: tuple[float, float] = (0.48, 0.37)
    bin_right_m: tuple[float, float] = (0.48, -0.37)
    bin_noise_m: float = 0.0
    bins_present: bool = True
    zones: tuple[int, int] = (0, 2)
    zone_half_size_m: Range = (0.045, 0.055)

    def __post_init__(self) -> None:
        """Check ranges."""
        _check_range("bin_noise_m", (0.0, self.bin_noise_m), 0.0, 0.04)
        _check_range("zones", self.zones, 0, MAX_ZONES)
        _check_range("zone_half_size_m", self.zone_half_size_m, 0.02, 0.1)


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """One camera: where it is, what it looks at, how wide.

    ``wrist`` positions are in the hand's frame (z to the tips).
    """

    position_m: Vector
    target_m: Vector
    fovy_deg: float

    def __post_init__(self) -> None:
        """Check the field of view."""
        _check_range("fovy_deg", (self.fovy_deg, self.fovy_deg), 5.0, 120.0)


@dataclass(frozen=True, slots=True)
class CamerasConfig:
    """Both cameras and how far a draw displaces them."""

    scene: CameraConfig = CameraConfig((1.08, 0.0, 0.80), (0.42, 0.0, 0.08), 48.0)
    wrist: CameraConfig = CameraConfig((0.1, 0.0, 0.03), (0.025, 0.0, 0.165), 75.0)
    noise_m: float = 0.0  # standard deviation, each axis
    noise_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class LookConfig:
    """Light and table."""

    brightness: Range = (1.0, 1.0)  # factor on every light
    light_noise_m: float = 0.0  # uniform, each axis
    table_textures: tuple[str, ...] = ("plain",)
    table_value: Range = (0.42, 0.42)  # grey level
    table_tint: float = 0.0  # 0: grey, 1: fully coloured

    def __post_init__(self) -> None:
        """Check ranges and names."""
        _check_range("brightness", self.brightness, 0.3, 2.0)
        _check_names("table_textures", self.table_textures, TABLE_TEXTURES)
        _check_range("table_value", self.table_value, 0.05, 0.95)
        _check_range("table_tint", (0.0, self.table_tint), 0.0, 1.0)


TABLE_TEXTURES = ("plain", "checker", "grain", "stripes")


@dataclass(frozen=True, slots=True)
class SceneConfig:
    """A whole scene file."""

    name: str = "tabletop"
    arm: ArmConfig = field(default_factory=ArmConfig)
    objects: ObjectsConfig = field(default_factory=ObjectsConfig)
    targets: TargetsConfig = field(default_factory=TargetsConfig)
    cameras: CamerasConfig = field(default_factory=CamerasConfig)
    look: LookConfig = field(default_factory=LookConfig)


def load_scene(path: str | Path) -> SceneConfig:
    """Read one scene file.

    Raises:
        SceneError: With the file, the field and the nearest alternative.
    """
    return from_mapping(SceneConfig, read_yaml(Path(path)), str(path))

# SPDX-License-Identifier: Apache-2.0
"""Configuration of the safety filter: limits, geometry, rates. Data with units; no arithmetic beyond checks.

Files are in ``config/safety``; each number there stands with its source.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from vla_safety.config_loading import build, read_yaml
from vla_safety.errors import ConfigError

Vector = tuple[float, float, float]
Joints = tuple[float, ...]


def _require(condition: bool, sentence: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise ConfigError(sentence)


def _require_positive(name: str, values: Joints) -> None:
    _require(all(math.isfinite(value) and value > 0.0 for value in values), f"{name} must be > 0, got {list(values)}")


class Bending(Enum):
    """Whether inadmissible rows of a reference may be moved to the nearest admissible ones."""

    NONE = "none"  # the arm slows along the path and stops where it is inadmissible
    GEOMETRY = "geometry"  # around what the arm may not enter; still slowed where it is too fast
    ALL = "all"  # also where it is too fast: on time rather than on the path, e.g. for teleoperation


@dataclass(frozen=True, slots=True)
class VelocityEnvelope:
    """Position-dependent velocity limits of the FR3: v ≤ −offset + √(2 · deceleration · (upper − q)) − tolerance."""

    offset_rad_s: Joints
    deceleration_rad_s2: Joints
    upper_rad: Joints
    lower_rad: Joints
    tolerance_rad_s: float


@dataclass(frozen=True, slots=True)
class JointConfig:
    """Limits of the joints as the manufacturer gives them, and the share of each that is used."""

    names: tuple[str, ...]
    lower_rad: Joints
    upper_rad: Joints
    velocity_rad_s: Joints
    acceleration_rad_s2: Joints
    jerk_rad_s3: Joints
    torque_n_m: Joints
    margin_rad: float  # taken off both position limits
    velocity_share: float = 0.95
    acceleration_share: float = 0.8
    jerk_share: float = 0.8
    torque_share: float = 0.9

    def __post_init__(self) -> None:
        count = len(self.names)
        for name in ("lower_rad", "upper_rad", "velocity_rad_s", "acceleration_rad_s2", "jerk_rad_s3", "torque_n_m"):
            length = len(getattr(self, name))
            _require(length == count, f"{name} must have {count} entries, one per joint, has {length}")
        for name in ("velocity_rad_s", "acceleration_rad_s2", "jerk_rad_s3", "torque_n_m"):
            _require_positive(name, getattr(self, name))
        for name in ("velocity_share", "acceleration_share", "jerk_share", "torque_share"):
            share = getattr(self, name)
            _require(0.0 < share <= 1.0, f"{name} must be in (0, 1], got {share}")
        _require(self.margin_rad >= 0.0, f"margin_rad must be >= 0, got {self.margin_rad}")
        for joint, low, high in zip(self.names, self.lower_rad, self.upper_rad, strict=True):
            room = high - low - 2.0 * self.margin_rad
            _require(room > 0.0, f"{joint}: no room between lower_rad {low} and upper_rad {high}")


@dataclass(frozen=True, slots=True)
class Cone:
    """Largest angle between an axis of the tool and an axis of the base."""

    tool_axis: Vector
    base_axis: Vector
    angle_rad: float

    def __post_init__(self) -> None:
        for name, axis in (("tool_axis", self.tool_axis), ("base_axis", self.base_axis)):
            _require(abs(math.hypot(*axis) - 1.0) < 1e-6, f"{name} must have length 1, is {list(axis)}")
        _require(0.0 < self.angle_rad <= math.pi, f"angle_rad must be in (0, π], got {self.angle_rad}")


@dataclass(frozen=True, slots=True)
class ToolConfig:
    """Limits of the tool point and what is needed to track it."""

    frame: str
    speed_m_s: float
    angular_speed_rad_s: float
    workspace_lower_m: Vector
    workspace_upper_m: Vector
    posture_rad: Joints  # where the null space pulls
    singular_slow: float  # smallest singular value of the Jacobian below which the path is stretched in time
    singular_stop: float  # and below which it ends
    cone: Cone | None = None

    def __post_init__(self) -> None:
        _require_positive("speed_m_s, angular_speed_rad_s", (self.speed_m_s, self.angular_speed_rad_s))
        for low, high in zip(self.workspace_lower_m, self.workspace_upper_m, strict=True):
            _require(low < high, f"workspace_lower_m must be below workspace_upper_m, {low} is not below {high}")
        _require(0.0 < self.singular_stop < self.singular_slow, "singular_stop must be in (0, singular_slow)")


@dataclass(frozen=True, slots=True)
class Capsule:
    """A capsule around a part of a link: a segment in the link's frame, and a radius."""

    name: str
    link: str
    start_m: Vector
    end_m: Vector
    radius_m: float

    def __post_init__(self) -> None:
        _require_positive("radius_m", (self.radius_m,))


@dataclass(frozen=True, slots=True)
class Box:
    """A box that stands still, with axes of the base."""

    name: str
    lower_m: Vector
    upper_m: Vector
    margin_m: float
    ignores: tuple[str, ...] = ()  # names of capsules that may touch it

    def __post_init__(self) -> None:
        for low, high in zip(self.lower_m, self.upper_m, strict=True):
            _require(low < high, f"{self.name}: lower_m must be below upper_m, {low} is not below {high}")


@dataclass(frozen=True, slots=True)
class ClosePair:
    """Two capsules that may come closer than others, for reasons that stand beside it in the file."""

    pair: tuple[str, str]
    margin_m: float

    def __post_init__(self) -> None:
        _require_positive("margin_m", (self.margin_m,))


@dataclass(frozen=True, slots=True)
class CollisionConfig:
    """Geometry of the arm and of what it must not touch."""

    capsules: tuple[Capsule, ...]
    self_margin_m: float
    ignored_pairs: tuple[tuple[str, str], ...]  # capsules that overlap by construction or can never meet
    boxes: tuple[Box, ...]
    close_pairs: tuple[ClosePair, ...] = ()

    def __post_init__(self) -> None:
        names = [capsule.name for capsule in self.capsules]
        _require(len(set(names)) == len(names), f"capsule names must differ: {names}")
        known = set(names)
        for name in (name for pair in self.ignored_pairs for name in pair):
            _require(name in known, f"ignored_pairs: no capsule {name!r} in {names}")
        for name in (name for close in self.close_pairs for name in close.pair):
            _require(name in known, f"close_pairs: no capsule {name!r} in {names}")
        for box in self.boxes:
            for name in box.ignores:
                _require(name in known, f"{box.name}: no capsule {name!r} in {names}")

    def margin_m(self, one: str, other: str) -> float:
        """Return how far two capsules have to stay apart [m]."""
        own = [close.margin_m for close in self.close_pairs if set(close.pair) == {one, other}]
        return own[0] if own else self.self_margin_m


@dataclass(frozen=True, slots=True)
class TrackingConfig:
    """When a reference is taken, and when the arm is off its command."""

    max_start_distance_rad: float  # between commanded position and start of a reference
    max_tracking_error_rad: float  # measured against commanded: beyond, latched
    max_state_age_s: float
    max_rest_speed_rad_s: float = 0.02  # of a measured speed that counts as rest
    max_reference_rows: int = 1024
    on_path_tolerance_rad: float = 1e-3  # within it a late arm resumes where it is on the reference

    def __post_init__(self) -> None:
        for name in ("max_start_distance_rad", "max_tracking_error_rad", "max_state_age_s", "on_path_tolerance_rad"):
            _require_positive(name, (getattr(self, name),))
        _require(self.max_reference_rows >= 1, f"max_reference_rows must be >= 1, got {self.max_reference_rows}")


@dataclass(frozen=True, slots=True)
class GripperConfig:
    """What the gripper may be asked."""

    max_width_m: float
    max_speed_m_s: float
    max_force_n: float
    hysteresis_m: float  # smaller changes are not sent
    min_interval_s: float  # between two goals

    def __post_init__(self) -> None:
        for name in ("max_width_m", "max_speed_m_s", "max_force_n"):
            _require_positive(name, (getattr(self, name),))
        _require(0.0 <= self.hysteresis_m < self.max_width_m, "hysteresis_m must be in [0, max_width_m)")
        _require(self.min_interval_s >= 0.0, f"min_interval_s must be >= 0, got {self.min_interval_s}")


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """A source of references: the highest priority that keeps its lease is obeyed."""

    name: str
    priority: int
    lease_s: float  # without a new reference for so long it is released

    def __post_init__(self) -> None:
        _require_positive("lease_s", (self.lease_s,))


@dataclass(frozen=True, slots=True)
class SafetyConfig:
    """Everything that `SafetyFilter` needs beside the robot description."""

    robot: str
    rate_hz: float
    joints: JointConfig
    tool: ToolConfig
    collision: CollisionConfig
    tracking: TrackingConfig
    gripper: GripperConfig
    sources: tuple[SourceConfig, ...]
    envelope: VelocityEnvelope | None = None
    bending: Bending = Bending.NONE
    urdf_prefix: str = ""  # of joint and link names in the description where it differs from the robot's name

    def __post_init__(self) -> None:
        _require(10.0 <= self.rate_hz <= 1000.0, f"rate_hz must be in [10, 1000], got {self.rate_hz}")
        _require(len({s.priority for s in self.sources}) == len(self.sources), "sources must differ in priority")

    @property
    def period_ns(self) -> int:
        """Return the control period."""
        return round(1e9 / self.rate_hz)

    @classmethod
    def from_yaml(cls, path: Path | str) -> SafetyConfig:
        """Read a file of ``config/safety``.

        Raises:
            ConfigError: See `config_loading.build`.
        """
        path = Path(path)
        return build(cls, read_yaml(path), path.name)

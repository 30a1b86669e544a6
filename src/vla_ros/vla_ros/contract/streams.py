# SPDX-License-Identifier: Apache-2.0
"""What the contract says of one observed stream. Values only: ``stream_reader`` reads, ``vla_ros.ingest`` decodes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "Alignment",
    "ClockSource",
    "Fit",
    "GripperSpec",
    "ImageSpec",
    "JointStateSpec",
    "Payload",
    "PoseSpec",
    "StreamSpec",
    "WrenchSpec",
]

NS_PER_S = 1_000_000_000


class Alignment(Enum):
    """Which sample of a stream belongs to a reference time."""

    HOLD = "hold"  # newest at or before it, however far back max_age_s allows; never waited for
    ASOF = "asof"  # newest at or before it, within max_skew_s; waited for
    NEAREST = "nearest"  # closest on either side (the older on a tie), within max_skew_s; waited for


class ClockSource(Enum):
    """Where the stamp of a sample comes from."""

    HEADER = "header"  # the message's own header.stamp
    RECEIVE = "receive"  # the time of arrival, for drivers that do not stamp


class Fit(Enum):
    """How an image reaches its size."""

    STRETCH = "stretch"  # each axis scaled by itself
    PAD = "pad"  # scaled as a whole, centred, the rest filled with pad_value
    CROP = "crop"  # scaled as a whole until it covers, centred, the rest cut off


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """Image as it is observed: cropped, then rotated, then fitted to its size.

    Attributes:
        width, height: Observed size [px].
        encoding: Observed encoding: ``rgb8``, ``bgr8`` or ``32FC1`` (depth [m], 0 where nothing was measured).
        fit: How it reaches its size.
        pad_value: Grey level 0..255 of the padding.
        crop: ``(x, y, width, height)`` of the source [px]; empty: all of it.
        rotate_deg: Clockwise rotation: 0, 90, 180 or 270.
        source_size: ``(width, height)`` that the camera must send; empty: any.
    """

    width: int
    height: int
    encoding: str = "rgb8"
    fit: Fit = Fit.PAD
    pad_value: int = 0
    crop: tuple[int, ...] = ()
    rotate_deg: int = 0
    source_size: tuple[int, ...] = ()

    def state_names(self, key: str) -> tuple[str, ...]:
        """An image adds nothing to the state."""
        return ()


@dataclass(frozen=True, slots=True)
class JointStateSpec:
    """Joints picked by name out of ``sensor_msgs/JointState``.

    Attributes:
        names: Joints in observed order.
        fields: Of ``position`` [rad], ``velocity`` [rad/s], ``effort`` [Nm]; all joints of one field before the next.
    """

    names: tuple[str, ...]
    fields: tuple[str, ...] = ("position",)

    def state_names(self, key: str) -> tuple[str, ...]:
        """``fr3_joint1.position`` and so on."""
        return tuple(f"{name}.{field}" for field in self.fields for name in self.names)


@dataclass(frozen=True, slots=True)
class GripperSpec:
    """Opening width [m]: the sum of the positions of the finger joints in ``sensor_msgs/JointState``."""

    fingers: tuple[str, ...]

    def state_names(self, key: str) -> tuple[str, ...]:
        """``<key>.width`` [m]."""
        return (f"{key}.width",)


@dataclass(frozen=True, slots=True)
class PoseSpec:
    """Pose of ``child`` in ``parent``, from tf2 or from ``geometry_msgs/PoseStamped`` in the frame ``parent``."""

    parent: str
    child: str

    def state_names(self, key: str) -> tuple[str, ...]:
        """``<key>.x`` … ``.z`` [m] and the unit quaternion ``.qx`` … ``.qw``."""
        return tuple(f"{key}.{axis}" for axis in ("x", "y", "z", "qx", "qy", "qz", "qw"))


@dataclass(frozen=True, slots=True)
class WrenchSpec:
    """Force [N] and torque [Nm] in ``frame`` out of ``geometry_msgs/WrenchStamped``."""

    frame: str

    def state_names(self, key: str) -> tuple[str, ...]:
        """``<key>.force_x`` … ``<key>.torque_z``."""
        return tuple(f"{key}.{kind}_{axis}" for kind in ("force", "torque") for axis in "xyz")


Payload = ImageSpec | JointStateSpec | GripperSpec | PoseSpec | WrenchSpec


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One observed stream.

    Attributes:
        key: Name in the observation, e.g. ``image.scene``.
        topic: ROS topic, relative to the namespace unless it begins with ``/``.
        type_name: ROS type, ``package/msg/Type``.
        payload: What is taken out of the message.
        alignment: Which sample belongs to a reference time.
        clock: Where stamps come from.
        max_age_s: Older samples are stale.
        max_skew_s: Largest distance from the reference time; not applied to ``hold``.
        required: Whether an observation needs it; what is optional and bad is left out, never filled in.
        rate_hz: Nominal rate, for preflight; 0: any.
    """

    key: str
    topic: str
    type_name: str
    payload: Payload
    alignment: Alignment
    clock: ClockSource
    max_age_s: float
    max_skew_s: float
    required: bool = True
    rate_hz: float = 0.0

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names that it adds to the state of an observation, in order."""
        return self.payload.state_names(self.key)

    @property
    def is_image(self) -> bool:
        """Whether it is an image."""
        return isinstance(self.payload, ImageSpec)

    @property
    def max_age_ns(self) -> int:
        """``max_age_s`` in nanoseconds."""
        return round(self.max_age_s * NS_PER_S)

    @property
    def max_skew_ns(self) -> int:
        """``max_skew_s`` in nanoseconds."""
        return round(self.max_skew_s * NS_PER_S)

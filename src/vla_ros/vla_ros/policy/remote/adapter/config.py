# SPDX-License-Identifier: Apache-2.0
"""How a robot's observations and a checkpoint's wire keys correspond: an adapter's data, out of YAML. No behaviour."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.types import ActionSpace

__all__ = [
    "ActionMap",
    "AdapterConfig",
    "GripperMap",
    "ImageMap",
    "LatentMap",
    "Scaling",
    "StateMap",
    "TextMap",
    "adapter_config",
]

T = TypeVar("T")
Key = tuple[str, ...]

SPACES = {space.name.lower(): space for space in ActionSpace if space is not ActionSpace.TOOL_TWIST}


@dataclass(frozen=True, slots=True)
class ImageMap:
    """One image on the wire.

    Attributes:
        key: Where it is in the request; several names: nested.
        source: Image key of the contract.
        size: ``(width, height)`` [px]; empty: as observed.
        fit: ``pad`` (scaled as a whole, black border) or ``stretch``.
        rotate_deg: Clockwise: 0, 90, 180 or 270.
        layout: ``hwc`` or ``chw``.
        leading: Axes of length 1 before the others: 1 for ``(T, …)``, 2 for ``(B, T, …)``.
    """

    key: Key
    source: str
    size: tuple[int, ...] = (224, 224)
    fit: str = "pad"
    rotate_deg: int = 0
    layout: str = "hwc"
    leading: int = 0

    def __post_init__(self) -> None:
        _one_of("fit", self.fit, ("pad", "stretch"))
        _one_of("layout", self.layout, ("hwc", "chw"))
        _one_of("rotate_deg", self.rotate_deg, (0, 90, 180, 270))
        if len(self.size) not in (0, 2):
            raise ConfigError(f"size of an image must be [width, height], got {list(self.size)}")


@dataclass(frozen=True, slots=True)
class StateMap:
    """One vector on the wire.

    Attributes:
        key: Where it is in the request.
        parts: Concatenated; a part of ``STATE_PARTS`` or a state name of the contract.
        gripper: What the server calls open and closed in the part ``gripper``.
        dtype: ``float32`` or ``float64``.
        leading: Axes of length 1 before the others.
    """

    key: Key
    parts: tuple[str, ...]
    gripper: GripperMap | None = None
    dtype: str = "float32"
    leading: int = 0

    def __post_init__(self) -> None:
        _one_of("dtype", self.dtype, ("float32", "float64"))
        if "gripper" in self.parts and self.gripper is None:
            raise ConfigError(f"the state '{'.'.join(self.key)}' has the part 'gripper' but does not say what is open")


@dataclass(frozen=True, slots=True)
class TextMap:
    """The instruction on the wire: as ``text``, in a ``list``, or in a list of lists (``nested``)."""

    key: Key
    form: str = "text"
    lower: bool = False

    def __post_init__(self) -> None:
        _one_of("form", self.form, ("text", "list", "nested"))


@dataclass(frozen=True, slots=True)
class LatentMap:
    """The planner's latent on the wire; without one of this space that still holds, nothing is asked.

    Attributes:
        key: Where it is in the request.
        space: Name of the latent space that the policy was trained with.
    """

    key: Key
    space: str


@dataclass(frozen=True, slots=True)
class GripperMap:
    """The server's number for closed and for fully open, and, for actions, its column.

    Attributes:
        closed: Number for closed.
        open: Number for fully open.
        column: Of the action; -1 counts from the end.
        binary: Whether actions are rounded to one of the two.
    """

    closed: float
    open: float
    column: int = -1
    binary: bool = True

    def __post_init__(self) -> None:
        if self.closed == self.open:
            raise ConfigError(f"a gripper's numbers for closed and open are both {self.open}")


@dataclass(frozen=True, slots=True)
class Scaling:
    """Statistics that undo a server's normalisation, where it does not do so itself.

    Attributes:
        kind: ``quantiles``, ``min_max`` or ``mean_std``.
        file: JSON file, relative to the working folder.
        key: Name of the data set in it (``unnorm_key``); empty: the file is the statistics.
        epsilon: 1e-6 in openpi, 1e-8 in LeRobot and OpenVLA-OFT, 0 in OpenVLA.
        mask: Columns that are normalised; empty: all.
    """

    kind: str
    file: str
    key: str = ""
    epsilon: float = 1e-8
    mask: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionMap:
    """The actions on the wire.

    Attributes:
        space: ``joint_position``, ``joint_velocity``, ``joint_delta``, ``tool_pose`` or ``tool_delta``.
        columns: Width of a row, the gripper included.
        rows: Rows of an answer, exactly.
        period_s: Time between rows [s].
        keys: Arrays of the answer, concatenated along the last axis.
        first_row_s: Due time of row 0 after the observation [s]; -1: one period, or 0 for velocities.
        reference: What deltas are relative to: the ``previous`` row or the ``observation``.
        frame: In which tool deltas are expressed: ``base`` or ``tool``.
        rotation: Format of rotations in tool rows, one of ``ROTATION_FORMATS``.
        clip: ``[low, high]`` of every arm column, before ``scale``; empty: none.
        scale: Factor of every arm column to SI units; empty: 1.
        gripper: None where the gripper is not commanded.
        normalisation: None where the server undoes it.
    """

    space: str
    columns: int
    rows: int
    period_s: float
    keys: tuple[str, ...] = ("actions",)
    first_row_s: float = -1.0
    reference: str = "previous"
    frame: str = "base"
    rotation: str = "rotation_vector"
    clip: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    gripper: GripperMap | None = None
    normalisation: Scaling | None = None

    def __post_init__(self) -> None:
        _one_of("action space", self.space, tuple(SPACES))
        _one_of("reference", self.reference, ("previous", "observation"))
        _one_of("frame", self.frame, ("base", "tool"))
        if not (self.columns >= 1 and self.rows >= 1 and self.period_s > 0.0):
            raise ConfigError("an action needs columns >= 1, rows >= 1 and period_s > 0")
        if len(self.clip) not in (0, 2) or len(self.scale) not in (0, self.arm_columns):
            raise ConfigError(f"an action's clip has 2 values and its scale {self.arm_columns}, or they are left out")

    @property
    def arm_columns(self) -> int:
        """Columns of a row without the gripper."""
        return self.columns - (self.gripper is not None)


@dataclass(frozen=True, slots=True)
class AdapterConfig:
    """What is sent and what comes back; images are sent in the order given here.

    Attributes:
        images: Images.
        states: Vectors.
        text: The instruction; None: it is not sent.
        action: What comes back.
        constants: Sent as they are.
        motion: Key of the language motion that overrides how it is done (RT-H), empty text for none; (): not sent.
        latent: The planner's newest latent; None: not sent.
    """

    images: tuple[ImageMap, ...]
    states: tuple[StateMap, ...]
    text: TextMap | None
    action: ActionMap
    constants: Mapping[str, Any] = field(default_factory=dict)
    motion: Key = ()
    latent: LatentMap | None = None


def adapter_config(data: Any) -> AdapterConfig:
    """Return the checked adapter of a mapping out of YAML.

    Raises:
        ConfigError: naming the key and the nearest known one.
    """
    values = _checked(AdapterConfig, data, "adapter")
    text, latent = values.get("text"), values.get("latent")
    return AdapterConfig(
        images=tuple(_built(ImageMap, item, "adapter.images") for item in values.get("images", ())),
        states=tuple(_built(StateMap, item, "adapter.states") for item in values.get("states", ())),
        text=_built(TextMap, text, "adapter.text") if text is not None else None,
        action=_built(ActionMap, values.get("action"), "adapter.action"),
        constants=dict(values.get("constants", {})),
        motion=_key(values.get("motion", ())),
        latent=_built(LatentMap, latent, "adapter.latent") if latent is not None else None,
    )


def _built(kind: type[T], data: Any, where: str) -> T:
    values = dict(_checked(kind, data, where))
    if values.get("gripper") is not None:
        values["gripper"] = _built(GripperMap, values["gripper"], f"{where}.gripper")
    if values.get("normalisation") is not None:
        values["normalisation"] = _built(Scaling, values["normalisation"], f"{where}.normalisation")
    if "key" in values and kind is not Scaling:
        values["key"] = _key(values["key"])
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    try:
        return kind(**values)
    except TypeError as error:  # a key that is missing, or a value of another type that meets a comparison
        raise ConfigError(f"{where}: {error}") from error


def _key(value: Any) -> Key:
    return (value,) if isinstance(value, str) else tuple(value)


def _checked(kind: type[Any], data: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{where} must be a mapping of keys to values, got {data!r}")
    known = {item.name for item in dataclasses.fields(kind)}
    for key in data:
        if key not in known:
            raise ConfigError(unknown_name(f"key in {where}", str(key), known))
    return data


def _one_of(what: str, value: Any, known: Sequence[Any]) -> None:
    if value not in known:
        raise ConfigError(unknown_name(what, str(value), [str(name) for name in known]))

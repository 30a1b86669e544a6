# SPDX-License-Identifier: Apache-2.0
"""From a server's answer to rows that the robot understands: checked, scaled, absolute. Pure numpy.

Nothing is filled in, cut off or repaired: an answer that is not exactly what the adapter describes is a fault with a
name, and a fault never becomes motion.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.errors import ConfigError, VlaError, unknown_name
from vla_ros.policy.normalisation import AffineNormaliser, normaliser
from vla_ros.policy.remote.adapter.config import SPACES, ActionMap, Scaling
from vla_ros.policy.remote.adapter.request import gripper_scale
from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.protocols.protocol import Reply
from vla_ros.policy.transforms import Chain, DeltaJoints, DeltaPose, Origin, PoseFormat, RelativeJoints, RelativePose
from vla_ros.policy.transforms.pose_format import ROTATION_FORMATS
from vla_ros.types import ActionSpace

__all__ = ["AnswerAdapter"]

Array = npt.NDArray[np.float64]

POSE_COLUMNS = ("x", "y", "z", "qx", "qy", "qz", "qw")
TOOL_SPACES = (ActionSpace.TOOL_POSE, ActionSpace.TOOL_DELTA)
ABSOLUTE = {ActionSpace.JOINT_DELTA: ActionSpace.JOINT_POSITION, ActionSpace.TOOL_DELTA: ActionSpace.TOOL_POSE}
WIDEST = 4096  # columns; more is no action, and is not copied
LARGEST = 1e4  # of any number: no joint, speed or distance comes near


class AnswerAdapter:
    """Turns answers of one checkpoint into rows of one robot."""

    def __init__(self, action: ActionMap, contract: Contract) -> None:
        """Prepare.

        Raises:
            ConfigError: the columns do not fit the robot, or the statistics cannot be read.
        """
        space = SPACES[action.space]
        joints = contract.joints.names
        self._tool = space in TOOL_SPACES
        expected = 3 + ROTATION_FORMATS[action.rotation][0] if self._tool else len(joints)
        if action.arm_columns != expected:
            raise ConfigError(
                f"actions in {action.space} for '{contract.name}' have {expected} columns beside the gripper, "
                f"the adapter says {action.arm_columns}"
            )
        self._action = action
        self._scale = gripper_scale(action.gripper, contract) if action.gripper is not None else None
        self._normaliser = _normaliser(action.normalisation, action.columns) if action.normalisation else None
        self._chain = _chain(action, space)
        self.space = ABSOLUTE.get(space, space)
        self.names = POSE_COLUMNS if self._tool else joints
        self.needs_tool = self._tool

    def raw(self, reply: Reply) -> Array:
        """Return the numbers of the answer ``(T, A)`` as the server sent them.

        Raises:
            RemoteError: WRONG_SHAPE or NOT_FINITE.
        """
        action = self._action
        missing = [key for key in action.keys if key not in reply.arrays]
        if missing:
            raise RemoteError(Fault.WRONG_SHAPE, f"the answer: {unknown_name('array', missing[0], reply.arrays)}")
        parts = [_matrix(key, reply.arrays[key], action.rows) for key in action.keys]
        if len({len(part) for part in parts}) > 1:
            lengths = [len(part) for part in parts]
            raise RemoteError(Fault.WRONG_SHAPE, f"the arrays of the answer have different numbers of rows: {lengths}")
        rows = np.concatenate(parts, axis=1)
        if rows.shape != (action.rows, action.columns):
            raise RemoteError(
                Fault.WRONG_SHAPE,
                f"the answer is {rows.shape[0]} rows of {rows.shape[1]} columns, "
                f"the adapter says {action.rows} of {action.columns}",
            )
        if not np.isfinite(rows).all() or np.abs(rows).max(initial=0.0) > LARGEST:
            raise RemoteError(Fault.NOT_FINITE, "the answer has a value that is not finite or absurdly large")
        return rows

    def __call__(self, rows: Array, origin: Origin) -> tuple[Array, Array]:
        """Return absolute rows ``(T, A)`` in SI units and opening widths ``(T,)`` [m], empty without a gripper.

        Raises:
            RemoteError: NOT_FINITE, a rotation is degenerate.
        """
        action = self._action
        if self._normaliser is not None:
            rows = self._normaliser.denormalise(rows)
        widths = np.zeros(0)
        if action.gripper is not None and self._scale is not None:
            column = action.gripper.column % action.columns
            widths = self._scale.inverse(rows[:, column : column + 1], origin)[:, 0]
            rows = np.delete(rows, column, axis=1)
        if action.clip:
            low, high = action.clip
            rows = np.clip(rows, low, high)
        if action.scale:
            rows = rows * np.array(action.scale)
        try:
            return self._chain.inverse(rows, origin), widths
        except RemoteError:
            raise
        except VlaError as error:
            raise RemoteError(Fault.NOT_FINITE, f"the answer determines no motion: {error}") from error


def _chain(action: ActionMap, space: ActionSpace) -> Chain:
    previous = action.reference == "previous"
    if space is ActionSpace.JOINT_DELTA:
        return Chain((DeltaJoints() if previous else RelativeJoints(),))
    if space is ActionSpace.TOOL_DELTA:
        step = DeltaPose(action.frame) if previous else RelativePose(action.frame)
        return Chain((step, PoseFormat(action.rotation)))
    return Chain((PoseFormat(action.rotation),)) if space is ActionSpace.TOOL_POSE else Chain()


def _matrix(key: str, values: npt.NDArray[Any], rows: int) -> Array:
    """Return ``(T, A)`` of an array with leading axes of length 1; a single row may come without its axis."""
    if values.dtype.kind not in "fiu" or values.ndim < 1 or values.size > rows * WIDEST:
        raise RemoteError(Fault.WRONG_SHAPE, f"'{key}' is no array of actions but {values.dtype} {values.shape}")
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    if values.ndim == 1:
        values = values[None] if rows == 1 else values[:, None]
    if values.ndim != 2:
        raise RemoteError(Fault.WRONG_SHAPE, f"'{key}' has shape {values.shape}, expected (T, A)")
    return values.astype(np.float64)


def _normaliser(scaling: Scaling, columns: int) -> AffineNormaliser:
    try:
        data = json.loads(Path(scaling.file).read_text(encoding="utf-8"))
        data = data[scaling.key] if scaling.key else data
        data = data.get("action", data)
        statistics = {name: np.asarray(value, np.float64) for name, value in data.items() if isinstance(value, list)}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(f"the statistics '{scaling.key}' cannot be read from {scaling.file}: {error!r}") from error
    mask = np.array(scaling.mask, dtype=bool) if scaling.mask else None
    found = normaliser(scaling.kind, statistics, mask=mask, epsilon=scaling.epsilon)
    if found.offset.shape != (columns,):
        raise ConfigError(f"the statistics in {scaling.file} are for {found.offset.shape[0]} columns, not {columns}")
    return found

# SPDX-License-Identifier: Apache-2.0
"""Which references are taken: each refusal has a name and a sentence. No motion, no state of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_safety.follower import distance_to
from vla_safety.kernels.arrays import Floats
from vla_safety.reference_sampler import SampledReference
from vla_safety.rotations import ROTATION_WIDTHS
from vla_safety.types import Reference, ReferenceKind


@dataclass(frozen=True, slots=True)
class LastAccepted:
    """What the latest accepted reference of a source said of itself."""

    epoch: int
    chunk_id: int
    stamp_ns: int


def refusal(reference: Reference, now_ns: int, joints: int, max_rows: int) -> str:
    """Return why ``reference`` cannot be used by itself, or an empty string.

    Args:
        reference: As it came.
        now_ns: When it would take effect.
        joints: Of the arm.
        max_rows: More are refused: memory and time of the step are bounded.
    """
    rows = reference.rows
    if rows.ndim != 2 or not 1 <= len(rows) <= max_rows:
        return f"shape: rows must be (1 to {max_rows}, width), are {rows.shape}"
    if reference.period_ns <= 0:
        return f"period: must be > 0 ns, is {reference.period_ns}"
    wrong = _width_refusal(reference.kind, rows.shape[1], joints)
    if wrong:
        return wrong
    if not np.isfinite(rows).all():
        return "non_finite: a row holds NaN or infinity"
    if np.abs(rows).max() > 1e3:
        return f"range: a row holds {np.abs(rows).max():.3g}, which no unit of this interface reaches"
    gripper = reference.gripper
    if gripper is not None and (len(gripper) != len(rows) or not np.isfinite(gripper).all()):
        return "gripper: must be one finite width per row"
    if reference.end_ns < now_ns:
        return f"late: its last row was due {(now_ns - reference.end_ns) * 1e-6:.1f} ms ago"
    return ""


def _width_refusal(kind: ReferenceKind, width: int, joints: int) -> str:
    if kind in (ReferenceKind.JOINT_POSITION, ReferenceKind.JOINT_VELOCITY):
        return "" if width == joints else f"width: {kind.value} has {width} columns, the arm has {joints} joints"
    if kind is ReferenceKind.TOOL_TWIST:
        return "" if width == 6 else f"width: tool_twist has {width} columns, not 6"
    return "" if width - 3 in ROTATION_WIDTHS else f"width: tool_pose has {width} columns, not 6, 7, 9 or 12"


def start_refusal(sampled: SampledReference, now_ns: int, position: Floats, allowed_rad: float) -> str:
    """Return why the arm cannot go to where ``sampled`` is at ``now_ns``, or an empty string.

    Args:
        sampled: The reference as a joint path.
        now_ns: When it would take effect.
        position: Where the arm is commanded to be then ``(J,)`` [rad].
        allowed_rad: Largest distance of a joint.
    """
    if not np.isfinite(sampled.path.position).all():
        return "reach: the arm cannot take the tool to its first row"
    away = distance_to(sampled.path, sampled.seconds(now_ns), position)
    return f"starts_away: {away:.3f} rad from the arm, {allowed_rad} are allowed" if away > allowed_rad else ""


def order_refusal(reference: Reference, last: LastAccepted | None) -> str:
    """Return why ``reference`` may not follow what its source sent before, or an empty string."""
    if last is None or reference.epoch > last.epoch:
        return ""
    if reference.epoch < last.epoch:
        return f"old_epoch: {reference.epoch}, the source is at {last.epoch}"
    if reference.chunk_id < last.chunk_id:
        return f"out_of_order: chunk {reference.chunk_id} after {last.chunk_id}"
    return ""

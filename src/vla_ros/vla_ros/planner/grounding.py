# SPDX-License-Identifier: Apache-2.0
"""Coordinates as vision-language models write them, turned into pixels of the picture that was sent. Pure functions.

Qwen2.5-VL writes absolute pixels, Qwen3-VL thousandths with x first, Gemini Robotics-ER thousandths with y first; the
convention is declared, never guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from vla_ros.tasks import Grounding

__all__ = ["Convention", "read_groundings", "read_trajectory"]


class Convention(Enum):
    """How a model writes coordinates."""

    PIXELS_XY = "pixels_xy"  # Qwen2.5-VL
    THOUSAND_XY = "thousand_xy"  # Qwen3-VL
    THOUSAND_YX = "thousand_yx"  # Gemini Robotics-ER


@dataclass(frozen=True, slots=True)
class Frame:
    """The picture that coordinates belong to: its key and size [px]."""

    image_key: str
    width: int
    height: int


def read_groundings(items: Sequence[Any], convention: Convention, frame: Frame) -> tuple[Grounding, ...]:
    """Return the objects of an answer; an object whose coordinates are malformed or outside the picture is left out.

    Each item has a ``label`` and ``point`` (2 numbers), ``box`` or ``box_2d`` (4 numbers), in the convention.
    """
    found = []
    for item in items:
        if not isinstance(item, Mapping) or not isinstance(item.get("label"), str):
            continue
        point = _pixels(item.get("point"), 2, convention, frame)
        box = _pixels(item.get("box", item.get("box_2d")), 4, convention, frame)
        if box and not (box[0] <= box[2] and box[1] <= box[3]):
            box = ()
        if point or box:
            found.append(Grounding(item["label"].lower(), frame.image_key, point, box))
    return tuple(found)


def read_trajectory(items: Sequence[Any], convention: Convention, frame: Frame) -> tuple[tuple[float, ...], ...]:
    """Return the points ``(u, v)`` [px] of a trajectory: items whose labels are "0", "1", … in any order."""
    numbered = [item for item in items if isinstance(item, Mapping) and str(item.get("label", "")).isdigit()]
    ordered = sorted(numbered, key=lambda item: int(item["label"]))
    points = [_pixels(item.get("point"), 2, convention, frame) for item in ordered]
    return tuple(point for point in points if point)


def _pixels(values: Any, count: int, convention: Convention, frame: Frame) -> tuple[float, ...]:
    """Return ``count`` coordinates as u, v, u, v [px]; empty where they are no numbers or outside the picture."""
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != count:
        return ()
    if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
        return ()
    numbers = [float(value) for value in values]
    if convention is Convention.THOUSAND_YX:
        numbers = [numbers[index ^ 1] for index in range(count)]
    if convention is not Convention.PIXELS_XY:
        numbers = [v / 1000.0 * (frame.width, frame.height)[index % 2] for index, v in enumerate(numbers)]
    limits = (frame.width, frame.height)
    inside = all(0.0 <= value <= limits[index % 2] for index, value in enumerate(numbers))
    return tuple(numbers) if inside else ()

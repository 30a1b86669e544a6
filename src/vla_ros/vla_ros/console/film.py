# SPDX-License-Identifier: Apache-2.0
"""Keeps pictures of a camera at a steady pace and puts them together as a film strip. No ROS, no clock."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vla_ros.errors import VlaError

__all__ = ["Film", "film_strip", "write_picture"]

Picture = npt.NDArray[np.uint8]

_SEAM = 2  # white pixels between pictures
_MOST = 120  # pictures kept; behind them every second one is dropped and the pace halved


class Film:
    """Pictures ``(H, W, 3)`` uint8 RGB of one camera, at most one per ``period_ns``."""

    def __init__(self, period_ns: int = 500_000_000) -> None:
        self._period_ns = period_ns
        self._next_ns = 0
        self.pictures: list[Picture] = []

    def wants(self, stamp_ns: int) -> bool:
        """Whether a picture of that time would be kept."""
        return stamp_ns >= self._next_ns

    def add(self, stamp_ns: int, picture: Picture) -> None:
        """Keep a picture."""
        self._next_ns = stamp_ns + self._period_ns
        self.pictures.append(picture)
        if len(self.pictures) > _MOST:
            del self.pictures[1::2]
            self._period_ns *= 2

    def strip(self, count: int, columns: int) -> Picture:
        """Return ``count`` pictures from the first to the last, evenly spaced.

        Raises:
            VlaError: no picture was kept.
        """
        if not self.pictures:
            raise VlaError("no picture came from the camera")
        chosen = np.unique(np.linspace(0, len(self.pictures) - 1, count).round().astype(int))
        return film_strip([self.pictures[index] for index in chosen], columns)


def film_strip(pictures: list[Picture], columns: int) -> Picture:
    """Return equal pictures side by side, ``columns`` a row, on white."""
    height, width, _ = pictures[0].shape
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (height + _SEAM) - _SEAM, columns * (width + _SEAM) - _SEAM, 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = (index // columns) * (height + _SEAM), (index % columns) * (width + _SEAM)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def write_picture(path: Path, picture: Picture) -> None:
    """Write a picture in the format of the suffix; makes the folder.

    Raises:
        VlaError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)):
        raise VlaError(f"'{path}' cannot be written")

# SPDX-License-Identifier: Apache-2.0
"""From an observed image to a model's, and from a point in one to the point in the other. OpenCV and numpy."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError

__all__ = ["NormaliseImage", "ResizeWithPad"]

Pixels = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ResizeWithPad:
    """Scale as a whole, centre, fill the rest with black: what openpi and most VLAs are trained with.

    Attributes:
        width: Of the model's image [px].
        height: Of the model's image [px].
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        if min(self.width, self.height) < 1:
            raise ConfigError(f"an image needs width and height >= 1, got {self.width} x {self.height}")

    def __call__(self, image: Pixels) -> Pixels:
        """Return ``(height, width, 3)`` of an image ``(H, W, 3)``."""
        scale, left, top = self._placement(image.shape)
        height, width = round(image.shape[0] * scale), round(image.shape[1] * scale)
        if (height, width) == image.shape[:2] == (self.height, self.width):
            return image
        method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
        out = np.zeros((self.height, self.width, 3), np.uint8)
        out[top : top + height, left : left + width] = cv2.resize(image, (width, height), interpolation=method)
        return out

    def point(self, points: Points, shape: tuple[int, ...]) -> Points:
        """Return ``u, v`` ``(N, 2)`` in the model's image for points of an image of ``shape``."""
        scale, left, top = self._placement(shape)
        return points * scale + np.array([left, top])

    def inverse(self, points: Points, shape: tuple[int, ...]) -> Points:
        """Return ``u, v`` ``(N, 2)`` in an image of ``shape`` for points of the model's image."""
        scale, left, top = self._placement(shape)
        return (points - np.array([left, top])) / scale

    def _placement(self, shape: tuple[int, ...]) -> tuple[float, int, int]:
        scale = min(self.width / shape[1], self.height / shape[0])
        left = (self.width - round(shape[1] * scale)) // 2
        return scale, left, (self.height - round(shape[0] * scale)) // 2


@dataclass(frozen=True, slots=True)
class NormaliseImage:
    """``(pixel / 255 - mean) / std`` per channel, channels first.

    Attributes:
        mean: ``(3,)``; 0.5 with std 0.5 gives [-1, 1].
        std: ``(3,)``, > 0.
    """

    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)

    def __post_init__(self) -> None:
        if min(self.std) <= 0.0:
            raise ConfigError(f"std of an image must be > 0, got {self.std}")

    def __call__(self, image: Pixels) -> npt.NDArray[np.float32]:
        """Return ``(3, H, W)`` of an image ``(H, W, 3)``."""
        scaled = (image.astype(np.float32) / np.float32(255.0) - np.array(self.mean, np.float32)) / np.array(
            self.std, np.float32
        )
        return np.ascontiguousarray(np.moveaxis(scaled, -1, 0))

    def inverse(self, values: npt.NDArray[np.float32]) -> Pixels:
        """Return ``(H, W, 3)`` of ``(3, H, W)``."""
        scaled = (
            np.moveaxis(values, 0, -1) * np.array(self.std, np.float32) + np.array(self.mean, np.float32)
        ) * np.float32(255.0)
        return np.clip(np.round(scaled), 0, 255).astype(np.uint8)

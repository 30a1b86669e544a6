# SPDX-License-Identifier: Apache-2.0
"""How a published picture becomes the network's input; training and serving share it, so their pixels are equal."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Crop", "network_images", "resized"]

Image = npt.NDArray[np.uint8]


Crop = tuple[float, float, float, float]


def resized(image: Image, size: int, crop: Crop = (0.0, 0.0, 1.0, 1.0)) -> Image:
    """Return ``(size, size, 3)`` of the part ``crop`` of a picture ``(H, W, 3)`` by area averaging.

    ``crop`` is left, top, right, bottom as shares of the picture; its two axes are scaled each by itself.
    """
    height, width = image.shape[:2]
    left, right = round(crop[0] * width), round(crop[2] * width)
    top, bottom = round(crop[1] * height), round(crop[3] * height)
    image = image[top:bottom, left:right]
    if image.shape[:2] == (size, size):
        return image
    method = cv2.INTER_AREA if size < image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size, size), interpolation=method), np.uint8)


def network_images(images: Image) -> npt.NDArray[np.float32]:
    """Return ``(..., 3, S, S)`` in [-1, 1] of pictures ``(..., S, S, 3)``."""
    scaled = images.astype(np.float32) * np.float32(2.0 / 255.0) - np.float32(1.0)
    return np.ascontiguousarray(np.moveaxis(scaled, -1, -3))

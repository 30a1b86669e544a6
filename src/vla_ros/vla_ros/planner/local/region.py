# SPDX-License-Identifier: Apache-2.0
"""The part of a picture that a model is shown. No model is here."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.errors import ConfigError
from vla_ros.types import ImageArray

__all__ = ["WHOLE", "Region"]


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle, in shares of a picture's width and height from its upper left corner."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.left < self.right <= 1.0 and 0.0 <= self.top < self.bottom <= 1.0):
            raise ConfigError(
                "region must be [left, top, right, bottom] with 0 <= left < right <= 1 and 0 <= top < bottom <= 1, "
                f"got [{self.left}, {self.top}, {self.right}, {self.bottom}]"
            )

    def cut(self, image: ImageArray) -> ImageArray:
        """Return the part of an image ``(H, W, 3)``."""
        height, width = image.shape[:2]
        rows = slice(round(self.top * height), round(self.bottom * height))
        return image[rows, round(self.left * width) : round(self.right * width)]

    def outward(self, u: float, v: float) -> tuple[float, float]:
        """Return the shares of the whole picture for shares ``u, v`` of the part."""
        return self.left + u * (self.right - self.left), self.top + v * (self.bottom - self.top)

    def inward(self, u: float, v: float) -> tuple[float, float]:
        """Return the shares of the part for shares of the whole picture; outside of it they leave 0..1."""
        return (u - self.left) / (self.right - self.left), (v - self.top) / (self.bottom - self.top)


WHOLE = Region()

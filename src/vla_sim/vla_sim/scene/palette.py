# SPDX-License-Identifier: Apache-2.0
"""Names of colours and shapes, and what they stand for. Data only."""

from enum import Enum

# Hue apart by >= 25 degrees after the shade jitter of `sample.py`, so that names stay true at 128 x 128.
HUES = {"red": 0.0, "orange": 0.072, "yellow": 0.152, "green": 0.345, "cyan": 0.5, "blue": 0.622, "purple": 0.775}
SATURATION = {"orange": 1.0, "cyan": 0.85}
VALUE = {"red": 0.8, "orange": 0.98, "yellow": 0.92, "green": 0.6, "cyan": 0.85, "blue": 0.85, "purple": 0.6}
COLOURS = tuple(HUES)


class Shape(Enum):
    """What an object is."""

    CUBE = "cube"  # three equal edges
    BOX = "box"  # a longer brick, grasped across its narrow side
    CYLINDER = "cylinder"  # stands upright
    BALL = "ball"  # rolls, with rolling friction


# Half extents [m] before scaling: (x, y, z) in the object's frame. The open hand is 80 mm wide.
HALF_SIZES = {
    Shape.CUBE: (0.021, 0.021, 0.021),
    Shape.BOX: (0.034, 0.018, 0.019),
    Shape.CYLINDER: (0.019, 0.019, 0.027),
    Shape.BALL: (0.022, 0.022, 0.022),
}
SHAPES = tuple(shape.value for shape in Shape)

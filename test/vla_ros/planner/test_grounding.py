# SPDX-License-Identifier: Apache-2.0
"""Coordinates of three conventions become the same pixels; what is malformed or outside is left out."""

import pytest

from vla_ros.planner.grounding import Convention, Frame, read_groundings, read_trajectory

FRAME = Frame("image.scene", 640, 480)


@pytest.mark.parametrize(
    ("convention", "point", "box"),
    [
        (Convention.PIXELS_XY, [320, 120], [64, 48, 320, 240]),
        (Convention.THOUSAND_XY, [500, 250], [100, 100, 500, 500]),
        (Convention.THOUSAND_YX, [250, 500], [100, 100, 500, 500]),
    ],
)
def test_conventions_give_the_same_pixels(convention, point, box):
    found = read_groundings([{"label": "Red Cube", "point": point, "box_2d": box}], convention, FRAME)
    assert found[0].label == "red cube"
    assert found[0].point == pytest.approx((320.0, 120.0))
    assert found[0].box == pytest.approx((64.0, 48.0, 320.0, 240.0))


def test_y_first_boxes_swap_both_corners():
    box = read_groundings([{"label": "a", "box": [100, 200, 300, 400]}], Convention.THOUSAND_YX, Frame("i", 1000, 1000))
    assert box[0].box == (200.0, 100.0, 400.0, 300.0)


@pytest.mark.parametrize(
    "item",
    [
        {"label": "a", "point": [1]},
        {"label": "a", "point": "12"},
        {"label": "a", "point": [float("nan"), 1]},
        {"label": "a", "point": [1200, 10]},
        {"label": "a", "box": [500, 500, 100, 100]},
        {"label": 3, "point": [1, 1]},
        "red cube",
    ],
)
def test_malformed_objects_are_left_out(item):
    assert read_groundings([item], Convention.THOUSAND_XY, FRAME) == ()


def test_trajectory_is_ordered_by_its_labels():
    items = [{"label": "1", "point": [500, 500]}, {"label": "0", "point": [0, 0]}, {"label": "cup", "point": [1, 1]}]
    assert read_trajectory(items, Convention.THOUSAND_YX, FRAME) == ((0.0, 0.0), (320.0, 240.0))

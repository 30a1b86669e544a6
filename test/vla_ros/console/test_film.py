# SPDX-License-Identifier: Apache-2.0
"""A film keeps a steady pace, stays small, and becomes a strip."""

import cv2
import numpy as np
import pytest

from vla_ros.console.film import Film, film_strip, write_picture
from vla_ros.errors import VlaError

SECOND_NS = 1_000_000_000


def picture(level):
    return np.full((4, 6, 3), level, np.uint8)


def test_pictures_are_kept_at_the_pace():
    film = Film(period_ns=SECOND_NS)
    for index in range(31):
        if film.wants(index * SECOND_NS // 10):
            film.add(index * SECOND_NS // 10, picture(index))
    assert [int(kept[0, 0, 0]) for kept in film.pictures] == [0, 10, 20, 30]


def test_a_long_film_stays_small_and_spans_all_of_its_time():
    film = Film(period_ns=SECOND_NS)
    kept = []
    for second in range(1000):
        if film.wants(second * SECOND_NS):
            film.add(second * SECOND_NS, picture(second % 256))
            kept.append(second)
    assert 60 <= len(film.pictures) <= 121
    assert int(film.pictures[0][0, 0, 0]) == 0
    assert kept[-1] > 970, "the end is in it"


def test_a_strip_goes_from_the_first_to_the_last_picture():
    film = Film(period_ns=1)
    for index in range(10):
        film.add(index, picture(10 * index))
    strip = film.strip(4, 2)
    assert strip.shape == (2 * 4 + 2, 2 * 6 + 2, 3)
    assert [int(strip[0, 0, 0]), int(strip[0, -1, 0]), int(strip[-1, 0, 0]), int(strip[-1, -1, 0])] == [0, 30, 60, 90]
    assert int(strip[4, 0, 0]) == 255, "a white seam"


def test_few_pictures_make_a_short_strip():
    assert film_strip([picture(1)], 4).shape == (4, 6, 3)
    with pytest.raises(VlaError, match="no picture"):
        Film().strip(8, 4)


def test_a_written_picture_has_its_colours(tmp_path):
    red = np.zeros((4, 6, 3), np.uint8)
    red[..., 0] = 200
    write_picture(tmp_path / "new" / "red.png", red)
    assert cv2.imread(str(tmp_path / "new" / "red.png"))[0, 0].tolist() == [0, 0, 200]
    with pytest.raises((VlaError, cv2.error)):
        write_picture(tmp_path / "red.nothing", red)

# SPDX-License-Identifier: Apache-2.0
"""A person's language motion holds for its time and then gives back to the planner's."""

import pytest

from vla_ros.planner.language_motion import LanguageMotion, refusal_of

ONE_S = 1_000_000_000


def test_persons_motion_holds_until_its_time_is_over():
    motion = LanguageMotion(own="move arm forward").overwritten("  move arm left ", 5 * ONE_S, 2.0)
    assert motion.current(5 * ONE_S) == "move arm left"
    assert motion.current(7 * ONE_S - 1) == "move arm left"
    assert motion.current(7 * ONE_S) == "move arm forward"


def test_empty_motion_gives_back_at_once():
    motion = LanguageMotion(own="a").overwritten("b", 0, 9.0).overwritten("", 1, 9.0)
    assert motion.current(2) == "a"


@pytest.mark.parametrize(
    ("motion", "duration_s", "part"),
    [("x" * 101, 1.0, "100 characters"), ("a\nb", 1.0, "one line"), ("up", 0.0, "duration_s"), ("up", 61.0, "60"),
     ("up", float("nan"), "duration_s")],
)  # fmt: skip
def test_motion_out_of_bounds_is_refused(motion, duration_s, part):
    assert part in refusal_of(motion, duration_s)


def test_motion_in_bounds_is_taken():
    assert refusal_of("move arm up", 1.0) == refusal_of("", 0.0) == ""

# SPDX-License-Identifier: Apache-2.0
"""What is told of the grade: worse at once, better after a while, rest and latch at once."""

import pytest

from vla_safety import Grade
from vla_safety.steady_grade import BETTER_AFTER_NS, SteadyGrade

TICK_NS = 4_000_000
FOLLOWING = (Grade.UNCHANGED, Grade.SLOWED, Grade.PROJECTED, Grade.BRAKING)


def told(grades):
    steady = SteadyGrade()
    return [steady.tell(tick * TICK_NS, grade) for tick, grade in enumerate(grades)]


def test_grade_that_alternates_does_not_flicker():
    assert set(told([Grade.SLOWED, Grade.BRAKING] * 100)[1:]) == {Grade.BRAKING}


@pytest.mark.parametrize("better", range(3))
def test_worse_is_told_at_once_and_better_after_a_while(better):
    for worse in range(better + 1, 4):
        steady = SteadyGrade()
        assert steady.tell(0, FOLLOWING[better]) is FOLLOWING[better]
        assert steady.tell(1, FOLLOWING[worse]) is FOLLOWING[worse]
        assert steady.tell(BETTER_AFTER_NS, FOLLOWING[better]) is FOLLOWING[worse]
        assert steady.tell(BETTER_AFTER_NS + 1, FOLLOWING[better]) is FOLLOWING[better]


@pytest.mark.parametrize("grade", [Grade.HOLDING, Grade.ESTOPPED, Grade.RECOVERING])
def test_rest_latch_and_recovery_are_told_at_once_and_end_at_once(grade):
    assert told([Grade.BRAKING, grade, Grade.UNCHANGED]) == [Grade.BRAKING, grade, Grade.UNCHANGED]

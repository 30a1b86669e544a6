# SPDX-License-Identifier: Apache-2.0
"""What a controller reports of itself: followed, resting a little elsewhere, or doing something else."""

import numpy as np

from vla_safety.controller_watch import DEVIATION_RAD, REPORTS, Agreement, ControllerReport, ControllerWatch

MS = 1_000_000


def watch(speed_rad_s=0.0, steps=10):
    made = ControllerWatch()
    for step in range(steps):
        command = np.zeros((3, 7))
        command[0], command[1] = speed_rad_s * step * 0.004, speed_rad_s
        made.record(step * 4 * MS, command)
    return made


def report(stamp_ms, position, velocity=0.0):
    return ControllerReport(round(stamp_ms * MS), np.full(7, position), np.full(7, velocity))


def test_reference_between_two_commands_is_followed():
    assert watch(1.0).judge(report(10.0, 0.010, 1.0)) == (Agreement.FOLLOWS, "")


def test_deviation_counts_when_it_is_repeated_and_names_the_joint():
    made = watch(1.0)
    answers = [made.judge(report(10.0, 0.010 + 2.0 * DEVIATION_RAD, 1.0)) for _ in range(REPORTS)]
    assert [answer[0] for answer in answers] == [Agreement.FOLLOWS] * (REPORTS - 1) + [Agreement.DEVIATES]
    assert "joint 1" in answers[-1][1]


def test_one_good_report_between_forgives():
    made, off = watch(1.0), report(10.0, 0.010 + 2.0 * DEVIATION_RAD, 1.0)
    for _ in range(2 * REPORTS):
        assert made.judge(off)[0] is Agreement.FOLLOWS
        assert made.is_in_doubt
        assert made.judge(report(10.0, 0.010, 1.0))[0] is Agreement.FOLLOWS
        assert not made.is_in_doubt


def test_arm_that_rests_a_little_off_is_taken_where_it_is():
    assert watch().judge(report(100.0, 1e-3))[0] is Agreement.RESTS_ELSEWHERE
    assert watch().judge(report(100.0, 0.0))[0] is Agreement.FOLLOWS


def test_place_is_not_taken_over_while_either_moves():
    assert watch(1.0).judge(report(10.0, 0.011))[0] is Agreement.FOLLOWS
    assert watch().judge(report(100.0, 1e-3, 0.1))[0] is Agreement.FOLLOWS


def test_times_that_were_not_commanded_are_not_judged():
    assert watch(1.0).judge(report(-5.0, 3.0))[0] is Agreement.FOLLOWS
    assert watch(1.0).judge(report(500.0, 3.0))[0] is Agreement.FOLLOWS
    forgotten = watch(1.0)
    forgotten.forget()
    assert forgotten.judge(report(10.0, 3.0))[0] is Agreement.FOLLOWS


def settling(latest):
    """A watch whose commands are void, and that commanded rest at zero since."""
    made = watch()
    made.latest = latest
    made.forget()
    for step in range(100, 110):
        made.record(step * 4 * MS, np.zeros((3, 7)))
    return made


def test_controller_that_was_heard_has_to_say_anew_where_it_rests():
    made = settling(report(396.0, 0.0))
    assert not made.is_settled
    assert made.judge(report(399.0, 0.0))[0] is Agreement.FOLLOWS  # said before the new beginning
    assert not made.is_settled
    assert made.judge(report(404.0, 0.0))[0] is Agreement.FOLLOWS
    assert made.is_settled


def test_controller_that_was_recovered_elsewhere_is_no_deviation_before_the_beginning():
    made = settling(report(396.0, 0.0))
    for _ in range(2 * REPORTS):
        assert made.judge(report(404.0, 4.0 * DEVIATION_RAD))[0] is Agreement.RESTS_ELSEWHERE
    assert not made.is_settled


def test_controller_that_still_moves_is_waited_for():
    made = settling(report(396.0, 0.0))
    for _ in range(2 * REPORTS):
        assert made.judge(report(404.0, 4.0 * DEVIATION_RAD, 0.1))[0] is Agreement.FOLLOWS
    assert not made.is_settled


def test_controller_that_never_reported_is_not_waited_for():
    assert settling(None).is_settled

# SPDX-License-Identifier: Apache-2.0
"""Rate, bandwidth and delay over the last messages."""

from ros2cli._window import Window


def filled(size, stamps_ns, values=None):
    window = Window(size)
    for index, stamp_ns in enumerate(stamps_ns):
        window.add(stamp_ns, values[index] if values else 0.0)
    return window


def test_the_rate_is_that_of_the_periods():
    window = filled(10, [0, 100_000_000, 200_000_000])
    assert window.rate_line() == "average rate: 10.000\n\tmin: 0.100s max: 0.100s std dev: 0.00000s window: 3"


def test_old_messages_fall_out_of_the_window():
    window = filled(2, [0, 5_000_000_000, 6_000_000_000])
    assert window.rate_line().startswith("average rate: 1.000") and len(window) == 2


def test_one_message_has_no_rate():
    assert filled(10, [0]).rate_line() is None
    assert Window(10).bandwidth_line(1) is None
    assert Window(10).delay_line() is None


def test_bandwidth_is_bytes_over_the_time_up_to_now():
    line = filled(10, [0, 500_000_000], [1000.0, 3000.0]).bandwidth_line(1_000_000_000)
    assert line == "4.00 KB/s from 2 messages\n\tMessage size mean: 2.00 KB min: 1.00 KB max: 3.00 KB"


def test_sizes_have_the_unit_of_the_bandwidth():
    line = filled(10, [0, 500_000_000], [76.0, 1924.0]).bandwidth_line(1_000_000_000)
    assert line == "2.00 KB/s from 2 messages\n\tMessage size mean: 1.00 KB min: 0.08 KB max: 1.92 KB"
    assert filled(10, [0], [76.0]).bandwidth_line(1_000_000_000).startswith("76 B/s from 1 messages")


def test_delays_are_shown_in_seconds():
    assert filled(10, [0, 1], [0.25, 0.75]).delay_line().startswith("average delay: 0.500\n\tmin: 0.250s max: 0.750s")

# SPDX-License-Identifier: Apache-2.0
"""Console format, levels and call-site filters of loggers; records are caught by a handler."""

from types import SimpleNamespace

import pytest

from rclpy import logging
from rclpy.impl._log_output import LogRecord, format_record, output
from rclpy.logging import LoggingSeverity

RECORD = LogRecord(1_700_000_000_123_456_789, LoggingSeverity.INFO, "arm.driver", "ready", "/src/node.py", "run", 7)


@pytest.fixture
def records():
    caught = []
    output.add_handler(caught.append)
    yield caught
    output.remove_handler(caught.append)
    logging.clear_config()


def test_console_line_is_that_of_rcutils(capsys, monkeypatch):
    monkeypatch.setattr(output, "clock_ns", lambda: RECORD.stamp_ns)
    monkeypatch.delenv("RCUTILS_CONSOLE_OUTPUT_FORMAT", raising=False)
    logging.get_logger("arm.driver").info("ready")
    assert capsys.readouterr().err == "[INFO] [1700000000.123456789] [arm.driver]: ready\n"


def test_colour_can_be_forced(capsys, monkeypatch):
    monkeypatch.setattr(output, "clock_ns", lambda: RECORD.stamp_ns)
    monkeypatch.setenv("RCUTILS_COLORIZED_OUTPUT", "1")
    monkeypatch.setenv("RCUTILS_CONSOLE_OUTPUT_FORMAT", "{message}")
    logging.get_logger("a").warning("careful")
    assert capsys.readouterr().err == "\033[33mcareful\033[0m\n"


def test_format_expands_its_tokens():
    pattern = r"{severity}|{name}|{time_as_nanoseconds}|{function_name}:{line_number}|{file_name}\n{unknown}"
    assert format_record(RECORD, pattern) == ("INFO|arm.driver|1700000000123456789|run:7|/src/node.py\n{unknown}")


def test_message_braces_are_not_expanded():
    record = LogRecord(0, LoggingSeverity.INFO, "a", "{name}", "", "", 0)
    assert format_record(record, "{message}") == "{name}"


def test_record_names_the_caller(records):
    logging.get_logger("a").info("x")
    assert records[0].function_name == "test_record_names_the_caller"
    assert records[0].file_name == __file__


def test_child_inherits_level(records):
    parent = logging.get_logger("robot")
    child = parent.get_child("arm").get_child("elbow")
    parent.set_level(LoggingSeverity.ERROR)
    assert child.name == "robot.arm.elbow"
    assert child.warning("dropped") is False
    child.set_level(LoggingSeverity.DEBUG)
    assert child.debug("kept") is True
    assert [record.message for record in records] == ["kept"]


def test_debug_is_off_by_default(records):
    assert not logging.get_logger("a").debug("x")
    assert logging.get_logger("a").is_enabled_for(LoggingSeverity.INFO)


def test_once_writes_once(records):
    logger = logging.get_logger("a")
    assert [logger.info("x", once=True) for _ in range(3)] == [True, False, False]


def test_skip_first_drops_the_first(records):
    logger = logging.get_logger("a")
    assert [logger.info("x", skip_first=True) for _ in range(3)] == [False, True, True]


def test_throttle_follows_its_clock(records):
    logger = logging.get_logger("a")
    time_ns = [0]
    clock = SimpleNamespace(now=lambda: SimpleNamespace(nanoseconds=time_ns[0]))
    written = []
    for now_s in (0, 0.5, 1.0, 1.5, 2.0, 0.1):
        time_ns[0] = int(now_s * 1e9)
        written.append(logger.info("x", throttle_duration_sec=1.0, throttle_time_source_type=clock))
    assert written == [True, False, True, False, True, True]


def test_each_call_site_has_its_own_filter(records):
    logger = logging.get_logger("a")
    assert logger.info("x", once=True)
    assert logger.info("x", once=True)


def test_severity_of_a_filtered_call_site_must_not_change(records):
    logger = logging.get_logger("a")
    with pytest.raises(ValueError, match="severity cannot be changed"):
        for severity in (LoggingSeverity.INFO, LoggingSeverity.WARN):
            logger.log("x", severity, once=True)


def test_unknown_keyword_is_named(records):
    with pytest.raises(TypeError, match="'throtle'"):
        logging.get_logger("a").info("x", throtle=1)


def test_log_level_argument_sets_levels(records):
    logging.configure(
        ["prog", "--log-level", "fatal", "--ros-args", "--log-level", "warn", "--log-level", "a.b:=debug"]
    )
    assert logging.get_logger_effective_level("other") == LoggingSeverity.WARN
    assert logging.get_logger_effective_level("a.b.c") == LoggingSeverity.DEBUG


def test_unknown_level_is_refused_with_the_known_ones(records):
    with pytest.raises(RuntimeError, match="'loud' is no log level; the levels are UNSET, DEBUG"):
        logging.configure(["--ros-args", "--log-level", "loud"])


def test_empty_names_are_refused():
    with pytest.raises(ValueError, match="must not be empty"):
        logging.get_logger("")
    with pytest.raises(ValueError, match="must not be empty"):
        logging.get_logger("a").get_child("")

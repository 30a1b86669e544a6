# SPDX-License-Identifier: Apache-2.0
"""Every decorator of the trees by itself: how often it begins its child, and with which error it ends."""

import pytest
from py_trees.common import Status

from vla_ros.executor.decorators import (
    DECORATORS,
    AskThenFail,
    ForEachSubtask,
    Recorded,
    RecoverThenFail,
    Retry,
    RetrySubtask,
)
from vla_ros.tasks import ErrorCode

RUNNING, SUCCESS, FAILURE = Status.RUNNING, Status.SUCCESS, Status.FAILURE


def test_every_decorator_is_tested_here():
    assert set(DECORATORS.values()) == {AskThenFail, ForEachSubtask, Recorded, RecoverThenFail, Retry, RetrySubtask}


@pytest.mark.parametrize("decorator", [Retry, RetrySubtask])
def test_retry_begins_its_child_so_often_and_no_more(bench, make_leaf, decorator):
    child = make_leaf(FAILURE)
    node = bench.decorate(decorator, child, times=3)
    bench.context.fail(ErrorCode.FAILED, "missed")
    assert bench.run(node, 5.0) is FAILURE
    assert child.begun == 3


@pytest.mark.parametrize(
    "code", [ErrorCode.STOPPED, ErrorCode.TIMEOUT, ErrorCode.NOT_UNDERSTOOD, ErrorCode.PREEMPTED, ErrorCode.CANCELED]
)
def test_retry_does_not_begin_again_after_what_is_final(bench, make_leaf, code):
    child = make_leaf(FAILURE)
    bench.context.fail(code, "why")
    assert bench.run(bench.decorate(Retry, child, times=3), 5.0) is FAILURE
    assert child.begun == 1


def test_retry_ends_with_its_childs_success(bench, make_leaf):
    child = make_leaf(FAILURE)
    node = bench.decorate(Retry, child, times=3)
    assert bench.tick(node) is RUNNING
    child.next = SUCCESS
    assert bench.tick(node) is SUCCESS


def test_retry_subtask_counts_attempts_but_not_those_that_a_lost_camera_ended(bench, make_leaf):
    child = make_leaf(FAILURE)
    node = bench.decorate(RetrySubtask, child, times=2)
    bench.context.fail(ErrorCode.OBSERVATION_LOST, "dark")
    for _ in range(5):
        assert bench.tick(node) is RUNNING
    bench.context.fail(ErrorCode.FAILED, "missed")
    assert bench.tick(node) is RUNNING
    assert bench.tick(node) is FAILURE
    assert bench.context.task.attempt == 7


def test_for_each_subtask_runs_its_child_once_per_subtask(make_bench, make_subtask, make_leaf):
    bench = make_bench(make_subtask("pick"), make_subtask("home"))
    child = make_leaf(SUCCESS)
    node = bench.decorate(ForEachSubtask, child)
    assert bench.tick(node) is RUNNING
    assert bench.context.task.index == 1
    assert bench.tick(node) is SUCCESS
    assert child.begun == 2


def test_for_each_subtask_ends_with_the_first_that_fails(make_bench, make_subtask, make_leaf):
    bench = make_bench(make_subtask("pick"), make_subtask("home"))
    assert bench.tick(bench.decorate(ForEachSubtask, make_leaf(FAILURE))) is FAILURE
    assert bench.context.task.index == 0


@pytest.mark.parametrize(
    ("status", "code"), [(SUCCESS, ErrorCode.SUCCESS), (FAILURE, ErrorCode.FAILED), (RUNNING, None)]
)
def test_recorded_writes_the_end_of_an_attempt_into_the_memory(bench, make_leaf, status, code):
    node = bench.decorate(Recorded, make_leaf(status))
    if code is ErrorCode.FAILED:
        bench.context.fail(code, "missed")
    assert bench.tick(node) is status
    attempts = bench.context.memory.as_data("task-1")
    assert [attempt["code"] for attempt in attempts] == ([] if code is None else [code.name])


@pytest.mark.parametrize("decorator", [RecoverThenFail, AskThenFail])
def test_recovery_that_succeeds_still_fails_with_the_error_that_made_it_necessary(bench, make_leaf, decorator):
    bench.context.fail(ErrorCode.FAILED, "missed")
    child = make_leaf(RUNNING)
    node = bench.decorate(decorator, child)
    assert bench.tick(node) is RUNNING
    bench.context.clear_error()
    child.next = SUCCESS
    assert bench.tick(node) is FAILURE
    assert bench.error == (ErrorCode.FAILED, "missed")


def test_recovery_that_fails_itself_ends_with_its_own_error(bench, make_leaf):
    bench.context.fail(ErrorCode.FAILED, "missed")
    child = make_leaf(RUNNING)
    node = bench.decorate(RecoverThenFail, child)
    bench.tick(node)
    bench.context.fail(ErrorCode.ROBOT_FAULT, "the arm did not get there")
    child.next = FAILURE
    assert bench.tick(node) is FAILURE
    assert bench.error == (ErrorCode.ROBOT_FAULT, "the arm did not get there")


@pytest.mark.parametrize(
    ("decorator", "code", "begun"),
    [
        (RecoverThenFail, ErrorCode.STOPPED, 0),
        (RecoverThenFail, ErrorCode.OBSERVATION_LOST, 0),
        (RecoverThenFail, ErrorCode.FAILED, 1),
        (AskThenFail, ErrorCode.STOPPED, 0),
        (AskThenFail, ErrorCode.OBSERVATION_LOST, 1),
    ],
)
def test_what_cannot_help_is_skipped(bench, make_leaf, decorator, code, begun):
    bench.context.fail(code, "why")
    child = make_leaf(RUNNING)
    bench.tick(bench.decorate(decorator, child))
    assert child.begun == begun

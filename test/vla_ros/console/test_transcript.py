# SPDX-License-Identifier: Apache-2.0
"""The story of a task is told once, line by line."""

from vla_ros.console.transcript import PlannedStep, TaskStatus, Transcript

STEPS = [PlannedStep("pick up the red cube", "pick", 20.0), PlannedStep("put it in the left bin", "place", 30.0)]


def test_a_plan_is_told_once_with_its_steps_and_budgets():
    transcript = Transcript()
    assert transcript.plan("p1", "grammar", STEPS) == [
        "plan by grammar:",
        "  1. pick up the red cube  [pick, at most 20 s]",
        "  2. put it in the left bin  [place, at most 30 s]",
    ]
    assert transcript.plan("p1", "grammar", STEPS) == []
    assert transcript.plan("p2", "grammar", STEPS[:1])[0] == "plan by grammar:", "a new plan is news"


def test_an_empty_plan_is_no_news():
    assert Transcript().plan("p1", "grammar", []) == []


def test_progress_is_told_where_something_changed():
    transcript = Transcript()
    transcript.plan("p1", "grammar", STEPS)
    running = TaskStatus(2, 0, 1, "pick up the red cube", "", 1.25)
    assert transcript.status(running) == ["   1.2 s  running: 1/2 pick up the red cube"]
    assert transcript.status(TaskStatus(2, 0, 1, "pick up the red cube", "", 3.0)) == []
    again = transcript.status(TaskStatus(2, 0, 2, "pick up the red cube", "the grasp missed", 9.0))
    assert again == ["   9.0 s  running: 1/2 pick up the red cube (attempt 2): the grasp missed"]


def test_a_state_that_is_not_known_is_told_by_its_number():
    assert Transcript().status(TaskStatus(99, 0, 1, "", "", 0.0)) == ["   0.0 s  state 99"]

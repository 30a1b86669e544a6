# SPDX-License-Identifier: Apache-2.0
"""Kept results add up over runs, list failures by seed, and count no seed twice."""

from pathlib import Path

import pytest

from vla_sim import SimulationError
from vla_sim.experts.measure import Attempt
from vla_sim.experts.results import add_attempts, markdown_table, read_results


def attempts(first: int, count: int, failed: tuple[int, ...] = ()) -> list[Attempt]:
    return [
        Attempt(seed, f"task {seed}", seed not in failed, 2.0, "none" if seed not in failed else "joint_reflex")
        for seed in range(first, first + count)
    ]


def test_runs_add_up_and_failures_keep_their_seed() -> None:
    results = add_attempts({}, "default", "stack", attempts(100, 50, failed=(120,)))
    results = add_attempts(results, "default", "stack", attempts(150, 50))
    results = add_attempts(results, "default", "pick", attempts(100, 10))
    entry = results["default/stack"]
    assert (entry["attempts"], entry["successes"], entry["seeds"]) == (100, 99, [[100, 199]])
    assert [item["seed"] for item in entry["failures"]] == [120]
    low, high = entry["interval_95"]
    assert low < 0.99 < high < 1.0
    table = markdown_table(results)
    assert "| default | stack | 100–199 | 99/100 |" in table
    assert "- default/stack, seed 120: task 120 (joint_reflex)" in table


@pytest.mark.parametrize("first", [80, 100, 149])
def test_seed_is_not_counted_twice(first: int) -> None:
    results = add_attempts({}, "default", "stack", attempts(100, 50))
    with pytest.raises(SimulationError, match="in the results already"):
        add_attempts(results, "default", "stack", attempts(first, 30))


def test_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    assert read_results(tmp_path / "none.json") == {}
    (tmp_path / "other.json").write_text("not this")
    with pytest.raises(SimulationError, match="holds no results"):
        read_results(tmp_path / "other.json")

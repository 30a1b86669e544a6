# SPDX-License-Identifier: Apache-2.0
"""Bending moves inadmissible rows to admissible ones and leaves the others; the solver's failures are ordinary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME, Loop, joint_reference
from vla_safety import Grade, SafetyConfig
from vla_safety.arm_model import build_arm_model
from vla_safety.config import Bending
from vla_safety.limits import Context, bending_limits
from vla_safety.projection import QpStatus, RowBender, quadratic_program, solve_qp


def test_qp_solves_and_names_what_it_cannot() -> None:
    box = np.concatenate([np.eye(2), -np.eye(2)])
    solved = solve_qp(np.eye(2), np.array([-3.0, 0.0]), (box, np.ones(4)))
    assert solved.status is QpStatus.SOLVED
    assert np.allclose(solved.solution, [1.0, 0.0])
    assert solve_qp(np.eye(2), np.zeros(2), (box, np.array([-1.0, 0, -1.0, 0]))).status is QpStatus.INFEASIBLE
    assert solve_qp(np.eye(2), np.full(2, np.nan), (box, np.ones(4))).status is QpStatus.FAILED
    assert solve_qp(np.zeros((2, 2)), np.array([1e30, -1e30]), (box[:1], np.ones(1))).status is not QpStatus.SOLVED


def test_qp_that_does_not_end_in_time_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    rows = random.normal(0, 1, (40, 7))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    monkeypatch.setattr(quadratic_program, "ITERATIONS", 1)
    outcome = solve_qp(np.eye(7), 10 * random.normal(0, 1, 7), (rows, np.full(40, 0.1)))
    assert (outcome.status, outcome.solution) == (QpStatus.FAILED, None)


def test_qp_agrees_with_another_solver() -> None:
    quadprog = pytest.importorskip("quadprog")
    random = np.random.default_rng(0)
    for _ in range(200):
        root, rows = random.normal(0, 1, (7, 7)), random.normal(0, 1, (30, 7))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        hessian, gradient, slack = root @ root.T + np.eye(7), random.normal(0, 5, 7), random.uniform(0.0, 1.0, 30)
        expected = quadprog.solve_qp(hessian, -gradient, -rows.T, -slack)[0]
        assert np.allclose(solve_qp(hessian, gradient, (rows, slack)).solution, expected, atol=1e-6)


@pytest.fixture(scope="module")
def bender(panda: SafetyConfig, urdf: str) -> RowBender:
    bent = replace(panda, bending=Bending.GEOMETRY)
    return RowBender(build_arm_model(bent, urdf), bending_limits(bent))


def test_admissible_rows_stay_as_they_are(bender: RowBender) -> None:
    rows = HOME + 0.2 * np.linspace(0, 1, 20)[:, None]
    bent, moved = bender.bend(rows, 0.05, HOME)
    assert not moved
    assert np.array_equal(bent, rows)


def test_rows_into_the_table_slide_along_it(bender: RowBender, panda: SafetyConfig, urdf: str) -> None:
    rows = HOME + np.linspace(0, 1, 40)[:, None] * np.array([0.3, 1.6, 0, 0.3, 0, 0, 0])
    bent, moved = bender.bend(rows, 0.05, HOME)
    assert moved
    model = build_arm_model(panda, urdf)
    for row in bent:
        context = Context(model, row, 0.05)
        for limit in bending_limits(replace(panda, bending=Bending.GEOMETRY)):
            assert np.all(limit.slack(context) > -2e-3)
    assert bent[-1, 0] > 0.1


def test_filter_bends_where_the_configuration_allows(panda: SafetyConfig, urdf: str) -> None:
    rows = HOME + np.linspace(0, 1, 40)[:, None] * np.array([0.3, 1.6, 0, 0.3, 0, 0, 0])
    straight = Loop.at(panda, urdf)
    straight.run(joint_reference(rows), 800)
    bending = Loop.at(replace(panda, bending=Bending.ALL), urdf)
    outputs = bending.run(joint_reference(rows), 800)
    assert Grade.PROJECTED in {output.report.grade for output in outputs}
    assert bending.filter.held.states[-1, 0, 0] > straight.filter.held.states[-1, 0, 0] - 0.05

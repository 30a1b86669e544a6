# SPDX-License-Identifier: Apache-2.0
"""Each reference that must not be followed is refused by name, and the arm keeps to what it had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME, PERIOD_NS, Loop, joint_reference
from vla_safety import Grade, Reference, ReferenceKind, SafetyConfig
from vla_safety.acceptance import LastAccepted, order_refusal, refusal

GOOD = joint_reference(np.tile(HOME, (5, 1)))


def with_rows(rows: np.ndarray) -> Reference:
    return replace(GOOD, rows=np.asarray(rows, dtype=float))


@pytest.mark.parametrize(
    ("reference", "word"),
    [
        (with_rows(np.zeros((0, 7))), "shape"),
        (with_rows(np.zeros((65, 7))), "shape"),
        (with_rows(np.zeros(7)), "shape"),
        (replace(GOOD, period_ns=0), "period"),
        (with_rows(np.zeros((5, 6))), "width"),
        (replace(GOOD, kind=ReferenceKind.TOOL_TWIST), "width"),
        (replace(GOOD, kind=ReferenceKind.TOOL_POSE, rows=np.zeros((5, 8))), "width"),
        (replace(GOOD, kind=ReferenceKind.JOINT_VELOCITY, rows=np.zeros((5, 8))), "width"),
        (with_rows([[0, 0, 0, 0, np.nan, 0, 0]]), "non_finite"),
        (with_rows([[0, 0, 0, 0, np.inf, 0, 0]]), "non_finite"),
        (with_rows([[0, 0, 0, 0, 1e9, 0, 0]]), "range"),
        (replace(GOOD, gripper=np.zeros(4)), "gripper"),
        (replace(GOOD, gripper=np.full(5, np.nan)), "gripper"),
        (replace(GOOD, stamp_ns=-(10**9)), "late"),
    ],
)
def test_unusable_references_are_refused_by_name(reference: Reference, word: str) -> None:
    assert refusal(reference, 0, 7, 64).startswith(word)


def test_usable_references_of_every_kind_are_not_refused() -> None:
    assert refusal(GOOD, 0, 7, 64) == ""
    assert refusal(replace(GOOD, gripper=np.zeros(5)), 0, 7, 64) == ""
    for kind, width in [(ReferenceKind.TOOL_TWIST, 6), *((ReferenceKind.TOOL_POSE, w) for w in (6, 7, 9, 12))]:
        assert refusal(replace(GOOD, kind=kind, rows=np.zeros((2, width))), 0, 7, 64) == ""


def test_order_is_kept_within_an_epoch_and_epochs_rise() -> None:
    last = LastAccepted(epoch=3, chunk_id=7, stamp_ns=0)
    assert order_refusal(GOOD, None) == ""
    assert order_refusal(replace(GOOD, epoch=3, chunk_id=7), last) == ""
    assert order_refusal(replace(GOOD, epoch=4, chunk_id=0), last) == ""
    assert order_refusal(replace(GOOD, epoch=2, chunk_id=9), last).startswith("old_epoch")
    assert order_refusal(replace(GOOD, epoch=3, chunk_id=6), last).startswith("out_of_order")


@pytest.mark.parametrize(
    ("reference", "word"),
    [
        (with_rows(np.tile(HOME + 0.8, (5, 1))), "starts_away"),
        (with_rows(np.full((5, 7), np.nan)), "non_finite"),
        (replace(GOOD, kind=ReferenceKind.TOOL_POSE, rows=np.tile([0.4, 0, 0.4, 0, 0, 0, 0.0], (2, 1))), "rotation"),
        (replace(GOOD, kind=ReferenceKind.TOOL_POSE, rows=np.tile([5.0, 0, 0.4, 1, 0, 0, 0.0], (2, 1))), "reach"),
        (replace(GOOD, epoch=-1), "old_epoch"),
    ],
)
def test_refused_reference_leaves_the_arm_at_rest(
    panda: SafetyConfig, urdf: str, reference: Reference, word: str
) -> None:
    loop = Loop.at(panda, urdf)
    loop.run(GOOD, 1)
    output = loop.run(reference, 2)[-1]
    assert output.report.refused.startswith(word)
    assert np.allclose(output.trajectory.positions, HOME, atol=1e-9)


def test_refused_reference_does_not_disturb_the_one_before(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    rows = HOME + 0.2 * np.linspace(0, 1, 30)[:, None] ** 2
    good = joint_reference(rows)
    loop.run(good, 100)
    outputs = loop.run(joint_reference(np.full((5, 7), np.nan)), 20)
    assert {output.report.grade for output in outputs} <= {Grade.UNCHANGED, Grade.SLOWED, Grade.PROJECTED}
    assert outputs[-1].report.refused.startswith("non_finite")
    assert loop.now_ns < 30 * PERIOD_NS

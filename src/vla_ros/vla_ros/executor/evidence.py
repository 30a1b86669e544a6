# SPDX-License-Identifier: Apache-2.0
"""Is a subtask done? Weighs the planner's eyes, the robot's signals and the policy's own word. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_ros.executor.config import Expectation, SignalConfig
from vla_ros.executor.signals import Float64Array, Grasp, Signals
from vla_ros.tasks import CheckResult, Verdict

__all__ = ["Evidence", "judge", "judge_signals"]

_UNSEEN = CheckResult(Verdict.UNSURE, 0.0, "no signal of the robot shows it")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when a skill ended.

    Attributes:
        seen: The planner's verdict.
        felt: The signals' verdict.
        claimed: Whether the policy itself said that it is done.
    """

    seen: CheckResult
    felt: CheckResult
    claimed: bool = False


def judge_signals(
    expected: str, grasp: Grasp, signals: Signals, config: SignalConfig, home_rad: Float64Array
) -> CheckResult:
    """Return what the robot's own signals say about a subtask.

    Args:
        expected: A name of ``Expectation``; empty where the skill leaves no trace in the signals.
        grasp: What the fingers did since it began.
        signals: The newest signals.
        config: Thresholds.
        home_rad: Known pose ``(J,)`` [rad].
    """
    if expected == Expectation.RELEASED:
        return _judge_release(grasp)
    if expected == Expectation.HOLDING:
        held = grasp is Grasp.HOLDING
        return _answer(held, "the fingers hold something", f"the fingers hold nothing ({grasp.value})")
    if expected == Expectation.OPEN:
        return _answer(signals.width_m > config.open_m, "the hand is open", "the hand is not open")
    if expected == Expectation.CLOSED:
        return _answer(signals.width_m < config.closed_m, "the hand is closed", "the hand is not closed")
    if expected == Expectation.HOME and signals.position.shape == home_rad.shape:
        near = float(np.abs(signals.position - home_rad).max()) < config.pose_rad
        return _answer(near, "the arm is at its known pose", "the arm is not at its known pose")
    return _UNSEEN


def judge(evidence: Evidence, sure: float) -> CheckResult:
    """Return the verdict on a subtask whose skill has ended.

    Whoever is sure of a failure wins: fingers do not hallucinate, and eyes see the wrong object. Then the planner where
    it is ``sure`` of success, then signals that show it, then the policy's own claim. Nothing at all is no success.
    """
    seen, felt = evidence.seen, evidence.felt
    if seen.verdict is Verdict.FAILED and seen.confidence >= sure:
        return seen
    if felt.verdict in (Verdict.FAILED, Verdict.NOT_YET):
        return CheckResult(Verdict.FAILED, felt.confidence, felt.reason)
    if seen.verdict is Verdict.DONE and seen.confidence >= sure:
        return seen
    if seen.verdict is Verdict.NOT_YET and seen.confidence >= sure:
        return CheckResult(Verdict.FAILED, seen.confidence, f"not done in its time: {seen.reason}")
    if felt.verdict is Verdict.DONE:
        return felt
    if evidence.claimed:
        return CheckResult(Verdict.DONE, 0.5, "only the policy says so: neither planner nor signals can tell")
    return CheckResult(Verdict.FAILED, 0.5, f"nothing shows that it is done ({seen.reason})")


def _judge_release(grasp: Grasp) -> CheckResult:
    if grasp is Grasp.RELEASED:
        return CheckResult(Verdict.DONE, 0.7, "something was held and let go")
    if grasp is Grasp.DROPPED:
        return CheckResult(Verdict.FAILED, 0.9, "the object slipped out of the fingers")
    if grasp is Grasp.HOLDING:
        return CheckResult(Verdict.NOT_YET, 0.9, "the fingers still hold the object")
    sentence = "the fingers closed on nothing" if grasp is Grasp.MISSED else "nothing was grasped"
    return CheckResult(Verdict.NOT_YET, 0.9, sentence)


def _answer(done: bool, yes: str, no: str) -> CheckResult:  # noqa: FBT001
    return CheckResult(Verdict.DONE, 0.9, yes) if done else CheckResult(Verdict.NOT_YET, 0.9, no)

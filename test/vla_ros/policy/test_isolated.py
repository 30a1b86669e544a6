# SPDX-License-Identifier: Apache-2.0
"""A policy in a process of its own answers as one in a thread, and no fault of it is more than a sentence."""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from vla_ros.errors import PolicyError
from vla_ros.policy import isolated
from vla_ros.policy.isolated import IsolatedPolicy
from vla_ros.policy.prediction import InferenceContext, Instruction
from vla_ros.types import Observation

sys.path.insert(0, str(Path(__file__).parent))  # the child imports the toy by its name

from toy_source import SPECIFICATION, ToySource

OBSERVATION = Observation(5, {"image.scene": np.zeros((8, 8, 3), np.uint8)}, {}, ("j0.position",), np.array([0.25]))


@pytest.fixture
def policy():
    policy = IsolatedPolicy(ToySource(), time.monotonic_ns)
    yield policy
    policy.close()


def infer(policy, text="go", timeout_s=30.0):
    context = InferenceContext(epoch=3)
    return policy.infer(OBSERVATION, Instruction(text), context, time.monotonic_ns() + round(timeout_s * 1e9))


def process_of(prediction):
    return int(prediction.chunk.provenance.policy_id.split()[1])


def test_a_call_reaches_the_policy_in_its_process_with_the_deadline(policy):
    policy.warm_up()
    policy.reset()
    prediction = infer(policy)
    np.testing.assert_array_equal(prediction.chunk.rows, 1.25)
    assert prediction.chunk.provenance.epoch == 3
    assert process_of(prediction) != os.getpid()
    assert 0.0 < prediction.chunk.provenance.confidence <= 30_000.0, "the deadline is on the child's clock"
    assert policy.specification == SPECIFICATION


@pytest.mark.parametrize(("text", "sentence"), [("refuse", "not this one"), ("break", "ZeroDivisionError: a defect")])
def test_a_refusal_or_a_defect_is_a_sentence_and_the_process_lives_on(policy, text, sentence):
    first = process_of(infer(policy))
    with pytest.raises(PolicyError, match=sentence):
        infer(policy, text)
    assert process_of(infer(policy)) == first


def test_a_process_that_dies_is_named_and_replaced(policy):
    first = process_of(infer(policy))
    with pytest.raises(PolicyError, match=r"died during 'infer' \(exit code 3\)"):
        infer(policy, "die")
    assert process_of(infer(policy)) != first


def test_a_process_that_hangs_is_ended_after_its_deadline_and_replaced(policy, monkeypatch):
    first = process_of(infer(policy))
    monkeypatch.setattr(isolated, "GRACE_S", 0.2)
    with pytest.raises(PolicyError, match=r"did not answer 'infer' within 0\.2 s"):
        infer(policy, "hang", timeout_s=0.0)
    monkeypatch.setattr(isolated, "GRACE_S", 60.0)
    assert process_of(infer(policy)) != first


def test_what_cannot_be_loaded_is_refused_at_once():
    with pytest.raises(PolicyError, match="no weights"):
        IsolatedPolicy(ToySource("no weights"), time.monotonic_ns)
    with pytest.raises(PolicyError, match=r"died during 'load' \(exit code 4\)"):
        IsolatedPolicy(ToySource("die"), time.monotonic_ns)


def test_a_deadline_that_is_none_is_served(policy):
    assert infer(policy, timeout_s=1e9).chunk.provenance.epoch == 3


def test_closing_twice_is_harmless(policy):
    policy.close()
    policy.close()

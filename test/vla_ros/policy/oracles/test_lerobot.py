# SPDX-License-Identifier: Apache-2.0
"""Ensembles, aggregates and guidance against the lerobot package, which lives in an environment of its own.

Set ``VLA_LEROBOT_PYTHON`` to a Python that has it (requirements/lerobot.txt); without one these tests are skipped.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from vla_ros.policy.samplers import guided_flow, prefix_weights
from vla_ros.policy.samplers.flow import Guidance
from vla_ros.policy.schedule.combination import LEROBOT_AGGREGATES, Aggregate

PYTHON = os.environ.get("VLA_LEROBOT_PYTHON", "")
pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="VLA_LEROBOT_PYTHON names no Python with the lerobot package"),
    pytest.mark.timeout(600),  # importing that package takes a minute on a busy machine
]

RNG = np.random.default_rng(21)
ROWS, WIDTH, QUERIES, DECAY, STEPS = 8, 3, 20, 0.01, 5
CHUNKS = RNG.normal(size=(QUERIES, ROWS, WIDTH))
OLD, NEW = RNG.normal(size=(2, ROWS, WIDTH))
MATRIX, NOISE, PREFIX = 0.3 * RNG.normal(size=(ROWS, ROWS)), *RNG.normal(size=(2, ROWS, WIDTH))
TRIPLES = [(2, 6, 10), (0, 5, 10), (3, 10, 10), (4, 5, 10), (1, 8, 8)]
FROZEN, SOFT_END, GAIN = 2, 6, 10.0


@pytest.fixture(scope="module")
def theirs():
    asked = {
        "ensemble": {"decay": DECAY, "chunks": CHUNKS.tolist()},
        "aggregate": {"old": OLD.tolist(), "new": NEW.tolist()},
        "prefix": {"triples": TRIPLES},
        "guided": {
            "matrix": MATRIX.tolist(),
            "noise": NOISE.tolist(),
            "prefix": PREFIX.tolist(),
            "steps": STEPS,
            "frozen": FROZEN,
            "soft_end": SOFT_END,
            "largest_gain": GAIN,
        },
    }
    script = Path(__file__).parent / "lerobot_vectors.py"
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    done = subprocess.run(
        [PYTHON, str(script)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
        env={**os.environ, **offline},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_the_temporal_ensemble_is_theirs(make, theirs):
    scheduler = make.scheduler("act", history=ROWS)
    for query, chunk in enumerate(CHUNKS):
        now = query - 1e-6  # row `query` is due a moment later
        scheduler, _ = make.merged(scheduler, now, chunk, at=query, observed=now)
        due = scheduler.timeline.at(np.array([query * make.period_ns]))[0][0]
        np.testing.assert_allclose(due, theirs["ensemble"][query], atol=1e-6)


def test_the_aggregates_are_theirs(theirs):
    assert set(theirs["aggregate"]) == set(LEROBOT_AGGREGATES)
    for name, expected in theirs["aggregate"].items():
        weights = Aggregate(name)(np.stack([OLD, NEW]), np.ones((2, ROWS), bool), np.ones(2))
        np.testing.assert_allclose(np.einsum("nt,nta->ta", weights, np.stack([OLD, NEW])), expected, atol=1e-6)


@pytest.mark.parametrize("schedule", ["linear", "exp"])
def test_the_soft_mask_is_theirs(theirs, schedule):
    for (frozen, soft_end, rows), expected in zip(TRIPLES, theirs["prefix"][schedule], strict=True):
        np.testing.assert_allclose(prefix_weights(rows, frozen, soft_end, schedule), expected, atol=1e-6)


def test_their_guidance_is_ours_with_the_identity_for_the_jacobian(theirs):
    """Theirs differentiates after the network has run, so that the Jacobian is the identity; ours is the network's."""

    def velocity(sample, time):
        return MATRIX @ sample - sample

    def clean_jacobian(time):
        return np.eye(ROWS) + (1.0 - time) * (MATRIX - np.eye(ROWS))

    guidance = Guidance(PREFIX, prefix_weights(ROWS, FROZEN, SOFT_END), GAIN)
    identity = guided_flow(velocity, lambda x, t, u: u, NOISE, STEPS, guidance)
    np.testing.assert_allclose(identity, theirs["guided"], atol=1e-5)
    true = guided_flow(velocity, lambda x, t, u: clean_jacobian(t).T @ u, NOISE, STEPS, guidance)
    assert np.abs(true - theirs["guided"]).max() > 0.1

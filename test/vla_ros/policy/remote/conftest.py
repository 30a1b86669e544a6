# SPDX-License-Identifier: Apache-2.0
"""A Franka, an observation of it, and deadlines for clients."""

import time
from pathlib import Path

import numpy as np
import pytest

from vla_ros.contract import load_contract
from vla_ros.types import Observation

ROOT = Path(__file__).parents[4]
HOME = (0.0, -0.35694, 0.0, -2.63707, 0.0, 2.28013, 0.785398)


@pytest.fixture(scope="session")
def franka():
    return load_contract(ROOT / "config" / "robots" / "franka.yaml")


@pytest.fixture
def observation(franka):
    random = np.random.default_rng(3)
    values = {f"fr3_joint{i + 1}.position": q for i, q in enumerate(HOME)}
    values |= {f"fr3_joint{i + 1}.velocity": 0.01 * i for i in range(7)} | {"gripper.width": 0.06}
    names = franka.state_names
    images = {key: random.integers(0, 255, (224, 224, 3), np.uint8) for key in franka.image_keys}
    state = np.array([values[name] for name in names])
    return Observation(1_000_000_000, images, dict.fromkeys(images, 1_000_000_000), names, state)


@pytest.fixture
def within():
    """Return the monotonic time that many seconds from now; generous ones only end a test that hangs."""
    return lambda seconds=30.0: time.monotonic_ns() + round(seconds * 1e9)

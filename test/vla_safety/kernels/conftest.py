# SPDX-License-Identifier: Apache-2.0
"""Arms for the tests of the kernels."""

from __future__ import annotations

import pytest

from benchmarks.safety_support.loop import CONFIGS
from vla_safety import SafetyConfig
from vla_safety.arm_model import ArmModel, build_arm_model


@pytest.fixture(scope="module")
def model(panda: SafetyConfig, urdf: str) -> ArmModel:
    return build_arm_model(panda, urdf)


@pytest.fixture(scope="module")
def fr3(urdf: str) -> ArmModel:
    return build_arm_model(SafetyConfig.from_yaml(CONFIGS / "fr3.yaml"), urdf)

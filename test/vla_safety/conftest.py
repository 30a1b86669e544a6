# SPDX-License-Identifier: Apache-2.0
"""Arms and configurations for the tests of the safety core."""

from __future__ import annotations

import pytest

from benchmarks.safety_support.loop import CONFIGS, URDF
from vla_safety import SafetyConfig


@pytest.fixture(scope="session")
def urdf() -> str:
    return URDF.read_text(encoding="utf-8")


@pytest.fixture(scope="session", params=["panda", "fr3"])
def config(request: pytest.FixtureRequest) -> SafetyConfig:
    return SafetyConfig.from_yaml(CONFIGS / f"{request.param}.yaml")


@pytest.fixture(scope="session")
def panda() -> SafetyConfig:
    return SafetyConfig.from_yaml(CONFIGS / "panda.yaml")

# SPDX-License-Identifier: Apache-2.0
"""Makes the fake world a fixture, so that no test module has to import a neighbour."""

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("executor_world", Path(__file__).with_name("world.py"))
_MODULE = importlib.util.module_from_spec(_SPEC)
sys.modules["executor_world"] = _MODULE  # dataclasses look their module up
_SPEC.loader.exec_module(_MODULE)


@pytest.fixture
def make_world():
    """Return a function that makes a world."""
    return _MODULE.World


@pytest.fixture
def sure():
    """Return a function that makes a confident verdict."""
    return _MODULE.sure

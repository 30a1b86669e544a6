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


_BENCH_SPEC = importlib.util.spec_from_file_location("executor_bench", Path(__file__).with_name("bench.py"))
_BENCH = importlib.util.module_from_spec(_BENCH_SPEC)
sys.modules["executor_bench"] = _BENCH
_BENCH_SPEC.loader.exec_module(_BENCH)


@pytest.fixture
def make_bench():
    """Return a function that puts one behaviour on the bench."""
    return _BENCH.Bench


@pytest.fixture
def bench(make_bench):
    """Return a bench with one subtask: pick up the red cube."""
    return make_bench()


@pytest.fixture
def make_leaf():
    """Return a function that makes a child whose status a test sets."""
    return _BENCH.Leaf


@pytest.fixture
def make_subtask():
    """Return a function that makes a subtask."""
    return _BENCH.subtask

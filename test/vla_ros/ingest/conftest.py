# SPDX-License-Identifier: Apache-2.0
"""Makes the hand-made messages of ``toy`` a fixture, so that no test module has to import a neighbour."""

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("ingest_toy", Path(__file__).with_name("toy.py"))
_TOY = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_TOY)


@pytest.fixture(scope="session")
def toy():
    return _TOY

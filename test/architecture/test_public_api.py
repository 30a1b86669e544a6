# SPDX-License-Identifier: Apache-2.0
"""The public names are those that were agreed on, and each of them exists."""

import importlib

import pytest

from tools.public_api import PINS, public_names


def test_public_names_are_the_pinned_ones() -> None:
    pinned = set(PINS.read_text(encoding="utf-8").split())
    current = set(public_names())
    hint = "if that is meant: ./run python -m tools.public_api --write"
    assert current == pinned, f"new: {sorted(current - pinned)}, gone: {sorted(pinned - current)}; {hint}"


@pytest.mark.parametrize("module", sorted({name.rpartition(".")[0] for name in public_names()}))
def test_exported_names_exist(module: str) -> None:
    loaded = importlib.import_module(module)
    missing = [name for name in loaded.__all__ if not hasattr(loaded, name)]
    assert not missing

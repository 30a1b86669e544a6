# SPDX-License-Identifier: Apache-2.0
"""Goes on with a program in LeRobot's environment where this one has no LeRobot. ``./run --extra lerobot`` names it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence

__all__ = ["VARIABLE", "enter_lerobot_environment"]

VARIABLE = "VLA_LEROBOT_PYTHON"
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")  # of this environment; they would lead the other one astray


def enter_lerobot_environment(module: str, words: Sequence[str] | None) -> None:
    """Replace this process by ``python -m module words`` of that environment; return where nothing is to be done."""
    python = os.environ.get(VARIABLE, "")
    if importlib.util.find_spec("lerobot") is not None or not python:
        return
    environment = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    os.execve(python, [python, "-m", module, *(sys.argv[1:] if words is None else words)], environment)

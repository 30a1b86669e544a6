# SPDX-License-Identifier: Apache-2.0
"""Lets the simulated robot be on time where the machine is busy, as a real one is. One function."""

from __future__ import annotations

import os

__all__ = ["make_important"]

# What the rest of the graph has, too: a robot in a graph that was started with `nice` is still before the others.
STARTED = os.getpriority(os.PRIO_PROCESS, 0)
HIGHEST, LOWEST = -20, 19


def make_important(niceness: int) -> str:
    """Add ``niceness`` to what this process was started with; return a sentence if it was refused.

    For every thread: Linux keeps it per thread, and the physics has to wait for whoever holds the interpreter.
    """
    wanted = min(max(STARTED + niceness, HIGHEST), LOWEST)
    try:
        for thread in os.listdir("/proc/self/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), wanted)
    except OSError as error:
        return f"no niceness {wanted}: {error.strerror}"
    return ""

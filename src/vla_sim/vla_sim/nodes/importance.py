# SPDX-License-Identifier: Apache-2.0
"""Lets the simulated robot be on time where the machine is busy, as a real one is. One function."""

from __future__ import annotations

import os

__all__ = ["make_important"]


def make_important(niceness: int) -> str:
    """Set the niceness of every thread of this process; return a sentence if it was refused.

    Of every one: Linux keeps it per thread, and the physics has to wait for whoever holds the interpreter.
    """
    try:
        for thread in os.listdir("/proc/self/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), niceness)
    except OSError as error:
        return f"no niceness {niceness}: {error.strerror}"
    return ""

# SPDX-License-Identifier: Apache-2.0
"""Real-time options of the calling thread and process. Each says what was not granted; none is needed to work."""

from __future__ import annotations

import ctypes
import gc
import os
import sys

__all__ = ["make_important", "make_real_time"]

SWITCH_INTERVAL_S = 0.0005  # the loop waits for the interpreter at most about so long when other threads run
# What the rest of the graph has, too: safety in a graph that was started with `nice` is still before the others.
STARTED = os.getpriority(os.PRIO_PROCESS, 0)
HIGHEST, LOWEST = -20, 19
LOCK_CURRENT_AND_FUTURE = 3  # MCL_CURRENT | MCL_FUTURE of <sys/mman.h>


def make_important(niceness: int) -> list[str]:
    """Add ``niceness`` to what this process was started with; return a sentence if it was refused.

    For every thread: Linux keeps it per thread, and the loop has to wait for whoever holds the interpreter.
    """
    wanted = min(max(STARTED + niceness, HIGHEST), LOWEST)
    try:
        for thread in os.listdir("/proc/self/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), wanted)
    except OSError as error:
        return [f"no niceness {wanted}: {error.strerror}; allow nice in /etc/security/limits.conf"]
    return []


def make_real_time(priority: int, processor: int, *, freeze_memory: bool) -> list[str]:
    """Apply the options to this thread and process; return a sentence for each that was refused.

    Args:
        priority: Of SCHED_FIFO, 1 to 99; 0: leave the scheduling as it is.
        processor: To pin this thread to; -1: any.
        freeze_memory: What exists now is left out of garbage collections; with a priority, memory is kept in RAM.
    """
    refused = []
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    if processor >= 0:
        try:
            os.sched_setaffinity(0, {processor})
        except (OSError, AttributeError) as error:
            refused.append(f"not pinned to processor {processor}: {error}")
    if priority > 0:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
        except (OSError, AttributeError) as error:
            refused.append(f"no SCHED_FIFO priority {priority}: {error}; allow rtprio in /etc/security/limits.conf")
    if freeze_memory:
        gc.collect()
        gc.freeze()
    if freeze_memory and priority > 0:
        refused += _lock_memory()
    return refused


def _lock_memory() -> list[str]:
    """Keep the process in RAM: a page fault costs milliseconds."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, "mlockall", None) is None or library.mlockall(LOCK_CURRENT_AND_FUTURE) != 0:
        return [f"memory is not locked: {os.strerror(ctypes.get_errno())}; allow memlock in /etc/security/limits.conf"]
    return []
